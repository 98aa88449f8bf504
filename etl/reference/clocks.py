"""Clocks on which deadlines run: working hours with holidays, or round the clock.

A clock is open in half-open spans of local time. All sums run on whole microseconds over arrays of openings and the
open time before each, so that a million deadlines cost no more than two searches in a sorted list.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.columns import INSTANT
from etl.tables import LOCAL_TIME_ZONE

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1440
MICROSECONDS_A_MINUTE = 60_000_000
MICROSECONDS_AN_HOUR = 60 * MICROSECONDS_A_MINUTE
ZONE = ZoneInfo(LOCAL_TIME_ZONE)

Integers = npt.NDArray[np.int64]
Instants = TypeVar("Instants", pl.Series, npt.NDArray[np.int64])


@dataclass(frozen=True)
class Clock:
    """When time counts: the spans of local time that are open."""

    days: tuple[str, ...]
    """Days of the week that are worked, of DAYS; at least one."""
    hours: tuple[tuple[int, int], ...]
    """Opening and closing of each span in minutes after local midnight, in order, not overlapping; 1440 is the day's end."""
    holidays: str = ""
    """Country of the package ``holidays`` whose public holidays are off; empty for none."""
    closed: tuple[date, ...] = ()
    """Further local days off."""
    open: tuple[date, ...] = ()
    """Local days worked although off: beats the weekend, a holiday and ``closed``."""

    @property
    def hours_a_week(self) -> float:
        """Open hours of a week without holidays."""
        return len(self.days) * sum(closes - opens for opens, closes in self.hours) / 60

    @property
    def never_stops(self) -> bool:
        """Whether every instant is open."""
        return len(self.days) == len(DAYS) and self.hours == ((0, MINUTES_A_DAY),) and not self.holidays and not self.closed

    def due(self, starts: Instants, hours: float) -> Instants:
        """The instants at which ``hours`` of open time have passed since each start.

        Outside its hours, and at a closing instant, a clock starts at the next opening. A deadline that falls on a closing
        instant is that instant.

        Args:
            starts: instants, as UTC datetimes (null gives null) or as whole microseconds since 1970 in UTC.
            hours: open time, in hours, fractions allowed, not negative. 0 gives the start itself, outside hours the next opening.

        Returns:
            As ``starts``, in the same order.
        """
        if hours < 0:
            raise ValueError(f"a deadline cannot lie {-hours} hours before its start")
        if isinstance(starts, pl.Series):
            known = starts.drop_nulls().dt.timestamp("us").to_numpy()
            return _put_back(self.due(known, hours), starts.is_not_null()).cast(INSTANT).alias(starts.name)
        wanted = round(hours * MICROSECONDS_AN_HOUR)
        if self.never_stops or not len(starts):
            return starts + wanted
        open_time = self._open_time(int(starts.min()), int(starts.max()), wanted)
        return open_time.instant(open_time.until(starts) + wanted, on_closing=wanted > 0)

    def elapsed(self, starts: Instants, ends: Instants) -> Instants:
        """Open time between instants, in whole microseconds; negative where the end is before the start.

        Args:
            starts, ends: instants of equal number, as for ``due``; null on either side gives null.

        Returns:
            Whole microseconds, a series of Int64 or an array as given, in the same order.
        """
        if isinstance(starts, pl.Series):
            known = starts.is_not_null() & ends.is_not_null()
            first, last = (instants.filter(known).dt.timestamp("us").to_numpy() for instants in (starts, ends))
            return _put_back(self.elapsed(first, last), known).alias(starts.name)
        if self.never_stops or not len(starts):
            return ends - starts
        open_time = self._open_time(int(min(starts.min(), ends.min())), int(max(starts.max(), ends.max())), 0)
        return open_time.until(ends) - open_time.until(starts)

    def _open_time(self, first: int, last: int, wanted: int) -> "_OpenTime":
        """The openings from the local year of ``first`` until ``wanted`` more open time than at ``last`` has passed."""
        years = range(_local_year(first), _local_year(last) + 1)
        while True:
            spans = np.concatenate([_open_spans(self, year) for year in years])
            lengths = spans[:, 1] - spans[:, 0]
            open_time = _OpenTime(spans[:, 0].copy(), lengths, np.concatenate([[0], np.cumsum(lengths)]))
            # Strictly more: the next opening after the last instant must be there too.
            if open_time.before[-1] > int(open_time.until(np.array([last]))[0]) + wanted:
                return open_time
            years = range(years.start, years.stop + 1)


ROUND = Clock(DAYS, ((0, MINUTES_A_DAY),))
"""The clock that never stops: 24 hours on 7 days."""


@dataclass(frozen=True, eq=False)
class _OpenTime:
    """A stretch of a clock's openings, in microseconds."""

    opens: Integers
    lengths: Integers
    before: Integers
    """Open time before each opening, and at the end the whole of it."""

    def until(self, instants: Integers) -> Integers:
        """Open time from the first opening to each instant."""
        span = np.maximum(np.searchsorted(self.opens, instants, side="right") - 1, 0)
        passed: Integers = self.before[span] + np.clip(instants - self.opens[span], 0, self.lengths[span])
        return passed

    def instant(self, passed: Integers, *, on_closing: bool) -> Integers:
        """The instant at which that much open time has passed: where a span ends just then its closing, or the next opening."""
        span = np.searchsorted(self.before[1:], passed, side="left" if on_closing else "right")
        instants: Integers = self.opens[span] + (passed - self.before[span])
        return instants


@lru_cache(maxsize=1024)
def _open_spans(clock: Clock, year: int) -> Integers:
    """Opening and closing instants of one local year, in order; one row a span."""
    off = _holidays(clock.holidays, year) | set(clock.closed)
    worked = set(clock.open)
    days = [date(year, 1, 1) + timedelta(days=number) for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    spans = [
        (_microseconds(day, opens), _microseconds(day, closes))
        for day in days
        if day in worked or (DAYS[day.weekday()] in clock.days and day not in off)
        for opens, closes in clock.hours
    ]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _holidays(country: str, year: int) -> set[date]:
    """The public holidays of one year; none for an empty country."""
    if not country:
        return set()
    from holidays import country_holidays  # a slow import that a round clock can do without

    return set(country_holidays(country, years=year))


def _microseconds(day: date, minute: int) -> int:
    """The instant of a local day and minute after midnight, in microseconds since 1970 in UTC."""
    days, minute = divmod(minute, MINUTES_A_DAY)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), ZONE)
    return int(local.timestamp()) * 1_000_000


def _local_year(instant: int) -> int:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(ZONE).year


def _put_back(values: Integers, known: pl.Series) -> pl.Series:
    """``values`` at the places that are ``known``, null elsewhere."""
    places = np.zeros(len(known), dtype=np.int64)
    places[known.to_numpy()] = values
    return pl.select(pl.when(known).then(pl.lit(pl.Series("value", places)))).to_series()
