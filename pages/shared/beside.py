"""One unit's figures beside the whole's: value with interval, where the whole lies, and what changed since the span before."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import polars as pl

from etl.language import _
from metrics.catalogue import BY_NAME
from pages.shared import wording
from pages.shared.cards import by_metric, change
from pages.shared.terms import interval, metric_name
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


def table(now: pl.DataFrame, before: pl.DataFrame, whole: pl.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """One line per metric, in the catalogue's order of ``metrics``.

    Args:
        now: the unit's rows of the chosen period.
        before: its rows of the span before; no rows where the data do not reach back so far.
        whole: the whole's rows of the chosen period.
        metrics: names of the metrics.

    Returns:
        Texts, ready to show, and a picture: figure, value, 95 % interval, n, the interval drawn with the whole's value as a line,
        the whole's value, change, remark. Counts have neither interval nor whole: a part is no better for being large.
    """
    mine, past, common = by_metric(now), by_metric(before), by_metric(whole)
    lines = [_line(mine[name], past.get(name), common[name]) for name in metrics]
    columns = pd.DataFrame(lines)
    return columns if columns[_("Remark")].any() else columns.drop(columns=_("Remark"))


def _line(row: Mapping[str, Any], past: Mapping[str, Any] | None, common: Mapping[str, Any]) -> dict[str, Any]:
    kind = BY_NAME[row["metric"]].kind
    counted = kind == "count"
    limits = [row["value"], row["lower"], row["upper"], common["value"]]
    return {
        _("Figure"): metric_name(row["metric"]),
        _("Value"): wording.value(kind, row["value"], row["note"]),
        _("95% interval"): interval(kind, row["lower"], row["upper"]) or wording.NONE,
        "n": wording.NONE if counted else wording.number(row["denominator"]),
        _("Interval (line: all)"): None if counted else dot(Scale(kind, limits), *limits),
        _("All together"): wording.NONE if counted else wording.value(kind, common["value"], common["note"]),
        _("Change"): change(row, past) or wording.NONE,
        _("Remark"): wording.state(row["state"]),
    }


def figures_columns() -> list[str]:
    """The columns of figures, to stand at the right of their cells."""
    return [_("Value"), _("95% interval"), "n", _("All together"), _("Change")]
