"""One unit's figures beside the whole's: value with interval, where the whole lies, and what changed since the span before."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.declaration import PER, Metric
from metrics.scope import Scope
from metrics.wording import metric_name
from pages.shared import tables, ways, wording
from pages.shared.cards import by_metric, change
from pages.shared.controls import Filters
from pages.shared.terms import interval_or_why, remark
from pages.shared.whiskers import Scale, dot

WARD = (
    *("received", "answered", "acknowledged_on_time", "on_time", "first_response_median", "first_response_p90"),
    *("resolution_median", "reopened", "compliments", "compliments_per_1000", "complaints", "complaints_per_1000"),
    *("rating_positive", "rating_response", "satisfaction_766"),
)
OFFICER = (
    *("received", "answered", "on_time", "first_response_median", "first_response_p90", "resolution_median", "reopened"),
    *("compliments", "compliments_per_1000", "complaints", "upheld_complaints_per_1000"),
    *("rating_positive", "rating_response", "workload"),
)
"""Of complaints only those upheld stand in a rate of an officer's."""

ROOM, NAME = 0.3, 235
"""Room at either end of a line's scale, as a share of it; pixels for the names."""


def table(now: pl.DataFrame, before: pl.DataFrame, whole: pl.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """One line per metric, in the catalogue's order of ``metrics``.

    Args:
        now: the unit's rows of the chosen period.
        before: its rows of the span before; no rows where the data do not reach back so far.
        whole: the whole's rows of the chosen period.
        metrics: names of the metrics.

    Returns:
        Texts, ready to show, and a picture: figure, value, change, 95 % interval, n, the interval drawn with the whole's value as a
        line, the whole's value, what the unit's own cases let expect, remark. Counts have neither interval nor whole: a part
        is no better for being large.
    """
    mine, past, common = by_metric(now), by_metric(before), by_metric(whole)
    lines = [_line(mine[name], past.get(name), common[name]) for name in metrics]
    columns = pd.DataFrame(lines)
    empty = [head for head, nothing in ((_("Expected"), wording.NONE), (_("Remark"), "")) if (columns[head] == nothing).all()]
    return columns.drop(columns=empty)


def _line(row: Mapping[str, Any], past: Mapping[str, Any] | None, common: Mapping[str, Any]) -> dict[str, Any]:
    kind = BY_NAME[row["metric"]].kind
    counted = kind == "count"
    limits = [row["value"], row["lower"], row["upper"], common["value"]]
    return {
        _("Figure"): metric_name(row["metric"]),
        _("Value"): wording.value(kind, row["value"], row["note"]),
        _("Change"): change(row, past) or wording.NONE,
        _("95% interval"): interval_or_why(row, kind),
        "n": wording.NONE if counted else wording.number(row["denominator"]),
        _("Interval (line: all)"): None if counted else dot(Scale(kind, limits, ROOM), *limits),
        _("All together"): wording.NONE if counted else wording.value(kind, common["value"], common["note"]),
        _("Expected"): expected(row),
        _("Remark"): " · ".join(filter(None, (remark(row), wording.signal(row["signal"])))),
    }


def draw(scope: Scope, chosen: Filters, now: pl.DataFrame, before: pl.DataFrame, whole: pl.DataFrame, metrics: Sequence[str]) -> None:
    """Draw the table; a line leads to the cases behind its figure, where the viewer may look at cases.

    Args:
        scope: who looks.
        chosen: the filters, with the ward or officer.
        now: as of ``table``; so too ``before``, ``whole`` and ``metrics``.
    """
    views = ways.behind(scope, chosen, metrics)
    can_be_opened = any(view is not None for view in views)
    right = [_("Value"), _("95% interval"), "n", _("All together"), _("Expected"), _("Change")]
    alt = _("Figures beside the whole's, with the change since the span before")
    line = tables.show(table(now, before, whole, metrics), "beside", alt, right=right, fixed=True, choose=can_be_opened, name=NAME)
    if now["expected"].is_not_null().any():
        st.caption(_("Expected: what the whole's cases of the same topic, urgency, platform and hour would have had."))
    if can_be_opened:
        st.caption(_("Choose a line to see the cases behind its figure."))
    ways.follow(line, "service/cases.py", views)


def expected(row: Mapping[str, Any]) -> str:
    """What the whole's rates let expect for the unit's own cases, in the metric's unit; a dash where nothing is compared."""
    metric = BY_NAME[row["metric"]]
    if row["expected"] is None or not row["denominator"]:
        return wording.NONE
    per = PER[metric.per] if metric.kind == "rate" else 1
    return wording.value(metric.kind, per * row["expected"] / row["denominator"])


def course_table(rows: pl.DataFrame, metric: Metric, labels: Sequence[str]) -> None:
    """Draw the same rows as the chart over time, as a table."""
    tables.show(tables.by_span(rows, metric, labels), "course table", _("The same figures as a table"))
