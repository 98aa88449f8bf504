"""No resident passes the door: what was planted wherever a resident can stand is found in no byte afterwards."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl import cli
from etl.crash import told
from etl.dry_check import check_file
from etl.gate.gate import Gate
from etl.record.record import open_record
from etl.report import as_json, check_lines, refresh_lines
from etl.settings import DATA, ROOT
from tests.etl.canaries import canary, found, found_in, plant_samples, plant_sheets
from tests.etl.house import House, case
from tests.numbers import times

CANARIES = times(210, 10_000)


@pytest.fixture
def house(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> House:
    """A home that was loaded with residents in every place; its programs' temporary files lie beside it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return House(tmp_path, gate)


def planted(house: House) -> list[Path]:
    for path in (DATA / "sources").glob("*.toml"):
        shutil.copy(path, house.sources)
    return [
        *plant_samples(house.inbox, DATA / "sample", DATA / "sources", CANARIES),
        *plant_sheets(house.inbox, house.sources, CANARIES),
    ]


def unreadable(house: House, files: list[Path]) -> None:
    """The same files cut in the middle, and sheets without a header."""
    for path in files:
        if path.name.startswith("canary-interactions"):
            shutil.copy(house.sources / f"{path.name.partition('.')[0]}.toml", house.sources / f"cut-{path.name}.toml")
            toml = (house.sources / f"cut-{path.name}.toml").read_text()
            toml = toml.replace(path.name.partition(".")[0], f"cut-{path.name.partition('.')[0]}")
            (house.sources / f"cut-{path.name}.toml").write_text(toml)
            content = path.read_bytes()
            house.drop(f"cut-{path.name}", content[: len(content) // 2])
    house.source("bare")
    house.drop("bare.csv", "\n".join(",".join(canary(number).values()) for number in range(9)))


def commands(house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What all commands print that say something of the record."""
    monkeypatch.setenv("LANGNGHE_HOME", str(house.settings.home))
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", house.settings.database_url)
    inbox = ("--inbox", str(house.inbox), "--sources", str(house.sources))
    backup = str(house.folder / "record.backup")
    for line in (
        ("quarantine",), ("quarantine", "--rows", "--json"), ("quarantine", "--csv", str(house.folder / "refused.csv")), ("loads",),
        ("loads", "--json"), ("status", *inbox), ("backup", backup, "--json"), ("rotate-key", "--json"), ("rebuild", "--json"),
        ("retain", "--months", "400", "--json"), ("restore", backup, "--replace"),
    ):  # fmt: skip
        assert cli.main(line) == 0, line
    out, err = capsys.readouterr()
    return str(out) + str(err)


@pytest.mark.long
def test_no_resident_is_in_any_byte_of_what_is_kept_or_said(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.refresh()  # a record is there, so that the dry run writes to it
    files = planted(house)
    said: list[Any] = [check_lines(check_file(path, [house.sources])) for path in files]
    said += [as_json(check_file(path, [house.sources])) for path in files[:3]]
    dry = house.refresh(dry_run=True)
    with open_record(house.settings.database_url):  # whoever reads keeps SQLite's log of what was written from being cut
        unreadable(house, files)
        report = house.refresh()
        assert (house.settings.home / "record.sqlite-wal").stat().st_size > 100_000
        assert found_in(house.settings.home) == {}
    assert report["gate"]["passed"], report["gate"]
    read = {file["path"]: file for file in report["files"]}
    assert all(read[path.name]["loaded"] + read[path.name]["duplicate"] for path in files), "rows of each file were let in"
    assert sum(file["quarantined"] for file in report["files"]) > CANARIES // 15
    assert sum(file["skipped"] == "unreadable" for file in report["files"]) >= 4
    house.source("bad")
    held = house.load("bad.csv", [case(n, asked_at="soon", resident=canary(n)["name"], text=canary(n)["story"]) for n in range(900)])
    assert not held["gate"]["passed"]
    assert house.status()["held"] == [2]
    said += [refresh_lines(told | {"as_of": datetime.fromisoformat(told["as_of"])}) for told in (report, held)]
    said += [dry, report, held, house.said, commands(house, capsys, monkeypatch)]
    assert found(json.dumps(said, default=str, ensure_ascii=False).encode()) == []
    assert {"record.sqlite", "version.json", "all.parquet"} <= {path.name for path in house.settings.home.rglob("*")}
    assert len((house.folder / "refused.csv").read_text().splitlines()) > CANARIES // 15
    shutil.rmtree(house.inbox)
    shutil.rmtree(house.sources)
    assert found_in(house.folder) == {}


@pytest.mark.long
def test_nor_where_redacted_texts_are_kept(house: House) -> None:
    house.settings = replace(house.settings, keep_text=7)
    plant_sheets(house.inbox, house.sources, CANARIES)
    house.refresh()
    with open_record(house.settings.database_url) as record:
        assert len(record.texts()) > CANARIES // 2
    assert found_in(house.settings.home) == {}


@pytest.mark.long
def test_nor_in_a_file_of_postgresql(tmp_path: Path, gate: Gate, postgresql: Callable[[], str]) -> None:
    house = House(tmp_path, gate, postgresql())
    plant_sheets(house.inbox, house.sources, CANARIES)
    house.refresh()
    engine = sa.create_engine(house.settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            texts = connection.execute(sa.text(f"SELECT CAST({table} AS text) FROM {table}")).scalars().all()
            assert found("\n".join(texts).encode()) == [], table
        connection.exec_driver_sql("CHECKPOINT")
        folder = Path(connection.exec_driver_sql("SHOW data_directory").scalar())
        number = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar()
    engine.dispose()
    places = [folder / "base" / str(number), *folder.glob("pg_wal"), *folder.glob("log*")]
    assert sum(path.stat().st_size for place in places for path in place.rglob("*")) > 1_000_000
    assert [found_in(place) for place in places] == [{}] * len(places)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    inbox, sources = tmp_path / "inbox", tmp_path / "sources"
    inbox.mkdir()
    sources.mkdir()
    files = plant_sheets(inbox, sources, 42)
    assert set(found_in(inbox)) == set(files)
    for kind, value in canary(7).items():
        assert found(f"x {value}".encode()), kind
    assert found("Chimvàng".encode("utf-16-le"))


def test_a_bug_is_told_without_what_it_quotes() -> None:
    who = canary(1)
    texts = pl.Series("c", list(who.values()))
    engine = sa.create_engine("sqlite://")
    bugs: list[Callable[[], object]] = [
        lambda: texts.cast(pl.Int64),
        lambda: {}[who["name"]],
        lambda: int(who["story"]),
        lambda: json.loads(who["story"]),
        lambda: who["name"].encode("ascii"),
        lambda: Path(who["name"]).read_bytes(),
        lambda: engine.connect().execute(sa.text("SELECT :who FROM nowhere"), {"who": who["name"]}),
    ]
    for bug in bugs:
        with pytest.raises(Exception) as raised:  # noqa: PT011
            bug()
        text = told(raised.value)
        assert found(text.encode()) == []
        assert "test_canary.py" in text, "where it happened"
        assert raised.type.__name__ in text
    assert found(str(raised.value).encode())


def test_the_program_tells_a_bug_so(tmp_path: Path) -> None:
    program = (
        "import runpy, sys; from etl import status; name = sys.argv.pop(); status.loads = lambda _: int(name); "
        "runpy.run_module('etl', run_name='__main__')"
    )
    environment = os.environ | {"LANGNGHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program, "loads", canary(1)["name"]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ValueError: invalid literal for int" in done.stderr
    assert found((done.stdout + done.stderr).encode()) == []


def test_the_home_holds_no_copy_of_a_raw_file(house: House) -> None:
    house.source("log")
    house.load("log.csv", [case(1, resident="Chị Hoa")])
    raw = (house.inbox / "log.csv").read_bytes()
    assert not any(raw in path.read_bytes() for path in Path(house.settings.home).rglob("*") if path.is_file())
