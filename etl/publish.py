"""Step 8, publish: the record's accepted rows become the next version of all tidy tables, built before the commit and shown after it."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.fold import fold_versions
from etl.language import _
from etl.record import Record, instant, microseconds
from etl.settings import REFERENCE, Settings
from etl.snapshot import activate, build_snapshot, checksum, parts_of
from etl.tables import INPUT_TABLES
from etl.targets import read_targets
from etl.tidy import References, tidy_tables
from etl.times import local_date
from etl.topics import read_topics
from etl.versions import current_version
from etl.wards import read_wards

PUBLISHED, HELD, UNDONE, DISCARDED = "published", "held", "undone", "discarded"


def read_references(settings: Settings) -> References:
    """Wards, topics and targets as they stand now.

    Raises:
        UserError: a file of them is wrong.
    """
    return References(read_wards(), read_topics(), read_targets(settings.targets))


def references_digest(settings: Settings) -> str:
    """Changes when rows may resolve otherwise than before, or get other deadlines."""
    digest = hashlib.sha256(read_targets(settings.targets).digest.encode())
    for name in ("wards.csv", "topics.toml", "places.toml"):
        digest.update((REFERENCE / name).read_bytes())
    return digest.hexdigest()


def standing_files(files: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The files whose rows count: of published loads, and of the same bytes read by the same source only the latest reading,
    which takes the place of the first: a file loaded again with a mended source is as if it had been right at first.

    Args:
        files: rows of the record's ``files`` with their load's ``state``.

    Returns:
        One row per standing file: file_id, source, table_name, by_content, verbatim, provisional, position (load order).
    """
    readings: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for file in files:
        if file["state"] == PUBLISHED:
            readings.setdefault((file["sha256"], file["source"]), []).append(file)
    latest = [(min(f["load_id"] for f in group), group[-1]["path"], group[-1]) for group in readings.values()]
    ordered = [file for _load, _path, file in sorted(latest, key=lambda item: (item[0], item[1], item[2]["file_id"]))]
    names = ("file_id", "source", "table_name", "by_content", "verbatim", "provisional")
    schema = dict(zip(names, (pl.Int64, pl.String, pl.String, pl.Boolean, pl.Boolean, pl.Boolean), strict=True)) | {"position": pl.Int64}
    return pl.DataFrame([[file[name] for name in names] + [i] for i, file in enumerate(ordered)], schema=schema, orient="row")


def standing_rows(record: Record, files: pl.DataFrame, staged: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Row versions of the standing files by input table, ready to fold.

    Args:
        record: where rows of earlier loads lie.
        files: ``standing_files``.
        staged: rows of the load at hand by input table, with their ``file_id``; not read from the record.
    """
    rows = {}
    for table in INPUT_TABLES:
        fresh = staged.get(table)
        ids = files.filter(pl.col("table_name") == table)["file_id"].to_list()
        known = set(ids) - (set(fresh["file_id"].unique().to_list()) if fresh is not None else set())
        frames = [record.rows(table, sorted(known))] if known else []
        if fresh is not None:
            frames.append(fresh.select(frames[0].columns) if frames else fresh)
        if frames:
            rows[table] = pl.concat(frames).join(files.drop("table_name", "verbatim"), on="file_id", how="inner", maintain_order="left")
    return rows


def as_of_chain(loads: Sequence[Mapping[str, Any]]) -> datetime | None:
    """as_of after the published loads in order: each one's own where asked for, else the latest instant so far; never back."""
    as_of: int | None = None
    latest: int | None = None
    for load in loads:
        if load["state"] != PUBLISHED:
            continue
        latest = max((value for value in (latest, load["latest_at"]) if value is not None), default=None)
        asked = load["requested_as_of"] if load["requested_as_of"] is not None else latest
        as_of = max((value for value in (as_of, asked) if value is not None), default=None)
    return instant(as_of)


@dataclass(frozen=True)
class Draft:
    """A version that is ready and not yet written."""

    folds: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    as_of: datetime

    @property
    def first_on(self) -> date | None:
        """Local date of the first item of all."""
        firsts = [
            self.tables[table].select(local_date(pl.col(name)).min()).item()
            for table, name in (("interactions", "asked_at"), ("feedback", "received_at"))
        ]
        return min((first for first in firsts if first), default=None)


def draft_version(rows: Mapping[str, pl.DataFrame], files: pl.DataFrame, references: References, as_of: datetime) -> Draft:
    """Fold and resolve the standing rows."""
    folds = {table: fold_versions(table, versions) for table, versions in rows.items()}
    verbatim = set(files.filter("verbatim")["source"].to_list())
    return Draft(folds, tidy_tables(folds, verbatim, references, as_of), as_of)


@dataclass(frozen=True)
class Publication:
    """A version written beside the published ones; ``show`` it once the record is committed."""

    snapshots: Path
    version: str
    folder: Path
    checksum: str
    as_of: datetime

    def show(self) -> None:
        """Move the pointer: pages show this version from now on."""
        activate(self.snapshots, self.version, self.folder)

    def drop(self) -> None:
        """Take the folder away again: it is not to be shown."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_version(record: Record, settings: Settings, draft: Draft, load_id: int | None, version: str | None = None) -> Publication:
    """Write the draft as the record's next version (or as ``version``, to heal it), and note it in the open transaction."""
    latest = record.latest_version()
    name = version or f"{int(latest['version']) + 1 if latest else 1:06d}"
    settings.snapshots.mkdir(parents=True, exist_ok=True)
    shown = current_version(settings.snapshots)
    parts = parts_of(draft.tables)
    folder = build_snapshot(settings.snapshots, name, parts, draft.as_of, draft.first_on, shown.name if shown else None)
    total = checksum(parts)
    if version is None:
        record.new_version(
            version=name,
            load_id=load_id,
            as_of=microseconds(draft.as_of),
            checksum=total,
            published_at=microseconds(datetime.now(UTC)),
            references=references_digest(settings),
        )
    return Publication(settings.snapshots, name, folder, total, draft.as_of)


def republish(record: Record, settings: Settings, load_id: int | None, version: str | None = None) -> Publication:
    """Build a version from the record alone."""
    files = standing_files(record.files())
    latest = record.latest_version()
    as_of = as_of_chain(record.loads()) or (instant(latest["as_of"]) if latest else None) or datetime.now(UTC)
    draft = draft_version(standing_rows(record, files, {}), files, read_references(settings), as_of)
    return write_version(record, settings, draft, load_id, version)


def heal(record: Record, settings: Settings, say: Any) -> None:
    """Show a version that was committed but, by a kill, never shown."""
    latest = record.latest_version()
    shown = current_version(settings.snapshots)
    if latest and (shown is None or shown.name < latest["version"]):
        say(_("The last refresh was cut off after its commit: showing its version now."))
        republish(record, settings, latest["load_id"], latest["version"]).show()
