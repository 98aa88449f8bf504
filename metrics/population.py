"""The two populations that every figure is about: cases asked, and feedback received, in the period and by as_of.

Each row carries its unit and what it was at as_of: an instant after as_of has not happened. Written with narwhals, on
whole microseconds, so that any engine gives the same rows.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from etl.tables import UNKNOWN, snapshot_schema
from etl.versions import Version
from metrics.engine import DAY, HOUR, SECOND, local_date, local_midnight, microseconds, read, scan
from metrics.query import Query
from metrics.scope import Scope

Frame = nw.LazyFrame[pl.LazyFrame]
ALL = "all"
UNIT_COLUMNS = {"channel": "channel_id", "platform": "platform", "officer": "officer_id", "topic": "topic"}


@dataclass(frozen=True)
class Wards:
    """What the populations need to know of wards."""

    parents: dict[str, str]
    """Ward → its province."""
    split: frozenset[str]
    """Wards of the day whose land went to several of today's."""
    current: dict[str, str]
    """Ward of the day → today's."""


def read_wards(version: Version) -> Wards:
    """The version's wards."""
    rows = read(version, "wards", ("ward_code", "parent", "split", "current_code"))
    return Wards(
        dict(zip(rows["ward_code"], rows["parent"], strict=True)),
        frozenset(rows.filter("split")["ward_code"]),
        dict(zip(rows["ward_code"], rows["current_code"], strict=True)),
    )


def period(version: Version, query: Query) -> tuple[date, date]:
    """First and last local day asked for, both included: by default from the first item's to as_of's."""
    # A period that begins after the data has an end all the same: after as_of, and so provisional.
    last = query.to_on or max(local_date(version.as_of), query.from_on or date.min)
    return query.from_on or min(version.first_on or last, last), last


def ward_column(query: Query) -> str:
    """The ward that the chosen map means."""
    return "ward_then" if query.wards == "then" else "ward_code"


def cases(version: Version, query: Query, scope: Scope, wards: Wards, rated: bool) -> Frame:
    """Counted interactions asked in the period and by as_of.

    Args:
        version: what to read.
        query: period, filters and unit.
        scope: narrows the cases to what the viewer may see.
        wards: of the version.
        rated: whether ratings are looked up: adds ``rated`` and ``rating_held``, and leaves only the resolved cases.

    Returns:
        One row per case: ``unit``, ``split``, ``provisional``; instants in microseconds, null where they have not happened:
        ``asked``, ``acknowledged`` (an answer counts as one), ``answered``, ``first_resolved``, ``reopened``, ``resolved``,
        ``classified``; ``acknowledge_due``, ``answer_due`` (null where no target fits), each with ``…_passed`` (by
        as_of); ``age`` at as_of; ``timed``, ``open``, ``night``, ``officer_known``, ``topic``, ``tip_off``, ``verdict``.
    """
    as_of = microseconds(version.as_of)
    rows = _narrowed(version, "interactions", "asked_at", query, scope)
    rows = rows.filter(~nw.col("status").is_in(["withdrawn", "duplicate"]))
    if rated:
        rows = _with_ratings(rows, version, as_of)
    rows = rows.with_columns(
        **{
            name: _happened(f"{name}_at", as_of)
            for name in ("acknowledged", "answered", "first_resolved", "reopened", "resolved", "classified")
        },
        asked=nw.col("asked_at"),
        age=as_of - nw.col("asked_at"),
        timed=nw.col("has_time"),
        night=_night(nw.col("asked_at")),
        officer_known=nw.col("officer_id") != UNKNOWN,
        acknowledge_passed=nw.col("acknowledge_due") <= as_of,
        answer_passed=nw.col("answer_due") <= as_of,
        answer_overdue=nw.col("answer_due") < as_of,
    )
    resolved_since = (nw.col("resolved") >= nw.col("reopened")).fill_null(False)
    rows = rows.with_columns(
        acknowledged=nw.min_horizontal("acknowledged", "answered"),
        open=nw.col("answered").is_null() | (~nw.col("reopened").is_null() & ~resolved_since),
        verdict=nw.when(nw.col("classified_at").is_null() | ~nw.col("classified").is_null()).then(nw.col("verdict")),
    )
    return _with_unit(rows, query, wards)


