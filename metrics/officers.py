"""Who the officers are, as far as a viewer may know them by name; and how many a ward has, which is no secret."""

import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.engine import EPOCH, local_date, read
from metrics.memory import MEMORY
from metrics.query import Query
from metrics.scope import Scope
from metrics.units import units
from metrics.wards import read_wards

ROSTER = ("officer_id", "badge", "active")
POSTINGS = ("officer_id", "ward_code", "starts_on", "ends_on")


def officers(version: Version, scope: Scope) -> pl.DataFrame:
    """The officers that the viewer may see by name.

    Args:
        version: the published version.
        scope: officers without a case, a feedback or a posting in the viewer's wards are not listed.

    Returns:
        One row per officer, by id: ``officer_id``, ``name`` (the id where no roster names the officer), ``badge`` (may be null),
        ``active``, ``ward_code`` and ``ward`` (code and name of the ward where the officer is posted at as_of, else was last,
        of those that the viewer may know; null where there is none).
    """
    known = units(version, Query(by="officer"), scope, read_wards(version)).filter(pl.col("listed") & (pl.col("unit") != UNKNOWN))
    rows = known.select(officer_id="unit", name="unit_name").join(_roster(version), on="officer_id", how="left")
    latest = postings(version, scope).unique("officer_id", keep="first", maintain_order=True).select("officer_id", "ward_code", "ward")
    rows = rows.join(latest, on="officer_id", how="left").with_columns(pl.col("active").fill_null(True))
    return rows.select("officer_id", "name", "badge", "active", "ward_code", "ward").sort("officer_id")


def postings(version: Version, scope: Scope) -> pl.DataFrame:
    """The postings that the viewer may know, as of as_of.

    Returns:
        One row per posting: ``officer_id``, ``ward_code``, ``ward`` (its name), ``starts_on``, ``ends_on`` (null: it goes on),
        ``current`` (it holds at as_of); by officer, current ones first, then the latest.
    """
    rows = _postings(version)
    for limit in (scope.wards, scope.officers_of):
        if limit is not None:
            rows = rows.filter(pl.col("ward_code").is_in(sorted(limit)))
    return rows


def posted(version: Version, scope: Scope) -> dict[str, int]:
    """How many officers are posted in each of today's wards at as_of: a plain count, within the viewer's wards."""
    rows = _postings(version).filter("current")
    if scope.wards is not None:
        rows = rows.filter(pl.col("ward_code").is_in(sorted(scope.wards)))
    counted = rows.group_by("ward_code").agg(pl.col("officer_id").n_unique())
    return {code: int(number) for code, number in counted.iter_rows()}


def _roster(version: Version) -> pl.DataFrame:
    return MEMORY.frame(version, "roster", lambda: read(version, "officers", ROSTER))


def _postings(version: Version) -> pl.DataFrame:
    return MEMORY.frame(version, "postings", lambda: _read_postings(version))


def _read_postings(version: Version) -> pl.DataFrame:
    names = read(version, "wards", ("ward_code", "name")).rename({"name": "ward"})
    rows = read(version, "postings", POSTINGS).join(names, on="ward_code", how="left")
    today = (local_date(version.as_of) - EPOCH).days
    current = (pl.col("starts_on") <= today) & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= today))
    rows = rows.with_columns(current=current, ward=pl.col("ward").fill_null(pl.col("ward_code")))
    rows = rows.sort("officer_id", "current", "starts_on", "ward_code", descending=[False, True, True, False])
    return rows.with_columns(pl.col("starts_on", "ends_on").cast(pl.Date))
