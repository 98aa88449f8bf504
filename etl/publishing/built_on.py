"""Whether the next version can be built on the one before: few keys are made anew, all other tidy rows stay as it has them.

A tidy row is the fold of its key's versions, resolved with the rows of other tables, with the references and at as_of. A version is
built on the one before only where all of these are what they were for every row that stays; in any doubt the whole record is folded,
as ``rebuild`` always does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed

import polars as pl

from etl.publishing.before import NOTHING, Before
from etl.publishing.fold import fold_key, fold_versions, folded_schema
from etl.publishing.hanging import hanging
from etl.publishing.rethreaded import rethreaded
from etl.publishing.reweighed import reweighed
from etl.publishing.standing import standing_rows
from etl.publishing.versions import Version, parts
from etl.record.record import Record
from etl.settings import ROOT
from etl.tables import INPUT_TABLES, SERVING_TABLES

ANEW_AT_MOST = 0.2
"""Where more row versions come or go, as a share of the requests, folding everything is as quick."""
_OF_REQUESTS = ("interactions", "messages")
"""Input tables that requests are made of."""
_BY_KEY = {*_OF_REQUESTS, "feedback", "channel_days"}
"""Input tables of which some rows can be made anew and others stay."""
_FROM_ALL = frozenset({"channels", "wards", *SERVING_TABLES})
"""Tables that are small, and always made anew."""
_PACKAGES = ("polars", "numpy", "scipy", "holidays", "vietnamadminunits")
"""Whose answers stand in tidy rows."""


def basis(files: pl.DataFrame, references: str) -> str:
    """What the rows of a version rest on beside the row versions themselves: which files stand and in which order, the references, the
    program. It is kept with the version: another basis, and nothing is built on it.

    Args:
        files: ``standing_files``.
        references: the digest of the references.
    """
    return hashlib.sha256("\n".join([_program(), references, *map(repr, files.rows())]).encode()).hexdigest()


@cache
def _program() -> str:
    """Digest of the loader's own source, and the versions of what it computes with."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "etl").rglob("*.py")):
        digest.update(path.read_bytes())
    return " ".join([digest.hexdigest(), *(installed(package) for package in _PACKAGES)])


