"""Several files at once: each is read in a box, several boxes for a large load; what a file does to its box costs that file alone.

A small load has one box: starting another takes longer than reading a day's sheets.
"""

import io
import json
import os
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime
from queue import SimpleQueue
from typing import Any

import polars as pl

from etl.box import RESIDENT_LIMIT, Box, Stopped
from etl.reference.topics import Topics
from etl.sources.inbox import RATIO_LIMIT, UNPACKED_LIMIT, InboxFile, UnreadableError
from etl.staging.stage import StagedFile, stage_blocks, whole

SMALL_LOAD = 8_000_000
"""Bytes that are read faster than processes are started."""
BOXES = min(os.cpu_count() or 1, 4)
AHEAD = 2
"""Files that may wait, read, until the record has taken those before them: what bounds the memory of a load."""
ANSWER_TO_TEXT = 6
"""Bytes that may come back for each byte of plain text, which has no limit of size."""

Outcome = StagedFile | UnreadableError
_FRAMES = ("good", "refused", "texts")
_FACTS = ("rows", "not_selected", "provisional", "reason", "filled")
_LENGTH = struct.Struct("<Q")


def read_files(
    files: Sequence[InboxFile], latest: datetime, key: bytes, topics: Topics, box: Box, keep_text: bool = False
) -> Iterator[tuple[InboxFile, Outcome]]:
    """Read files down to what may be stored, in their order.

    Args:
        files: each fits exactly one source.
        latest: no instant may lie more than a day after it.
        key: of the residents' pseudonyms.
        topics: codes free text to its category.
        box: one that is ready; a large load takes more.
        keep_text: bring redacted texts too.

    Returns:
        Each file with what it brings, or with the reason why it cannot be read.
    """
    is_large = len(files) > 1 and sum(file.bytes for file in files) > SMALL_LOAD
    with ExitStack() as stack:
        boxes = [box, *(stack.enter_context(Box()) for _more in range(BOXES - 1 if is_large else 0))]
        pool = stack.enter_context(ThreadPoolExecutor(len(boxes)))
        free: SimpleQueue[Box] = SimpleQueue()
        for each in boxes:
            free.put(each)
        waiting: deque[tuple[InboxFile, Future[list[memoryview] | UnreadableError]]] = deque()
        coming = iter(files)
        try:
            while True:
                while len(waiting) < len(boxes) + AHEAD and (file := next(coming, None)):
                    waiting.append((file, pool.submit(copy_context().run, _boxed, free, file, latest, key, topics, keep_text)))
                if not waiting:
                    if is_large:  # what it has taken is needed for what follows; whoever reads on gets a fresh one
                        box.kill()
                    return
                file, future = waiting.popleft()
                found = future.result()
                yield file, found if isinstance(found, UnreadableError) else whole(_unpacked(file, part) for part in found)
        finally:
            for _file, future in waiting:
                future.cancel()
            if waiting:  # whoever asked has gone
                for each in boxes:
                    each.kill()


def read_file(file: InboxFile, latest: datetime, key: bytes, topics: Topics, box: Box, keep_text: bool = False) -> Outcome:
    """Read one file, as ``read_files`` does."""
    ((_file, outcome),) = read_files([file], latest, key, topics, box, keep_text)
    return outcome


def _boxed(free: SimpleQueue[Box], file: InboxFile, *how: object) -> list[memoryview] | UnreadableError:
    box = free.get()
    try:
        return in_box(box, packed, file, *how)
    except UnreadableError as error:
        return error
    finally:
        free.put(box)


def in_box(box: Box, task: Callable[..., Iterator[bytes]], file: InboxFile, *more: object) -> list[memoryview]:
    """What a task makes of a file, part by part, done in a box.

    Raises:
        UnreadableError: the task raised it, or came to no end; the message says why.
    """
    size = file.bytes if file.is_plain_text else min(file.bytes * RATIO_LIMIT, UNPACKED_LIMIT)
    answer = max(RESIDENT_LIMIT, ANSWER_TO_TEXT * file.bytes) if file.is_plain_text else RESIDENT_LIMIT
    try:
        return box.run(task, replace(file, path=file.path.absolute()), *more, size=size, resident=RESIDENT_LIMIT, answer=answer)
    except Stopped as stopped:
        raise UnreadableError(stopped.reason) from None


def packed(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool) -> Iterator[bytes]:
    """What a file brings as bytes, block by block."""
    for staged in stage_blocks(file, latest, key, topics, keep_text):
        yield _packed(staged)


def _packed(staged: StagedFile) -> bytes:
    """Facts in JSON, tables in Arrow's format."""
    frames = []
    for name in _FRAMES:
        written = io.BytesIO()
        getattr(staged, name).write_ipc(written, compression="lz4")
        frames.append(written.getvalue())
    facts = {name: getattr(staged, name) for name in _FACTS}
    head = json.dumps(facts | {"lengths": [len(frame) for frame in frames]}).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *frames])


def _unpacked(file: InboxFile, answer: memoryview) -> StagedFile:
    (length,) = _LENGTH.unpack_from(answer)
    place = _LENGTH.size + length
    told: dict[str, Any] = json.loads(bytes(answer[_LENGTH.size : place]))
    for name, length in zip(_FRAMES, told.pop("lengths"), strict=True):
        told[name] = pl.read_ipc(io.BytesIO(answer[place : place + length]))
        place += length
    return StagedFile(file, file.source, **told | {"filled": tuple(told["filled"])})
