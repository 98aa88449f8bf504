"""When residents ask, and about what: the days, nights, weekends and holidays of the made-up city.

Times are whole seconds of local wall time since 1970 (Việt Nam keeps one offset all year).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from etl.demo.lots import Flags, Floats, Ints, lots

FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 10, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
MONTHS = 24
REFORM = date(2025, 7, 1)
"""Hanoi's 526 wards became 126."""
TET = (date(2025, 1, 29), date(2026, 2, 17))
"""First days of the lunar years."""

MINUTE, HOUR, DAY = 60, 3600, 86400
TO_UTC = 7 * HOUR
"""How far local time is ahead."""
LOGS_END = 23 * HOUR
"""Second of the last day at which the logs were copied out; corrections follow half an hour later."""


def wall_seconds(day: date, second: int = 0) -> int:
    """Local wall time of a day's second."""
    return (day - date(1970, 1, 1)).days * DAY + second


END = wall_seconds(LAST_DAY, LOGS_END)
AS_OF = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 16, 59, 59)
"""UTC: the last local second of the last day."""


@dataclass(frozen=True)
class Topic:
    """How one kind of request behaves. Shares are 0–1."""

    name: str
    share: float
    night: float
    """Share asked between 22:00 and 06:00."""
    weekend: float
    """Volume of a Saturday or Sunday against a working day."""
    tet: float
    """Volume during Tết against other days."""
    minutes: float
    """Median time to the first answer of a normal case in office hours."""
    urgent: float
    complex: float
    tip_off: float
    unanswered: float
    resolved: float


TOPICS = (
    Topic("procedure", 0.33, 0.04, 0.35, 0.08, 240, 0.02, 0.22, 0.0, 0.05, 0.75),
    Topic("information", 0.14, 0.05, 0.7, 0.4, 120, 0.03, 0.05, 0.0, 0.07, 0.45),
    Topic("public_order", 0.13, 0.17, 1.5, 1.1, 75, 0.25, 0.08, 0.12, 0.05, 0.6),
    Topic("violation", 0.11, 0.09, 1.1, 0.8, 180, 0.08, 0.1, 0.25, 0.07, 0.55),
    Topic("traffic_accident", 0.08, 0.14, 1.2, 1.6, 25, 0.55, 0.08, 0.0, 0.03, 0.7),
    Topic("theft", 0.08, 0.1, 1.1, 0.9, 60, 0.3, 0.2, 0.15, 0.04, 0.5),
    Topic("rumour", 0.05, 0.08, 1.0, 0.9, 150, 0.1, 0.1, 0.0, 0.06, 0.6),
    Topic("emergency", 0.03, 0.2, 1.2, 1.5, 12, 0.9, 0.02, 0.0, 0.01, 0.8),
    Topic("other", 0.05, 0.06, 0.8, 0.4, 240, 0.02, 0.05, 0.0, 0.12, 0.3),
)

_DAYTIME = np.array([2, 5, 8, 9.5, 9, 6, 4, 5, 7, 7.5, 7, 7, 7.5, 9, 10.5, 7.5])
"""06–22: the office's morning, noon, and the evening when people are at home with their telephones."""
_NIGHT = np.array([22, 14, 9, 6, 5, 12, 38, 30])
"""00–06, then 22 and 23."""


def _hours(night: float) -> Floats:
    """Weight of each of the 24 hours, where a share ``night`` falls between 22:00 and 06:00."""
    hours = np.zeros(24)
    hours[6:22] = (1 - night) * _DAYTIME / _DAYTIME.sum()
    dark = night * _NIGHT / _NIGHT.sum()
    hours[:6], hours[22:] = dark[:6], dark[6:]
    return hours


def is_tet(day: date) -> bool:
    """The days around the lunar new year when offices are closed."""
    return any(timedelta(-4) <= day - first <= timedelta(5) for first in TET)


def _days(topic: Topic) -> Floats:
    """Weight of each day: growth over two years, weekends, Tết, and the questions that the ward reform raised."""
    weights = np.linspace(1.0, 1.5, DAYS)
    for position in range(DAYS):
        day = FIRST_DAY + timedelta(position)
        if day.weekday() >= 5:
            weights[position] *= topic.weekend
        if is_tet(day):
            weights[position] *= topic.tet
        if topic.name in ("procedure", "information") and timedelta(0) <= day - REFORM < timedelta(45):
            weights[position] *= 1.6
    return weights


def questions(count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """What is asked and when.

    Args:
        count: how many requests.

    Returns:
        Per request, in order of time: the position of its topic in TOPICS, and when it was asked (wall seconds, before END).
    """
    shares = np.array([topic.share for topic in TOPICS])
    topics = rng.choice(len(TOPICS), count, p=shares / shares.sum())
    hour_weights = [np.outer(_days(topic), _hours(topic.night)).ravel() for topic in TOPICS]
    for weights in hour_weights:
        weights[-1] = 0  # the hour after the logs were copied out
    hours_of = lots(np.repeat(np.arange(len(TOPICS)), DAYS * 24), np.concatenate(hour_weights))
    drawn = hours_of.draw(rng, topics) - topics * DAYS * 24
    asked = wall_seconds(FIRST_DAY) + drawn * HOUR + rng.integers(0, HOUR, count)
    order = np.argsort(asked, kind="stable")
    return topics[order], asked[order]


def day_of(seconds: Ints) -> Ints:
    """Days since FIRST_DAY."""
    return seconds // DAY - wall_seconds(FIRST_DAY) // DAY


def quarters() -> tuple[list[str], Ints]:
    """The quarters' names, and which of them each day since FIRST_DAY is in."""
    names = [f"{day.year}-Q{(day.month + 2) // 3}" for day in (FIRST_DAY + timedelta(position) for position in range(DAYS))]
    every = list(dict.fromkeys(names))
    return every, np.array([every.index(name) for name in names])


def is_night(seconds: Ints) -> Flags:
    """22:00–06:00."""
    hour = seconds % DAY // HOUR
    return (hour >= 22) | (hour < 6)


def is_office(seconds: Ints) -> Flags:
    """Monday to Friday, 08:00–17:30."""
    weekday = (seconds // DAY + 3) % 7  # 1970-01-01 was a Thursday
    second = seconds % DAY
    return (weekday < 5) & (second >= 8 * HOUR) & (second < 17 * HOUR + 30 * MINUTE)


def is_tet_second(seconds: Ints) -> Flags:
    """Whether each second lies in the days around a lunar new year."""
    closed = np.array([is_tet(FIRST_DAY + timedelta(position)) for position in range(DAYS)])
    return closed[day_of(seconds)]