def rows_made_anew(before: Before, record: Record, files: pl.DataFrame, staged: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """``standing_rows`` of all that does not stay."""
    if before.version is None:
        return standing_rows(record, files, staged)
    tables = [table for table in INPUT_TABLES if table in before.keys or table in before.anew]
    return standing_rows(record, files, staged, tables, before.keys)


def built_on(
    version: Version | None,
    record: Record,
    references: str,
    earlier: pl.DataFrame,
    standing: pl.DataFrame,
    staged: Mapping[str, pl.DataFrame],
    as_of: datetime | None,
) -> Before:
    """What stays of the version that is shown when other files stand.

    Args:
        version: that is shown.
        record: the open record.
        references: the digest of today's references.
        earlier: ``standing_files`` as that version has them.
        standing: ``standing_files`` as they stand now.
        staged: rows of the load at hand by input table, with their ``file_id``; they are in the record too.
        as_of: of the next version, where it is known to lie before the shown one's; None where it does not.
    """
    latest = record.latest_version()
    if version is None or latest is None or (version.name, version.checksum) != (latest["version"], latest["checksum"]):
        return NOTHING
    if version.basis != basis(earlier, references) or not _is_whole(version) or not _same_order(earlier, standing):
        return NOTHING
    changed = pl.concat([earlier.join(standing, on="file_id", how="anti"), standing.join(earlier, on="file_id", how="anti")])
    tables = set(changed["table_name"])
    if _verbatim_differs(earlier, standing) or _two_of_one_source(pl.concat([earlier, standing])):
        return NOTHING
    if sum(record.height(table, changed["file_id"].to_list()) for table in _OF_REQUESTS) > ANEW_AT_MOST * version.rows["interactions"]:
        return NOTHING
    channels, shifts = (_differing(table, record, earlier, standing, staged) for table in ("channels", "duties"))
    hang = hanging(version, min(version.as_of, as_of) if as_of else version.as_of, channels, shifts)
    of_threads = pl.concat([earlier, standing]).filter(table_name="messages").select("source").unique()
    keys = {"interactions": _keys_of("interactions", changed, record, staged)}
    asked = hang.interactions.join(of_threads, on="source", how="semi")
    threads = None
    if "messages" in tables or not asked.is_empty():
        threads, found, keys["messages"] = rethreaded(record, earlier, standing, changed, asked, version.stated)
        keys["interactions"] = pl.concat([keys["interactions"], found])
    keys["interactions"] = pl.concat([keys["interactions"], hang.interactions]).unique()
    if keys["interactions"].height > ANEW_AT_MOST * version.rows["interactions"]:
        return NOTHING
    anew = _FROM_ALL | (tables - _BY_KEY) | ({"duties"} if channels.height else set())  # a channel's shifts are in its ward
    before = Before(version, keys, anew, threads)
    every = pl.concat([earlier, standing]).unique("file_id")
    before = _with_keys(before, "feedback", reweighed(record, before, every, changed, hang.feedback))
    if "channel_days" in tables:
        before = _with_keys(before, "channel_days", _keys_of("channel_days", changed, record, staged))
    return before


def _with_keys(before: Before, table: str, keys: pl.DataFrame) -> Before:
    """What stays where of a table the rows of these keys are made anew; all of it, where these are many."""
    assert before.version
    if keys.height > ANEW_AT_MOST * before.version.rows[table]:
        return replace(before, anew=before.anew | {table})
    return replace(before, keys={**before.keys, table: keys})


def _is_whole(version: Version) -> bool:
    files = parts(version)
    return bool(files) and all((version.folder / f"{key}.parquet").exists() for key in files)


def _same_order(earlier: pl.DataFrame, standing: pl.DataFrame) -> bool:
    both = earlier.join(standing.select("file_id", place="position"), on="file_id")
    return both.sort("position")["place"].is_sorted()


def _verbatim_differs(earlier: pl.DataFrame, standing: pl.DataFrame) -> bool:
    """Whether a source that stands in both means its ward texts otherwise than before."""
    both = earlier.select("source").join(standing, on="source", how="semi")["source"].implode()
    was, now = (set(files.filter("verbatim", pl.col("source").is_in(both))["source"]) for files in (earlier, standing))
    return was != now


def _two_of_one_source(files: pl.DataFrame) -> bool:
    """Whether a source brings requests both as they are and in messages: their keys might meet."""
    of_requests = files.filter(pl.col("table_name").is_in(_OF_REQUESTS))
    return bool((of_requests.group_by("source").agg(pl.col("table_name").n_unique())["table_name"] > 1).any())


def _differing(
    table: str, record: Record, earlier: pl.DataFrame, standing: pl.DataFrame, staged: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Folded rows that are not among the others any more, or were not before; of a table whose rows others are resolved with."""
    folds = [pl.DataFrame(schema=folded_schema(table))]
    if earlier.filter(table_name=table)["file_id"].to_list() != standing.filter(table_name=table)["file_id"].to_list():
        for files, fresh in ((earlier, {}), (standing, staged)):
            rows = standing_rows(record, files, fresh, [table])
            folds += [fold_versions(table, versions) for versions in rows.values()]
    return pl.concat(folds).drop("arrived", "provisional").unique(keep="none")


def _keys_of(table: str, files: pl.DataFrame, record: Record, staged: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Keys of the rows of a table in files."""
    rows = standing_rows(record, files.filter(table_name=table), staged, [table])
    nothing = pl.DataFrame(schema=folded_schema(table))
    return pl.concat([found.select(fold_key(table)) for found in (nothing, *rows.values())]).unique()
