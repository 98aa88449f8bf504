"""A refresh: read → map → check → pseudonymise → stage → audit → publish, all that it writes in one transaction."""

import getpass
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl import audit
from etl.errors import UserError
from etl.fates import FATES, account_closes, counted, row_fates
from etl.fold import fold_key, fold_versions
from etl.gate import Gate
from etl.inbox import InboxFile, UnreadableError, read_inbox
from etl.language import _
from etl.lock import writer_lock
from etl.pseudonym import read_key
from etl.publish import (
    HELD,
    PUBLISHED,
    Publication,
    as_of_chain,
    draft_version,
    heal,
    read_references,
    references_digest,
    republish,
    standing_files,
    standing_rows,
    write_version,
)
from etl.record import Record, instant, microseconds, open_record
from etl.settings import DATA, Settings
from etl.sources import read_sources
from etl.stage import StagedFile, stage_file
from etl.tables import INPUT_TABLES, UNKNOWN

Say = Callable[[str], None]
EVENTS = ("interactions", "feedback")
"""Tables whose instants move as_of."""


@dataclass(frozen=True)
class Request:
    """What a refresh is asked to do."""

    inbox: Path
    sources: list[Path] = field(default_factory=lambda: [DATA / "sources"])
    as_of: datetime | None = None
    again: Path | None = None
    dry_run: bool = False


def no_gate() -> dict[str, Any]:
    """The verdict where there was nothing to judge."""
    return {"passed": True, "checks": []}


def refresh(settings: Settings, request: Request, say: Say, gate: Gate | None = None) -> dict[str, Any]:
    """Load what is new in the inbox and publish it.

    Args:
        settings: where the record and snapshots lie.
        request: inbox, sources and options.
        say: takes one line of progress at a time.
        gate: one that is ready; without one, a gate of its own gets ready while files are read.

    Returns:
        The report (DATA: JSON of ``refresh``); ``gate.passed`` says whether it was published.

    Raises:
        UserError: nothing could begin. BusyError: another refresh is running.
    """
    started_at, began = datetime.now(UTC), time.monotonic()
    sources = read_sources(request.sources)
    limits = audit.read_thresholds()
    references = read_references(settings)
    with ExitStack() as stack:
        stack.enter_context(writer_lock(settings.home))
        key = read_key(settings.home)
        record = stack.enter_context(open_record(settings.database_url, write=True))
        heal(record, settings, say)
        say(_("Looking through the inbox {path}", path=request.inbox))
        reports, plan = _plan(record, read_inbox(request.inbox, sources), request)
        if plan and gate is None:
            gate = stack.enter_context(Gate())
        staged = _stage(plan, request.as_of or started_at, key, references, reports, say)
        load = _Load(record, settings, request, started_at, say, _with_ids(record, staged))
        if staged and gate:
            load.stage(references, gate, limits)
            verdict, publication = load.finish(gate)
        elif _moves(record, settings, request):
            verdict, publication = no_gate(), load.move()
        else:
            verdict, publication = no_gate(), None
        record.keep = not request.dry_run
        report = load.report(reports, verdict, publication, record)
    if publication and not request.dry_run:
        publication.show()
    return report | {"seconds": round(time.monotonic() - began, 3)}


def _plan(record: Record, files: list[InboxFile], request: Request) -> tuple[dict[str, dict[str, Any]], list[InboxFile]]:
    """What happens to each file of the inbox: a report by path, and the files to read."""
    known = {(file["sha256"], file["definition"]) for file in record.files()}
    again = request.again.resolve() if request.again else None
    reports: dict[str, dict[str, Any]] = {}
    plan: list[InboxFile] = []
    for file in files:
        skipped, reason = _skipped(file)
        if skipped is None and (file.sha256, file.source.digest) in known and file.path.resolve() != again:
            skipped, reason = "already_loaded", None
        if skipped is None:
            known.add((file.sha256, file.source.digest))
            plan.append(file)
        reports[str(file.relative)] = file_report(file, skipped, reason)
    if again and again not in {file.path.resolve() for file in files}:
        raise UserError(_("{path} is not in the inbox {inbox}.", path=request.again, inbox=request.inbox))
    return reports, plan


