"""The box: a process that reads one file at a time and is watched from outside, so that a file that attacks costs itself.

Whatever such a file does (takes too much memory or time, kills its reader, runs into a bug), the process is replaced and the
next file is read by a fresh one. What comes back is taken for bytes of a bounded number, never for Python's objects.
"""

import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from etl.language import _, current_language, use_language
from etl.settings import ROOT
from etl.sources.inbox import UnreadableError

RESIDENT_LIMIT = 1_000_000_000
"""Bytes of memory that reading a file may take."""
SECONDS = 120
"""That reading a file may take, however small it is."""
BYTES_A_SECOND = 200_000
"""At least so many are read of a large one: a tenth of what is usual on a machine that is busy."""
_BETWEEN_LOOKS = 50
"""Milliseconds."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_HEAD = struct.Struct("<cQ")
_PART, _DONE, _REFUSED, _FAILED = b"p", b"d", b"r", b"f"
_LONGEST_REASON = 10_000
_TOO_MUCH, _TOO_LONG, _DIED = "memory", "time", "death"


class Stopped(Exception):
    """A task that came to no end of its own."""

    def __init__(self, why: str, resident: int, seconds: float) -> None:
        super().__init__(why)
        self._why, self._megabytes, self._seconds = why, resident // 1_000_000, round(seconds)

    @property
    def reason(self) -> str:
        """What to tell people."""
        if self._why == _TOO_MUCH:
            return _(
                "Reading it takes more than {megabytes} MB of memory: split it, or look whether it is what it says.",
                megabytes=self._megabytes,
            )
        if self._why == _TOO_LONG:
            return _("Reading it takes longer than {seconds} seconds: split it, or look whether it is what it says.", seconds=self._seconds)
        if self._why == _DIED:
            return _("What is in it kills whatever reads it: look whether it is what it says, or save it anew.")
        return _(
            "This program has a fault that it brings to light ({fault}): report it, or save the file in another format.", fault=self._why
        )


class Box:
    """A process that is ready before it is needed. Leave the block and it is gone."""

    def __enter__(self) -> "Box":
        self._start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "etl.box", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library in distress prints what it was looking at
            cwd=ROOT,
            env=os.environ | {"POLARS_MAX_THREADS": "1"},
            bufsize=0,
        )
        self._is_ready = False

    @property
    def process_id(self) -> int:
        """By which the system knows the process that did the last task."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether that process is still there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process; whoever waits for its answer in another thread gets none."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process and forget it; the next ``run`` has a fresh one."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def run(
        self, task: Callable[..., Iterator[bytes]], *arguments: object, size: int, resident: int = RESIDENT_LIMIT, answer: int | None = None
    ) -> list[memoryview]:
        """Have the process do one task; one caller at a time.

        Args:
            task: a function of a module, whose parts come back as they are made.
            arguments: of the task; they are believed.
            size: bytes that the task reads.
            resident: bytes of memory that the process may take.
            answer: bytes that may come back; as many, unless told otherwise.

        Raises:
            UnreadableError: the task raised it. Stopped: the task came to no end of its own. RuntimeError: no process can be had.
        """
        if not self.is_alive and self._is_ready:
            self.stop()
            self._start()
        self._await_ready()
        seconds = SECONDS + size / BYTES_A_SECOND
        ends_at = time.monotonic() + seconds
        left = resident if answer is None else answer
        parts: list[memoryview] = []
        try:
            self._send(pickle.dumps((current_language(), task, arguments)))
            kind = _PART
            while kind == _PART:
                kind, length = _HEAD.unpack(self._received(_HEAD.size, resident, ends_at))
                if length > (left if kind == _PART else _LONGEST_REASON):
                    raise _Stop(_TOO_MUCH)
                parts.append(self._received(length, resident, ends_at))
                left -= length
        except _Stop as stop:
            self.stop()
            raise Stopped(str(stop), resident, seconds) from None
        if _resident_size(self._process.pid) > RESIDENT_LIMIT // 2:  # what it keeps would be missing to the next task
            self.stop()
            self._start()
        *parts, last = parts
        if kind == _DONE:
            return parts
        said = str(last, "utf-8", "replace")
        raise UnreadableError(said) if kind == _REFUSED else Stopped(said, resident, seconds)

    def _await_ready(self) -> None:
        """A process that does not even get ready is not the next file's fault."""
        try:
            self._is_ready = self._is_ready or bool(self._received(1, RESIDENT_LIMIT, time.monotonic() + SECONDS))
        except _Stop as stop:
            raise RuntimeError(f"the process that reads files does not get ready: {stop}") from None

    def _send(self, request: bytes) -> None:
        assert self._process.stdin is not None
        left = memoryview(_HEAD.pack(_DONE, len(request)) + request)
        try:
            while left:
                left = left[self._process.stdin.write(left) :]
        except BrokenPipeError:
            raise _Stop(_DIED) from None

    def _received(self, length: int, resident: int, ends_at: float) -> memoryview:
        """So many bytes of the answer; the process is looked after until they are there."""
        assert self._process.stdout is not None
        stream, received, place = self._process.stdout.fileno(), memoryview(bytearray(length)), 0
        coming = select.poll()
        coming.register(stream, select.POLLIN)
        while place < length:
            if coming.poll(_BETWEEN_LOOKS):
                count = os.readv(stream, [received[place:]])
                if not count:
                    raise _Stop(_DIED)
                place += count
            if _resident_size(self._process.pid) > resident:
                raise _Stop(_TOO_MUCH)
            if time.monotonic() > ends_at:
                raise _Stop(_TOO_LONG)
        return received


class _Stop(Exception):
    """The process is to be stopped; the message is why."""


def _resident_size(process: int) -> int:
    """Bytes of memory that a process has; 0 where it is gone, or the system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _serve(requests: BinaryIO, answers: BinaryIO, parent: int) -> None:
    """Do task after task until nobody asks any more."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    from etl import dry_check, readers  # noqa: F401  what tasks need is there before they come

    with suppress(OSError):  # where memory runs out, it is the reader that goes
        Path("/proc/self/oom_score_adj").write_text("1000")
    answers.write(b"\n")
    answers.flush()
    while head := requests.read(_HEAD.size):
        for kind, answer in _answers(requests.read(_HEAD.unpack(head)[1])):
            answers.write(_HEAD.pack(kind, len(answer)))
            answers.write(answer)
            answers.flush()


def _answers(request: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a task's answer, then how it ended."""
    language, task, arguments = pickle.loads(request)
    use_language(language)
    try:
        for part in task(*arguments):
            yield _PART, part
        yield _DONE, b""
    except UnreadableError as error:
        yield _REFUSED, str(error)[: _LONGEST_REASON // 4].encode("utf-8", "replace")
    except MemoryError:
        yield _FAILED, _TOO_MUCH.encode()
    except Exception as error:  # its words may be a resident's: only where it was is told
        place = traceback.extract_tb(error.__traceback__)[-1]
        yield _FAILED, f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}".encode()


def _end_with(parent: int) -> None:
    """Outlive nobody: who is not watched any more ends."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as to_parent:
        os.dup2(2, 1)  # what a library prints is no answer
        _serve(sys.stdin.buffer, to_parent, int(sys.argv[1]))
