"""A refresh: read → map → check → pseudonymise → stage → audit → publish, all that it writes in one transaction."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etl.box import Box
from etl.errors import UserError, rights_in_words
from etl.gate.audit import read_thresholds
from etl.gate.gate import Gate, no_gate
from etl.keeping.erasure import without_erased
from etl.keeping.mending import mended
from etl.keeping.retention import text_limit
from etl.keeping.rotation import key_in_use
from etl.language import _
from etl.load import Load
from etl.lock import writer_lock
from etl.publishing.fates import FATES
from etl.publishing.publish import Publication, Say, heal, published, read_references, references_digest
from etl.publishing.standing import HELD, PUBLISHED, known_files, readings
from etl.readers import Outcome, read_files
from etl.record.record import Record, microseconds, open_record, record_exists
from etl.settings import DATA, Settings, sqlite_in
from etl.sources.inbox import InboxFile, UnreadableError, forget_unpacked, read_inbox
from etl.sources.source import Source, read_sources
from etl.staging.pseudonym import read_key
from etl.staging.stage import StagedFile

Reports = dict[Path, dict[str, Any]]
"""What became of each file, by its path: two may be shown alike."""


@dataclass(frozen=True)
class Request:
    """What a refresh is asked to do."""

    inbox: Path
    sources: list[Path] = field(default_factory=lambda: [DATA / "sources"])
    as_of: datetime | None = None
    again: Path | None = None
    dry_run: bool = False
    only: frozenset[Path] | None = None
    """Files of the inbox to look at; None: all."""


@rights_in_words()
def refresh(settings: Settings, request: Request, say: Say, gate: Gate | None = None, box: Box | None = None) -> dict[str, Any]:
    """Load what is new in the inbox and publish it.

    Args:
        settings: where the record and snapshots lie.
        request: inbox, sources and options.
        say: takes one line of progress at a time.
        gate: one that is ready; without one, a gate of its own gets ready while files are read.
        box: one that is ready, to read files in; without one, one of its own.

    Returns:
        The report (DATA: JSON of ``refresh``); ``gate.passed`` says whether it was published.

    Raises:
        UserError: nothing could begin. BusyError: another refresh is running.
    """
    started_at, began = datetime.now(UTC), time.monotonic()
    sources = read_sources(request.sources)
    limits = read_thresholds()
    references = read_references(settings)
    publication: Publication | None = None
    verdict = no_gate()
    with ExitStack() as stack:
        if request.dry_run and not record_exists(settings.database_url):
            settings = stack.enter_context(_home_for_now(settings))
        stack.enter_context(writer_lock(settings.home))
        forget_unpacked()
        key = read_key(settings.home)
        record = stack.enter_context(open_record(settings.database_url, write=True))
        key, erased = key_in_use(record, key), record.erased()
        record.remove_texts_before(text_limit(settings.keep_text, started_at))
        heal(record, settings, say)
        reports, plan = _plan(record, read_inbox(request.inbox, sources, request.only), request, {source.name for source in sources})
        if request.only is None:
            _ask_for_missed(record.files(), sources, reports, say)
        say(_("Files in {path}: {count}; to read: {new}", path=request.inbox, count=len(reports), new=len(plan)))
        if plan and gate is None:
            gate = stack.enter_context(Gate())
        if plan and box is None:
            box = stack.enter_context(Box())
        load = stack.enter_context(Load(record, settings, started_at, request.as_of, say))
        latest = request.as_of or started_at
        coming = read_files(plan, latest, key, references.topics, box, settings.keep_text > 0) if box else iter(())
        waiting = record.waiting({file.source.name for file in plan})
        fixed = []
        for staged in _staged(coming, len(plan), reports, say):
            fixed.append(mended(waiting, staged, key))
            load.add(without_erased(staged, erased))
        if gate and not load.is_empty:
            load.stage(references, gate, limits)
            load.mend(fixed)
            verdict, publication = load.finish(gate, show=not request.dry_run)
        elif not request.dry_run and _moves(record, settings, request):
            publication = load.move()
        if publication:
            record.once_kept.append(publication.show)
        for path, account in load.accounts().items():
            reports[path] |= account
        for path, remark in load.remarks().items():
            reports[path]["reason"] = " ".join(filter(None, (reports[path]["reason"], remark)))
        record.keep = not request.dry_run
        head = published(publication, record) | {"load_id": load.load_id if record.keep else None}
    head |= {"seconds": round(time.monotonic() - began, 3), "files": list(reports.values()), "gate": verdict}
    return head | {"stated": publication.stated if publication else {}}


@contextmanager
def _home_for_now(settings: Settings) -> Iterator[Settings]:
    """Where nothing was ever loaded a dry run leaves nothing behind, not even a key."""
    with TemporaryDirectory(prefix="langnghe-dry-run-") as folder:
        home = Path(folder)
        yield replace(settings, home=home, database_url=sqlite_in(home), snapshots=home / "snapshots")


def _plan(record: Record, files: list[InboxFile], request: Request, sources: set[str]) -> tuple[Reports, list[InboxFile]]:
    """What happens to each file of the inbox: a report by path, and the files to read."""
    loaded = record.files()
    known = known_files(loaded)
    orphans = {
        (group[-1]["sha256"], group[-1]["table_name"]): group[-1] for group in readings(loaded) if group[-1]["source"] not in sources
    }
    again = _again(files, request)
    reports: Reports = {}
    plan: list[InboxFile] = []
    for file in files:
        skipped, reason = _skipped(file)
        if skipped is None and (file.sha256, file.source.digest) in known and file.path.resolve() != again:
            skipped, reason = "already_loaded", _not_shown(loaded, file)
        if skipped is None:
            known.add((file.sha256, file.source.digest))
            plan.append(file)
            reason = _twice(orphans.get((file.sha256, file.source.table.name)))
        reports[file.path] = _file_report(file, skipped, reason)
    return reports, plan


def _not_shown(loaded: Sequence[Mapping[str, Any]], file: InboxFile) -> str | None:
    """What to do about a file that was loaded and whose rows are not shown: None where they are."""
    same = [row for row in loaded if (row["sha256"], row["definition"]) == (file.sha256, file.source.digest)]
    if not same or any(row["state"] == PUBLISHED for row in same):
        return None
    load = same[-1]["load_id"]
    if same[-1]["state"] == HELD:
        return _("Load {load}, which read it, is held back: publish or discard it.", load=load)
    return _("Load {load}, which read it, was undone or discarded: `refresh --again FILE` loads it again.", load=load)


def _twice(orphan: Mapping[str, Any] | None) -> str | None:
    """What to know of a file whose bytes count already, as a source's that is there no longer: most likely it has another name now."""
    if orphan is None:
        return None
    return _(
        "The same bytes count already, as the source {source}, which is there no longer: each row may count twice. Give the source its "
        "name back, or undo load {load}.",
        source=repr(orphan["source"]),
        load=orphan["load_id"],
    )


