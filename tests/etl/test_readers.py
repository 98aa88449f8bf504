"""Files read in boxes: the same rows in the same order, and what a file does to its box costs that file alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl import box as boxes
from etl import readers
from etl.box import Box
from etl.reference.topics import read_topics
from etl.settings import ROOT
from etl.sources.inbox import InboxFile, UnreadableError, read_inbox
from etl.sources.source import read_source
from etl.staging.stage import StagedFile, stage_file

pytestmark = pytest.mark.usefixtures("english")
LATEST = datetime(2026, 11, 1, tzinfo=UTC)
KEY = b"k" * 32
SOURCE = """
name = "s"
table = "interactions"
files = ["*.csv"]
format = "csv"
[columns]
interaction_id = "id"
asked_at = "asked"
"""


@pytest.fixture
def files(tmp_path: Path) -> list[InboxFile]:
    (tmp_path / "s.toml").write_text(SOURCE)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for i in range(7):
        (inbox / f"{i}.csv").write_text("id,asked\n" + "".join(f"{i}-{row},2026-10-0{row + 1}T08:00\n" for row in range(i + 1)))
    (inbox / "8.csv").write_text("no,such,columns\n1,2,3\n")
    (inbox / "9.csv").write_text("id,asked\n")
    return read_inbox(inbox, [read_source(tmp_path / "s.toml")])


def read(files: list[InboxFile], box: Box) -> dict[str, list[str] | str]:
    found = readers.read_files(files, LATEST, KEY, read_topics(), box)
    return {file.path.name: _seen(outcome) for file, outcome in found}


def _seen(outcome: readers.Outcome) -> list[str] | str:
    if isinstance(outcome, UnreadableError):
        return str(outcome)
    return outcome.good["interaction_id"].to_list() if outcome.rows else "empty"


@pytest.mark.parametrize("small_load", [0, readers.SMALL_LOAD])
def test_every_file_comes_once_and_in_order(files: list[InboxFile], box: Box, monkeypatch: pytest.MonkeyPatch, small_load: int) -> None:
    monkeypatch.setattr(readers, "SMALL_LOAD", small_load)
    found = read(files, box)
    assert list(found) == [file.path.name for file in files]
    assert found["3.csv"] == ["3-0", "3-1", "3-2", "3-3"]
    assert "asked" in found["8.csv"]
    assert found["9.csv"] == "empty"


def test_what_comes_out_of_a_box_is_what_was_staged_in_it(files: list[InboxFile], box: Box) -> None:
    for file in files[:7]:
        staged = stage_file(file, LATEST, KEY, read_topics(), keep_text=True)
        found = readers.read_file(file, LATEST, KEY, read_topics(), box, keep_text=True)
        assert isinstance(found, StagedFile)
        for name in StagedFile.__dataclass_fields__:
            one, other = getattr(staged, name), getattr(found, name)
            assert one.equals(other) and one.schema == other.schema if name in ("good", "refused", "texts") else one == other


def test_whoever_stops_asking_waits_for_nothing_and_the_box_goes_on(files: list[InboxFile], box: Box) -> None:
    coming = readers.read_files(files, LATEST, KEY, read_topics(), box)
    next(coming)
    coming.close()
    assert len(read(files, box)) == len(files)


# -- what a file may do to its box ----------------------------------------------


def killed(file: InboxFile, *how: object) -> Iterator[bytes]:
    """Stands for a file whose parser dies; any other is read."""
    if file.path.name == "4.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    yield from readers.packed(file, *how)  # type: ignore[arg-type]


def grown(file: InboxFile, *how: object) -> Iterator[bytes]:
    """Stands for a bomb."""
    if file.path.name == "4.csv":
        held = [bytes([1]) * 10_000_000 for _block in range(100)]
        time.sleep(60)
        yield held[0]
    yield from readers.packed(file, *how)  # type: ignore[arg-type]


def failed(file: InboxFile, *how: object) -> Iterator[bytes]:
    """Stands for a bug."""
    if file.path.name == "4.csv":
        raise ValueError("Nguyễn Văn An")
    yield from readers.packed(file, *how)  # type: ignore[arg-type]


def exhausted(file: InboxFile, *how: object) -> Iterator[bytes]:
    """Stands for a file that wants more than there is."""
    if file.path.name == "4.csv":
        raise MemoryError
    yield from readers.packed(file, *how)  # type: ignore[arg-type]


def talkative(file: InboxFile, *how: object) -> Iterator[bytes]:
    """Stands for a parser that prints, and for one that brings back more than may be."""
    print("x" * 100_000, flush=True)
    if file.path.name == "4.csv":
        yield from [b"x" * 100_000_000] * 3
    yield from readers.packed(file, *how)  # type: ignore[arg-type]


@pytest.mark.parametrize("small_load", [0, readers.SMALL_LOAD])
@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (killed, "kills"),
        (grown, "250 MB"),
        (failed, "ValueError, test_readers.py"),
        (exhausted, "250 MB"),
        (talkative, "250 MB"),
    ],
)
def test_a_file_that_attacks_its_box_costs_itself(
    files: list[InboxFile], box: Box, monkeypatch: pytest.MonkeyPatch, task: object, reason: str, small_load: int
) -> None:
    monkeypatch.setattr(readers, "SMALL_LOAD", small_load)
    monkeypatch.setattr(readers, "packed", task)
    monkeypatch.setattr(readers, "RESIDENT_LIMIT", 250_000_000)
    found = read(files, box)
    assert reason in found["4.csv"]
    assert "Nguyễn" not in found["4.csv"]
    assert [name for name, rows in found.items() if isinstance(rows, list)] == [f"{i}.csv" for i in range(7) if i != 4]


def stuck(*_arguments: object) -> Iterator[bytes]:
    """Stands for a parser that finds no end."""
    time.sleep(600)
    yield b""


def test_a_file_that_takes_for_ever_is_given_up(files: list[InboxFile], box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "SECONDS", 0.1)
    with pytest.raises(UnreadableError, match="seconds"):
        readers.in_box(box, stuck, files[0])
    monkeypatch.undo()
    assert read(files[:1], box) == {"0.csv": ["0-0"]}


def test_a_box_that_cannot_begin_is_no_fault_of_the_file(files: list[InboxFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with Box() as box, pytest.raises(RuntimeError, match="ready"):
        readers.in_box(box, stuck, files[0])


UNWATCHED = """
import os, signal, sys, threading, time
from etl.box import Box
from tests.etl.test_readers import stuck

with Box() as box:
    print(box.process_id, flush=True)
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGKILL)).start()
    box.run(stuck, size=0)
"""


def test_a_box_ends_when_whoever_watched_it_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", UNWATCHED], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    status = Path("/proc") / done.stdout.strip() / "status"
    ends_at = time.monotonic() + 60
    with suppress(OSError):  # it has gone
        while "State:\tZ" not in status.read_text():
            assert time.monotonic() < ends_at, "it goes on, unwatched"
            time.sleep(0.1)
