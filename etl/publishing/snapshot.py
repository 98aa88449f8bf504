"""Publication: a columnar snapshot of every tidy table, one folder per version, and a pointer moved in one atomic step."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from etl.errors import UserError
from etl.publishing.before import NOTHING, Before
from etl.publishing.parts import Cut, Part, checksum, cuts, kept_part, part_of
from etl.publishing.versions import MANIFEST, POINTER, WHOLE, read_version
from etl.publishing.versions import parts as digests_of
from etl.tables import LOCAL_TIME_ZONE, TIDY_TABLES

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
    told: Mapping[str, Any],
    previous: str | None,
    before: Before = NOTHING,
) -> Built:
    """Write a version beside the published ones. Files equal to the previous version's are shared with it.

    Args:
        snapshots: where versions lie.
        version: its name.
        tables: rows that are made anew, by tidy or serving table.
        told: what its manifest says beside what its files hold.
        previous: the version whose files may be shared; None for none.
        before: what stays of that one.

    Raises:
        OSError: the folder cannot be written; what was written of it goes at the next attempt.
    """
    building = snapshots / f"{_BUILDING}{version}"
    shutil.rmtree(building, ignore_errors=True)
    for table in tables:
        (building / table).mkdir(parents=True)
    digests = _digests(snapshots / previous) if previous else {}

    def place(cut: Cut) -> Part:
        rows = cut.rows()
        part = part_of(cut, rows)
        file = Path(cut.table, f"{cut.name}.parquet")
        same = previous is not None and digests.get(f"{cut.table}/{cut.name}") == part.digest
        if rows.is_empty() and cut.name != WHOLE:
            return part  # a month of which nothing is left has no file
        if not (same and _share(snapshots / str(previous) / file, building / file)):
            _write(rows, building / file)
        return part

    fresh = cuts(tables, before)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        parts = [part for part in pool.map(place, fresh) if part.height or part.name == WHOLE]
    made = {(cut.table, cut.name) for cut in fresh}
    for table in tables:
        parts += [_keep(before, table, name, building) for name in before.files(table) if (table, name) not in made]
    for table in set(tables) - {part.table for part in parts}:
        parts.append(place(Cut(table, WHOLE, tables[table])))
    total = checksum(parts)
    manifest = dict(told) | {
        "checksum": total,
        "rows": {table: sum(part.height for part in parts if part.table == table) for table in TIDY_TABLES},
        "parts": {f"{part.table}/{part.name}": part.digest for part in parts},
    }
    write_file(building / MANIFEST, json.dumps(manifest, indent=1).encode())
    return Built(building, total)


def _keep(before: Before, table: str, name: str, building: Path) -> Part:
    """A file of the version before that stays as it is."""
    assert before.version
    old, new = (folder / table / f"{name}.parquet" for folder in (before.version.folder, building))
    if not _share(old, new):
        shutil.copyfile(old, new)
        _sync(new)
    return kept_part(
        table, name, int(pl.scan_parquet(new).select(pl.len()).collect().item()), digests_of(before.version)[f"{table}/{name}"]
    )


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
    """Whether a folder of snapshots is a published version; one whose manifest is damaged can be neither shown nor kept free of what is
    overdue."""
    with suppress(UserError):
        return bool(_NAME.fullmatch(folder.name) and read_version(folder.parent, folder.name))
    return False


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
        as_of = read_version(snapshots, folder.name).as_of
        last_of_month[as_of.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).strftime("%Y-%m")] = folder
    kept = {*published[-KEPT_VERSIONS:], *last_of_month.values()}
    for folder in snapshots.iterdir():
        if (_NAME.fullmatch(folder.name) or folder.name.startswith(_BUILDING)) and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
