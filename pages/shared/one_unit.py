"""What the pages of one ward and of one officer ask and draw alike: tiles, course over time, figures beside the whole's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.declaration import Metric
from metrics.query import UnitKind
from metrics.scope import Scope
from pages.shared import beside, cards, charts, metric_choice, mix, picture, sources, spans, tables, wording
from pages.shared.controls import Filters


@dataclass(frozen=True)
class Unit:
    """One ward or officer: kind, code, name, and the filters on its cases and on everybody's."""

    kind: UnitKind
    code: str
    name: str
    chosen: Filters
    everywhere: Filters


@dataclass(frozen=True, eq=False)
class Asked:
    """Result rows of the unit and of the whole."""

    now: pl.DataFrame
    """The unit's in the period, with what its cases let expect."""
    whole: pl.DataFrame
    before: pl.DataFrame
    """The unit's in the span before; no rows where the data do not reach back so far."""
    waiting: pl.DataFrame
    """The unit's over all time, of what is open at as_of; where ``now`` itself stands for it, of what was asked in the period."""
    topics: pl.DataFrame
    topics_everywhere: pl.DataFrame
    course: Sequence[spans.Span]
    rows: pl.DataFrame
    """The unit's, span after span."""
    rows_everywhere: pl.DataFrame


def overdue_now(asked: Asked) -> str:
    """How many are overdue at as_of, whenever asked, or of those asked in the period."""
    overdue = cards.by_metric(asked.waiting)["overdue_open"]["value"] or 0
    if asked.waiting is asked.now:
        return _("{n} of them overdue now", n=wording.number(overdue)) if overdue else _("none of them overdue now")
    return _("{n} overdue now", n=wording.number(overdue)) if overdue else _("nothing overdue now")


def ask(version: Version, scope: Scope, unit: Unit, metrics: tuple[str, ...], waiting: tuple[str, ...]) -> Asked:
    """Ask all that both pages show.

    Args:
        version: the published version.
        scope: who looks.
        unit: the ward or officer.
        metrics: of the period.
        waiting: metrics of what is open at as_of, whenever asked.
    """
    chosen, everywhere = unit.chosen, unit.everywhere
    course = spans.last_spans(chosen, version)
    return Asked(
        sources.figures(scope, chosen.query(unit.kind, metrics)).filter(pl.col("unit") == unit.code),
        sources.figures(scope, everywhere.query("all", metrics)),
        spans.now_and_before(scope, chosen, version, metrics)[1],
        _named(sources.figures(scope, chosen.query("all", waiting, from_on=None, to_on=None)), unit),
        sources.figures(scope, chosen.query("topic", mix.METRICS)),
        sources.figures(scope, everywhere.query("topic", mix.METRICS)),
        course,
        _named(spans.figures_over_time(scope, chosen, course, metric_choice.COURSE), unit),
        spans.figures_over_time(scope, everywhere, course, metric_choice.COURSE),
    )


def _named(rows: pl.DataFrame, unit: Unit) -> pl.DataFrame:
    """Result rows of all cases of one unit, named after it instead of ``all``."""
    return rows.with_columns(unit_kind=pl.lit(unit.kind), unit=pl.lit(unit.code), unit_name=pl.lit(unit.name))


def draw_tiles(version: Version, unit: Unit, asked: Asked) -> None:
    """Draw the six tiles, and what to know about their changes."""
    finished = spans.finished(asked.rows, asked.course)
    cards.draw(cards.cards(asked.now, asked.before, asked.waiting, finished, asked.whole), spans.compared_with(unit.chosen))
    st.caption(spans.how_compared(unit.chosen, version, asked.before))


def draw_course(unit: Unit, asked: Asked) -> tuple[Metric, pl.DataFrame]:
    """Draw one metric over time, with the whole's as a thin line.

    Returns:
        The chosen metric, and the rows drawn.
    """
    st.subheader(_("The course {spans}", spans=spans.title(unit.chosen)))
    metric = metric_choice.from_row(_("Figure"), "course", "on_time", metric_choice.COURSE)
    shown, whole = (spans.of_metric(rows, metric.name) for rows in (asked.rows, asked.rows_everywhere))
    picture.show(charts.over_time(shown, metric, spans.labels(asked.course), whole), "course over time")
    table = partial(beside.course_table, shown, metric, spans.labels(asked.course))
    tables.folded(_("The same figures as a table"), "course figures", table)
    return metric, shown
