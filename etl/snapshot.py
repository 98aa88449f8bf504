"""Publication: a columnar snapshot of every tidy table, one folder per version, and a pointer moved in one atomic step."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from etl.parts import Cut, Part, checksum, cuts, part_of
from etl.tables import LOCAL_TIME_ZONE, TIDY_TABLES
from etl.versions import MANIFEST, POINTER

KEPT_VERSIONS = 30
_BUILDING = ".building-"
_AT_ONCE = 2
"""Files that are written at the same time, one for each core."""
_NAME = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Built:
    """A version that lies beside the published ones, not yet seen by anyone."""

    folder: Path
    """To be given to ``activate``."""
    checksum: str


def build_snapshot(
    snapshots: Path,
    version: str,
    tables: Mapping[str, pl.DataFrame],
    as_of: datetime,
    first_on: date | None,
    stated: Mapping[str, int],
    previous: str | None,
) -> Built:
    """Write a version beside the published ones. Files equal to the previous version's are shared with it.

    Raises:
        OSError: the folder cannot be written; what was written of it goes at the next attempt.
    """
    building = snapshots / f"{_BUILDING}{version}"
    shutil.rmtree(building, ignore_errors=True)
    for table in tables:
        (building / table).mkdir(parents=True)
    before = _digests(snapshots / previous) if previous else {}

    def place(cut: Cut) -> Part:
        rows = cut.rows()
        part = part_of(cut, rows)
        file = Path(cut.table, f"{cut.name}.parquet")
        same = previous is not None and before.get(f"{cut.table}/{cut.name}") == part.digest
        if not (same and _share(snapshots / str(previous) / file, building / file)):
            _write(rows, building / file)
        return part

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        parts = list(pool.map(place, cuts(tables)))
    total = checksum(parts)
    manifest = {
        "as_of": as_of.isoformat(),
        "checksum": total,
        "first_on": first_on.isoformat() if first_on else None,
        "stated": dict(stated),
        "rows": {table: tables[table].height for table in TIDY_TABLES},
        "parts": {f"{part.table}/{part.name}": part.digest for part in parts},
    }
    write_file(building / MANIFEST, json.dumps(manifest, indent=1).encode())
    return Built(building, total)


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
    write_file(snapshots / POINTER, json.dumps({"version": version}).encode())
    _forget_old(snapshots)


def write_file(path: Path, content: bytes) -> None:
    """Write a small file in one step: whoever reads it finds the old one or the new one."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(content)
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


def is_version(folder: Path) -> bool:
    """Whether a folder of snapshots is a published version."""
    return bool(_NAME.fullmatch(folder.name)) and (folder / MANIFEST).exists()


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
    published = sorted(folder for folder in snapshots.iterdir() if is_version(folder))
    last_of_month: dict[str, Path] = {}
    for folder in published:
        as_of = datetime.fromisoformat(json.loads((folder / MANIFEST).read_text())["as_of"])
        last_of_month[as_of.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).strftime("%Y-%m")] = folder
    kept = {*published[-KEPT_VERSIONS:], *last_of_month.values()}
    for folder in snapshots.iterdir():
        if (_NAME.fullmatch(folder.name) or folder.name.startswith(_BUILDING)) and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
