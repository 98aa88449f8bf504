"""Times in Vietnamese words: full dates always, days such as yesterday only where it is known when they were written down."""

from datetime import datetime

import polars as pl
import pytest

from etl.times import Times, parse_times
from etl.vietnamese_times import time_in_words

CAPTURED = datetime(2026, 10, 7, 9, 30)  # a Wednesday
HANOI = "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("words", "time", "bare"),
    [
        ("9 Tháng 1 2015 lúc 15:08", "2015-01-09 15:08", False),
        ("9 tháng 1, 2015 lúc 15:08", "2015-01-09 15:08", False),
        ("Thứ Sáu, 9 Tháng 1, 2015 lúc 3:08 CH", "2015-01-09 15:08", False),
        ("ngày 9 tháng 1 năm 2015", "2015-01-09 00:00", True),
        ("15h08 ngày 9 tháng 1 năm 2015", "2015-01-09 15:08", False),
        ("9 thg 1, 2015 12:05 SA", "2015-01-09 00:05", False),
        ("9 Tháng 10 lúc 15:08", "2025-10-09 15:08", False),
        ("7 Tháng 10 lúc 08:16", "2026-10-07 08:16", False),
        ("Hôm qua 08:16", "2026-10-06 08:16", False),
        ("Hôm qua lúc 08:16", "2026-10-06 08:16", False),
        ("08:16 hôm nay", "2026-10-07 08:16", False),
        ("Hôm kia", "2026-10-05 00:00", True),
        ("Thứ Ba lúc 08:16", "2026-10-06 08:16", False),
        ("Thứ Tư lúc 08:16", "2026-09-30 08:16", False),
        ("Chủ Nhật 08:16", "2026-10-04 08:16", False),
        ("Vừa xong", "2026-10-07 09:30", False),
        ("5 phút trước", "2026-10-07 09:25", False),
        ("10 giờ", "2026-10-06 00:00", True),
        ("2 ngày trước", "2026-10-05 00:00", True),
    ],
)
def test_words_mean_one_time(words: str, time: str, bare: bool) -> None:
    assert time_in_words(words, CAPTURED, captured_is_bare=False) == (datetime.fromisoformat(time), bare)


@pytest.mark.parametrize("words", ["31 Tháng 2 2015", "9 Tháng 1 2015 lúc 25:08", "13:08 CH hôm qua", "hôm nào đó", "3 tuần trước", "5"])
def test_what_means_no_time_is_none(words: str) -> None:
    assert time_in_words(words, CAPTURED, captured_is_bare=False) is None


@pytest.mark.parametrize("words", ["Hôm qua 08:16", "9 Tháng 10 lúc 15:08", "5 phút trước", "Thứ Ba lúc 08:16"])
def test_without_the_day_of_capture_only_full_dates_are_times(words: str) -> None:
    assert time_in_words(words, None, captured_is_bare=False) is None
    assert time_in_words("9 Tháng 1 2015", None, captured_is_bare=False) is not None


def test_a_day_of_capture_is_no_clock() -> None:
    day = datetime(2026, 10, 7)
    assert time_in_words("5 phút", day, captured_is_bare=True) is time_in_words("3 giờ", day, captured_is_bare=True) is None
    assert time_in_words("Hôm qua 08:16", day, captured_is_bare=True) == (datetime(2026, 10, 6, 8, 16), False)


def test_each_row_has_its_own_day_of_capture() -> None:
    captured = parse_times(pl.Series(["2026-10-07", "2026-10-01T23:00:00Z", None]), ("iso",), HANOI)
    times = parse_times(pl.Series(["Hôm qua 08:16"] * 3), ("iso", "vietnamese"), HANOI, captured)
    assert written(times) == ["2026-10-06 08:16", "2026-10-01 08:16", None]


def written(times: Times) -> list[str | None]:
    local: list[str | None] = times.instants.dt.convert_time_zone(HANOI).dt.strftime("%Y-%m-%d %H:%M").to_list()
    return local
