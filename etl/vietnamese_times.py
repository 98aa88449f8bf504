"""Times as Vietnamese pages write them in words: "9 Tháng 1 2015 lúc 15:08", "Hôm qua 08:16", "5 phút trước"."""

import re
from datetime import date, datetime, time, timedelta

from etl.text import fold

_CLOCK = r"(?P<hour>[0-9]{1,2})(?::|h|g| gio )(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: ?(?P<half>sa|ch))?"
_WEEKDAYS = {"thu hai": 0, "thu ba": 1, "thu tu": 2, "thu nam": 3, "thu sau": 4, "thu bay": 5, "chu nhat": 6}
_WEEKDAY = "|".join(_WEEKDAYS)
_DATE = (
    rf"(?:(?:{_WEEKDAY}),? )?(?:ngay )?(?P<day>[0-9]{{1,2}}) (?:thang (?P<month>[0-9]{{1,2}})|(?:thg |th)(?P<short>[0-9]{{1,2}}))"
    r"(?:,? (?:nam )?(?P<year>[0-9]{4}))?"
)
_NEAR = rf"(?P<near>hom nay|hom qua|hom kia)|(?P<weekday>{_WEEKDAY})"
_DAY = rf"(?:{_DATE}|{_NEAR})"
_ON_A_DAY = re.compile(rf"{_DAY}(?:,? (?:luc )?{_CLOCK})?")
_AT_A_TIME = re.compile(rf"(?:luc )?{_CLOCK},? {_DAY}")
_AGO = re.compile(r"(?P<count>[0-9]{1,3}) (?P<unit>phut|gio|ngay)(?: truoc)?")
_BACK = {"hom nay": 0, "hom qua": 1, "hom kia": 2}


def time_in_words(text: str, captured: datetime | None, captured_is_bare: bool) -> tuple[datetime, bool] | None:
    """The local time that words mean, and whether it is a bare date; None where they mean none.

    Args:
        text: the words.
        captured: the local time at which they were written down; without it only full dates are times.
        captured_is_bare: of the capture only the day is known.
    """
    words = fold(text).replace(" luc", "").replace("vua xong", "0 phut")
    if ago := _AGO.fullmatch(words):
        return _ago(int(ago["count"]), ago["unit"], captured, captured_is_bare)
    found = _ON_A_DAY.fullmatch(words) or _AT_A_TIME.fullmatch(words)
    if not found:
        return None
    try:
        day = _day(found, captured.date() if captured else None)
        clock = _clock(found)
    except ValueError:
        return None
    return (datetime.combine(day, clock or time()), clock is None) if day else None


def _ago(count: int, unit: str, captured: datetime | None, captured_is_bare: bool) -> tuple[datetime, bool] | None:
    """Minutes are exact enough; of hours and days nothing is known but the date."""
    if captured is None or (captured_is_bare and unit != "ngay"):
        return None
    if unit == "phut":
        return captured - timedelta(minutes=count), False
    then = captured - (timedelta(hours=count) if unit == "gio" else timedelta(days=count))
    return datetime.combine(then.date(), time()), True


def _day(found: re.Match[str], today: date | None) -> date | None:
    if found["day"]:
        day, month = int(found["day"]), int(found["month"] or found["short"])
        if found["year"]:
            return date(int(found["year"]), month, day)
        if today is None:
            return None
        this_year = date(today.year, month, day)
        return this_year if this_year <= today else date(today.year - 1, month, day)
    if today is None:
        return None
    if found["near"]:
        return today - timedelta(days=_BACK[found["near"]])
    return today - timedelta(days=(today.weekday() - _WEEKDAYS[found["weekday"]] - 1) % 7 + 1)  # the last one before today


def _clock(found: re.Match[str]) -> time | None:
    if not found["hour"]:
        return None
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found["half"] == "ch" else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))
