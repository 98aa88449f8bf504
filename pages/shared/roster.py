"""The officers as a list: by name or by what needs attention, never by a figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from etl.text import fold
from metrics.declaration import Metric
from metrics.scope import Scope
from metrics.wording import interval, metric_name
from pages.shared import address, leaves, people, tables, wording
from pages.shared.cards import rests_on
from pages.shared.terms import interval_or_why, remark

METRICS = (
    *("on_time", "answered_within_24h", "first_response_median", "resolution_median", "reopened"),
    *("rating_positive", "compliments_per_1000", "upheld_complaints_per_1000", "workload"),
)
"""What an officer's record is looked at by; of complaints only those upheld make a rate."""
COUNTS = ("received", "answered", "compliments", "complaints")
"""Plain counts that stand beside whatever figure is chosen."""
OPEN_NOW = ("overdue_open",)
"""What is open at as_of, whenever it was asked."""
A_LEAF, NAME, WARD = 100, 150, 160
"""Lines of the list that are drawn at once; pixels of a name, and of a ward's: the interval is to be seen beside them."""


def lines(
    version: Version, scope: Scope, rows: pl.DataFrame, open_now: pl.DataFrame, metric: Metric, ward: tuple[str, ...]
) -> pl.DataFrame:
    """One line per officer who has a case or a judgement in the period or is active there, in a roster's order.

    Args:
        version: the published version.
        scope: who looks.
        rows: result rows of the period by officer: COUNTS and the metric.
        open_now: result rows over all time by officer: OPEN_NOW.
        metric: the figure that is shown.
        ward: the wards chosen; nothing for all.

    Returns:
        ``officer_id``, ``name``, ``badge``, ``ward``; the counts by name (``answered``: how many); the metric's ``value`` and the
        columns of its result row.
    """
    every = pl.concat([rows.filter(pl.col("metric").is_in(COUNTS)), open_now]).filter(pl.col("unit") != UNKNOWN)
    counts = every.pivot("metric", on_columns=[*COUNTS, *OPEN_NOW], index="unit", values="numerator", aggregate_function="sum")
    figure = rows.filter(pl.col("metric") == metric.name)
    figure = figure.drop("unit_kind", "unit_name", "from", "to", "as_of", "version")
    listed = people.officers(version, scope).rename({"officer_id": "unit"})
    whole = listed.join(counts, on="unit", how="left", maintain_order="left").join(figure, on="unit", how="left", maintain_order="left")
    some = pl.sum_horizontal(pl.col(*COUNTS, *OPEN_NOW).fill_null(0)) > 0
    there = pl.col("active") & (pl.col("ward_code").is_in(list(ward)) if ward else True)
    return whole.filter(some | there.fill_null(False)).rename({"unit": "officer_id"})


def found(listed: pl.DataFrame, search: str) -> pl.DataFrame:
    """The lines whose name, badge or ward holds every word of ``search``, with or without accents; all for no word."""
    words = fold(search).split()
    if not words:
        return listed
    texts = [fold(" ".join(filter(None, parts))) for parts in listed.select("name", "badge", "ward").iter_rows()]
    return listed.filter(pl.Series([all(word in text for word in words) for text in texts], dtype=pl.Boolean))


def in_order(listed: pl.DataFrame) -> pl.DataFrame:
    """Choose the order, by name or by what needs attention, and put the lines into it: those with most overdue cases first."""
    orders = {"name": _("By name"), "attention": _("By what needs attention")}
    address.given("order", "name", orders)
    st.segmented_control(_("Order"), list(orders), format_func=orders.get, key="order", required=True, label_visibility="collapsed")
    if address.keep("order", "name") == "name":
        return listed
    return listed.sort("overdue_open", descending=True, nulls_last=True, maintain_order=True)


def table(listed: pl.DataFrame, metric: Metric) -> pd.DataFrame:
    """The lines as texts: who, plain counts, and the figure with its interval, or that there are too few cases for one."""
    rows = list(listed.iter_rows(named=True))
    remarks = [remark(row) for row in rows]
    columns: dict[str, Sequence[str]] = {
        _("Officer"): listed["name"].to_list(),
        _("Badge"): [badge or wording.NONE for badge in listed["badge"]],
        _("Ward"): [ward or wording.NONE for ward in listed["ward"]],
        _("Overdue now"): _counts(listed, "overdue_open"),
        _("Questions"): _counts(listed, "received"),
        _("Answers"): _counts(listed, "answered"),
        metric_name(metric.name): [wording.value(metric.kind, row["value"], row["note"]) for row in rows],
        _("95% interval"): [interval_or_why(row, metric.kind) for row in rows],
        "n": _counts(listed, "denominator"),
        **_compared(rows, metric),
        _("Compliments"): _counts(listed, "compliments"),
        _("Complaints"): _counts(listed, "complaints"),
    }
    return pd.DataFrame(columns | ({_("Remark"): remarks} if any(remarks) else {}))


