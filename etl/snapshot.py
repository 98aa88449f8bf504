"""Publication: a columnar snapshot of every tidy table, one folder per version, and a pointer moved in one atomic step."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from etl.tables import LOCAL_TIME_ZONE, SERVING_COLUMNS, SERVING_TABLES, TIDY_TABLES
from etl.times import local_date
from etl.versions import MANIFEST, POINTER

KEPT_VERSIONS = 30
_PART = "all"
_BUILDING = ".building-"
_NAME = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Part:
    """One Parquet file of a snapshot: a table, or one local month of it."""

    table: str
    name: str
    frame: pl.DataFrame
    digest: str
    """Of every column: two parts of equal digest are one file on disk."""
    tidy_sum: int
    """Sum of its rows' SHA-256 over the tidy columns."""


def parts_of(tables: dict[str, pl.DataFrame]) -> list[Part]:
    """Cut the tables into files and take their digests."""
    parts = []
    for name, frame in tables.items():
        month_of = TIDY_TABLES[name].month_of if name in TIDY_TABLES else None
        if month_of is None:
            parts.append(_part(name, _PART, frame))
            continue
        months = frame.with_columns(_month=local_date(pl.col(month_of)).dt.strftime("%Y-%m"))
        for (month,), rows in sorted(months.partition_by("_month", as_dict=True, include_key=False).items()):
            parts.append(_part(name, str(month), rows))
        if frame.is_empty():
            parts.append(_part(name, _PART, frame))
    return parts


def checksum(parts: list[Part]) -> str:
    """The sum of all tidy rows' SHA-256 modulo 2²⁵⁶: the same whatever the order of rows and files."""
    return f"{sum(part.tidy_sum for part in parts if part.table in TIDY_TABLES) % (1 << 256):064x}"


def _part(table: str, name: str, frame: pl.DataFrame) -> Part:
    if table in SERVING_TABLES:
        return Part(table, name, frame, f"{_sum_of_rows(table, frame):064x}", 0)
    serving = [column.name for column in SERVING_COLUMNS.get(table, ())]
    tidy_sum = _sum_of_rows(table, frame.select(TIDY_TABLES[table].names()))
    digest = f"{tidy_sum:064x}"
    if serving:
        cells = frame.select(pl.concat_str([_cell(column, frame.schema[column]) for column in serving], separator="\x1f").str.join("\n"))
        digest += hashlib.sha256(cells.item().encode()).hexdigest()  # rows are sorted by key
    return Part(table, name, frame, digest, tidy_sum)


def _sum_of_rows(table: str, frame: pl.DataFrame) -> int:
    """Sum of the rows' SHA-256 modulo 2²⁵⁶. A row is its table's name and its cells' texts, missing ones apart from empty ones."""
    if frame.is_empty():
        return 0
    cells = [_cell(name, dtype) for name, dtype in frame.schema.items()]
    rows = frame.select(pl.concat_str(pl.lit(table), *cells, separator="\x1f")).to_series().to_list()
    sha256 = hashlib.sha256
    digests = np.frombuffer(b"".join([sha256(row.encode()).digest() for row in rows]), dtype=">u4").reshape(-1, 8)
    total = 0
    for word in digests.sum(axis=0, dtype=np.uint64):
        total = (total << 32) + int(word)
    return total % (1 << 256)


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name).dt.epoch("us") if isinstance(dtype, pl.Datetime) else pl.col(name)
    return column.cast(pl.String).fill_null("\x00")


def build_snapshot(
    snapshots: Path,
    version: str,
    parts: list[Part],
    as_of: datetime,
    first_on: date | None,
    stated: Mapping[str, int],
    previous: str | None,
) -> Path:
    """Write a version beside the published ones, not yet seen by anyone. Files equal to the previous version's are shared with it.

    Returns:
        The folder, to be given to ``activate``.

    Raises:
        OSError: the folder cannot be written; what was written of it goes at the next attempt.
    """
    building = snapshots / f"{_BUILDING}{version}"
    shutil.rmtree(building, ignore_errors=True)
    before = _digests(snapshots / previous) if previous else {}
    rows: dict[str, int] = {}
    for part in parts:
        folder = building / part.table
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{part.name}.parquet"
        key = f"{part.table}/{part.name}"
        if not (before.get(key) == part.digest and previous and _share(snapshots / previous / part.table / target.name, target)):
            _write(part.frame, target)
        rows[part.table] = rows.get(part.table, 0) + part.frame.height
    manifest = {
        "as_of": as_of.isoformat(),
        "checksum": checksum(parts),
        "first_on": first_on.isoformat() if first_on else None,
        "stated": dict(stated),
        "rows": {table: count for table, count in rows.items() if table in TIDY_TABLES},
        "parts": {f"{part.table}/{part.name}": part.digest for part in parts},
    }
    (building / MANIFEST).write_text(json.dumps(manifest, indent=1))
    _sync(building / MANIFEST)
    return building


def _share(old: Path, new: Path) -> bool:
    """One file under two names, where the disk can do that."""
    try:
        os.link(old, new)
    except OSError:
        return False
    return True


def _write(frame: pl.DataFrame, path: Path) -> None:
    try:
        frame.write_parquet(path, compression="zstd")
    except pl.exceptions.ComputeError as error:  # a full disk
        raise OSError(str(error)) from error
    _sync(path)


def activate(snapshots: Path, version: str, building: Path) -> None:
    """Show ``version`` from now on: the folder gets its name, then the pointer is replaced in one step."""
    folder = snapshots / version
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    fresh = snapshots / f".{POINTER}"
    fresh.write_text(json.dumps({"version": version}))
    _sync(fresh)
    fresh.replace(snapshots / POINTER)
    _sync(snapshots)
    _forget_old(snapshots)


def _digests(folder: Path) -> dict[str, str]:
    try:
        parts: dict[str, str] = json.loads((folder / MANIFEST).read_text())["parts"]
    except (OSError, ValueError, KeyError):
        return {}
    return {key: digest for key, digest in parts.items() if (folder / f"{key}.parquet").exists()}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget_old(snapshots: Path) -> None:
    """Keep the last versions and each month's last, so that last month's report can be printed again as it was. Folders that are
    no versions stay untouched."""
    published = sorted(folder for folder in snapshots.iterdir() if _NAME.fullmatch(folder.name) and (folder / MANIFEST).exists())
    last_of_month: dict[str, Path] = {}
    for folder in published:
        as_of = datetime.fromisoformat(json.loads((folder / MANIFEST).read_text())["as_of"])
        last_of_month[as_of.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).strftime("%Y-%m")] = folder
    kept = {*published[-KEPT_VERSIONS:], *last_of_month.values()}
    for folder in snapshots.iterdir():
        if (_NAME.fullmatch(folder.name) or folder.name.startswith(_BUILDING)) and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