def _ask_for_missed(files: Sequence[Mapping[str, Any]], sources: Sequence[Source], reports: Reports, say: Say) -> None:
    """Name the files with refused rows that a changed source might read better, and that are no longer in the inbox."""
    definitions = {source.name: source.digest for source in sources}
    there = {report["sha256"] for report in reports.values()}
    refused = [group[-1] for group in readings(files) if group[-1]["quarantined"] and group[-1]["sha256"] not in there]
    missed = [file["path"] for file in refused if definitions.get(file["source"], file["definition"]) != file["definition"]]
    if missed:
        words = _("Sources have changed since these files with refused rows were read; put them back into the inbox: {paths}.")
        say(words.format(paths=", ".join(missed)))


def _again(files: list[InboxFile], request: Request) -> Path | None:
    """The file that is to be read again: as a path from here, or from the inbox."""
    if request.again is None:
        return None
    there = {file.path.resolve() for file in files}
    for path in (request.again.resolve(), (request.inbox / request.again).resolve()):
        if path in there:
            return path
    raise UserError(_("{path} is not in the inbox {inbox}.", path=request.again, inbox=request.inbox))


def _skipped(file: InboxFile) -> tuple[str | None, str | None]:
    """Why a file is left alone, as a word and as a sentence; two times None for one that can be read."""
    if file.trouble:
        return "unreadable", file.trouble
    if not file.sources:
        return "no_source", _("No source has a pattern for this name: rename the file, or write a source for it.")
    if len(file.sources) > 1:
        names = ", ".join(source.name for source in file.sources)
        return "many_sources", _("Several sources have a pattern for this name ({names}): make the patterns narrower.", names=names)
    return ("empty", _("The file is empty.")) if not file.bytes else (None, None)


def _file_report(file: InboxFile, skipped: str | None, reason: str | None) -> dict[str, Any]:
    """The report of a file of which nothing was read (yet)."""
    source = file.sources[0].name if len(file.sources) == 1 else None
    head = {"path": str(file.relative), "source": source, "sha256": file.sha256, "rows": 0}
    return head | dict.fromkeys(FATES, 0) | {"skipped": skipped, "reason": reason, "provisional": False}


def _staged(coming: Iterator[tuple[InboxFile, Outcome]], count: int, reports: Reports, say: Say) -> Iterator[StagedFile]:
    """What files bring; what cannot be read is said in its report."""
    read = 0
    for i, (file, found) in enumerate(coming, 1):
        say(f"[{i}/{count}] {file.relative}")
        report = reports[file.path]
        if isinstance(found, UnreadableError):
            report |= {"skipped": "unreadable", "reason": str(found)}
        elif not found.rows:
            report |= {"skipped": "empty", "reason": _("The file has no records.")}
        else:
            report |= {"reason": " ".join(filter(None, (report["reason"], found.reason))) or None, "provisional": found.provisional}
            yield found
        read += 1
    if read != count:
        raise RuntimeError(f"{count} files were to be read, {read} were")


def _moves(record: Record, settings: Settings, request: Request) -> bool:
    """Whether, without any new file, figures change: another as_of was asked for, or wards, topics or targets changed."""
    latest = record.latest_version()
    if latest is None:
        return False
    later = request.as_of is not None and microseconds(request.as_of) > latest["as_of"]
    return later or bool(latest["references"] != references_digest(settings))
