"""Step 8, publish: the record's accepted rows become the next version of all tidy tables, built before the commit and shown after it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.language import _, reason_of
from etl.publishing.before import KEY, NOTHING, Before
from etl.publishing.built_on import basis, built_on, rows_made_anew
from etl.publishing.fold import fold_key, fold_versions, folded_schema
from etl.publishing.snapshot import activate, build_snapshot
from etl.publishing.standing import PUBLISHED, standing_files
from etl.publishing.stated import odd_counts
from etl.publishing.threads import Threads, thread_messages
from etl.publishing.tidy import References, tidy_tables
from etl.publishing.versions import Version, current_version, definitions
from etl.record.record import Record, instant, microseconds
from etl.reference.targets import read_targets
from etl.reference.topics import read_topics
from etl.reference.wards import read_wards
from etl.settings import REFERENCE, Settings
from etl.times import local_date

Say = Callable[[str], None]
"""Takes one line of progress at a time."""


WARD_FILES = ("wards.csv", "districts.csv", "places.toml")
REFERENCE_FILES = (*WARD_FILES, "topics.toml")
"""What tells, beside the targets, how rows resolve."""


def read_references(settings: Settings, folder: Path = REFERENCE) -> References:
    """Wards, topics and targets as they stand now.

    Args:
        settings: where the targets lie.
        folder: where the other files lie.

    Raises:
        UserError: a file of them is wrong.
    """
    wards, _districts, places, topics = (folder / name for name in REFERENCE_FILES)
    return References(read_wards(wards, places), read_topics(topics), read_targets(settings.targets))


def references_digest(settings: Settings) -> str:
    """Changes when rows may resolve otherwise than before, or get other deadlines."""
    return _digest(read_targets(settings.targets).digest, REFERENCE_FILES)


def _digest(begun: str, names: Sequence[str]) -> str:
    digest = hashlib.sha256(begun.encode())
    for name in names:
        digest.update((REFERENCE / name).read_bytes())
    return digest.hexdigest()


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
class Folded:
    """The standing rows, folded."""

    tables: dict[str, pl.DataFrame]
    """By input table; the requests that threads of messages hold stand among the interactions."""
    threads: Threads


def fold_rows(rows: Mapping[str, pl.DataFrame], before: Before = NOTHING) -> Folded:
    """Fold the standing rows, and thread the messages among them; of what stays nothing is among the folded rows."""
    tables = {table: fold_versions(table, versions) for table, versions in rows.items()}
    threads = before.threads or thread_messages(tables.get("messages", pl.DataFrame(schema=folded_schema("messages"))))
    anew = threads.requests.join(before.keys["interactions"], on=KEY, how="semi") if before.version else threads.requests
    if not anew.is_empty():
        found = [anew.drop("thread_id")]
        tables["interactions"] = pl.concat([tables["interactions"], *found] if "interactions" in tables else found)
    return Folded(tables, threads)


@dataclass(frozen=True)
class Draft:
    """A version that is ready and not yet written."""

    folds: dict[str, pl.DataFrame]
    """Keys of what was folded for it, by input table."""
    tables: dict[str, pl.DataFrame]
    """Rows that are made anew."""
    as_of: datetime
    before: Before = NOTHING
    """What stays of the version before."""
    whole: dict[str, pl.DataFrame] = field(default_factory=dict)
    """All rows that there are; of large tables some columns (``etl.publishing.tidy.CODES``)."""
    files: pl.DataFrame = field(default_factory=lambda: standing_files([]))
    """That stand."""
    stated: dict[str, int] = field(default_factory=dict)
    """What is odd in it, counted."""

    @property
    def first_on(self) -> date | None:
        """Local date of the first item of all."""
        firsts = [
            self.whole[table].select(local_date(pl.col(name).min())).item()
            for table, name in (("interactions", "asked_at"), ("feedback", "received_at"))
        ]
        return min((first for first in firsts if first), default=None)


def draft_version(folded: Folded, files: pl.DataFrame, references: References, as_of: datetime | None, before: Before) -> Draft:
    """Resolve the standing rows, which are used up. Where nothing has happened yet, they are as of now, and that is stated."""
    by_the_clock = {} if as_of else {"as_of_the_clock": 1}
    as_of = as_of or datetime.now(UTC)
    keys = {table: rows.select(fold_key(table)) for table, rows in folded.tables.items()}
    tables, whole = tidy_tables(folded.tables, files, references, as_of, before)
    threads = folded.threads.stated
    if before.version and not before.threads:  # no message was touched
        threads = {name: before.version.stated[name] for name in threads}
    return Draft(keys, tables, as_of, before, whole, files, threads | odd_counts(whole | {"units": tables["units"]}) | by_the_clock)


@dataclass(frozen=True)
class Publication:
    """A version written beside the published ones; ``show`` it once the record is committed."""

    snapshots: Path
    version: str
    folder: Path
    checksum: str
    as_of: datetime
    stated: dict[str, int]

    def show(self) -> None:
        """Move the pointer: pages show this version from now on."""
        with _room(self.snapshots):
            activate(self.snapshots, self.version, self.folder)

    def drop(self) -> None:
        """Take the folder away again: it is not to be shown."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _room(snapshots: Path) -> Iterator[None]:
    """A full or locked disk is no bug; what is already committed is shown by the next command that writes."""
    try:
        yield
    except OSError as error:
        raise UserError(
            _(
                "The snapshot cannot be written to {path} ({reason}): see to its rights and to free space, then try again.",
                path=snapshots,
                reason=reason_of(error),
            )
        ) from error


