"""A new key changes every pseudonym and no figure: the same resident stays the same, before, after, and killed in between."""

import hashlib
import hmac
import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import UserError
from etl.gate.gate import Gate
from etl.keeping.erasure import erase
from etl.keeping.rotation import rotate_key
from etl.record.record import open_record
from etl.staging.pseudonym import pseudonymise
from tests.etl.house import House, case
from tests.etl.test_decide import figures


def voice(number: int, resident: str = "Trần Thị Lan", **cells: str) -> dict[str, str]:
    """A compliment on officer A1 in the week of 5 January 2026."""
    return {
        "feedback_id": f"f{number}",
        "kind": "compliment",
        "received_at": f"2026-01-07 08:{number:02d}",
        "officer_id": "A1",
        "resident": resident,
        **cells,
    }


def message(number: int, role: str, author: str, text: str, sent_at: str) -> dict[str, str]:
    return {"message_id": f"m{number}", "thread_id": "0912345678", "author_role": role, "author": author, "text": text, "sent_at": sent_at}


TALK = [
    message(1, "resident", "Lan", "cho hỏi", "2026-01-05 08:00"),
    message(2, "page", "Trang", "Đã nhận được tin.", "2026-01-05 08:30"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def keyed(request: pytest.FixtureRequest, tmp_path: Path, gate: Gate) -> House:
    """A home with residents in every place where one can stand."""
    url = request.getfixturevalue("postgresql")() if request.param == "postgresql" else ""
    return filled(tmp_path / "keyed", gate, url)


def filled(folder: Path, gate: Gate, url: str = "") -> House:
    house = House(folder, gate, url)
    house.source("log")
    house.source("voice", "feedback")
    house.source("talk", "messages", extra='pseudonyms = ["thread_id"]')
    house.drop("log.csv", [case(1, resident="Lan"), case(2, resident="Hoa"), case(3)])
    house.drop("voice-1.csv", [voice(1), voice(2, "Hoa"), voice(3, "")])
    house.drop("talk-1.csv", TALK)
    house.refresh()
    return house


def pseudonyms(house: House) -> dict[str, list[Any]]:
    with open_record(house.settings.database_url) as record:
        files = [file["file_id"] for file in record.files()]
        places = {"interactions": ["resident"], "feedback": ["resident"], "messages": ["author", "said", "thread_id"]}
        return {
            f"{table}.{name}": record.rows(table, files).sort("file_id", "row_number")[name].to_list()
            for table, names in places.items()
            for name in names
        }


def key_file(house: House) -> Path:
    return house.settings.home / "key"


def test_every_pseudonym_is_the_hmac_of_the_old_one_and_no_figure_moves(keyed: House) -> None:
    first = key_file(keyed).read_bytes()
    old, shown, tables = pseudonyms(keyed), figures(keyed), {name: keyed.table(name) for name in ("feedback", "officers")}
    report = rotate_key(keyed.settings, False, keyed.said.append)
    assert (report["keys"], report["version"]) == (2, "000002")
    scheme, _, listed = key_file(keyed).read_bytes().partition(b":")
    inner, outer = (bytes.fromhex(each.decode()) for each in listed.split(b","))
    assert (scheme, inner) == (b"keys", first)
    assert len(outer) >= 32
    assert stat.S_IMODE(key_file(keyed).stat().st_mode) == 0o600
    new = pseudonyms(keyed)
    for place, values in old.items():
        assert any(values), place
        assert new[place] == [value and hmac.new(outer, value.encode(), hashlib.sha256).hexdigest() for value in values], place
    assert figures(keyed) == shown
    assert all(keyed.table(name).equals(table) for name, table in tables.items())


def test_no_cell_of_any_table_is_forgotten(keyed: House) -> None:
    """Whatever a source declares, or declared when a file of its was read."""
    keyed.source("call", extra='pseudonyms = ["interaction_id", "topic"]')
    keyed.source("answer", "feedback", extra='pseudonyms = ["interaction_id"]')
    keyed.source("talk", "messages", extra='pseudonyms = ["message_id", "parent_id"]')
    keyed.drop("call.csv", [case("0987654321", topic="Lan")])
    keyed.drop("log-2.csv", [case(4), case(5), case(6), case("x", asked_at="soon")])
    keyed.drop("answer.csv", [voice(21, "Bình", interaction_id="c0987654321")])
    keyed.drop("talk-2.csv", [message(5, "resident", "Hoa", "?", "2026-01-06 08:00") | {"parent_id": "m1"}])
    keyed.refresh()
    erase(keyed.settings, ["Trần Thị Lan"], keyed.said.append)
    named = ["Lan", "Hoa", "Bình", "Trần Thị Lan", "0912345678", "c0987654321", "m1", "m2", "m5", "Trang", "Đã nhận được tin.", "row\x1fcx"]
    key = key_file(keyed).read_bytes()
    old = set(pseudonymise(pl.Series(named), key))
    places = {
        *("interactions_rows.resident", "interactions_rows.interaction_id", "interactions_rows.topic"),
        *("feedback_rows.resident", "feedback_rows.interaction_id", "erased.pseudonym", "quarantine.key"),
        *(f"messages_rows.{name}" for name in ("author", "said", "thread_id", "message_id", "parent_id")),
    }
    before = figures(keyed)
    assert {place for place, cells in stored(keyed).items() if cells & old} == places
    rotate_key(keyed.settings, False, keyed.said.append)
    new = set(pseudonymise(pl.Series(named), key_file(keyed).read_bytes()))
    assert {place for place, cells in stored(keyed).items() if cells & new} == places
    assert not any(cells & old for cells in stored(keyed).values())
    assert figures(keyed) == before


def stored(house: House) -> dict[str, set[object]]:
    """All values of each column of each table of the database."""
    engine = sa.create_engine(house.settings.database_url)
    with engine.connect() as connection:
        columns = {name: sa.inspect(connection).get_columns(name) for name in sa.inspect(connection).get_table_names()}
        found = {
            f"{table}.{column['name']}": set(connection.execute(sa.text(f'SELECT "{column["name"]}" FROM {table}')).scalars())
            for table, names in columns.items()
            for column in names
        }
    engine.dispose()
    return found


def test_the_same_resident_stays_the_same_after_two_rotations(keyed: House, tmp_path: Path, gate: Gate) -> None:
    for _ in range(2):
        rotate_key(keyed.settings, False, keyed.said.append)
    unrotated = filled(tmp_path / "unrotated", gate)
    later = [message(3, "officer", "An", "Đã nhận được tin.", "2026-01-05 09:00"), message(4, "resident", "Lan", "?", "2026-01-05 10:00")]
    for house in (keyed, unrotated):
        house.drop("voice-2.csv", [voice(11), voice(12, "Bình")])
        house.drop("talk-2.csv", later)
        house.refresh()
    assert dict(keyed.table("feedback").select("feedback_id", "counts").rows()) == {
        "f1": True, "f2": True, "f3": True, "f11": False, "f12": True
    }  # fmt: skip
    assert keyed.table("feedback").equals(unrotated.table("feedback"))
    assert keyed.table("interactions").height == 4, "the later messages belong to the thread of the earlier ones"
    assert len(set(pseudonyms(keyed)["messages.said"]) - {None}) == 1, "equal texts are still known"
    assert figures(keyed) == figures(unrotated)


def test_without_ids_that_are_pseudonyms_the_checksum_stays(tmp_path: Path, gate: Gate) -> None:
    house = House(tmp_path / "plain", gate)
    house.source("log")
    before = house.load("log.csv", [case(1, resident="Lan")])["checksum"]
    assert rotate_key(house.settings, False, house.said.append)["checksum"] == before


def test_the_wrong_key_is_refused_and_a_lost_one_is_given_up(tmp_path: Path, gate: Gate) -> None:
    house = filled(tmp_path / "lost", gate)
    key_file(house).write_text("x" * 64)
    before = house.status()
    house.drop("voice-2.csv", [voice(11)])
    for begin in (house.refresh, lambda: rotate_key(house.settings, False, house.said.append)):
        with pytest.raises(UserError, match="--lost"):
            begin()
    assert house.status()["checksum"] == before["checksum"]
    assert key_file(house).read_text() == "x" * 64
    rotate_key(house.settings, True, house.said.append)
    house.refresh()
    assert house.row("feedback", feedback_id="f11")["counts"] is True, "nobody can know that it is the same resident"


def test_a_key_that_was_given_is_changed_by_whoever_gave_it(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_KEY", "a" * 40)
    house = filled(tmp_path / "given", gate)
    with pytest.raises(UserError, match="LANGNGHE_KEY"):
        rotate_key(house.settings, False, house.said.append)
    monkeypatch.setenv("LANGNGHE_KEY", f"keys:{b'a'.hex() * 40},{b'b'.hex() * 8}")
    with pytest.raises(UserError, match="32"):
        rotate_key(house.settings, False, house.said.append)
    monkeypatch.setenv("LANGNGHE_KEY", f"keys:{b'a'.hex() * 40},{b'b'.hex() * 40}")
    house.load("voice-2.csv", [voice(11)])  # before the record has come to it
    assert rotate_key(house.settings, False, house.said.append)["keys"] == 2
    house.load("voice-3.csv", [voice(12)])
    assert house.table("feedback").filter(feedback_id="f12")["counts"].to_list() == [False]
    assert not key_file(house).exists()
    named = tmp_path / "secret"
    named.write_bytes(b"a" * 40)
    monkeypatch.delenv("LANGNGHE_KEY")
    monkeypatch.setenv("LANGNGHE_KEY_FILE", str(named))
    other = filled(tmp_path / "named", gate)
    rotate_key(other.settings, False, other.said.append)
    assert named.read_bytes().startswith(f"keys:{b'a'.hex() * 40},".encode())


def test_the_command_tells_no_key(tmp_path: Path, gate: Gate) -> None:
    house = filled(tmp_path / "told", gate)
    first = key_file(house).read_text()
    done = house.run("etl", "rotate-key", "--json")
    assert done.returncode == 0, done.stderr
    assert '"keys": 2' in done.stdout
    for secret in (first, *key_file(house).read_text().removeprefix("keys:").split(",")):
        assert secret not in done.stdout + done.stderr