def feedback(version: Version, query: Query, scope: Scope, wards: Wards) -> Frame:
    """Feedback received in the period and by as_of that was not withdrawn, formal ones among it.

    Returns:
        One row per feedback: ``unit``, ``split``, ``provisional``, ``formal``; ``compliment``, ``complaint``, ``rated`` (its
        kind, false where formal), ``rating``, ``upheld``; ``usable`` (it enters rates and shares), ``waiting`` (it would,
        but is held).
    """
    as_of = microseconds(version.as_of)
    rows = _narrowed(version, "feedback", "received_at", query, scope).filter(_not_withdrawn())
    kind = nw.col("kind")
    plain = ~nw.col("formal")
    decided = nw.col("decided_at").is_null() | (nw.col("decided_at") <= as_of)
    rows = rows.with_columns(
        compliment=plain & (kind == "compliment"),
        complaint=plain & (kind == "complaint"),
        rated=plain & (kind == "rating"),
        upheld=(nw.col("outcome") == "upheld") & decided,
        usable=nw.col("counts") & ~nw.col("held"),
        waiting=nw.col("counts") & nw.col("held"),
    )
    return _with_unit(rows, query, wards)


def _not_withdrawn() -> nw.Expr:
    return nw.col("outcome").is_null() | (nw.col("outcome") != "withdrawn")


def _happened(column: str, as_of: int) -> nw.Expr:
    return nw.when(nw.col(column) <= as_of).then(nw.col(column))


def _night(instant: nw.Expr) -> nw.Expr:
    """Whether an instant lies in 22:00–06:00 local: arithmetic on the day's microseconds, equal on every engine."""
    of_day = (instant + 7 * HOUR) % DAY
    return (of_day >= 22 * HOUR) | (of_day < 6 * HOUR)


def whole_seconds(microseconds: nw.Expr) -> nw.Expr:
    """A duration's whole seconds."""
    return microseconds // SECOND


def _narrowed(version: Version, table: str, month_of: str, query: Query, scope: Scope) -> Frame:
    """A table's rows of the period that pass the filters and that the viewer may see."""
    first, last = period(version, query)
    end = min(local_midnight(last + timedelta(days=1)), microseconds(version.as_of) + 1)
    rows = scan(version, table, snapshot_schema(table), (first, last))
    rows = rows.filter(nw.col(month_of) >= local_midnight(first), nw.col(month_of) < end)
    for column, values in ((ward_column(query), query.ward), ("topic", query.topic), ("platform", query.platform)):
        if values:
            rows = rows.filter(nw.col(column).is_in(list(values)))
    for limit in (scope.wards, scope.officers_of if query.by == "officer" else None):
        if limit is not None:
            rows = rows.filter(nw.col("ward_code").is_in(sorted(limit)))
    return rows


def _with_unit(rows: Frame, query: Query, wards: Wards) -> Frame:
    """Adds ``unit`` and ``split``."""
    ward = ward_column(query)
    split = nw.lit(False)
    if query.by == "ward" and query.wards == "current" and wards.split:
        split = nw.col("ward_then").is_in(sorted(wards.split))
    if query.by == "province":
        parents = nw.from_native(
            pl.LazyFrame({ward: list(wards.parents), "unit": list(wards.parents.values())}, schema={ward: pl.String, "unit": pl.String})
        )
        return rows.join(parents, on=ward, how="left").with_columns(unit=nw.col("unit").fill_null(UNKNOWN), split=split)
    return rows.with_columns(unit=unit_of(query), split=split)


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


def _with_ratings(rows: Frame, version: Version, as_of: int) -> Frame:
    """Resolved cases with ``rated`` (a rating that counts is linked) and ``rating_held`` (how many linked ones are held)."""
    columns = ("interaction_source", "interaction_id", "kind", "formal", "received_at", "outcome", "counts", "held")
    ratings = scan(version, "feedback", columns).filter(
        nw.col("kind") == "rating",
        ~nw.col("formal"),
        nw.col("received_at") <= as_of,
        _not_withdrawn(),
        nw.col("counts"),
        ~nw.col("interaction_id").is_null(),
        ~nw.col("interaction_source").is_null(),
    )
    linked = ratings.group_by("interaction_source", "interaction_id").agg(
        rated=(~nw.col("held")).cast(nw.Int64).sum(),
        rating_held=nw.col("held").cast(nw.Int64).sum(),
    )
    resolved = rows.filter(nw.col("resolved_at") <= as_of)
    joined = resolved.join(linked, left_on=["source", "interaction_id"], right_on=["interaction_source", "interaction_id"], how="left")
    return joined.with_columns(rated=nw.col("rated").fill_null(0) > 0, rating_held=nw.col("rating_held").fill_null(0))
