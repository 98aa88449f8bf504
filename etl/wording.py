"""Numbers, shares and times as people read them in the language in use: 1.234,5 and 92,3 % in Vietnamese, 1,234.5 and 92.3% in English."""

from etl.language import _, current_language

NONE = "—"
MINUTE, HOUR, DAY = 60, 3600, 86400
SIGNS = {"vi": str.maketrans(",.", ".,"), "en": {}}
"""What stands between thousands and before decimals, for those of Python."""


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
