"""Dates, changes and states in the words of the language in use: 1.234,5 and 92,3 % in Vietnamese, 1,234.5 and 92.3% in English.

The browser's own locale never decides: the page's language does.
"""

from datetime import date

from etl.language import _, current_language
from etl.wording import LOCAL, NONE, day, duration, instant, number, percent
from metrics.wording import state, value

__all__ = [
    "LOCAL",
    "NONE",
    "day",
    "days",
    "duration",
    "instant",
    "month",
    "number",
    "percent",
    "points",
    "short_day",
    "signal",
    "signed",
    "size",
    "state",
    "value",
]


def signed(x: float | None, digits: int = 0) -> str:
    """As ``number``, with a plus or a true minus before it: a change."""
    if x is None:
        return NONE
    text = number(abs(x), digits)
    if text == number(0, digits):
        return text
    return ("+" if x > 0 else "−") + text


def points(difference: float | None, digits: int = 1) -> str:
    """A difference of two shares (0–1), in points of a hundred, signed: "+1,2 điểm %"."""
    return NONE if difference is None else _("{number} pp", number=signed(difference * 100, digits))


def short_day(on: date) -> str:
    """A date where its year is plain: "05/11" in Vietnamese, "5 Nov" in English."""
    return f"{on:%d/%m}" if current_language() == "vi" else day(on).rpartition(" ")[0]


def month(on: date) -> str:
    """A date's month: "11/2026" in Vietnamese, "Nov 2026" in English."""
    return f"{on:%m/%Y}" if current_language() == "vi" else day(on).partition(" ")[2]


def days(first: date | None, last: date | None) -> str:
    """A span of dates, both included: "01/11/2026–30/11/2026"."""
    return day(first) if first == last else f"{day(first)}–{day(last)}"


def signal(name: str | None) -> str:
    """A result row's signal in words; empty where no comparison is made."""
    words = {"better": _("better than expected"), "worse": _("worse than expected"), "none": _("as expected")}
    return words.get(name or "", "")


def size(octets: int) -> str:
    """The size of a file: "12 KB", "3,4 MB"."""
    if octets < 1024 * 1024:
        return f"{number(max(1, round(octets / 1024)))}\u00a0KB"
    return f"{number(octets / 1024 / 1024, 1)}\u00a0MB"
