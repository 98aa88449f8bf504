"""A load that moves a figure of a month that was over is listed with that month; what it moves in the running month is its work."""

from etl.report import load_lines
from etl.status import loads
from tests.etl.house import House, case


def moved(house: House) -> list[list[str] | None]:
    """Past months of requests that each load moved; None where it was the first."""
    return [load["moved"] and load["moved"]["interactions"] for load in house.loads()]


def test_a_correction_that_moves_a_past_month_is_listed(house: House) -> None:
    house.load("log-1.csv", [case(1), case(2, asked_at="2026-02-03 09:00"), case(3, asked_at="2026-03-05 09:00")])
    house.load("log-2.csv", [case(1, answered_at="2026-01-06 09:00")])
    house.load("log-3.csv", [case(4, asked_at="2026-03-06 09:00")])
    house.load("log-4.csv", [case(5, asked_at="2025-12-31 23:59"), case(2, asked_at="2026-02-03 09:00", topic="theft")])
    assert moved(house) == [None, ["2026-01"], [], ["2025-12", "2026-02"]]
    lines = load_lines(loads(house.settings))
    assert [line.split(": ")[1] for line in lines if "moved" in line] == ["01/2026", "12/2025, 02/2026"]


def test_rows_that_come_again_in_another_file_move_nothing(house: House) -> None:
    house.load("log-1.csv", [case(1), case(2, asked_at="2026-03-05 09:00")])
    house.load("log-2.csv", [case(1), case(3, asked_at="2026-03-06 09:00")])
    assert house.case(1)["file_id"] == 2
    assert moved(house) == [None, []]


def test_a_month_is_over_by_local_time(house: House) -> None:
    house.load("log-1.csv", [case(1, asked_at="2026-01-31 23:00"), case(2, asked_at="2026-02-01 00:30")])
    house.load("log-2.csv", [case(3, asked_at="2026-01-31 23:30")])
    assert moved(house) == [None, ["2026-01"]]


def test_a_held_load_has_moved_nothing(house: House) -> None:
    house.load("log-1.csv", [case(1), case(2, asked_at="2026-02-03 09:00")])
    house.load("log-2.csv", [case(1, topic="theft"), case(3, asked_at="soon")])
    assert moved(house) == [None, None]
    house.publish(2)
    assert moved(house) == [None, ["2026-01"]]
