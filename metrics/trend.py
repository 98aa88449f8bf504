"""Does a figure change over time, or does it only go up and down? Control charts of weeks or months.

Of the whole, wards and channels; never of one officer.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.publishing.versions import Version
from metrics.catalogue import BY_NAME, METRICS
from metrics.declaration import PER, Metric
from metrics.engine import local_date
from metrics.figures import figures_over, period
from metrics.narrowing import Span
from metrics.process import RULES, process, rules
from metrics.query import CHARTED, Every, Query
from metrics.scope import Scope

ENOUGH = 12
"""With fewer points the limits are provisional."""

TREND: dict[str, pl.DataType] = {
    "unit": pl.String(),
    "metric": pl.String(),
    "from": pl.Date(),
    "to": pl.Date(),
    "value": pl.Float64(),
    "numerator": pl.Int64(),
    "denominator": pl.Int64(),
    "centre": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "rules": pl.List(pl.String()),
    "provisional": pl.Boolean(),
}


def charted(metric: Metric) -> bool:
    """Whether the metric has a control chart: shares, rates of whole cases, times."""
    return metric.kind in ("share", "time") or (metric.kind == "rate" and metric.of != "channel_days")


def trend(version: Version, query: Query, scope: Scope, every: Every) -> pl.DataFrame:
    """The course of figures with their process limits.

    Args:
        version: the published version.
        query: by all, ward or channel; the metrics that are charted among those named, or all of these.
        scope: what the viewer may see.
        every: week (Monday to Sunday) or month; the first and the last are cut where the period is.

    Returns:
        One row per metric, unit and span, in this order, with the columns of ``TREND``: ``centre``, ``lower``, ``upper`` in the value's
        measure (null where there is no value at all); ``rules`` the point is part of: beyond_limits (3σ), shift (seven in a
        row on one side), trend (seven rising or falling), two_of_three (beyond 2σ on one side); ``provisional``: under twelve points, or
        the span ends after the data do. Such a span is in no limit and fires no rule.

    Raises:
        ValueError: another kind of unit.

    Source:
        Laney 2002 (Qual Eng 14:531), p′ and u′; Wheeler 1993, XmR; NHS England, Making Data Count.
    """
    if query.by not in CHARTED:
        raise ValueError(f"no trend by {query.by}")
    names = query.metrics or tuple(metric.name for metric in METRICS)
    wanted = tuple(name for name in names if charted(BY_NAME[name]))
    spans = spans_of(period(version, query), every)
    asked = Query(**{**vars(query), "metrics": wanted})
    rows = figures_over(version, asked, scope, spans) if wanted else pl.DataFrame()
    if rows.is_empty():
        return pl.DataFrame(schema=TREND)
    today = local_date(version.as_of)
    unfinished = [last for first, last in spans if natural_end(first, every) > today]
    rows = rows.with_columns(unfinished=pl.col("to").is_in(unfinished))
    points = rows.partition_by("metric", "unit", as_dict=True)
    charts = [with_limits(course.sort("from"), BY_NAME[str(metric)]) for (metric, _unit), course in points.items()]
    place = {name: i for i, name in enumerate(BY_NAME)}
    found = pl.concat(charts).with_columns(place=pl.col("metric").replace_strict(place, return_dtype=pl.Int64))
    return found.sort("place", "unit", "from").select(pl.col(name).cast(dtype) for name, dtype in TREND.items())


def spans_of(whole: Span, every: Every) -> list[Span]:
    """The weeks or months of a period, in order, cut at its ends."""
    first, last = whole
    found = []
    while first <= last:
        end = min(natural_end(first, every), last)
        found.append((first, end))
        first = end + timedelta(days=1)
    return found


def natural_end(day: date, every: Every) -> date:
    """The last day of the week or month that a day lies in."""
    if every == "week":
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def with_limits(points: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """One unit's points of one metric with their limits and rules.

    Args:
        points: result rows of spans in order of time, with ``unfinished``: whether the span ends after the data do.
        metric: the rows' metric, one that is ``charted``.

    Returns:
        The rows with ``centre``, ``lower``, ``upper``, ``rules`` and ``provisional`` as ``trend`` has them.
    """
    value, n = (points[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("value", "denominator"))
    per = PER[metric.per] if metric.kind == "rate" else 1
    used = np.isfinite(value) & ~points["unfinished"].to_numpy()
    x = points["numerator"].cast(pl.Float64).to_numpy()
    centre, sigma = process(metric.kind, x[used], n[used], value[used], n)
    centre, sigma = centre * per, sigma * per
    low, high = np.maximum(centre - 3 * sigma, 0), centre + 3 * sigma
    if metric.kind == "share":
        high = np.minimum(high, 1)
    fired = np.zeros((len(RULES), len(value)), np.bool_)
    fired[:, used] = rules(value[used], centre, sigma[used])
    names = [[rule for rule, fires in zip(RULES, column, strict=True) if fires] for column in fired.T]
    provisional = points["unfinished"] | bool(used.sum() < ENOUGH)
    known = np.isfinite(sigma) & np.isfinite(centre)
    limits = {"centre": np.where(known, centre, np.nan), "lower": np.where(known, low, np.nan), "upper": np.where(known, high, np.nan)}
    columns = [pl.Series(name, limit, nan_to_null=True) for name, limit in limits.items()]
    return points.with_columns(*columns, pl.Series("rules", names, dtype=pl.List(pl.String)), provisional.alias("provisional"))
