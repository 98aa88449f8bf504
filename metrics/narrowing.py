"""What one question leaves of a population: the rows of its spans that pass the filters, each with its unit."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import narwhals as nw
import polars as pl

from etl.tables import UNKNOWN
from metrics.engine import DAY, Frame, lazy, local_midnight
from metrics.query import Query
from metrics.scope import Scope
from metrics.wards import Wards

Span = tuple[date, date]
"""First and last local day, both included."""
ALL = "all"
BETWEEN = -1
"""The span of what lies between spans."""
UNIT_COLUMNS = {"channel": "channel_id", "platform": "platform", "officer": "officer_id", "topic": "topic"}


def ward_column(query: Query) -> str:
    """The ward that the chosen map means."""
    return "ward_then" if query.wards == "then" else "ward_code"


def narrowed(rows: Frame, query: Query, scope: Scope, wards: Wards, spans: Sequence[Span]) -> Frame:
    """The rows that count for a question.

    Args:
        rows: of one population, with the instant ``at`` that says to which span a row belongs.
        query: filters and unit.
        scope: what the viewer may see.
        wards: of the version.
        spans: in order of time, none overlapping another.

    Returns:
        The rows with ``span`` (its place in ``spans``), ``unit`` and ``split`` (the unit rests on a ward whose land was split).
    """
    rows = _in_spans(rows, spans)
    for column, values in ((ward_column(query), query.ward), ("topic", query.topic), ("platform", query.platform)):
        if values:
            rows = rows.filter(nw.col(column).is_in(list(values)))
    if query.officer:
        rows = rows.filter(nw.col("officer_id").is_in(list(query.officer)), nw.col("attribution").is_in(list(query.attribution)))
    of_officers = query.by == "officer" or query.officer
    for limit in (scope.wards, scope.officers_of if of_officers else None):
        if limit is not None:
            rows = rows.filter(nw.col("ward_code").is_in(sorted(limit)))
    return _with_unit(rows, query, wards)


def _in_spans(rows: Frame, spans: Sequence[Span]) -> Frame:
    """Adds ``span``, and leaves what lies in one of them."""
    bounds = [(local_midnight(first), local_midnight(last) + DAY) for first, last in spans]
    rows = rows.filter(nw.col("at") >= bounds[0][0], nw.col("at") < bounds[-1][1])
    rows = rows.with_columns(span=_place(bounds, 0, len(bounds) - 1).cast(nw.Int64))
    apart = any(end < start for (_start, end), (start, _end) in pairwise(bounds))
    return rows.filter(nw.col("span") != BETWEEN) if apart else rows


def _place(bounds: Sequence[tuple[int, int]], first: int, last: int) -> nw.Expr:
    """Which of the spans from ``first`` to ``last`` an instant lies in, by halving: as many as weeks of twenty years, one in another,
    would be too deep."""
    if first < last:
        middle = (first + last + 1) // 2
        before = nw.col("at") < bounds[middle][0]
        return nw.when(before).then(_place(bounds, first, middle - 1)).otherwise(_place(bounds, middle, last))
    if first + 1 < len(bounds) and bounds[first][1] < bounds[first + 1][0]:
        return nw.when(nw.col("at") < bounds[first][1]).then(nw.lit(first)).otherwise(nw.lit(BETWEEN))
    return nw.lit(first)


def _with_unit(rows: Frame, query: Query, wards: Wards) -> Frame:
    """Adds ``unit`` and ``split``."""
    ward = ward_column(query)
    of_wards = (query.by == "ward" or query.ward) and query.wards == "current"
    split = nw.col("split") if of_wards else nw.lit(False)
    if query.by != "province":
        return rows.with_columns(unit=unit_of(query), split=split)
    known = {"_ward": list(wards.parents), "unit": list(wards.parents.values())}
    parents = lazy(pl.DataFrame(known, schema={"_ward": pl.String, "unit": pl.String}))
    rows = rows.with_columns(_ward=nw.col(ward).cast(nw.String)).join(parents, on="_ward", how="left")
    return rows.with_columns(unit=nw.col("unit").fill_null(UNKNOWN), split=split)


def unit_of(query: Query) -> nw.Expr:
    """The unit that a row belongs to, by its own columns (all kinds but province)."""
    if query.by == "all":
        return nw.lit(ALL)
    if query.by == "ward":
        return nw.col(ward_column(query))
    if query.by == "officer":
        known = nw.col("attribution").is_in(list(query.attribution))
        return nw.when(known).then(nw.col("officer_id")).otherwise(nw.lit(UNKNOWN))
    return nw.col(UNIT_COLUMNS[query.by])
