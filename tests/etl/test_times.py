"""Texts become instants: formats in order, offsets, epochs, bare dates, and clocks that are set back and forward."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.times import Times, fault_of_format, is_known_zone, parse_times

HANOI = "Asia/Ho_Chi_Minh"


def parsed(texts: list[str | None], *formats: str, zone: str = HANOI) -> Times:
    return parse_times(pl.Series("t", texts, dtype=pl.String), formats, zone)


def instant(text: str, *formats: str, zone: str = HANOI) -> datetime | None:
    (only,) = parsed([text], *formats, zone=zone).instants.to_list()
    return only  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-31T08:15:30Z", (8, 15, 30, 0)),
        ("2026-10-31 08:15:30.5+00:00", (8, 15, 30, 500_000)),
        ("2026-10-31T15:15:30+07:00", (8, 15, 30, 0)),
        ("2026-10-31T15:15:30+0700", (8, 15, 30, 0)),
        ("2026-10-31T15:15+07", (8, 15, 0, 0)),
        ("2026-10-31T05:45:30-02:30", (8, 15, 30, 0)),
        ("2026-10-31T07:45:30-00:30", (8, 15, 30, 0)),
        ("2026-10-31 15:15:30,123456789", (8, 15, 30, 123_456)),
        ("2026-10-31T15:15", (8, 15, 0, 0)),
    ],
)
def test_iso_with_and_without_offset_and_fraction(text: str, expected: tuple[int, ...]) -> None:
    assert instant(text, "iso") == datetime(2026, 10, 31, *expected, tzinfo=UTC)


@given(st.datetimes(datetime(2004, 3, 1), datetime(2037, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_iso_reads_what_python_writes(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instant(aware.isoformat(), "iso") == aware


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31T25:00",
        "2026-02-30",
        "31/10/2026",
        "2026-10-31T08",
        "٢٠٢٦-10-31",
        "x",
        "2026-10-31 08:15:30 ICT",
        "2026-10-31T08:15+25:00",
        "2026-10-31T08:15+0799",
    ],
)
def test_what_is_no_iso_is_no_time(text: str) -> None:
    assert instant(text, "iso") is None


def test_formats_are_tried_in_order() -> None:
    assert instant("01/02/2026 08:00", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M") == datetime(2026, 2, 1, 1, tzinfo=UTC)
    assert instant("01/02/2026 08:00", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M") == datetime(2026, 1, 2, 1, tzinfo=UTC)
    assert instant("31/02/2026 08:00", "%d/%m/%Y %H:%M", "iso") is None


def test_a_bare_date_is_marked_and_a_midnight_is_not() -> None:
    times = parsed(["31/10/2026", "31/10/2026 00:00", "2026-10-31", None, "x"], "%d/%m/%Y %H:%M", "%d/%m/%Y", "iso")
    midnight = datetime(2026, 10, 30, 17, tzinfo=UTC)
    assert times.instants.to_list() == [midnight, midnight, midnight, None, None]
    assert times.bare.to_list() == [True, False, True, False, False]


def test_seconds_and_milliseconds_since_1970() -> None:
    assert instant("1793435730", "unix") == datetime(2026, 10, 31, 8, 35, 30, tzinfo=UTC)
    assert instant("1793435730.123456", "unix") == datetime(2026, 10, 31, 8, 35, 30, 123_456, tzinfo=UTC)
    assert instant("1793435730123", "unix_ms") == datetime(2026, 10, 31, 8, 35, 30, 123_000, tzinfo=UTC)
    assert instant("1793435730123", "unix", "unix_ms") == datetime(2026, 10, 31, 8, 35, 30, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["３", "٣", "1e9", "-5", "1793435730 ", "99999999999999999999", "NaN", "inf"])
def test_what_is_no_plain_number_is_no_epoch(text: str) -> None:
    assert instant(text, "unix", "unix_ms") is None


def test_a_clock_set_back_means_the_earlier_and_a_skipped_hour_is_no_time() -> None:
    berlin = {"zone": "Europe/Berlin"}
    assert instant("2026-10-25 02:30", "iso", **berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant("2026-03-29 02:30", "iso", **berlin) is None
    assert instant("2026-07-01 12:00", "iso", **berlin) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert instant("2026-10-25 02:30+01:00", "iso", **berlin) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_offset_in_a_format_is_obeyed() -> None:
    assert instant("31/10/2026 08:15 +0200", "%d/%m/%Y %H:%M %z") == datetime(2026, 10, 31, 6, 15, tzinfo=UTC)


def test_a_year_of_two_digits_is_no_year_of_the_romans() -> None:
    expected = datetime(2026, 10, 31, 1, 15, tzinfo=UTC)
    assert instant("31/10/26 08:15", "%d/%m/%Y %H:%M", "%d/%m/%y %H:%M") == expected
    assert instant("31/10/2026 08:15", "%d/%m/%y %H:%M", "%d/%m/%Y %H:%M") == expected
    assert instant("31/10/26", "%d/%m/%Y") is None
    assert instant("31/10/26 08:15 +0000", "%d/%m/%Y %H:%M %z") is None


@pytest.mark.parametrize(("text", "microsecond"), [("31/10/2026 08:15:07.25", 250_000), ("31/10/2026 08:15:07.123456", 123_456)])
def test_a_fraction_of_a_second_is_one(text: str, microsecond: int) -> None:
    assert instant(text, "%d/%m/%Y %H:%M:%S.%f") == datetime(2026, 10, 31, 1, 15, 7, microsecond, tzinfo=UTC)
    assert fault_of_format("%d/%m/%Y %H:%M:%S.%f") is None
    assert fault_of_format("%d/%m/%Y %H:%M:%S,%f")


def test_no_texts_give_no_times() -> None:
    assert parsed([], "iso").instants.to_list() == []
    assert parsed([None], "iso", "unix").instants.to_list() == [None]


@settings(max_examples=50)
@given(st.text(st.sampled_from("0123456789-/:+.TZ ９٣e"), max_size=30))
def test_no_text_whatever_breaks_the_parser(text: str) -> None:
    parsed([text], "%d/%m/%Y %H:%M", "%Y-%m-%d", "iso", "unix", "unix_ms", "%d/%m/%Y %H:%M %z")


def test_formats_and_zones_are_tried_before_they_are_used() -> None:
    assert fault_of_format("%d/%m/%Y %H:%M") is None
    assert fault_of_format("%d/%m/%Y") is None
    assert fault_of_format("%d/%m/%Y %I:%M %p") is None
    assert fault_of_format("%d/%m/%Y %H:%M %z") is None
    assert fault_of_format("%d/%m/%Y %H")
    assert is_known_zone(HANOI)
    assert not is_known_zone("Asia/Hanoi")
    assert not is_known_zone("")
