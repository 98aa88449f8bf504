"""Day before month or month before day: the cells of a whole column show it, never one cell alone."""

import polars as pl

from etl.times import Settled, Times, parse_times

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"


def settled(*texts: str | None) -> Times:
    return parse_times(pl.Series(texts, dtype=pl.String), ((DAY_FIRST, MONTH_FIRST),), "Asia/Ho_Chi_Minh")


def read_as(times: Times) -> tuple[Settled, ...]:
    return tuple(one.settled for one in times.evidence if one.contested)


def days(times: Times) -> list[str | None]:
    local: list[str | None] = times.instants.dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.strftime("%Y-%m-%d").to_list()
    return local


def test_one_cell_that_can_be_read_in_one_way_only_settles_the_column() -> None:
    times = settled("03/04/2026", None, "05/05/2026", "04/25/2026")
    assert days(times) == ["2026-03-04", None, "2026-05-05", "2026-04-25"]
    assert read_as(times) == (Settled(MONTH_FIRST, contested=1, evidence=1),)
    assert days(settled("03/04/2026", "25/04/2026")) == ["2026-04-03", "2026-04-25"]


def test_without_evidence_the_first_stands_and_that_is_said() -> None:
    times = settled("03/04/2026", "05/06/2026")
    assert days(times) == ["2026-04-03", "2026-06-05"]
    assert read_as(times) == (Settled(DAY_FIRST, contested=2, evidence=0),)


def test_a_column_with_both_refuses_what_could_be_either() -> None:
    times = settled("03/04/2026", "25/04/2026", "04/26/2026", "05/05/2026")
    assert days(times) == [None, "2026-04-25", "2026-04-26", "2026-05-05"]
    assert times.ambiguous.to_list() == [True, False, False, False]
    assert read_as(times) == (Settled(None, contested=1, evidence=1),)


def test_one_slip_among_many_costs_no_other_row() -> None:
    times = settled("03/04/2026", *["25/04/2026"] * 20, "04/26/2026")
    assert (days(times)[0], days(times)[-1]) == ("2026-04-03", "2026-04-26")
    assert not times.ambiguous.any()
    times = settled("03/04/2026", *["25/04/2026"] * 19, "04/26/2026")
    assert times.ambiguous.to_list() == [True, *[False] * 20]


def test_nothing_is_said_of_a_column_that_can_be_read_in_one_way_only() -> None:
    assert read_as(settled("25/04/2026", "05/05/2026", "x")) == ()


def test_clock_times_settle_likewise_and_keep_their_clock() -> None:
    formats = ("iso", ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"))
    times = parse_times(pl.Series(["2026-01-01", "03/04/2026 08:00", "04/25/2026 09:00"]), formats, "UTC")
    assert times.instants.dt.strftime("%d.%m. %H:%M").to_list() == ["01.01. 00:00", "04.03. 08:00", "25.04. 09:00"]
    assert times.bare.to_list() == [True, False, False]