def _skipped(file: InboxFile) -> tuple[str | None, str | None]:
    if file.trouble:
        return "unreadable", file.trouble
    if not file.sources:
        return "no_source", _("No source has a pattern for this name: rename the file, or write a source for it.")
    if len(file.sources) > 1:
        names = ", ".join(source.name for source in file.sources)
        return "many_sources", _("Several sources have a pattern for this name ({names}): make the patterns narrower.", names=names)
    return ("empty", _("The file is empty.")) if not file.bytes else (None, None)


def file_report(file: InboxFile, skipped: str | None, reason: str | None) -> dict[str, Any]:
    """The report of a file of which nothing was read (yet)."""
    source = file.sources[0].name if len(file.sources) == 1 else None
    head = {"path": str(file.relative), "source": source, "sha256": file.sha256, "rows": 0}
    return head | dict.fromkeys(FATES, 0) | {"skipped": skipped, "reason": reason, "provisional": False}


def _stage(
    plan: list[InboxFile], latest: datetime, key: bytes, references: Any, reports: dict[str, dict[str, Any]], say: Say
) -> list[StagedFile]:
    staged = []
    for i, file in enumerate(plan, 1):
        say(f"[{i}/{len(plan)}] {file.relative}")
        report = reports[str(file.relative)]
        try:
            found = stage_file(file, latest, key, references.topics)
        except UnreadableError as error:
            report |= {"skipped": "unreadable", "reason": str(error)}
            continue
        if not found.rows:
            report |= {"skipped": "empty", "reason": _("The file has no records.")}
            continue
        report |= {"rows": found.rows, "reason": found.reason, "provisional": found.provisional}
        report |= {"quarantined": found.refused.height, "not_selected": found.not_selected}
        staged.append(found)
    return staged


def _with_ids(record: Record, staged: list[StagedFile]) -> dict[int, StagedFile]:
    return dict(enumerate(staged, record.next_file_id())) if staged else {}


def _moves(record: Record, settings: Settings, request: Request) -> bool:
    """Whether, without any new file, figures change: another as_of was asked for, or wards, topics or targets changed."""
    latest = record.latest_version()
    if latest is None:
        return False
    later = request.as_of is not None and microseconds(request.as_of) > latest["as_of"]
    return later or bool(latest["references"] != references_digest(settings))


