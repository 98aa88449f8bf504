"""A manifest says what a file is when all of it has come; a file that is something else is refused whole."""

import hashlib
from pathlib import Path

import pytest

from etl.sources.manifest import Manifest, read_manifest
from tests.etl.house import House, case, sheet

WHOLE = sheet([case(1), case(2), case(3, asked_at="soon")])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("manifest", "loaded"),
    [
        (f'rows = 3\nsha256 = "{digest(WHOLE).upper()}"', True),
        ("rows = 3", True),
        ("rows = 4", False),
        (f'sha256 = "{digest(WHOLE + "x")}"', False),
        (f'row = 3\nsha256 = "{digest(WHOLE)}"', False),
        ("rows = true", False),
        ("rows", False),
    ],
)
def test_a_file_that_is_not_all_there_is_refused_whole(house: House, manifest: str, loaded: bool) -> None:
    house.drop("log.csv", WHOLE)
    house.drop("log.csv.manifest.toml", manifest)
    house.drop("log-2.csv", [case(i) for i in range(4, 14)])
    report = house.refresh()
    (file,) = [file for file in report["files"] if file["path"] == "log.csv"]
    assert (file["skipped"], file["rows"]) == ((None, 3) if loaded else ("unreadable", 0))
    assert loaded or "manifest" in file["reason"]
    assert house.table("interactions").height == (12 if loaded else 10)


def test_a_file_that_comes_whole_at_last_is_loaded(house: House) -> None:
    house.drop("log.csv.manifest.toml", "rows = 2")
    assert house.load("log.csv", [case(1)])["files"][0]["skipped"] == "unreadable"
    assert house.load("log.csv", [case(1), case(2)])["files"][0]["loaded"] == 2


def test_one_that_was_cut_off_within_its_last_record_is_refused_whole_though_it_has_as_many(house: House) -> None:
    cut = sheet([case(1), case(2)]) + "c3"
    house.drop("log.csv.manifest.toml", "rows = 3")
    (file,) = house.load("log.csv", cut)["files"]
    assert (file["skipped"], file["rows"], "but its end is missing" in file["reason"]) == ("unreadable", 0, True)
    house.drop("log.csv.manifest.toml", f'rows = 3\nsha256 = "{digest(cut)}"')
    (file,) = house.refresh()["files"]
    assert (file["skipped"], file["loaded"], file["quarantined"]) == (None, 2, 1)


def test_an_empty_file_with_a_manifest_is_cut_off(house: House) -> None:
    house.drop("log.csv.manifest.toml", "rows = 2")
    (file,) = house.load("log.csv", "interaction_id,asked_at\n")["files"]
    assert file["skipped"] == "unreadable"


def test_without_a_manifest_nothing_is_announced(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "log.csv") == Manifest(None, None)


def test_a_file_whose_name_leaves_no_room_for_one_has_none(house: House) -> None:
    report = house.load("log-" + "ữ" * 80 + ".csv", [case(1)])
    assert [(file["skipped"], file["loaded"]) for file in report["files"]] == [(None, 1)]
