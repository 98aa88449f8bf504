"""What a person decides about a load: take it back, publish it though the gate held it, discard it, build anew."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.gate.gate import no_gate
from etl.language import _
from etl.lock import writer_lock
from etl.publishing.fates import counted, row_fates
from etl.publishing.fold import fold_key, fold_versions
from etl.publishing.publish import Publication, Say, heal, published, read_references, republish
from etl.publishing.standing import DISCARDED, HELD, PUBLISHED, UNDONE, standing_files, standing_rows
from etl.record.record import Record, open_record, record_exists
from etl.report import state_words
from etl.settings import Settings

Decision = Callable[[Record], tuple[int | None, Publication | None]]


def undo(settings: Settings, load_id: int, say: Say) -> dict[str, Any]:
    """Take a published load back: the tables are as if it had never been loaded.

    Returns:
        The report (as of ``refresh``, without files).

    Raises:
        UserError: there is no such load, or it is not published.
    """

    def decide(record: Record) -> tuple[int, Publication]:
        _in_state(record, load_id, PUBLISHED)
        before = standing_files(record.files())
        record.change_load(load_id, state=UNDONE)
        return load_id, _next_version(record, settings, load_id, say, earlier=before)

    return _decided(settings, say, decide)


def publish_held(settings: Settings, load_id: int, reason: str, say: Say) -> dict[str, Any]:
    """Publish a load that the gate held back; its fates are counted anew against what is published now.

    Raises:
        UserError: there is no such load, it is not held, or the reason is empty.
    """
    if not reason.strip():
        raise UserError(_("Give a reason: --reason TEXT. It is kept with the load."))

    def decide(record: Record) -> tuple[int, Publication]:
        _in_state(record, load_id, HELD)
        before = standing_files(record.files())
        record.change_load(load_id, state=PUBLISHED, reason=reason.strip())
        _recount(record, load_id, before)
        publication = _next_version(record, settings, load_id, say, earlier=before)
        record.change_load(load_id, version=publication.version)
        return load_id, publication

    return _decided(settings, say, decide)


def discard(settings: Settings, load_id: int, say: Say) -> dict[str, Any]:
    """Drop a load that the gate held back. Nothing that is shown changes.

    Raises:
        UserError: there is no such load, or it is not held.
    """

    def decide(record: Record) -> tuple[int, None]:
        _in_state(record, load_id, HELD)
        record.change_load(load_id, state=DISCARDED)
        return load_id, None

    return _decided(settings, say, decide)


def rebuild(settings: Settings, say: Say) -> dict[str, Any]:
    """Build the snapshot anew from the record, with today's wards, topics and targets; no file is shared with an earlier version."""

    def decide(record: Record) -> tuple[None, Publication | None]:
        return None, _next_version(record, settings, None, say, anew=True) if record.latest_version() else None

    return _decided(settings, say, decide)


@contextmanager
def writing(settings: Settings, say: Say) -> Iterator[Record]:
    """The record of whoever may write now, what a kill left unshown shown first.

    Raises:
        UserError: nothing was ever loaded, or the targets, wards or topics are wrong. BusyError: somebody else is writing.
    """
    if not record_exists(settings.database_url):
        raise UserError(_("Nothing has been loaded yet: run a refresh first."))
    read_references(settings)  # a mistake in them is said before anything begins
    with writer_lock(settings.home), open_record(settings.database_url, write=True) as record:
        heal(record, settings, say)
        yield record


def _decided(settings: Settings, say: Say, decide: Decision) -> dict[str, Any]:
    began = time.monotonic()
    with writing(settings, say) as record:
        load_id, publication = decide(record)
        if publication:
            record.once_kept.append(publication.show)
        report = published(publication, record) | {"load_id": load_id, "gate": no_gate()}
    report |= {"seconds": round(time.monotonic() - began, 3)}
    return report | {"stated": publication.stated if publication else {}}


def _next_version(record: Record, settings: Settings, load_id: int | None, say: Say, **how: Any) -> Publication:
    say(_("Building the next version"))
    return republish(record, settings, load_id, **how)


def _in_state(record: Record, load_id: int, state: str) -> None:
    states = {load["load_id"]: load["state"] for load in record.loads()}
    if load_id not in states:
        raise UserError(_("There is no load {load}: python -m etl loads lists them.", load=load_id))
    if states[load_id] != state:
        words = state_words()
        raise UserError(
            _(
                "Load {load} is {state}, not {wanted}: python -m etl loads lists them all.",
                load=load_id,
                state=words[states[load_id]],
                wanted=words[state],
            )
        )


def _recount(record: Record, load_id: int, files_before: pl.DataFrame) -> None:
    """Fates of a load that is published later than it was staged."""
    files = standing_files(record.files())
    own = [file["file_id"] for file in record.files() if file["load_id"] == load_id]
    after, before = standing_rows(record, files, {}), standing_rows(record, files_before, {})
    for table, versions in after.items():
        batch = versions.filter(pl.col("file_id").is_in(own))
        if batch.is_empty():
            continue
        key = fold_key(table)
        known = before[table].join(batch.select(key).unique(), on=key, how="semi") if table in before else batch.clear()
        fates = row_fates(table, batch, fold_versions(table, known), fold_versions(table, versions))
        for file_id, counts in counted(fates).items():
            record.change_file(file_id, **dict.fromkeys(("loaded", "updated", "unchanged", "duplicate"), 0) | counts)