class _Load:
    """One load in the making."""

    def __init__(self, record: Record, settings: Settings, request: Request, started_at: datetime, say: Say, staged: dict[int, StagedFile]):
        self.record, self.settings, self.request, self.started_at, self.say = record, settings, request, started_at, say
        self.staged = staged
        self.load_id: int | None = None
        self.statistics: dict[str, audit.SourceStatistics] = {}
        self.file_counts: dict[int, dict[str, int]] = {}

    # -- staging: all that is computed before the verdict ----------------------

    def stage(self, references: Any, gate: Gate, limits: audit.Thresholds) -> None:
        """Fold, resolve and count the fates; hand the load to the gate."""
        self.say(_("Folding versions and resolving wards, officers and channels"))
        earlier, loads = self.record.files(), self.record.loads()
        self.next_id = max((load["load_id"] for load in loads), default=0) + 1
        files = standing_files([*earlier, *self._as_files()])
        self.batches = self._batches()
        rows = standing_rows(self.record, files, self.batches)
        self.latest_at = _latest_instant(self.batches)
        this = {"state": PUBLISHED, "latest_at": self.latest_at, "requested_as_of": self._requested()}
        as_of = as_of_chain([*loads, this]) or self.started_at
        self.draft = draft_version(rows, files, references, as_of)
        self._count_fates(standing_files(earlier), files, rows)
        self.statistics = self._source_statistics()
        history: dict[str, list[audit.SourceStatistics]] = {}
        for load in loads:
            if load["state"] == PUBLISHED:
                for source, numbers in load["statistics"].items():
                    history.setdefault(source, []).append(audit.SourceStatistics(**numbers))
        account = [(str(s.file.relative), s.rows, s.refused.height) for s in self.staged.values()]
        frame = pl.DataFrame(account, schema=["path", "rows", "quarantined"], orient="row")
        published = {name: table.height for name, table in self.draft.tables.items()}
        checks, frames = audit.batch_checks(frame, self.batches, self.draft.folds, published, self.statistics, history, limits)
        gate.ask(checks, frames)

    def _as_files(self) -> list[dict[str, Any]]:
        return [
            {
                "file_id": file_id,
                "load_id": self.next_id,
                "path": str(staged.file.relative),
                "source": staged.source.name,
                "definition": staged.source.digest,
                "table_name": staged.source.table.name,
                "sha256": staged.file.sha256,
                "bytes": staged.file.bytes,
                "by_content": staged.source.ordered_by_content,
                "verbatim": staged.source.wards == "verbatim",
                "provisional": staged.provisional,
                "state": PUBLISHED,
            }
            for file_id, staged in self.staged.items()
        ]

    def _batches(self) -> dict[str, pl.DataFrame]:
        batches = {}
        for table in INPUT_TABLES:
            frames = [
                staged.good.with_columns(file_id=pl.lit(file_id, pl.Int64))
                for file_id, staged in self.staged.items()
                if staged.source.table.name == table and not staged.good.is_empty()
            ]
            if frames:
                batches[table] = pl.concat(frames)
        return batches

    def _count_fates(self, files_before: pl.DataFrame, files: pl.DataFrame, rows: dict[str, pl.DataFrame]) -> None:
        for table, batch in self.batches.items():
            ids = batch["file_id"].unique()
            versions = rows[table].filter(pl.col("file_id").is_in(ids.implode()))
            old = files_before.filter(pl.col("table_name") == table)["file_id"].to_list()
            superseded = set(old) - set(files["file_id"].to_list())
            known = rows[table].filter(~pl.col("file_id").is_in(ids.implode()))
            if superseded:
                known = standing_rows(self.record, files_before.filter(pl.col("table_name") == table), {})[table]
            before = fold_versions(table, known.join(batch.select(fold_key_in(table)).unique(), on=fold_key_in(table), how="semi"))
            for file_id, fates in counted(row_fates(table, versions, before, self.draft.folds[table])).items():
                self.file_counts[file_id] = fates

    def _source_statistics(self) -> dict[str, audit.SourceStatistics]:
        statistics: dict[str, audit.SourceStatistics] = {}
        for name in sorted({staged.source.name for staged in self.staged.values()}):
            of_source = [staged for staged in self.staged.values() if staged.source.name == name]
            table = of_source[0].source.table
            goods = [staged.good for staged in of_source if not staged.good.is_empty()]
            good = pl.concat(goods) if goods else pl.DataFrame(schema=table.schema)
            filled = [column for column in table.names() if column in good.columns and good[column].null_count() < good.height]
            shares = {"officer_id": 0.0, "ward_code": 0.0}
            if table.name in EVENTS and good.height:
                tidy = (
                    self.draft.tables[table.name]
                    .filter(pl.col("source") == name)
                    .join(good.select(table.key[0]).unique(), on=table.key[0], how="semi")
                )
                shares = {column: float((tidy[column] == UNKNOWN).mean() or 0.0) for column in shares}  # type: ignore[arg-type]
            rows = sum(staged.rows for staged in of_source)
            statistics[name] = audit.SourceStatistics(rows, shares["officer_id"], shares["ward_code"], filled)
        return statistics

    def _requested(self) -> int | None:
        return microseconds(self.request.as_of) if self.request.as_of else None

    # -- finishing: the record, the version, the verdict ------------------------

    def finish(self, gate: Gate) -> tuple[dict[str, Any], Publication | None]:
        """Write the load and its version; publish it if the gate lets it pass, else hold it."""
        self.say(_("Writing the record"))
        self.load_id = self._new_load(latest_at=self.latest_at)
        for columns in self._as_files():
            del columns["state"]
            self.record.add_file(**columns, **self._account(columns["file_id"]))
        for file_id, staged in self.staged.items():
            refused = staged.refused.with_columns(load_id=pl.lit(self.load_id, pl.Int64), file_id=pl.lit(file_id, pl.Int64))
            self.record.add_refused(refused)
        for table, batch in self.batches.items():
            self.record.add_rows(table, batch)
        publication = write_version(self.record, self.settings, self.draft, self.load_id) if not self.request.dry_run else None
        self.say(_("The quality gate looks at the load as a whole"))
        verdict = gate.answer()
        state = PUBLISHED if verdict["passed"] else HELD
        if publication and not verdict["passed"]:
            self.record.drop_version(publication.version)
            publication.drop()
            publication = None
        self._close_load(state, verdict, publication)
        return verdict, publication

    def move(self) -> Publication | None:
        """Publish without new files: another as_of, or changed references."""
        if self.request.as_of:
            self.load_id = self._new_load(latest_at=None)
            self._close_load(PUBLISHED, no_gate(), None)
        publication = republish(self.record, self.settings, self.load_id)
        if self.load_id:
            self.record.change_load(self.load_id, version=publication.version)
        return publication

    def _new_load(self, latest_at: int | None) -> int:
        return self.record.new_load(
            state=HELD,
            started_at=microseconds(self.started_at),
            finished_at=microseconds(datetime.now(UTC)),
            who=getpass.getuser(),
            requested_as_of=self._requested(),
            latest_at=latest_at,
            gate="{}",
            statistics="{}",
        )

    def _close_load(self, state: str, verdict: dict[str, Any], publication: Publication | None) -> None:
        assert self.load_id is not None
        self.record.close_load(
            self.load_id,
            state=state,
            gate=verdict,
            statistics={name: numbers.__dict__ for name, numbers in self.statistics.items()},
            version=publication.version if publication else None,
            finished_at=microseconds(datetime.now(UTC)),
        )

    def _account(self, file_id: int) -> dict[str, int]:
        staged = self.staged[file_id]
        account = dict.fromkeys(FATES, 0) | self.file_counts.get(file_id, {})
        account |= {"rows": staged.rows, "quarantined": staged.refused.height, "not_selected": staged.not_selected}
        if not account_closes(account):
            raise RuntimeError(f"the account of {staged.file.relative} does not close: {account}")
        return account

    # -- reporting ---------------------------------------------------------------

    def report(
        self, reports: dict[str, dict[str, Any]], verdict: dict[str, Any], publication: Publication | None, record: Record
    ) -> dict[str, Any]:
        """What happened, as DATA fixes it for ``refresh``."""
        for file_id, staged in self.staged.items():
            reports[str(staged.file.relative)] |= self._account(file_id)
        head = published(publication, record) | {"load_id": None if self.request.dry_run else self.load_id}
        return head | {"files": list(reports.values()), "gate": verdict}


def published(publication: Publication | None, record: Record) -> dict[str, Any]:
    """load_id, version, as_of and checksum of what is (or was already) published; nulls before the first publication."""
    if publication:
        return {"load_id": None, "version": publication.version, "as_of": publication.as_of, "checksum": publication.checksum}
    latest = record.latest_version()
    if latest is None:
        return dict.fromkeys(("load_id", "version", "as_of", "checksum"))
    return {"load_id": None, "version": latest["version"], "as_of": instant(latest["as_of"]), "checksum": latest["checksum"]}


def fold_key_in(table: str) -> list[str]:
    """The key of a table's rows before they know their source."""
    return [name for name in fold_key(table) if name != "source"]


def _latest_instant(batches: dict[str, pl.DataFrame]) -> int | None:
    instants = [
        batches[table].select(pl.col(name).dt.epoch("us").max()).item()
        for table in EVENTS
        if table in batches
        for name in INPUT_TABLES[table].names("instant")
        if name != "updated_at"
    ]
    return max((instant for instant in instants if instant is not None), default=None)
