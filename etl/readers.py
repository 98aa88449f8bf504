"""Several files at once: each is read in a process of its own, so that two cores work and a file that kills its reader costs itself.

A small load is read where it is asked for: starting a process takes longer than reading a day's sheets.
"""

import io
import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from etl.inbox import InboxFile, UnreadableError
from etl.language import _, current_language, use_language
from etl.stage import StagedFile, stage_file
from etl.topics import Topics

SMALL_LOAD = 8_000_000
"""Bytes that are read faster than processes are started."""
PROCESSES = 2
AHEAD = 2
"""Files that may wait, read, until the record has taken those before them: what bounds the memory of a load."""

Outcome = StagedFile | UnreadableError


def read_files(
    files: Sequence[InboxFile], latest: datetime, key: bytes, topics: Topics, keep_text: bool = False
) -> Iterator[tuple[InboxFile, Outcome]]:
    """Read files down to what may be stored, in their order.

    Args:
        files: each fits exactly one source.
        latest: no instant may lie more than a day after it.
        key: of the residents' pseudonyms.
        topics: codes free text to its category.
        keep_text: bring redacted texts too.

    Returns:
        Each file with what it brings, or with the reason why it cannot be read.
    """
    if len(files) < 2 or sum(file.bytes for file in files) < SMALL_LOAD:
        for file in files:
            yield file, _read(file, latest, key, topics, keep_text)
        return
    rest = list(files)
    while rest:
        for file, outcome in _in_processes(tuple(rest), latest, key, topics, keep_text):
            yield file, outcome
            rest.pop(0)
        if rest:  # A reader died. Whose file it was shows when each is read alone.
            yield rest[0], _alone(rest.pop(0), latest, key, topics, keep_text)


def _read(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool) -> Outcome:
    try:
        return stage_file(file, latest, key, topics, keep_text)
    except UnreadableError as error:
        return error


@dataclass(frozen=True)
class _Packed:
    """What a file brings on its way from one process to another: its rows compressed, since most of that way is copying."""

    staged: StagedFile
    good: bytes


def _read_and_pack(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool) -> _Packed | UnreadableError:
    found = _read(file, latest, key, topics, keep_text)
    if isinstance(found, UnreadableError):
        return found
    packed = io.BytesIO()
    found.good.write_ipc(packed, compression="lz4")
    return _Packed(replace(found, good=found.good.clear()), packed.getvalue())


def _unpacked(found: _Packed | UnreadableError) -> Outcome:
    return found if isinstance(found, UnreadableError) else replace(found.staged, good=pl.read_ipc(found.good))


def _in_processes(
    files: Sequence[InboxFile], latest: datetime, key: bytes, topics: Topics, keep_text: bool
) -> Iterator[tuple[InboxFile, Outcome]]:
    """Read ahead of whoever takes the outcomes; ends early where a reader died."""
    with _pool(PROCESSES) as pool:
        waiting: list[tuple[InboxFile, Future[_Packed | UnreadableError]]] = []
        coming = iter(files)
        while True:
            try:
                while len(waiting) < PROCESSES + AHEAD and (file := next(coming, None)) is not None:
                    waiting.append((file, pool.submit(_read_and_pack, file, latest, key, topics, keep_text)))
                if not waiting:
                    return
                file, future = waiting.pop(0)
                found = _unpacked(future.result())
            except BrokenProcessPool:  # told by a result or by the next request, whichever comes first
                return
            yield file, found


def _alone(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool) -> Outcome:
    with _pool(1) as pool:
        try:
            return _unpacked(pool.submit(_read_and_pack, file, latest, key, topics, keep_text).result())
        except BrokenProcessPool:
            return UnreadableError(_("Reading the file took more than this machine has: split it, or look whether it is what it says."))


def _pool(processes: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a forked reader would inherit locks of threads that it does not have. Each has a core: one thread.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(current_language(),))


def _begin(language: str) -> None:
    """What a reader does first: it speaks as whoever started it, and ends with them, since nobody else would end it after a kill."""
    use_language(language)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
