"""Fates by hand-made folds: what each row of a load did, and whether a file's account closes."""

import polars as pl

from etl.publishing.fates import FATES, account_closes, counted, row_fates
from etl.publishing.fold import fold_versions
from etl.tables import INPUT_TABLES
from tests.etl.house import House, case


def versions(*rows: tuple[int, int, str, str | None]) -> pl.DataFrame:
    """Officers: file, row, officer_id, name."""
    frame = pl.DataFrame(rows, schema=["file_id", "row_number", "officer_id", "name"], orient="row")
    return frame.select(
        "file_id",
        "row_number",
        *(
            pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in INPUT_TABLES["officers"].schema.items()
        ),
        bare=pl.lit(0, pl.Int64),
        source=pl.lit("roster"),
        by_content=False,
        provisional=False,
        position="file_id",
    )


def test_every_accepted_row_has_the_fate_of_what_it_did() -> None:
    old = versions((1, 1, "A1", "An"), (1, 2, "A2", "Bình"))
    new = versions((2, 1, "A1", "An"), (2, 2, "A2", "Bính"), (2, 3, "A3", "Chi"), (2, 4, "A3", "Chí"), (3, 1, "A1", None))
    before, after = fold_versions("officers", old), fold_versions("officers", pl.concat([old, new]))
    fates = counted(row_fates("officers", new, before, after))
    assert fates == {2: {"duplicate": 2, "updated": 1, "loaded": 1}, 3: {"unchanged": 1}}


def test_an_account_closes_when_its_fates_sum_up() -> None:
    fates = {"loaded": 1, "updated": 2, "unchanged": 3, "duplicate": 4, "quarantined": 5, "not_selected": 6}
    assert account_closes({"rows": 21, **fates})
    assert not account_closes({"rows": 20, **fates})


def test_rows_that_say_something_new_but_not_when_are_told(house: House) -> None:
    house.source("log", columns="updated_at")
    dated = case(1, ward="x", updated_at="2026-01-06 08:00")
    others = [case(2, topic="b"), case(3, reopened_at="2026-01-09")]
    reports = house.load("log-1.csv", [dated, *others])["files"]
    news = [case(1, ward="y"), case(2, topic="a"), case(2, topic="c"), case(3, resolved_at="2026-01-08", topic="a")]
    reports += house.load("log-2.csv", news)["files"][1:]
    reports += house.load("log-3.csv", [case(1, ward="z", updated_at="2026-01-07 08:00"), *others])["files"][2:]
    assert [[report[fate] for fate in FATES[:4]] for report in reports] == [[3, 0, 0, 0], [0, 2, 1, 1], [0, 1, 2, 0]]
    unheard = "something new and change nothing, since they do not say when: 2. Fill in column updated_at, and send them again."
    assert [unheard in report["reason"] for report in reports] == [False, True, False]


def test_a_ward_that_no_list_knows_is_told_with_its_words(house: House) -> None:
    house.source("log")
    rows = [case(1, ward="Phường Không Có"), case(2, ward="Phường Không Có"), case(3, ward="chưa rõ"), case(4, ward="Ba Đình"), case(5)]
    (said,) = house.load("log-1.csv", rows)["files"]
    assert "Rows whose ward no list knows, or knows more than once: 2. They count for no ward: “Phường Không Có”." in said["reason"]
    (_known, said) = house.load("log-2.csv", [case(1, ward="Phường Láng"), case(2, topic="a")])["files"]
    assert "no ward" not in said["reason"]
