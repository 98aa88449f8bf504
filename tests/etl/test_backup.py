"""A backup is one file that gives the same record back, on either database, or nothing changes."""

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import UserError
from etl.gate.gate import Gate
from etl.keeping.backup import backup, restore
from etl.record.record import open_record
from etl.record.schema import BACKED_UP, migrate, schemas
from tests.etl.house import House, at, case
from tests.etl.test_migrations import columns

CASES = [
    case(1, answered_at="2026-01-05 10:00", resident="Lan", officer_id="A1"),
    case(2, asked_at="2026-02-06", topic="theft", resident="Lan"),
    case(3, channel_id="g1", reply_count="2"),
    case(4),
    case(5, asked_at="not a time"),
]


@pytest.fixture
def filled(tmp_path: Path, gate: Gate) -> House:
    """A home with two loads, one of them taken back, and a row in quarantine."""
    house = another(tmp_path, gate, "filled")
    house.load("log-1.csv", CASES)
    house.load("log-2.csv", [case(1, resolved_at="2026-01-08 09:00")])
    house.undo(2)
    return house


def another(tmp_path: Path, gate: Gate, name: str, url: str = "") -> House:
    house = House(tmp_path / name, gate, url)
    house.source("log")
    return house


def saved(house: House, with_key: bool = False) -> Path:
    path = house.folder / "record.backup"
    backup(house.settings, path, with_key, house.said.append)
    return path


def history(house: House) -> list[dict[str, Any]]:
    """The loads, but for what is known by earlier versions alone: those are in no backup."""
    return [load | {"moved": None} for load in house.loads()]


def contents(house: House) -> dict[str, list[pl.DataFrame]]:
    with open_record(house.settings.database_url) as record:
        return {table: list(record.contents(table)) for table in BACKED_UP}


def test_all_of_the_record_comes_back_on_either_database(filled: House, tmp_path: Path, gate: Gate, postgresql: Callable[[], str]) -> None:
    path = saved(filled)
    first = filled.status()
    for name, url in (("sqlite", ""), ("postgresql", postgresql())):
        house = another(tmp_path, gate, name, url)
        report = restore(house.settings, path, False, house.said.append)
        assert (report["checksum"], report["version"]) == (first["checksum"], first["version"])
        assert house.table("interactions").equals(filled.table("interactions"))
        assert history(house) == history(filled)
        assert house.quarantine() == filled.quarantine()
        for table, frames in contents(house).items():
            for was, now in zip(contents(filled)[table], frames, strict=True):
                unlike = ("published_at",) if table == "versions" else ()
                assert was.drop(unlike).equals(now.drop(unlike)), table
        again = saved(house)
        third = another(tmp_path, gate, f"back-from-{name}")
        assert restore(third.settings, again, False, third.said.append)["checksum"] == first["checksum"]
        house.drop("log-1.csv", CASES)
        with pytest.raises(UserError, match="another key"):
            house.refresh()
        (house.settings.home / "key").write_bytes((filled.settings.home / "key").read_bytes())
        assert house.refresh()["files"][0]["skipped"] == "already_loaded"
        assert house.load("log-3.csv", [case(9)])["load_id"] == 3


def test_the_key_is_in_it_only_where_it_was_asked_for(filled: House, tmp_path: Path, gate: Gate) -> None:
    key = (filled.settings.home / "key").read_bytes()
    plain = saved(filled)
    assert key not in plain.read_bytes()
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    house = another(tmp_path, gate, "plain")
    assert restore(house.settings, plain, False, house.said.append)["with_key"] is False
    assert house.said[-1].startswith("The backup holds no key")
    assert not (house.settings.home / "key").exists()
    house = another(tmp_path, gate, "keyed")
    assert restore(house.settings, saved(filled, with_key=True), False, house.said.append)["with_key"] is True
    assert not any("no key" in said for said in house.said)
    assert (house.settings.home / "key").read_bytes() == key
    assert stat.S_IMODE((house.settings.home / "key").stat().st_mode) == 0o600


def test_a_record_is_replaced_only_where_that_was_said(filled: House, tmp_path: Path, gate: Gate) -> None:
    path = saved(filled)
    house = another(tmp_path, gate, "other")
    house.load("log-a.csv", [case(7)])
    shown = [house.load("log-b.csv", [case(8)])]
    shown += [house.load(f"log-{n}.csv", [case(n)]) for n in range(10, 13)]
    with pytest.raises(UserError, match="--replace"):
        restore(house.settings, path, False, house.said.append)
    assert house.status()["checksum"] == shown[-1]["checksum"]
    report = restore(house.settings, path, True, house.said.append)
    assert report["checksum"] == house.status()["checksum"] == filled.status()["checksum"]
    assert report["version"] == "000006", "newer than what was shown: nobody takes it for an older version"
    assert house.rebuild()["checksum"] == report["checksum"]


def test_a_damaged_or_foreign_file_changes_nothing(filled: House, tmp_path: Path, gate: Gate) -> None:
    path = saved(filled)
    house = another(tmp_path, gate, "other")
    before = house.load("log.csv", [case(7)])["checksum"]
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    whole = path.read_bytes()
    listed = json.loads(members["backup.json"])
    table = next(name for name in members if name.startswith("interactions_rows/"))
    damaged = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole.replace(members[table], members[table][:-9] + b"x" + members[table][-8:]),
        "text": b"no archive",
        "nothing": b"",
        "swapped": packed(members | {table: members["loads/00000.parquet"]}),
        "short": packed({name: content for name, content in members.items() if name != table}),
        "more": packed(members | {"interactions_rows/00009.parquet": members[table]}),
        "foreign": packed({"readme.txt": b"hello"}),
        "newer": packed(members | {"backup.json": json.dumps(listed | {"schema": "9999"}).encode()}),
        "lying": packed(members | {"backup.json": json.dumps(listed | {"checksum": "0" * 64}).encode()}),
    }
    for name, content in damaged.items():
        broken = tmp_path / f"{name}.backup"
        broken.write_bytes(content)
        says = f"^{broken} is damaged or no backup: take another one.$" if name not in ("newer", "lying") else None
        with pytest.raises(UserError, match=says):
            restore(house.settings, broken, True, house.said.append)
        assert house.status()["checksum"] == before, name
        assert house.case(7)["status"] == "open"
        assert house.refresh()["checksum"] == before, name
    with pytest.raises(UserError, match="nowhere"):
        restore(house.settings, tmp_path / "nowhere", True, house.said.append)


