"""Whether the next version can be built on the one before: few keys are made anew, all other tidy rows stay as it has them.

A tidy row is the fold of its key's versions, resolved with the rows of other tables, with the references and at as_of. A version is
built on the one before only where all of these are what they were for every row that stays; in any doubt the whole record is folded,
as ``rebuild`` always does.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path

import polars as pl

from etl.before import KEY, NOTHING, Before
from etl.fold import fold_versions
from etl.record import Record
from etl.rethreaded import rethreaded
from etl.reweighed import reweighed
from etl.standing import standing_rows
from etl.tables import INPUT_TABLES, SERVING_TABLES
from etl.versions import Version, parts

ANEW_AT_MOST = 0.2
"""Where more row versions come or go, as a share of the requests, folding everything is as quick."""
_RESOLVED_WITH = ("channels", "duties")
"""Input tables whose rows other rows are resolved with."""
_OF_REQUESTS = ("interactions", "messages")
"""Input tables that requests are made of."""
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
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return " ".join([digest.hexdigest(), *(installed(package) for package in _PACKAGES)])


def rows_made_anew(before: Before, record: Record, files: pl.DataFrame, staged: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """``standing_rows`` of all that does not stay."""
    if before.version is None:
        return standing_rows(record, files, staged)
    keys = {**before.keys} | ({} if before.messages is None else {"messages": before.messages})
    tables = [table for table in INPUT_TABLES if table in keys or table in before.anew]
    return standing_rows(record, files, staged, tables, keys)


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
    if any(_differs(table, record, earlier, standing, staged) for table in _RESOLVED_WITH if table in tables):
        return NOTHING
    if sum(record.height(table, changed["file_id"].to_list()) for table in _OF_REQUESTS) > ANEW_AT_MOST * version.rows["interactions"]:
        return NOTHING
    every = pl.concat([earlier, standing]).unique("file_id")
    keys = pl.concat([pl.DataFrame(schema=dict.fromkeys(KEY, pl.String())), *_keys_of(changed, record, staged)]).unique()
    threads = messages = None
    if "messages" in tables:
        threads, of_threads, messages = rethreaded(record, earlier, standing, every, changed, version.stated)
        keys = pl.concat([keys, of_threads])  # no key is in both: their sources differ
    before = Before(version, {"interactions": keys}, _FROM_ALL | (tables - {*_OF_REQUESTS, "feedback"}), threads, messages)
    feedback = reweighed(record, before, every, changed)
    if feedback.height <= ANEW_AT_MOST * version.rows["feedback"]:
        before = replace(before, keys={**before.keys, "feedback": feedback})
    else:
        before = replace(before, anew=before.anew | {"feedback"})
    since = min(version.as_of, as_of) if as_of else version.as_of
    # Whether such an acknowledgement starts a clock hangs on as_of.
    timely = before.rest("interactions", ["acknowledged_at"]).filter(pl.col("acknowledged_at") > since).is_empty()
    return before if timely else NOTHING


def _is_whole(version: Version) -> bool:
    return all((version.folder / f"{key}.parquet").exists() for key in parts(version))


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


def _differs(table: str, record: Record, earlier: pl.DataFrame, standing: pl.DataFrame, staged: Mapping[str, pl.DataFrame]) -> bool:
    """Whether anything that rows are resolved with is no longer what it was."""
    folds = []
    for files, fresh in ((earlier, {}), (standing, staged)):
        rows = standing_rows(record, files, fresh, [table])
        folds.append(fold_versions(table, rows[table]).drop("arrived", "provisional") if table in rows else None)
    was, now = folds
    return was is None or now is None or not was.equals(now)


def _keys_of(files: pl.DataFrame, record: Record, staged: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Keys of the requests in files."""
    rows = standing_rows(record, files.filter(pl.col("table_name") == "interactions"), staged, ["interactions"])
    for found in rows.values():
        yield found.select(KEY)
