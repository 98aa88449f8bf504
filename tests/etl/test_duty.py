"""Whoever was on duty answered, where a log says that the roster knows: one officer on that channel, else of that ward, else nobody."""

import pytest

from tests.etl.house import House, case

ANSWERED = {"answered_at": "2026-01-05 10:00", "channel_id": "k1", "ward": "Phường Hoàn Kiếm", "attribution": "roster"}


def shift(officer: str, hours: str = "08:00-12:00", **cells: str) -> dict[str, str | None]:
    starts, ends = (f"2026-01-05 {clock}" for clock in hours.split("-"))
    return {"officer_id": officer, "starts_at": starts, "ends_at": ends, **cells}


@pytest.mark.parametrize(
    ("shifts", "officer"),
    [
        ([shift("A1", channel_id="k1"), shift("A2", channel_id="k2")], "A1"),
        ([shift("A1", "06:00-10:00", channel_id="k1"), shift("A2", "10:00-14:00", channel_id="k1")], "A2"),
        ([shift("A1", ward="Phường Hoàn Kiếm"), shift("A2", ward="Phường Ba Đình")], "A1"),
        ([shift("A1", channel_id="k1"), shift("A2", channel_id="k1")], None),
        ([shift("A1", channel_id="k1"), shift("A2", ward="Phường Hoàn Kiếm")], None),
        ([shift("A1", "11:00-12:00", channel_id="k1")], None),
        ([shift("A1", channel_id="k2", ward="Phường Hoàn Kiếm")], None),
        ([{**shift("A1", channel_id="k1"), "starts_at": "2026-01-04 22:00"}], "A1"),
    ],
)
def test_one_officer_on_duty_there_and_then_is_the_officer(house: House, shifts: list[dict[str, str | None]], officer: str | None) -> None:
    house.source("duty", "duties")
    house.drop("duty.csv", shifts)
    house.load("log.csv", [case(1, **ANSWERED)])
    row = house.case(1)
    assert (row["officer_id"], row["attribution"]) == ((officer, "roster") if officer else ("unknown", "none"))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"attribution": None}, ("unknown", "none")),
        ({"officer_id": "B9"}, ("B9", "roster")),
        ({"officer_id": "B9", "attribution": "named"}, ("B9", "named")),
        ({"answered_at": None}, ("unknown", "none")),
        ({"answered_at": "2026-01-05"}, ("unknown", "none")),
    ],
)
def test_only_a_known_minute_that_asks_the_roster_is_looked_up(
    house: House, cells: dict[str, str | None], expected: tuple[str, str]
) -> None:
    house.source("duty", "duties")
    house.drop("duty.csv", [{**shift("A1", channel_id="k1"), "starts_at": "2026-01-04 00:00", "ends_at": "2026-01-07 00:00"}])
    house.load("log.csv", [case(1, **(ANSWERED | cells))])
    assert (house.case(1)["officer_id"], house.case(1)["attribution"]) == expected


def test_a_roster_that_comes_late_heals_what_was_loaded_before(house: House) -> None:
    house.load("log.csv", [case(1, **ANSWERED)])
    house.source("duty", "duties")
    house.load("duty.csv", [shift("A1", channel_id="k1")])
    assert house.case(1)["officer_id"] == "A1"