def packed(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


HASTE = '[[targets]]\ntopic = "*"\nurgency = "*"\nanswer = { hours = 1, clock = "round" }\n'


def test_other_targets_change_the_version_and_not_what_is_compared(filled: House, tmp_path: Path, gate: Gate) -> None:
    path = saved(filled)
    house = another(tmp_path, gate, "other")
    targets = tmp_path / "targets.toml"
    targets.write_text(HASTE)
    report = restore(replace(house.settings, targets=targets), path, False, house.said.append)
    assert report["checksum"] == house.status()["checksum"] != filled.status()["checksum"]
    assert house.case(2)["answer_due"] == at("2026-02-06 01:00"), "today's targets"
    again = restore(house.settings, path, True, house.said.append)
    assert again["checksum"] == filled.status()["checksum"], "those of then are in the archive"


def test_other_figures_of_the_same_rows_are_shown_only_where_that_was_accepted(filled: House, tmp_path: Path, gate: Gate) -> None:
    filled.settings = replace(filled.settings, targets=tmp_path / "targets.toml")
    filled.settings.targets.write_text(HASTE)
    path = saved(filled)  # its targets are not those of the version
    assert any("refresh first" in line for line in filled.said)
    house = another(tmp_path, gate, "other")
    with pytest.raises(UserError, match="--other-figures"):
        restore(house.settings, path, False, house.said.append)
    assert (house.status()["version"], house.loads()) == (None, [])
    report = restore(house.settings, path, False, house.said.append, other_figures=True)
    assert report["checksum"] == house.status()["checksum"] == filled.status()["checksum"], "with the targets of today"


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("schema", schemas())
def test_a_backup_of_an_earlier_schema_goes_into_this_one(
    schema: str, backend: str, filled: House, tmp_path: Path, gate: Gate, postgresql: Callable[[], str]
) -> None:
    path = of_schema(schema, saved(filled))
    house = another(tmp_path, gate, "later", postgresql() if backend == "postgresql" else "")
    house.load("log.csv", [case(7)])
    assert restore(house.settings, path, True, house.said.append)["checksum"] == filled.status()["checksum"]
    assert history(house) == history(filled)
    assert house.quarantine() == filled.quarantine()
    fresh = another(tmp_path, gate, "fresh", postgresql() if backend == "postgresql" else "")
    fresh.load("log.csv", [case(7)])
    assert columns(house.settings.database_url) == columns(fresh.settings.database_url), "the tables of today"
    (house.settings.home / "key").write_bytes((filled.settings.home / "key").read_bytes())
    assert house.load("log-4.csv", [case(1, answered_at="2026-01-05 10:30", resident="Lan")])["load_id"] == 3


def of_schema(schema: str, path: Path) -> Path:
    """What a backup would have held under an earlier schema: the tables and columns that there were."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        migrate(connection, None, schema)
        there = {
            name: [column["name"] for column in sa.inspect(connection).get_columns(name)]
            for name in sa.inspect(connection).get_table_names()
        }
    engine.dispose()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    listed = json.loads(members.pop("backup.json"))
    kept = {}
    for name, content in members.items():
        table, _, part = name.partition("/")
        if not part:
            kept[name] = content
        elif table in there:
            made = io.BytesIO()
            pl.read_parquet(content).select(there[table]).write_parquet(made)
            kept[name] = made.getvalue()
    rows = {table: count for table, count in listed["rows"].items() if table in there}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}
    earlier = path.with_name(f"{schema}.backup")
    earlier.write_bytes(packed(kept | {"backup.json": json.dumps(listed | {"schema": schema, "rows": rows, "sha256": digests}).encode()}))
    return earlier


def test_a_backup_that_fails_leaves_the_one_before(filled: House, tmp_path: Path, gate: Gate) -> None:
    path = saved(filled)
    before = path.read_bytes()
    with pytest.raises(UserError, match="no-such-folder"):
        backup(filled.settings, tmp_path / "no-such-folder" / "x", False, filled.said.append)
    empty = another(tmp_path, gate, "empty")
    with pytest.raises(UserError, match="Nothing has been loaded"):
        backup(empty.settings, path, False, filled.said.append)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir() if "partial" in file.name) == []


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_backup_is_of_one_instant_and_keeps_no_writer_waiting(
    backend: str, tmp_path: Path, gate: Gate, postgresql: Callable[[], str]
) -> None:
    house = another(tmp_path, gate, backend, postgresql() if backend == "postgresql" else "")
    before = house.load("log-1.csv", CASES)["checksum"]
    waited = []

    def meanwhile(_line: str) -> None:
        if not waited:
            waited.append(house.load("log-9.csv", [case(90)])["checksum"])

    path = house.folder / "record.backup"
    assert backup(house.settings, path, False, meanwhile)["checksum"] == before
    assert waited != [before], "a refresh was done while the backup was made"
    back = another(tmp_path, gate, "back")
    assert restore(back.settings, path, False, back.said.append)["checksum"] == before
    assert len(back.loads()) == 1