def write_version(
    record: Record, settings: Settings, draft: Draft, load_id: int | None, version: str | None = None, anew: bool = False
) -> Publication:
    """Write the draft as the record's next version, and note it in the open transaction.

    Args:
        record: the open record.
        settings: where snapshots lie.
        draft: what to write.
        load_id: the load that made the version, if any.
        version: the version to write once more, to heal it.
        anew: write every file; else those equal to the shown version's are shared with it.
    """
    latest, shown = record.latest_version(), shown_version(settings)
    names = [latest["version"] if latest else "0", shown.name if shown else "0"]  # a restored record may be older than what is shown
    name = version or f"{max(map(int, names)) + 1:06d}"
    references = references_digest(settings)
    told = {
        "as_of": draft.as_of.isoformat(),
        "first_on": draft.first_on.isoformat() if draft.first_on else None,
        "stated": draft.stated,
        "basis": basis(draft.files, references),
        "definitions": definitions(),
        "ward_list": _digest("", WARD_FILES),
    }
    with _room(settings.snapshots):
        settings.snapshots.mkdir(parents=True, exist_ok=True)
        built = build_snapshot(settings.snapshots, name, draft.tables, told, shown.name if shown and not anew else None, draft.before)
    made: dict[str, Any] = {"checksum": built.checksum, "references": references}
    if version is None:
        published_at = microseconds(datetime.now(UTC))
        record.new_version(version=name, load_id=load_id, as_of=microseconds(draft.as_of), published_at=published_at, **made)
    else:
        record.change_version(version, **made)
    return Publication(settings.snapshots, name, built.folder, built.checksum, draft.as_of, draft.stated)


def republish(
    record: Record,
    settings: Settings,
    load_id: int | None,
    version: str | None = None,
    anew: bool = False,
    references: References | None = None,
    earlier: pl.DataFrame | None = None,
) -> Publication:
    """Build a version from the record alone, with today's references unless others are given; see ``write_version``. Where nothing but
    the standing of files has changed, ``earlier`` are the ``standing_files`` as the version that is shown has them: the next one may be
    built on it."""
    files = standing_files(record.files())
    latest = record.latest_version()
    as_of = as_of_chain(record.loads()) or (instant(latest["as_of"]) if latest else None)
    before = NOTHING if earlier is None else stays(record, settings, earlier, files, {}, as_of)
    folded = fold_rows(rows_made_anew(before, record, files, {}), before)
    draft = draft_version(folded, files, references or read_references(settings), as_of, before)
    return write_version(record, settings, draft, load_id, version, anew)


def stays(
    record: Record,
    settings: Settings,
    earlier: pl.DataFrame,
    files: pl.DataFrame,
    staged: Mapping[str, pl.DataFrame],
    as_of: datetime | None = None,
) -> Before:
    """What stays of the version that is shown; see ``built_on``."""
    return built_on(shown_version(settings), record, references_digest(settings), earlier, files, staged, as_of)


def heal(record: Record, settings: Settings, say: Say) -> None:
    """Show a version that was committed but, by a kill, never shown; or whose folder is gone."""
    latest = record.latest_version()
    shown = shown_version(settings)
    if latest and (shown is None or (shown.name, shown.checksum) != (latest["version"], latest["checksum"])):
        say(_("The last refresh was cut off after its commit: showing its version now."))
        republish(record, settings, latest["load_id"], latest["version"]).show()


def shown_version(settings: Settings) -> Version | None:
    """The version that pages show; None where there is none, or only a pointer to a folder that is gone."""
    try:
        return current_version(settings.snapshots)
    except UserError:
        return None


def published(publication: Publication | None, record: Record) -> dict[str, Any]:
    """load_id, version, as_of and checksum of what is (or was already) published; nulls before the first publication."""
    if publication:
        return {"load_id": None, "version": publication.version, "as_of": publication.as_of, "checksum": publication.checksum}
    latest = record.latest_version()
    if latest is None:
        return dict.fromkeys(("load_id", "version", "as_of", "checksum"))
    return {"load_id": None, "version": latest["version"], "as_of": instant(latest["as_of"]), "checksum": latest["checksum"]}
