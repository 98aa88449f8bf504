"""From a line of a table to the page behind it."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from etl.tables import UNKNOWN
from metrics.catalogue import METRICS
from metrics.declaration import Metric
from metrics.scope import Scope
from pages.shared import address
from pages.shared.controls import Filters
from pages.shared.order import by_attention

WITHOUT_CASES = frozenset({"channel_days", "duties"})
"""Populations that are no cases: a channel's own activity, shifts."""
CASES = tuple(metric.name for metric in METRICS if metric.of not in WITHOUT_CASES)
"""Metrics whose cases can be listed."""


def follow(line: int | None, page: str, views: Sequence[Mapping[str, str] | None]) -> None:
    """Open ``page`` where a line was chosen that leads anywhere; the run ends then.

    Args:
        line: the place of the chosen line; None where none is.
        page: the file of the page.
        views: for each line the parameters of the page's address, None where it leads nowhere.
    """
    if line is not None and views[line] is not None:
        address.leave()
        st.switch_page(page, query_params=dict(views[line] or {}))


def behind(scope: Scope, chosen: Filters, metrics: Sequence[str]) -> list[dict[str, str] | None]:
    """For each metric the view of the cases behind it; nowhere for what has none, or where the viewer may not look at cases.

    Args:
        scope: the viewer's limits.
        chosen: whose ward or officer, and the filters of the figure.
        metrics: names of metrics, one a line.
    """
    allowed = scope.cases_of is None or any(ward in scope.cases_of for ward in chosen.ward) or bool(chosen.officer and scope.cases_of)
    return [{"metric": name, "part": ""} | chosen.address() if allowed and name in CASES else None for name in metrics]


def to_wards(rows: pl.DataFrame, metric: Metric) -> list[dict[str, str] | None]:
    """For each line of the table of wards the view of that ward; nowhere for ``unknown``.

    Args:
        rows: one result row per ward, as the table was made from.
        metric: the rows' metric.
    """
    return [None if code == UNKNOWN else {"ward": code} for code in by_attention(rows, metric)["unit"]]
