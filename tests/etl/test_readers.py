"""Files read in processes of their own: the same rows in the same order, and a file that kills its reader costs itself."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etl import readers
from etl.inbox import InboxFile, read_inbox
from etl.language import _
from etl.settings import ROOT
from etl.sources import read_source
from etl.stage import StagedFile
from etl.topics import read_topics

LATEST = datetime(2026, 11, 1, tzinfo=UTC)
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
    return read_inbox(inbox, [read_source(tmp_path / "s.toml")])


def read(files: list[InboxFile]) -> list[tuple[str, Any]]:
    found = readers.read_files(files, LATEST, b"k" * 32, read_topics())
    return [(file.path.name, _seen(outcome)) for file, outcome in found]


def _seen(outcome: readers.Outcome) -> object:
    return outcome.good["interaction_id"].to_list() if isinstance(outcome, StagedFile) else str(outcome)


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "SMALL_LOAD", 0)


def test_every_file_comes_once_and_in_order(files: list[InboxFile], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read(files)
    assert [name for name, _rows in alone] == [file.path.name for file in files]
    monkeypatch.setattr(readers, "SMALL_LOAD", 0)
    assert read(files) == alone
    assert alone[3] == ("3.csv", ["3-0", "3-1", "3-2", "3-3"])
    assert "asked" in alone[-1][1]


@pytest.mark.usefixtures("in_processes")
def test_a_file_that_kills_its_reader_costs_itself(files: list[InboxFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_read_and_pack", die_on_four)
    found = dict(read(files))
    assert found["4.csv"] == _("Reading the file took more than this machine has: split it, or look whether it is what it says.")
    assert [name for name, rows in found.items() if isinstance(rows, list)] == [f"{i}.csv" for i in range(7) if i != 4]


def die_on_four(file: InboxFile, *rest: Any) -> object:
    """Stands for a file whose parser is killed for the memory it takes."""
    if file.path.name == "4.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return readers._read_and_pack(file, *rest)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from etl import readers
from etl.inbox import read_inbox
from etl.sources import read_source
from etl.topics import read_topics

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    readers.SMALL_LOAD = 0
    files = read_inbox(folder / "inbox", [read_source(folder / "s.toml")])
    found = readers.read_files(files, datetime.now(UTC), b"k" * 32, read_topics())
    next(found)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.usefixtures("files")
def test_readers_end_when_whoever_started_them_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    command = [sys.executable, str(program), str(tmp_path)]
    # What they all could write to ends when the last of them has gone.
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
