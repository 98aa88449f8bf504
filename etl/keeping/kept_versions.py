"""Published versions that are kept lose what the record had to lose; each stays a whole version, with a checksum of what is left."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from etl.publishing.parts import Cut, checksum, kept_part, part_of
from etl.publishing.snapshot import is_version, write_file
from etl.publishing.versions import MANIFEST, WHOLE, current_version, tells_of_damage
from etl.tables import TIDY_TABLES
from etl.times import local_date

Changes = Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]
"""By tidy table: given a file's rows, those that may stay, as they may stay."""


@dataclass(frozen=True)
class _File:
    """One file of a version that must change."""

    table: str
    name: str
    was: pl.DataFrame
    left: pl.DataFrame

    @property
    def key(self) -> str:
        return f"{self.table}/{self.name}"

    @property
    def goes(self) -> bool:
        """A month of which nothing is left has no file."""
        return self.left.is_empty() and self.name != WHOLE


def change_kept(snapshots: Path, changes: Changes) -> int:
    """Apply ``changes`` to every version but the one that is shown, which is built from the record; one with a damaged file goes. Killed,
    it is done by the next call.

    Returns:
        How many versions changed.
    """
    shown = current_version(snapshots)
    untouched: set[tuple[int, int]] = set()  # files that many versions share are looked at once
    changed = 0
    for folder in sorted(folder for folder in snapshots.iterdir() if is_version(folder) and (shown is None or folder.name != shown.name)):
        try:
            files = [found for table, change in changes.items() for found in _to_change(folder, table, change, untouched)]
            if files:
                _rewrite(folder, files)
        except pl.exceptions.ComputeError as error:
            if not tells_of_damage(error):
                raise
            shutil.rmtree(folder)  # nobody can say what of it may stay
        else:
            changed += bool(files)
    return changed


def _to_change(folder: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame], untouched: set[tuple[int, int]]) -> list[_File]:
    found = []
    for path in sorted((folder / table).glob("*.parquet")):
        status = path.stat()
        if (status.st_dev, status.st_ino) in untouched:
            continue
        was = pl.read_parquet(path)
        left = change(was)
        if left.equals(was):
            untouched.add((status.st_dev, status.st_ino))
        else:
            found.append(_File(table, path.stem, was, left))
    return found


def _rewrite(folder: Path, files: list[_File]) -> None:
    """The table of contents first: whatever a kill leaves then still differs from what it should be, and is found again."""
    manifest = json.loads((folder / MANIFEST).read_text())
    empty = _emptied(folder, files)
    write_file(folder / MANIFEST, json.dumps(_contents(folder, manifest, [*files, *empty]), indent=1).encode())
    for file in (*empty, *files):
        path = folder / f"{file.key}.parquet"
        if not file.goes:
            fresh = path.with_name(f".{path.name}")
            file.left.write_parquet(fresh, compression="zstd")
            fresh.replace(path)
    for file in files:
        if file.goes:
            (folder / f"{file.key}.parquet").unlink()


def _emptied(folder: Path, files: list[_File]) -> list[_File]:
    """Tables of which no month is left have one file without rows."""
    gone = {file.key for file in files if file.goes}
    left = {file.table: file.left for file in files if file.goes}
    there = {table for table in left for path in (folder / table).glob("*.parquet") if f"{table}/{path.stem}" not in gone}
    return [_File(table, WHOLE, nothing, nothing) for table, nothing in left.items() if table not in there]


def _contents(folder: Path, manifest: dict[str, Any], files: list[_File]) -> dict[str, Any]:
    """What the version holds once ``files`` are changed, whatever of them a kill had changed already."""
    changed = [file for file in files if not file.goes]
    left = {file.key: file.left for file in changed}
    gone = {file.key for file in files if file.goes}
    digests = {file.key: part_of(Cut(file.table, file.name, file.left), file.left).digest for file in changed}
    parts = {key: digest for key, digest in manifest["parts"].items() if key not in gone} | digests
    rows = dict(manifest["rows"])
    for table in {file.table for file in files}:
        keys = [key for key in parts if key.startswith(f"{table}/")]
        rows[table] = sum(left[key].height if key in left else _height(folder / f"{key}.parquet") for key in keys)
    tidy = []
    for key, digest in parts.items():
        table, name = key.split("/")
        if table in TIDY_TABLES:
            some = name != WHOLE or rows[table] > 0
            tidy.append(kept_part(table, name, int(some), digest))
    first_on = _first_on(folder, parts, left)
    return manifest | {"parts": parts, "rows": rows, "checksum": checksum(tidy), "first_on": first_on.isoformat() if first_on else None}


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _first_on(folder: Path, parts: Mapping[str, str], left: Mapping[str, pl.DataFrame]) -> date | None:
    firsts = []
    for table in ("interactions", "feedback"):
        key = min(key for key in parts if key.startswith(f"{table}/"))
        rows = left[key] if key in left else pl.read_parquet(folder / f"{key}.parquet")
        firsts.append(rows.select(local_date(pl.col(TIDY_TABLES[table].month_of or "")).min()).item())
    return min((first for first in firsts if first), default=None)
