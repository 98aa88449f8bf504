"""The periods a viewer can choose, relative to the data's ``as_of`` and never to the wall clock."""

from datetime import date, timedelta

from etl.language import _
from etl.publishing.versions import Version
from pages.shared.wording import LOCAL

DEFAULT = "30d"
LONG = "12m"
"""Where one unit has few cases a month: officers."""


def presets() -> dict[str, str]:
    """Code in the address -> words that can open a sentence."""
    return {
        "today": _("Today"),
        "7d": _("The last 7 days"),
        "30d": _("The last 30 days"),
        "month": _("This month"),
        "quarter": _("This quarter"),
        "12m": _("The last 12 months"),
        "all": _("All time"),
        "own": _("Own dates"),
    }


def today(version: Version) -> date:
    """The local date of ``as_of``."""
    return version.as_of.astimezone(LOCAL).date()


def span(preset: str, version: Version) -> tuple[date, date]:
    """First and last local date of a preset, both included; never before the first item, never after ``as_of``."""
    last = today(version)
    starts = {
        "today": last,
        "7d": last - timedelta(days=6),
        "30d": last - timedelta(days=29),
        "month": last.replace(day=1),
        "quarter": last.replace(month=(last.month - 1) // 3 * 3 + 1, day=1),
        "12m": _same_day_a_year_before(last) + timedelta(days=1),
        "all": min(version.first_on or last, last),
    }
    return starts.get(preset, last - timedelta(days=29)), last


def _same_day_a_year_before(on: date) -> date:
    return on.replace(year=on.year - 1, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=on.year - 1)


def parse(text: str, default: date) -> date:
    """An ISO date from the address, or ``default`` where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default
