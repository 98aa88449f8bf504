"""Deadlines on clocks: cases worked by hand with a calendar, and a slow reference that walks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.reference.clocks import DAYS, ROUND, Clock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEK = DAYS[:5]
OFFICE = Clock(WEEK, ((480, 720), (810, 1050)), "VN")
NINE_TO_FIVE = Clock(WEEK, ((540, 1020),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def micro(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def due(clock: Clock, start: str, hours: float) -> str:
    found = clock.due(np.array([micro(at(start))]), hours)
    return (EPOCH + timedelta(microseconds=int(found[0]))).astimezone(HANOI).replace(tzinfo=None).isoformat(" ")


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-18 09:00", 2, "2026-11-18 11:00:00"),
        ("2026-11-18 11:00", 2, "2026-11-18 14:30:00"),  # over lunch
        ("2026-11-18 12:30", 1, "2026-11-18 14:30:00"),  # asked at lunch
        ("2026-11-20 20:00", 4, "2026-11-23 12:00:00"),  # Friday evening: Monday's closing instant, not 13:30
        ("2026-11-20 17:30", 1, "2026-11-23 09:00:00"),  # asked at a closing instant
        ("2026-11-20 16:00", 1.5, "2026-11-20 17:30:00"),  # due at a closing instant, not on Monday at 08:00
        ("2026-11-20 16:00", 1.75, "2026-11-23 08:15:00"),
        ("2026-11-18 08:00", 8, "2026-11-18 17:30:00"),
        ("2026-11-18 08:00", 80, "2026-12-02 17:30:00"),  # ten days but for Vietnam Cultural Day, 24 November
        ("2026-02-13 16:30", 2, "2026-02-23 09:00:00"),  # Tết: 16 to 20 February 2026
        ("2026-02-18 10:00", 0.5, "2026-02-23 08:30:00"),
        ("2026-04-24 17:00", 1, "2026-04-28 08:30:00"),  # the kings' day on a Sunday is made up on Monday
        ("2026-12-31 17:00", 8, "2027-01-04 17:00:00"),  # over the year's end
        ("2026-11-18 09:00:00.000001", 3, "2026-11-18 13:30:00.000001"),
        ("2026-11-18 09:00", 3 + 1 / 3.6e9, "2026-11-18 13:30:00.000001"),
    ],
)
def test_office_hours(start: str, hours: float, expected: str) -> None:
    assert due(OFFICE, start, hours) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-18 10:00", 0, "2026-11-18 10:00:00"),
        ("2026-11-18 08:00", 0, "2026-11-18 08:00:00"),
        ("2026-11-18 12:00", 0, "2026-11-18 13:30:00"),
        ("2026-11-21 10:00", 0, "2026-11-23 08:00:00"),
        ("2026-12-31 17:30", 0, "2027-01-04 08:00:00"),  # the year's last closing instant
    ],
)
def test_no_hours_is_at_once_or_at_the_next_opening(start: str, hours: float, expected: str) -> None:
    assert due(OFFICE, start, hours) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [  # as the libraries for business time write their examples: nine to five, Monday to Friday
        ("2010-04-14 12:00", 1, "2010-04-14 13:00:00"),
        ("2010-04-14 16:30", 1, "2010-04-15 09:30:00"),
        ("2010-04-16 16:00", 3, "2010-04-19 11:00:00"),
        ("2010-04-17 12:00", 1, "2010-04-19 10:00:00"),
        ("2010-04-14 06:00", 8, "2010-04-14 17:00:00"),
        ("2010-04-14 09:00", 40, "2010-04-20 17:00:00"),
        ("2010-04-14 09:00", 2080, "2011-04-12 17:00:00"),  # 260 days of eight hours are 52 weeks
    ],
)
def test_nine_to_five(start: str, hours: float, expected: str) -> None:
    assert due(NINE_TO_FIVE, start, hours) == expected


def test_a_day_in_open_is_worked_although_weekend_holiday_and_closed() -> None:
    saturday, holiday, shut = date(2026, 8, 22), date(2026, 9, 2), date(2026, 8, 24)
    clock = Clock(WEEK, ((480, 720),), "VN", closed=(shut, date(2026, 8, 25)), open=(saturday, holiday, shut))
    assert due(clock, "2026-08-21 20:00", 1) == "2026-08-22 09:00:00"
    assert due(clock, "2026-08-22 20:00", 5) == "2026-08-26 09:00:00"  # Monday worked, Tuesday shut
    assert due(clock, "2026-08-28 20:00", 1) == "2026-09-02 09:00:00"  # 31 August and 1 September are holidays


def test_round_the_clock_and_days_without_a_gap() -> None:
    assert due(ROUND, "2026-02-16 23:00", 24) == "2026-02-17 23:00:00"
    all_days_but_one = Clock(DAYS, ((0, 1440),), closed=(date(2026, 2, 17),))
    assert due(all_days_but_one, "2026-02-16 23:00", 24) == "2026-02-18 23:00:00"
    assert due(all_days_but_one, "2026-02-16 23:00", 1) == "2026-02-17 00:00:00"


def test_series_keep_order_name_and_gaps() -> None:
    starts = pl.Series("asked_at", [at("2026-11-20 20:00"), None, at("2006-11-17 09:00")]).dt.convert_time_zone("UTC")
    found = OFFICE.due(starts, 4)
    assert found.name == "asked_at"
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.to_list() == [at("2026-11-23 12:00"), None, at("2006-11-17 14:30")]
    assert OFFICE.elapsed(starts, found).to_list() == [4 * 3_600_000_000, None, 4 * 3_600_000_000]
    assert OFFICE.due(starts.clear(), 4).to_list() == []
    with pytest.raises(ValueError, match="before its start"):
        OFFICE.due(starts, -1)


def test_elapsed_counts_open_time_only() -> None:
    starts = np.array([micro(at("2026-11-20 16:30")), micro(at("2026-11-21 10:00")), micro(at("2026-11-23 09:00"))])
    ends = np.array([micro(at("2026-11-23 08:15")), micro(at("2026-11-22 10:00")), micro(at("2026-11-20 16:30"))])
    assert (NINE_TO_FIVE.elapsed(starts, ends) / 60e6).tolist() == [30, 0, -30]
    assert (ROUND.elapsed(starts, ends) / 3600e6).tolist() == [63.75, 24, -64.5]


edges = st.sets(st.integers(0, 24), min_size=2, max_size=6).map(sorted)
spans = edges.map(lambda hours: tuple((a * 60, b * 60) for a, b in zip(hours[::2], hours[1::2], strict=False)))
some_days = st.sets(st.integers(0, 40), max_size=4).map(
    lambda numbers: tuple(date(2025, 12, 15) + timedelta(days=n) for n in sorted(numbers))
)
clocks = st.builds(
    Clock,
    st.sets(st.sampled_from(DAYS), min_size=1).map(lambda names: tuple(day for day in DAYS if day in names)),
    spans,
    st.just(""),
    some_days,
    some_days,
)
starts_on_minutes = st.integers(0, 20 * 1440).map(lambda minute: micro(at("2025-12-20 00:00")) + minute * 60_000_000)


def is_open(clock: Clock, instant: int) -> bool:
    """Whether the minute from ``instant`` on is open, by the words of the rule."""
    local = (EPOCH + timedelta(microseconds=instant)).astimezone(HANOI)
    day, minute = local.date(), local.hour * 60 + local.minute
    worked = day in clock.open or (DAYS[day.weekday()] in clock.days and day not in clock.closed)
    return worked and any(opens <= minute < closes for opens, closes in clock.hours)


def due_by_walking(clock: Clock, start: int, minutes: int) -> int:
    left = minutes
    while left or not is_open(clock, start):
        left -= is_open(clock, start)
        start += 60_000_000
        if left == 0 and minutes:
            return start
    return start


@settings(max_examples=60, deadline=None)
@given(clocks, starts_on_minutes, st.integers(0, 600))
def test_due_as_if_walked_minute_by_minute(clock: Clock, start: int, minutes: int) -> None:
    assert clock.due(np.array([start]), minutes / 60).tolist() == [due_by_walking(clock, start, minutes)]


instants = st.integers(micro(at("2025-01-01 00:00")), micro(at("2027-12-31 00:00")))


@settings(deadline=None)
@given(clocks, st.lists(instants, min_size=1, max_size=6), st.integers(1, 10**12), st.integers(0, 10**12))
def test_later_start_or_more_hours_is_never_due_earlier_and_elapsed_undoes_due(
    clock: Clock, starts: list[int], micros: int, more: int
) -> None:
    given_starts = np.array(sorted(starts))
    found = clock.due(given_starts, micros / 3.6e9)
    assert (np.diff(found) >= 0).all()
    assert (found > given_starts).all()
    assert (clock.due(given_starts, (micros + more) / 3.6e9) >= found).all()
    assert (clock.due(given_starts, 0) <= found).all()
    assert (clock.elapsed(given_starts, found) == micros).all()
