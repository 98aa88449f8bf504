"""A refused row that is mended and sent again, in whatever file, is linked to the load that brought it, and is as if right at first."""

import csv
from pathlib import Path

import polars as pl
import pytest

from tests.etl.house import House, case, sheet

GOOD = [case(i) for i in range(9)]
BAD = case("bad", asked_at="soon")
MENDED = case("bad", asked_at="2026-01-05 09:00")


def fixed(house: House) -> list[tuple[int, int | None]]:
    """Load of each refused row, and the load that mended it."""
    return [(row["load_id"], row["fixed_in"]) for row in house.quarantine()]


@pytest.mark.parametrize("name", ["log.csv", "log (2).csv", "log-of-another-name.csv"])
def test_a_row_is_known_again_by_its_id_in_whatever_file(house: House, name: str) -> None:
    house.load("log.csv", [*GOOD, BAD])
    assert (fixed(house), house.status()["quarantined"]) == ([(1, None)], 1)
    report = house.load(name, [MENDED])
    assert (fixed(house), house.status()["quarantined"]) == ([(1, 2)], 0)
    right = House(house.folder / "right at first", house.gate)
    right.source("log")
    assert right.load("log.csv", [*GOOD, MENDED])["checksum"] == report["checksum"]


def test_a_row_of_another_id_or_source_or_one_refused_again_mends_nothing(house: House) -> None:
    house.source("other")
    house.load("log.csv", [*GOOD, BAD])
    house.load("log-2.csv", [case("else"), *GOOD])
    house.load("other.csv", [MENDED])
    house.load("log-3.csv", [*GOOD, case("bad", asked_at="later")])
    assert fixed(house) == [(1, None), (4, None)]
    house.load("log-4.csv", [*GOOD, MENDED])
    assert fixed(house) == [(1, 5), (4, 5)]


WITHOUT_ID = {"letters": case("bad\x07"), "long": case("1" * 200), "none": {"interaction_id": "", "asked_at": "soon"}}


@pytest.mark.parametrize("bad", WITHOUT_ID.values(), ids=WITHOUT_ID)
def test_where_the_id_is_wrong_or_missing_its_place_in_a_file_of_the_same_name_counts(house: House, bad: dict) -> None:
    house.load("ward/log.csv", [*GOOD, bad])
    house.load("log.csv", [*GOOD, MENDED])
    assert fixed(house) == [(1, None)], "another folder's file is another file"
    house.load("ward/log (2).csv", [*GOOD, MENDED, case("more")])
    assert fixed(house) == [(1, 3)]


def test_a_line_that_moved_and_is_refused_again_is_not_mended_by_whatever_stands_in_its_place(house: House) -> None:
    bad = WITHOUT_ID["none"]
    house.load("log.csv", [*GOOD, bad])
    house.load("log (2).csv", [case("new"), *GOOD, bad])
    assert fixed(house) == [(1, None), (2, None)]


def test_a_line_that_could_not_be_split_is_mended_in_its_place(house: House) -> None:
    house.load("log.csv", sheet(GOOD) + "one,field,too,many\n")
    house.load("log (2).csv", sheet([*GOOD, MENDED]) + "one,field,too,many\n")
    assert fixed(house) == [(2, None), (1, 2)]


def test_a_held_load_mends_once_it_is_published_and_an_undone_one_no_more(house: House) -> None:
    house.load("log.csv", [*GOOD, BAD])
    held = house.load("log-2.csv", [MENDED, *(case(i, asked_at="soon") for i in range(3))])
    assert not held["gate"]["passed"]
    assert dict(fixed(house))[1] is None
    house.publish(2)
    assert dict(fixed(house))[1] == 2
    house.undo(2)
    assert fixed(house) == [(1, None)]
    house.load("log-3.csv", [MENDED])
    assert fixed(house) == [(1, 3)]


def test_a_dry_run_mends_nothing(house: House) -> None:
    house.load("log.csv", [*GOOD, BAD])
    house.load("log-2.csv", [MENDED], dry_run=True)
    assert fixed(house) == [(1, None)]


def test_no_id_of_a_refused_row_is_kept_as_it_stands(house: House) -> None:
    house.load("log.csv", [*GOOD, {"interaction_id": "0912345678", "asked_at": "soon"}])
    assert b"0912345678" not in b"".join(path.read_bytes() for path in house.settings.home.glob("record.sqlite*"))
    house.load("log-2.csv", [{"interaction_id": "0912345678", "asked_at": "2026-01-05"}])
    assert fixed(house) == [(1, 2)]


def test_on_postgresql_too(tmp_path: Path, house: House, postgresql) -> None:  # type: ignore[no-untyped-def]
    there = House(tmp_path / "there", house.gate, postgresql())
    there.source("log")
    there.load("log.csv", [*GOOD, BAD])
    there.load("log-2.csv", [MENDED])
    assert fixed(there) == [(1, 2)]


def test_a_clerk_takes_the_refused_rows_mends_them_in_the_sheet_and_sends_it_again(house: House) -> None:
    """By the commands: what is refused and why, as a sheet; then the mended file under the name that a browser gives it."""
    house.drop("log.csv", [*GOOD, BAD])
    refresh = ("etl", "refresh", "--inbox", str(house.inbox), "--sources", str(house.sources))
    assert house.run(*refresh).returncode == 0
    taken = house.folder / "refused.csv"
    assert house.run("etl", "quarantine", "--csv", str(taken)).returncode == 0
    with taken.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["path"], row["row_number"], row["column"], row["fixed_in"]) == ("log.csv", "10", "asked_at", "")
    lines = (house.inbox / "log.csv").read_text().splitlines()
    lines[int(row["row_number"])] = lines[int(row["row_number"])].replace("soon", "2026-01-05 09:00")
    house.drop("log (1).csv", "\n".join(lines) + "\n")
    done = house.run(*refresh)
    assert "new 1" in done.stdout
    assert "mended by load 2" in house.run("etl", "quarantine").stdout
    assert house.table("interactions").filter(pl.col("interaction_id") == "cbad").height == 1
