"""One load in the making: its versions folded, the fates of its rows counted, shown to the gate, and written."""

import getpass
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from etl.gate.audit import Thresholds, batch_checks
from etl.gate.gate import Gate, no_gate
from etl.gate.history import SourceStatistics, history_of, source_statistics
from etl.language import _
from etl.publishing.before import NOTHING, Before
from etl.publishing.built_on import rows_made_anew
from etl.publishing.fates import FATES, account_closes, counted, row_fates, without_effect
from etl.publishing.fold import fold_key, fold_versions
from etl.publishing.publish import Folded, Publication, Say, as_of_chain, draft_version, fold_rows, republish, stays, write_version
from etl.publishing.standing import HELD, PUBLISHED, standing_files
from etl.publishing.tidy import References
from etl.record.record import Record, microseconds
from etl.remarks import unheard, unknown_wards
from etl.settings import Settings
from etl.staging.stage import StagedFile
from etl.tables import INPUT_TABLES, OWN_NAMESPACE


class Load:
    """A load in the making. ``add`` takes its files one by one, ``stage`` computes all that the gate judges, ``finish`` publishes or
    holds it; ``move`` publishes without files. Rows are written by a thread of their own while the next file is read."""

    def __init__(self, record: Record, settings: Settings, started_at: datetime, as_of: datetime | None, say: Say) -> None:
        self._record, self._settings, self._say = record, settings, say
        self._started_at = started_at
        self._requested = microseconds(as_of) if as_of else None
        self._earlier, self._loads = record.files(), record.loads()
        self._next_file_id = record.next_file_id()
        self._staged: dict[int, StagedFile] = {}
        self._writer = ThreadPoolExecutor(1)
        self._written: list[Future[None]] = []
        self._remarks: dict[int, list[str]] = {}
        self.load_id: int | None = None
        """None until something is written."""

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._writer.shutdown(cancel_futures=True)  # before the transaction ends

    @property
    def is_empty(self) -> bool:
        """Whether no file was added."""
        return not self._staged

    def add(self, staged: StagedFile) -> None:
        """Take one more file; its rows are written while others are read, and the record is for nobody else until ``stage``."""
        if self.load_id is None:
            self.load_id = self._new_load()
        file_id = self._next_file_id + len(self._staged)
        self._staged[file_id] = staged
        self._written.append(self._writer.submit(self._write, file_id, staged))

    def _write(self, file_id: int, staged: StagedFile) -> None:
        self._record.add_file(file_id=file_id, load_id=self.load_id, **_file(staged))
        self._record.add_refused(staged.refused.with_columns(load_id=pl.lit(self.load_id, pl.Int64), file_id=pl.lit(file_id, pl.Int64)))
        kept_at = pl.lit(microseconds(self._started_at), pl.Int64)
        self._record.add_texts(staged.texts.with_columns(file_id=pl.lit(file_id, pl.Int64), kept_at=kept_at))
        self._record.add_rows(staged.source.table.name, staged.good.with_columns(file_id=pl.lit(file_id, pl.Int64)))

    def _wait_until_written(self) -> None:
        for written in self._written:
            written.result()

    def stage(self, references: References, gate: Gate, limits: Thresholds) -> None:
        """Fold, resolve and count the fates; hand the load to the gate."""
        self._say(_("Folding versions and resolving wards, officers and channels"))
        batches = _batches(self._staged)
        files = [_file(file) | {"file_id": i, "load_id": self.load_id, "state": PUBLISHED} for i, file in self._staged.items()]
        earlier, standing = standing_files(self._earlier), standing_files([*self._earlier, *files])
        before = NOTHING
        if self._earlier:  # there is something to read: the record is for one at a time
            self._wait_until_written()
            before = stays(self._record, self._settings, earlier, standing, batches)
        rows = rows_made_anew(before, self._record, standing, batches)
        replaced = {table: self._replaced(table, earlier, standing, before) for table in batches}
        folded = fold_rows(rows, before)
        self._fates = self._count_fates(batches, rows, replaced, folded)
        # What follows needs room, and only these columns of what came.
        self._staged = {i: replace(file, good=_looked_at(file.source.table.name, file.good)) for i, file in self._staged.items()}
        batches = {table: _looked_at(table, batch) for table, batch in batches.items()}
        del rows, replaced
        self._latest_at = _latest_instant(batches, folded)
        this = {"state": PUBLISHED, "latest_at": self._latest_at, "requested_as_of": self._requested}
        self._draft = draft_version(folded, standing, references, as_of_chain([*self._loads, this]), before)
        for table in set(batches) & {"interactions", "feedback"}:
            for file_id, sentence in unknown_wards(batches[table], self._draft.tables[table], references.wards).items():
                self._remark(file_id, sentence)
        requests = folded.threads.requests
        del folded  # of which the draft is made
        staged = list(self._staged.values())
        known = {(file["sha256"], file["source"]) for file in self._earlier if file["state"] == PUBLISHED}
        self._statistics = source_statistics(staged, self._draft.tables, requests, known)
        gate.ask(*batch_checks(_accounts(staged), batches, self._draft, self._statistics, history_of(self._loads), limits))
        self._wait_until_written()
        for file_id in self._staged:
            self._record.change_file(file_id, **self.account(file_id))

    def mend(self, refused: Sequence[pl.DataFrame]) -> None:
        """Say of refused rows of earlier loads (``mending.mended``) that this one mended them."""
        assert self.load_id is not None
        self._record.mend(self.load_id, pl.concat(refused))

    def finish(self, gate: Gate, show: bool) -> tuple[dict[str, Any], Publication | None]:
        """Write the version; publish it if the gate lets the load pass, else hold it. Without ``show`` (a dry run) no version is
        written."""
        assert self.load_id is not None
        publication = write_version(self._record, self._settings, self._draft, self.load_id) if show else None
        self._say(_("The quality gate looks at the load as a whole"))
        verdict = gate.answer()
        if publication and not verdict["passed"]:
            self._record.drop_version(publication.version)
            publication.drop()
            publication = None
        self._record.change_load(self.load_id, latest_at=self._latest_at)
        self._close(PUBLISHED if verdict["passed"] else HELD, verdict, self._statistics, publication)
        return verdict, publication

    def move(self) -> Publication:
        """Publish without new files: another as_of, or changed references."""
        if self._requested is not None:
            self.load_id = self._new_load()
            self._close(PUBLISHED, no_gate(), {}, None)
        publication = republish(self._record, self._settings, self.load_id, earlier=standing_files(self._earlier))
        if self.load_id is not None:
            self._record.change_load(self.load_id, version=publication.version)
        return publication

    def account(self, file_id: int) -> dict[str, int]:
        """Rows read of a file, and its fates."""
        staged = self._staged[file_id]
        account = dict.fromkeys(FATES, 0) | self._fates.get(file_id, {})
        account |= {"rows": staged.rows, "quarantined": staged.refused.height, "not_selected": staged.not_selected}
        if not account_closes(account):
            raise RuntimeError(f"the account of {staged.file.relative} does not close: {account}")
        return account

    def accounts(self) -> dict[Path, dict[str, int]]:
        """Each file's ``account`` by its path."""
        return {staged.file.path: self.account(file_id) for file_id, staged in self._staged.items()}

    def remarks(self) -> dict[Path, str]:
        """What to know of a file once its rows were laid to those that were known, by its path."""
        return {self._staged[i].file.path: " ".join(said) for i, said in self._remarks.items()}

    def _remark(self, file_id: int, sentence: str) -> None:
        self._remarks.setdefault(file_id, []).append(sentence)

    def _replaced(self, table: str, earlier: pl.DataFrame, standing: pl.DataFrame, before: Before) -> pl.DataFrame | None:
        """The rows of a table that stood before, where this load takes the place of some of them; else None."""
        old = earlier.filter(pl.col("table_name") == table)
        return None if set(old["file_id"]) <= set(standing["file_id"]) else rows_made_anew(before, self._record, old, {})[table]

    def _count_fates(
        self, batches: dict[str, pl.DataFrame], rows: dict[str, pl.DataFrame], replaced: dict[str, pl.DataFrame | None], folded: Folded
    ) -> dict[int, dict[str, int]]:
        """Fates of the accepted rows by file."""
        counts: dict[int, dict[str, int]] = {}
        for table in batches:
            ours = rows[table]["file_id"].is_in(list(self._staged))
            batch, others = (rows[table], rows[table].clear()) if ours.all() else (rows[table].filter(ours), rows[table].filter(~ours))
            old = replaced[table]
            known = others if old is None else old
            key = fold_key(table)
            of_batch = known if known.is_empty() else known.join(batch.select(key).unique(), on=key, how="semi")
            before = fold_versions(table, of_batch)
            counts |= counted(row_fates(table, batch, before, folded.tables[table]))
            for file_id, number in without_effect(table, batch, of_batch, folded.tables[table]).items():
                self._remark(file_id, unheard(self._staged[file_id].source, number))
        return counts

    def _new_load(self) -> int:
        now = microseconds(datetime.now(UTC))
        times = {"started_at": microseconds(self._started_at), "finished_at": now}
        return self._record.new_load(state=HELD, who=_who(), requested_as_of=self._requested, gate="{}", statistics="{}", **times)

    def _close(self, state: str, verdict: dict[str, Any], statistics: dict[str, SourceStatistics], publication: Publication | None) -> None:
        assert self.load_id is not None
        self._record.close_load(
            self.load_id,
            state=state,
            gate=verdict,
            statistics={name: asdict(numbers) for name, numbers in statistics.items()},
            version=publication.version if publication else None,
            finished_at=microseconds(datetime.now(UTC)),
        )


