"""Which rows count: those of published loads, and of bytes read more than once only the latest reading."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from etl.record.record import Record
from etl.tables import INPUT_TABLES

PUBLISHED, HELD, UNDONE, DISCARDED = "published", "held", "undone", "discarded"
"""States of a load."""

_COLUMNS = {
    "file_id": pl.Int64(),
    "load_id": pl.Int64(),
    "path": pl.String(),
    "source": pl.String(),
    "table_name": pl.String(),
    "by_content": pl.Boolean(),
    "verbatim": pl.Boolean(),
    "provisional": pl.Boolean(),
}
_OF_FILE = ("source", "by_content", "provisional", "position")
"""What a row must know of its file to be folded."""


def readings(files: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Published files, those of the same bytes read by the same source together: the last one of each group stands.

    Args:
        files: rows of the record's ``files`` with their load's ``state``, in the order of loading.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for file in files:
        if file["state"] == PUBLISHED:
            groups.setdefault((file["sha256"], file["source"]), []).append(file)
    return list(groups.values())


def known_files(files: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(sha256, source definition) of the files that are not read again by themselves: those that stand as that definition reads
    them, and those of held, undone and discarded loads."""
    standing = {(group[-1]["sha256"], group[-1]["definition"]) for group in readings(files)}
    return standing | {(file["sha256"], file["definition"]) for file in files if file["state"] != PUBLISHED}


def fixed_in(
    files: Sequence[Mapping[str, Any]], loads: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]
) -> list[int | None]:
    """For each refused row the published load that mended it: which read its whole file once more, or brought the row that takes its
    place; None where it still waits."""
    read_again = {file["file_id"]: group[-1]["load_id"] for group in readings(files) for file in group[:-1]}
    published = {load["load_id"] for load in loads if load["state"] == PUBLISHED}
    return [read_again.get(row["file_id"]) or (row["fixed_in"] if row["fixed_in"] in published else None) for row in refused]


def standing_files(files: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The files whose rows count. The latest reading of a file takes the place of its first: a file loaded again with a mended
    source is as if it had been right at first.

    Args:
        files: rows of the record's ``files`` with their load's ``state``.

    Returns:
        One row per standing file: file_id, load_id, path, source, table_name, by_content, verbatim, provisional, position (load order).
    """
    places = [(group[0]["load_id"], group[0]["path"], group[-1]) for group in readings(files)]
    ordered = [file for _load, _path, file in sorted(places, key=lambda place: (*place[:2], place[2]["file_id"]))]
    rows = [[file[name] for name in _COLUMNS] + [position] for position, file in enumerate(ordered)]
    return pl.DataFrame(rows, schema=_COLUMNS | {"position": pl.Int64()}, orient="row")


def standing_rows(
    record: Record,
    files: pl.DataFrame,
    staged: Mapping[str, pl.DataFrame],
    tables: Collection[str] = tuple(INPUT_TABLES),
    keys: Mapping[str, pl.DataFrame] | None = None,
) -> dict[str, pl.DataFrame]:
    """Row versions of the standing files by input table, ready to fold.

    Args:
        record: where rows of earlier loads lie.
        files: ``standing_files``.
        staged: rows of the load at hand by input table, with their ``file_id``; not read from the record.
        tables: the input tables that are wanted.
        keys: by input table the keys that are wanted, where not all are; by their last column they are looked up.
    """
    rows = {}
    for table in tables:
        fresh, wanted = staged.get(table), (keys or {}).get(table)
        ids = files.filter(pl.col("table_name") == table)["file_id"].to_list()
        known = set(ids) - (set(fresh["file_id"].unique().to_list()) if fresh is not None else set())
        frames = [record.rows(table, sorted(known), None if wanted is None else wanted[wanted.columns[-1]])] if known else []
        if fresh is not None:
            frames.append(fresh.select(frames[0].columns) if frames else fresh)
        if frames:
            found = with_files(pl.concat(frames), files)
            rows[table] = found if wanted is None else found.join(wanted, on=wanted.columns, how="semi")
    return rows


def with_files(rows: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """The rows of these files (``standing_files``), each with what it must know of its own: set beside them, since a join would copy
    every column."""
    standing = rows["file_id"].is_in(files["file_id"].implode())
    rows = rows if standing.all() else rows.filter(standing)
    if files.is_empty():  # and so are the rows; Polars would not know of what kind the columns are
        return rows.with_columns(pl.lit(None, files.schema[name]).alias(name) for name in _OF_FILE)
    return rows.with_columns(pl.col("file_id").replace_strict(files["file_id"], files[name]).alias(name) for name in _OF_FILE)
