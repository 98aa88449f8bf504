"""Watching the inbox with the real process: new and still files load, what fails is said once, and a signal ends it cleanly."""

import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.errors import BusyError, UserError
from etl.gate.gate import Gate
from etl.refresh import Request
from etl.settings import ROOT
from etl.watch import SETTLED_AFTER, TRY_AGAIN_AFTER, _Looks
from tests.etl.house import House, case, source


class Watcher:
    """The process, with what it has said."""

    def __init__(self, house: House, *arguments: str) -> None:
        self.house = house
        command = [sys.executable, "-m", "etl", "watch", "--every", "1", "--inbox", str(house.inbox), "--sources", str(house.sources)]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")}
        variables |= {"LANGNGHE_HOME": str(house.settings.home), "LANGNGHE_LANGUAGE": "en"}
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([*command, *arguments], cwd=ROOT, env=variables, **streams)
        self.printed: queue.Queue[str] = queue.Queue()
        self.said: list[str] = []
        self.readers = [threading.Thread(target=self._print, daemon=True), threading.Thread(target=self._say, daemon=True)]
        for reader in self.readers:
            reader.start()

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()
        assert self.process.stdout
        assert self.process.stderr
        self.process.stdout.close()
        self.process.stderr.close()

    def _print(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.put(line)

    def _say(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line.rstrip())

    def report(self) -> dict[str, Any]:
        """The next report: one line, one document."""
        found: dict[str, Any] = json.loads(self.printed.get(timeout=90))
        return found

    def wait_for(self, words: str) -> None:
        """Wait until a line that starts with ``words`` was said."""
        for _ in range(900):
            if any(line.startswith(words) for line in self.said):
                return
            time.sleep(0.1)
        raise AssertionError(f"{words} was not said: {self.said}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        for reader in self.readers:
            reader.join()  # all is read that was said
        return code


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path, Gate())  # this gate is never opened
    made.source("log")
    return made


@pytest.fixture
def watching(house: House) -> Iterator[Watcher]:
    with Watcher(house, "--json") as watcher:
        yield watcher


def fates(report: dict[str, Any]) -> dict[str, tuple[int, str | None]]:
    return {file["path"]: (file["loaded"], file["skipped"]) for file in report["files"]}


def test_a_day_at_the_inbox(watching: Watcher) -> None:
    house = watching.house
    house.drop("log-1.csv", [case(1)])
    assert watching.report()["files"] == []  # at the start, while the file settles
    first = watching.report()
    assert fates(first) == {"log-1.csv": (1, None)}
    assert first["version"] == "000001"

    # a file that is being written waits until it is whole; others do not wait for it
    rows = house.drop("log-2.csv", [case(i) for i in range(10, 16)])
    lines = rows.read_text().splitlines(keepends=True)
    rows.write_text(lines[0])
    house.drop("log-3.csv", [case(2)])
    for line in lines[1:]:
        time.sleep(1)
        with rows.open("a") as file:
            file.write(line)
    known = (0, "already_loaded")
    assert fates(watching.report()) == {"log-1.csv": known, "log-3.csv": (1, None)}
    assert fates(watching.report()) == {"log-1.csv": known, "log-2.csv": (6, None), "log-3.csv": known}

    # a wrong source is said once; mended, the file that waits loads
    (house.sources / "talk.toml").write_text(source("talk", "messages").replace('table = "messages"', 'tabel = "messages"'))
    house.drop("talk.csv", [{"message_id": "1", "thread_id": "t", "author_role": "resident", "sent_at": "2026-01-05 09:00"}])
    watching.wait_for(str(house.sources / "talk.toml"))
    time.sleep(4)
    house.source("talk", "messages")
    assert fates(watching.report())["talk.csv"] == (1, None)
    assert sum("talk.toml" in line for line in watching.said) == 1

    # another writer: waits, then loads
    with (house.settings.home / "refresh.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        house.drop("log-4.csv", [case(4)])
        watching.wait_for("Another refresh is running")
    assert fates(watching.report())["log-4.csv"] == (1, None)

    # a load that the gate holds back is a report like any other
    house.drop("log-5.csv", [case(5), *(case(f"x{i}", asked_at="soon") for i in range(30))])
    held = watching.report()
    assert (held["gate"]["passed"], held["version"]) == (False, "000005")
    house.drop("log-6.csv", [case(6)])
    assert watching.report()["version"] == "000006"

    assert watching.end() == 0
    assert watching.printed.empty()
    assert watching.said[-1] == "Stopped. Nothing half-done was kept."
    assert not any("Traceback" in line for line in watching.said)
    assert house.status()["checksum"] == json.loads(house.run("etl", "rebuild", "--json").stdout)["checksum"]


def test_a_signal_in_the_middle_of_a_refresh_leaves_nothing(house: House) -> None:
    house.drop("log.csv", [case(i, topic=f"t{i % 50}", ward="Phường Láng") for i in range(30_000)])
    with Watcher(house) as watcher:
        watcher.wait_for("[1/1] log.csv")
        assert watcher.end(signal.SIGINT) == 0
    assert not any("log.csv" in line for line in watcher.printed.queue)
    assert house.loads() == []
    with Gate() as house.gate:
        assert house.refresh()["files"][0]["loaded"] == 30_000


def test_what_is_not_there_is_said_at_once(house: House) -> None:
    for option, folder in (("--inbox", "/nowhere"), ("--sources", "/nowhere-else")):
        done = house.run("etl", "watch", option, folder)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert folder in done.stderr


# -- looking, without a clock of its own -----------------------------------------


@pytest.fixture
def looks(house: House) -> _Looks:
    found = _Looks(Request(house.inbox, [house.sources]))
    found.at(0.0)
    found.at(SETTLED_AFTER)
    found.done()
    return found


def test_a_file_settles_when_it_has_stayed_as_it_is(house: House, looks: _Looks) -> None:
    path = house.drop("log.csv", "a")
    looks.at(10.0)
    looks.at(12.9)
    assert not looks.is_due(12.9)
    path.write_text("ab")
    looks.at(13.0)
    looks.at(15.9)
    assert not looks.is_due(15.9)
    looks.at(16.0)
    assert looks.is_due(16.0)
    assert path in looks.files
    looks.done()
    assert not looks.is_due(17.0)
    os.utime(path, (0, 0))  # written anew: looked at anew
    looks.at(17.0)
    assert path not in looks.files


def test_a_mended_source_or_manifest_is_a_reason_to_refresh_at_once(house: House, looks: _Looks) -> None:
    for path in (house.sources / "log.toml", house.drop("log.csv.manifest.toml", "rows = 1")):
        looks.at(10.0)
        looks.done()
        path.write_text(path.read_text() + "# mended\n")
        looks.at(11.0)
        assert looks.is_due(11.0)


def test_what_failed_waits_for_a_change_or_a_minute_and_is_said_once(house: House, looks: _Looks) -> None:
    said: list[str] = []
    house.drop("log.csv", "a")
    looks.at(10.0)
    looks.at(13.0)
    looks.failed(UserError("no"), 13.0, said.append)
    assert not looks.is_due(14.0)
    assert looks.is_due(13.0 + TRY_AGAIN_AFTER)
    house.drop("log-2.csv", "b")
    looks.at(20.0)
    looks.at(23.0)
    assert looks.is_due(23.0)
    looks.failed(UserError("no"), 23.0, said.append)
    looks.failed(BusyError("busy"), 24.0, said.append)
    assert looks.is_due(25.0)  # another refresh will soon be over
    assert said == ["no", "busy"]


def test_a_gate_that_died_is_seen() -> None:
    with Gate() as gate:
        assert gate.is_alive
        gate._process.kill()
        gate._process.wait()
        assert not gate.is_alive
