"""The commands for real: exit codes, one JSON document and nothing else, one line where nothing could begin."""

import contextlib
import csv
import fcntl
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from etl import cli
from etl.gate.gate import Gate
from etl.settings import ROOT
from tests.etl.house import House, case

HOSTILE = ["=1+1", "+84", "@cmd", "-2", "\tx"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home refreshed by the command itself, that holds a second load back."""
    made = House(tmp_path_factory.mktemp("cli"), Gate())  # this gate is never opened
    made.source("log", extra='wards = "verbatim"')
    made.drop("log.csv", ROWS)
    made.first = command(made, "refresh", "--json")  # type: ignore[attr-defined]
    made.drop("log-2.csv", [case("n1"), *(case(text, asked_at="soon", topic=text) for text in HOSTILE)])
    made.second = command(made, "refresh", "--json")  # type: ignore[attr-defined]
    made.shown = command(made, "status", "--json")  # type: ignore[attr-defined]
    return made


ROWS = [
    case(i, ward=f"W{i % 3}", answered_at="2026-01-06 10:00" if i % 2 else "", status="withdrawn" if i % 7 == 0 else "") for i in range(20)
]


def command(house: House, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return house.run("etl", name, *arguments, "--inbox", str(house.inbox), "--sources", str(house.sources))


def sentence(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The only line that was said, on standard error."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_refresh_prints_one_document_and_exits_with_0(loaded: House) -> None:
    done = loaded.first  # type: ignore[attr-defined]
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["files"][0]["loaded"] == 20
    assert (report["load_id"], report["version"], report["as_of"]) == (1, "000001", "2026-01-06T03:00:00Z")


def test_a_held_load_exits_with_3_and_pages_stay(loaded: House) -> None:
    done = loaded.second  # type: ignore[attr-defined]
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert (report["gate"]["passed"], report["version"]) == (False, "000001")
    assert json.loads(loaded.shown.stdout)["held"] == [2]  # type: ignore[attr-defined]


def test_whoever_looks_is_told_what_is_held_and_how_that_ends(loaded: House) -> None:
    said = command(loaded, "status").stdout
    assert "Load 2 is held back; what is shown stays as it was." in said
    assert "python -m etl publish 2 --reason TEXT, or python -m etl discard 2" in said


def test_a_dry_run_ends_as_the_refresh_would(loaded: House) -> None:
    loaded.drop("log-dry.csv", [case(f"dry{i}", asked_at="soon") for i in range(5)])
    done = command(loaded, "refresh", "--dry-run")
    (loaded.inbox / "log-dry.csv").unlink()
    assert done.returncode == 3
    assert "This was a dry run: a refresh would be held back." in done.stdout
    assert [line.split(":")[0] for line in done.stdout.splitlines() if "discard" in line] == ["log-2.csv"]  # which is held back itself
    assert [load["load_id"] for load in loaded.loads()] == [1, 2]


def test_status_has_exactly_the_keys_that_are_promised(loaded: House) -> None:
    report = json.loads(loaded.shown.stdout)  # type: ignore[attr-defined]
    assert list(report) == ["version", "as_of", "checksum", "loads", "held", "inbox", "rows", "quarantined", "backend"]
    assert report["inbox"] == {"new": 0, "known": 2}
    assert report["rows"]["interactions"] == 20
    assert set(report["rows"]) == {"interactions", "feedback", "officers", "postings", "duties", "wards", "channels", "channel_days"}
    assert (report["quarantined"], report["backend"], report["loads"]) == (5, "sqlite", 2)
    assert report["checksum"] == json.loads(loaded.first.stdout)["checksum"]  # type: ignore[attr-defined]


def test_loads_and_quarantine_have_the_keys_that_are_promised(loaded: House) -> None:
    (first, second) = json.loads(loaded.run("etl", "loads", "--json").stdout)["loads"]
    assert {"load_id", "state", "started_at", "finished_at", "version", "files", "fates"} <= set(first)
    assert (first["state"], second["state"], second["version"]) == ("published", "held", None)
    assert first["started_at"] < first["finished_at"]
    rows = json.loads(loaded.run("etl", "quarantine", "--json", "--load", "2").stdout)["rows"]
    assert set(rows[0]) == {"load_id", "path", "row_number", "rule", "column", "message", "fixed_in"}
    assert [row["row_number"] for row in rows] == [2, 3, 4, 5, 6]
    assert json.loads(loaded.run("etl", "quarantine", "--format", "json", "--load", "1").stdout) == {"rows": []}


def test_quarantine_shows_the_cells_of_a_row_where_asked(loaded: House) -> None:
    rows = json.loads(loaded.run("etl", "quarantine", "--json", "--rows").stdout)["rows"]
    assert [row["row"]["asked_at"] for row in rows] == ["soon"] * 5
    assert "asked_at “soon”" in loaded.run("etl", "quarantine", "--rows").stdout


def test_quarantine_as_csv_opens_safely_in_a_spreadsheet(loaded: House) -> None:
    path = loaded.folder / "quarantine.csv"
    done = loaded.run("etl", "quarantine", "--csv", str(path))
    assert (done.returncode, done.stdout) == (0, f"{path} is written; rows in it: 5\n")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    assert [row["row_number"] for row in rows] == ["2", "3", "4", "5", "6"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["refresh", "--inbox", "/nowhere"], "/nowhere"),
        (["refresh", "--sources", "/nowhere"], "/nowhere"),
        (["refresh", "--as-of", "yesterday"], "yesterday"),
        (["refresh", "--as-of", "2200-01-01"], "2200"),
        (["refresh", "--speed"], "--speed"),
        (["undo", "99"], "99"),
        (["undo", "one"], "one"),
        (["publish", "2"], "--reason"),
        (["discard", "1"], "published"),
        (["quarantine", "--load", "99"], "99"),
        (["check", "/nowhere.csv"], "/nowhere.csv"),
        (["quarantine", "--csv", "/nowhere/rows.csv"], "/nowhere/rows.csv"),
        (["fly"], "fly"),
        ([], "COMMAND"),
    ],
)
def test_what_cannot_begin_is_one_sentence_and_exits_with_2(loaded: House, arguments: list[str], word: str) -> None:
    assert word in sentence(loaded.run("etl", *arguments), 2)


def test_a_city_that_cannot_be_written_is_one_sentence(loaded: House) -> None:
    said = loaded.run("etl", "demo", "/dev/null/city", "--interactions", "500", "--wards", "1")
    assert said.returncode == 2
    assert "/dev/null/city" in said.stderr.splitlines()[-1]
    assert "Traceback" not in said.stderr


def test_a_wrong_setting_and_a_wrong_source_are_one_sentence(loaded: House, tmp_path: Path) -> None:
    assert "LANGNGHE_PORT" in sentence(loaded.run("etl", "status", LANGNGHE_PORT="web"), 2)
    (tmp_path / "odd.toml").write_text('name = "odd"\ncolums = {}\n')
    said = sentence(loaded.run("etl", "refresh", "--sources", str(tmp_path), "--inbox", str(loaded.inbox)), 2)
    assert "odd.toml" in said
    assert "columns" in said
    unopened = loaded.run("etl", "status", LANGNGHE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    sentence(unopened, 2)


@pytest.mark.parametrize("command", [["etl", "loads"], ["metrics", "definitions", "--format", "json"]], ids=" ".join)
def test_every_letter_is_printed_whatever_the_terminals_locale(loaded: House, command: list[str]) -> None:
    done = loaded.run(*command, LANGNGHE_LANGUAGE="vi", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert not done.stdout.isascii()


@pytest.mark.parametrize(
    ("code", "command"),
    [
        (2, ["metrics", "figures", "--by", "\udcff"]),
        (2, ["pages", "report", "--ward", "1", "--month", "2026-01", "--output", "\udcff.doc"]),
        (0, ["metrics", "figures", "--by", "all", "--metric", "received", "--ward", "\udcff", "--topic", "\udcff", "--officer", "\udcff"]),
    ],
)
def test_what_is_not_a_letter_at_all_is_no_bug_of_ours(loaded: House, code: int, command: list[str]) -> None:
    done = loaded.run(*command)
    assert (done.returncode, "Traceback" in done.stderr, "\\udcff" in done.stderr) == (code, False, True)


def test_a_second_writer_exits_with_4_and_says_so(loaded: House) -> None:
    with (loaded.settings.home / "refresh.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another refresh is running" in sentence(command(loaded, "refresh"), 4)
        assert "Another refresh is running" in sentence(loaded.run("etl", "undo", "1"), 4)
        assert loaded.run("etl", "status").returncode == 0  # reading waits for nobody
    vietnamese = loaded.run("etl", "undo", "99", LANGNGHE_LANGUAGE="vi")
    assert "Không có" in sentence(vietnamese, 2)


def test_the_lock_dies_with_its_holder(loaded: House) -> None:
    imports = "import sys, time\nfrom pathlib import Path\nfrom etl.lock import writer_lock\n"
    program = imports + "with writer_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", program, str(loaded.settings.home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    sentence(loaded.run("etl", "rebuild"), 4)
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert "Nothing has been loaded" not in sentence(loaded.run("etl", "undo", "99"), 2)


def test_figures_are_what_plain_python_counts_in_the_raw_files(loaded: House) -> None:
    with (loaded.inbox / "log.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] != "withdrawn"]
    received = Counter(row["ward"] for row in rows)
    answered = Counter(row["ward"] for row in rows if row["answered_at"])
    done = loaded.run("metrics", "figures", "--by", "ward", "--metric", "received", "--metric", "answered", "--format", "json")
    found = {(row["metric"], row["unit"]): (row["numerator"], row["denominator"]) for row in json.loads(done.stdout)["rows"]}
    assert found == {("received", ward): (count, None) for ward, count in received.items()} | {
        ("answered", ward): (answered[ward], count) for ward, count in received.items()
    }


def test_whatever_changes_what_is_kept_prints_one_document(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, gate)
    house.source("log")
    house.load("log-1.csv", ROWS)
    house.load("log-2.csv", [case("n1", resident="Lan")])
    monkeypatch.setenv("LANGNGHE_HOME", str(house.settings.home))
    backup = str(tmp_path / "record.backup")
    reports = {}
    for name, *arguments in (
        ("undo", "2"), ("rebuild",), ("retain", "--months", "2400"), ("erase",), ("rotate-key",), ("backup", backup),
        ("restore", backup, "--replace"),
    ):  # fmt: skip
        monkeypatch.setattr("sys.stdin", io.StringIO("Lan\n"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            assert cli.main([name, *arguments, "--json"]) == 0
        reports[name] = json.loads(printed.getvalue())
    assert all({"version", "as_of", "checksum"} <= set(report) for report in reports.values())
    assert len({report["checksum"] for report in reports.values()}) == 1, "nobody's figures moved after the undo"
    assert (reports["erase"]["rows"], reports["rotate-key"]["keys"], reports["undo"]["load_id"]) == (1, 2, 2)
