"""Numbers, shares, times and dates as people read them in the language in use: 1.234,5, 92,3 % and 05/11/2026 in Vietnamese, 1,234.5,
92.3% and 5 Nov 2026 in English."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from etl.language import _, current_language
from etl.tables import LOCAL_TIME_ZONE

NONE = "—"
MINUTE, HOUR, DAY = 60, 3600, 86400
SIGNS = {"vi": str.maketrans(",.", ".,"), "en": {}}
"""What stands between thousands and before decimals, for those of Python."""

LOCAL = ZoneInfo(LOCAL_TIME_ZONE)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def number(x: float | None, digits: int = 0) -> str:
    """``x`` with ``digits`` decimals: "1.234,5" in Vietnamese, "1,234.5" in English; a dash for None."""
    return NONE if x is None else f"{x:,.{digits}f}".translate(SIGNS[current_language()])


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 0–1: "92,3 %" in Vietnamese, "92.3%" in English."""
    return NONE if share is None else number(share * 100, digits) + _percent_sign()


def _percent_sign() -> str:
    return "\u00a0%" if current_language() == "vi" else "%"


def duration(seconds: float | None) -> str:
    """How long, for people: "45 giây", "15 phút", "2 giờ 05", "3,2 ngày" (days of 24 hours)."""
    if seconds is None:
        return NONE
    if seconds < 0:
        return "−" + duration(-seconds)
    if seconds < MINUTE - 0.5:
        return _("{n} s", n=number(seconds))
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return _("{n} min", n=number(minutes))
    if minutes < 24 * 60:
        return _("{hours} h {minutes}", hours=number(minutes // 60), minutes=f"{minutes % 60:02}")
    return _("{n} days", n=number(seconds / DAY, 1))


def durations(shorter: float, longer: float) -> str:
    """From one to the other, the unit once where it is the same: "4,7–5,1 ngày", "20 phút–1 giờ 00"."""
    first, last = duration(shorter), duration(longer)
    number_of, _space, unit = first.partition(" ")
    return f"{number_of}–{last}" if unit.isalpha() and last.endswith(f" {unit}") else f"{first}–{last}"


def day(on: date | None) -> str:
    """A date: "05/11/2026" in Vietnamese, "5 Nov 2026" in English."""
    if on is None:
        return NONE
    return f"{on:%d/%m/%Y}" if current_language() == "vi" else f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def instant(at: datetime | None) -> str:
    """An instant in local time, 24 hours: "05/11/2026 08:00"."""
    if at is None:
        return NONE
    local = at.astimezone(LOCAL)
    return f"{day(local.date())} {local:%H:%M}"