def _file(staged: StagedFile) -> dict[str, Any]:
    """A staged file as the record keeps it; its fates are still to be counted."""
    return dict.fromkeys(("rows", *FATES), 0) | {
        "path": str(staged.file.relative),
        "source": staged.source.name,
        "definition": staged.source.digest,
        "table_name": staged.source.table.name,
        "sha256": staged.file.sha256,
        "bytes": staged.file.bytes,
        "by_content": staged.source.ordered_by_content,
        "verbatim": staged.source.wards == "verbatim",
        "provisional": staged.provisional,
        "pseudonyms": " ".join(staged.source.pseudonyms),
    }


def _accounts(staged: Sequence[StagedFile]) -> pl.DataFrame:
    """One row per file: path, rows, quarantined."""
    rows = [(str(file.file.relative), file.rows, file.refused.height) for file in staged]
    return pl.DataFrame(rows, schema=["path", "rows", "quarantined"], orient="row")


def _batches(staged: dict[int, StagedFile]) -> dict[str, pl.DataFrame]:
    """Accepted rows of the files by input table, each with its ``file_id``."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for file_id, file in staged.items():
        if not file.good.is_empty():
            frames.setdefault(file.source.table.name, []).append(file.good.with_columns(file_id=pl.lit(file_id, pl.Int64)))
    return {table: pl.concat(found) for table, found in frames.items()}


def _looked_at(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The columns by which rows are told apart, and those that the gate and remarks look at."""
    wanted = [column.name for column in INPUT_TABLES[table].columns if column.required or column.kind in ("id", "listed")]
    return rows.select(name for name in dict.fromkeys(("file_id", "row_number", *wanted, "ward")) if name in rows.columns)


def _latest_instant(batches: Mapping[str, pl.DataFrame], folded: Folded) -> int | None:
    """The latest instant of any case or feedback that the load touches, as published, in microseconds: a time that was corrected
    since does not count, and ``updated_at`` says nothing of the case itself."""
    latest: list[int | None] = []
    for table in OWN_NAMESPACE:
        if table in batches:
            rows, key = (
                (folded.threads.requests, "thread_id") if table == "messages" else (folded.tables[table], INPUT_TABLES[table].key[0])
            )
            touched = rows.join(batches[table].select(key).unique(), on=key, how="semi")
            latest += touched.select(pl.col(pl.Datetime).dt.epoch("us").max()).row(0)
    return max((instant for instant in latest if instant is not None), default=None)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return "?"