def _compared(rows: Sequence[Mapping[str, Any]], metric: Metric) -> dict[str, list[str]]:
    """The columns of a fair comparison, where one was made: adjusted, and the stable estimate with its limits. No place, no sign."""
    columns: dict[str, list[str]] = {}
    if any(row["adjusted"] is not None for row in rows):
        columns[_("Adjusted")] = [wording.value(metric.kind, row["adjusted"]) for row in rows]
    if any(row["shrunk"] is not None for row in rows):
        limits = (interval(metric.kind, row["shrunk_lower"], row["shrunk_upper"]) for row in rows)
        values = (wording.value(metric.kind, row["shrunk"]) for row in rows)
        columns[_("Stable estimate")] = [f"{value} ({limit})" if limit else value for value, limit in zip(values, limits, strict=True)]
    return columns


def shown(listed: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """The lines as rows to download: the same columns, numbers as numbers."""
    who = [pl.col(name).alias(head) for name, head in (("name", _("Officer")), ("badge", _("Badge")), ("ward", _("Ward")))]
    heads = (_("Overdue now"), _("Questions"), _("Answers"), _("Compliments"), _("Complaints"))
    counts = [pl.col(name).fill_null(0).alias(head) for name, head in zip((*OPEN_NOW, *COUNTS), heads, strict=True)]
    heads_of_figure = {"value": metric_name(metric.name), "lower": _("From"), "upper": _("To"), "adjusted": _("Adjusted for case mix")}
    heads_of_figure |= {"shrunk": _("Stable estimate"), "shrunk_lower": _("Stable, from"), "shrunk_upper": _("Stable, to")}
    figure = [pl.col(name).alias(head) for name, head in heads_of_figure.items()]
    remark = pl.Series(_("Remark"), [wording.state(state) for state in listed["state"]], dtype=pl.String)
    return listed.select(*who, *counts, *figure, pl.col("denominator").fill_null(0).alias("n"), remark)


def figures_columns(metric: Metric) -> list[str]:
    """The columns of figures, to stand at the right of their cells."""
    counts = [_("Overdue now"), _("Questions"), _("Answers"), _("Compliments"), _("Complaints")]
    return [*counts, metric_name(metric.name), _("95% interval"), "n", _("Adjusted"), _("Stable estimate")]


def _counts(listed: pl.DataFrame, name: str) -> list[str]:
    return [wording.number(count or 0) for count in listed[name]]


def draw(listed: pl.DataFrame, metric: Metric) -> tuple[pl.DataFrame, int | None]:
    """Draw one leaf of the list, and under it the leaves.

    Returns:
        The lines drawn, and the place of the chosen one among them.
    """
    leaf = listed.slice((leaves.shown("officers", listed.height, A_LEAF) - 1) * A_LEAF, A_LEAF)
    right, alt = figures_columns(metric), _("Officers with their figures, in the order chosen above")
    line = tables.show(table(leaf, metric), "officers table", alt, right=right, fixed=True, choose=True, name=NAME, rooms={_("Ward"): WARD})
    leaves.turn("officers", listed.height, A_LEAF)
    st.caption(_("Choose a line to open the officer's record. Nobody is ranked here: the order is by name, or by what is overdue."))
    st.caption(_("Overdue now: whenever asked, not only in this period. The other figures are of the period."))
    return leaf, line


def answer(listed: pl.DataFrame, rows: pl.DataFrame, metric: Metric, period: str) -> str:
    """How many officers answered, how many hold overdue questions, for how many there is too little to tell, and what is nobody's.

    Args:
        listed: what ``lines`` returns.
        rows: result rows of the period by officer: ``answered``.
        metric: the figure that is shown.
        period: in words, to open a sentence with.
    """
    answering, holding = listed.filter(pl.col("answered") > 0), listed.filter(pl.col("overdue_open") > 0)
    parts = [
        _(
            "{n} officers answered {answers} questions",
            n=wording.number(answering.height),
            answers=wording.number(listed["answered"].sum()),
        ),
        _("{n} of them hold {cases} overdue", n=wording.number(holding.height), cases=wording.number(listed["overdue_open"].sum()))
        if holding.height
        else _("nobody holds an overdue question"),
    ]
    few = listed.filter(pl.col("state").is_in(["too_few", "no_data"]) & (pl.col("answered") > 0)).height
    if few:
        parts.append(_("{n} have too few cases for “{metric}”", n=wording.number(few), metric=metric_name(metric.name)))
    nobody = rows.filter((pl.col("unit") == UNKNOWN) & (pl.col("metric") == "answered"))["numerator"].sum()
    if nobody:
        parts.append(_("of {n} answers the officer is not known, or by the duty roster only", n=wording.number(nobody)))
    return f"{period}: " + "; ".join(parts) + "."


def whose(scope: Scope) -> None:
    """Say whose officers are listed, where not all are."""
    if scope.officers_of is not None:
        st.caption(_("Your role sees the officers of its own ward by name; those of other wards are not listed."))


def whole_said(whole: pl.DataFrame, metric: Metric) -> str:
    """The whole's figure, to read the lines beside."""
    row = whole.filter(pl.col("metric") == metric.name).row(0, named=True)
    value = wording.value(metric.kind, row["value"], row["note"])
    return _("All together: {value} ({rest}).", value=value, rest=rests_on(row))
