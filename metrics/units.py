"""Which units a question is answered for: every one that occurs anywhere in the record and that the viewer may see."""

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNITS, UNKNOWN
from metrics.engine import collect, read, scan
from metrics.memory import MEMORY
from metrics.narrowing import ALL, unit_of
from metrics.query import Query
from metrics.scope import Scope
from metrics.wards import Wards

CASES = ("interactions", "feedback")


def units(version: Version, query: Query, scope: Scope, wards: Wards) -> pl.DataFrame:
    """The units of the query's kind that the record knows.

    Args:
        version: whose record.
        query: kind of unit, ward map, attribution; of the officers, those whose cases alone are asked for.
        scope: wards outside it are not listed; nor are officers without a posting or a case in the viewer's wards.
        wards: of the version.

    Returns:
        One row per unit: ``unit``, ``unit_name``, ``listed`` (it has a row of figures even where it has no cases).
    """
    if query.by == "all":
        return pl.DataFrame({"unit": [ALL], "unit_name": [ALL], "listed": [True]})
    kind = "ward_then" if query.by == "ward" and query.wards == "then" else query.by
    rows = _record(version).filter(pl.col("unit_kind") == kind)
    names = dict(zip(rows["unit"], rows["unit_name"], strict=True))
    codes = set(names)
    if query.by == "officer":
        codes = _officers(version, query, scope, codes)
        codes &= set(query.officer or codes)
    if query.by == "province" and any(parent not in names for parent in _parents(version, query, wards)):
        codes.add(UNKNOWN)
    if query.by == "ward" and scope.wards is not None:
        codes = {code for code in codes if wards.current.get(code, code) in scope.wards}
    every = sorted(codes | set(names))
    return pl.DataFrame(
        {
            "unit": every,
            "unit_name": [UNKNOWN if code == UNKNOWN else names.get(code, code) for code in every],
            "listed": [code in codes for code in every],
        },
        schema={"unit": pl.String, "unit_name": pl.String, "listed": pl.Boolean},
    )


def occurring(version: Version, kind: str) -> set[str]:
    """The units of a kind that occur in the record, and ``unknown``."""
    return set(_record(version).filter(pl.col("unit_kind") == kind)["unit"]) | {UNKNOWN}


def _record(version: Version) -> pl.DataFrame:
    """All that occurs in the record."""
    return MEMORY.frame(version, "units", lambda: read(version, "units", UNITS.names()))


def _parents(version: Version, query: Query, wards: Wards) -> set[str]:
    """Provinces of the wards that occur."""
    kind = "ward_then" if query.wards == "then" else "ward"
    occur = _record(version).filter(pl.col("unit_kind") == kind)["unit"]
    return {wards.parents.get(code, UNKNOWN) for code in occur}


def _officers(version: Version, query: Query, scope: Scope, codes: set[str]) -> set[str]:
    """Officers who may be listed, with ``unknown`` where any case of the record falls to it."""
    limits = [limit for limit in (scope.wards, scope.officers_of) if limit is not None]
    if not limits and UNKNOWN in codes:
        return codes
    seen = tuple(sorted(frozenset.intersection(*limits))) if limits else None
    rows = MEMORY.frame(version, ("officers", query.attribution, seen), lambda: _officers_of(version, query, seen))
    there = set(rows["officer_id"]) - {UNKNOWN}
    return (codes - {UNKNOWN} if seen is None else there) | (set(rows["unit"]) & {UNKNOWN})


def _officers_of(version: Version, query: Query, seen: tuple[str, ...] | None) -> pl.DataFrame:
    """Officers with a case, a feedback or a posting in these wards, and the units these fall to."""
    frames = [scan(version, table, ("officer_id", "attribution", "ward_code")) for table in CASES]
    frames = [frame.with_columns(unit=unit_of(query)).select("officer_id", "ward_code", "unit") for frame in frames]
    postings = scan(version, "postings", ("officer_id", "ward_code"))
    frames.append(postings.with_columns(unit=nw.col("officer_id")).select("officer_id", "ward_code", "unit"))
    if seen is not None:
        frames = [frame.filter(nw.col("ward_code").is_in(seen)) for frame in frames]
    return pl.concat(collect([frame.select("officer_id", "unit").unique() for frame in frames])).unique()
