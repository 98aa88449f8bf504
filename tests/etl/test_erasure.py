"""Who is erased is in no row, no kept version and no byte, and does not come back with the same file."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.gate.gate import Gate
from etl.keeping.backup import backup, restore
from etl.keeping.erasure import erase
from etl.keeping.rotation import rotate_key
from etl.record.record import open_record
from etl.settings import ROOT
from tests.etl.house import House, case

LAN = "Trần Thị Lan"
LINK = "https://example.vn/post/lan"
CASES = [
    case(1, resident=LAN, link=LINK, answered_at="2026-01-06 09:00"),
    case(2, resident="Hoa", link="https://example.vn/post/hoa"),
    case(3, resident="0912345678", link=LINK + "2"),
]
VOICES = [
    {"feedback_id": f"f{n}", "kind": "compliment", "received_at": f"2026-01-07 08:0{n}", "officer_id": "A1", "resident": who}
    for n, who in enumerate((LAN, LAN, "Hoa", "Hoa"))
]
TALK = [
    {"message_id": f"m{n}", "thread_id": "t", "author_role": role, "author": who, "sent_at": f"2026-01-05 0{n + 1}:00", "link": LINK}
    for n, (role, who) in enumerate((("resident", LAN), ("page", "Trang")))
]


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, gate: Gate) -> House:
    return filled(tmp_path / "house", gate, request.getfixturevalue("postgresql")() if request.param == "postgresql" else "")


def filled(folder: Path, gate: Gate, url: str = "") -> House:
    house = House(folder, gate, url)
    house.source("log", columns="link")
    house.source("voice", "feedback")
    house.source("talk", "messages")
    for name, rows in (("log-1.csv", CASES), ("voice.csv", VOICES), ("talk.csv", TALK)):
        house.drop(name, rows)
    house.refresh()
    house.load("log-2.csv", [case(4)])
    return house


def residents(house: House) -> dict[str, list[str | None]]:
    with open_record(house.settings.database_url) as record:
        files = [file["file_id"] for file in record.files()]
        columns = {"interactions": "resident", "feedback": "resident", "messages": "author"}
        return {table: record.rows(table, files).sort("file_id", "row_number")[name].to_list() for table, name in columns.items()}


def links(house: House) -> set[str]:
    """Every link of every published version, and of the record."""
    found: set[str | None] = set()
    for path in house.settings.snapshots.glob("0*/interactions/*.parquet"):
        found |= set(pl.read_parquet(path)["link"].to_list())
    with open_record(house.settings.database_url) as record:
        for table in ("interactions", "messages"):
            found |= set(record.rows(table, [file["file_id"] for file in record.files()])["link"].to_list())
    return {link for link in found if link}


def done(house: House, *identifiers: str) -> dict:
    return erase(house.settings, identifiers, house.said.append)


def test_the_rows_stay_and_name_nobody(house: House) -> None:
    before, cases = residents(house), house.table("interactions").drop("link")
    report = done(house, LAN, " 0912345678 ")
    assert (report["identifiers"], report["rows"], report["versions_changed"]) == (2, 5, 2)
    lan = before["interactions"][0]
    gone = {lan, before["interactions"][2]}
    after = residents(house)
    assert after == {table: [None if who in gone else who for who in column] for table, column in before.items()}
    assert after["feedback"].count(None) == 2
    assert house.table("interactions").drop("link").equals(cases)
    assert links(house) == {"https://example.vn/post/hoa"} | {LINK}, "the page's own message keeps its link"
    assert done(house, LAN)["rows"] == 0


def test_neither_the_same_file_nor_a_later_one_brings_them_back(house: House) -> None:
    done(house, LAN)
    checksum = house.status()["checksum"]
    for name in ("log-1.csv", "voice.csv", "talk.csv"):
        assert house.refresh(again=house.inbox / name)["checksum"] == checksum
    house.load("log-3.csv", [case(9, resident=LAN, link=LINK + "9")])
    assert house.case(9)["link"] is None
    rotate_key(house.settings, False, house.said.append)
    house.load("log-4.csv", [case(10, resident=LAN, link=LINK + "10"), case(11, resident="Hoa")])
    assert house.case(10)["link"] is None
    found = residents(house)
    assert found["interactions"][-2:] == [None, found["interactions"][1]]


def test_a_restore_does_not_undo_it(house: House) -> None:
    path = house.folder / "before.backup"
    backup(house.settings, path, False, house.said.append)
    done(house, LAN)
    restore(house.settings, path, True, house.said.append)
    assert residents(house)["interactions"][0] is None
    assert house.case(1)["link"] is None
    house.load("log-3.csv", [case(9, resident=LAN)])
    assert residents(house)["interactions"][-1] is None


def test_no_byte_of_the_pseudonym_is_left_outside_the_list(tmp_path: Path, gate: Gate) -> None:
    house = filled(tmp_path / "bytes", gate)
    lan = residents(house)["interactions"][0]
    assert lan
    done(house, LAN)
    content = b"".join(path.read_bytes() for path in house.settings.home.rglob("*") if path.is_file())
    assert content.count(lan.encode()) <= 2, "in the list of the erased and its index"
    assert LINK.encode() + b"2" in content, "another resident's stays"


def test_the_command_reads_standard_input_and_repeats_nothing(tmp_path: Path, gate: Gate) -> None:
    house = filled(tmp_path / "said", gate)
    environment = {"LANGNGHE_HOME": str(house.settings.home), "LANGNGHE_LANGUAGE": "en", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "etl", "erase", "--json"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, input=f"{LAN}\n", capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert '"rows": 4' in ran.stdout
    assert LAN not in ran.stdout + ran.stderr
    nothing = subprocess.run(command, cwd=ROOT, env=environment, input="\n", capture_output=True, text=True, check=False)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    with pytest.raises(UserError):
        done(house)
