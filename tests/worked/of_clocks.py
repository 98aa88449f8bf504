"""Deadlines and open time on working-hours clocks, as the tests of three help desks expect them; local times, whatever the place."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from etl.reference.clocks import DAYS, ZONE, Clock
from tests.worked.published import Published

WEEK = DAYS[:5]
NINE_TO_FIVE = Clock(WEEK, ((540, 1020),))
EIGHT_TO_SIX = Clock(WEEK, ((480, 1080),))


def shut(clock: Clock, *days: str) -> Clock:
    """The clock with further days off."""
    return Clock(clock.days, clock.hours, closed=tuple(map(date.fromisoformat, days)))


@dataclass(frozen=True)
class Due:
    """So many open hours after the start the deadline is expected."""

    clock: Clock
    start: str
    hours: float
    expected: str


@dataclass(frozen=True)
class Elapsed:
    """So many open hours are expected between two instants."""

    clock: Clock
    start: str
    end: str
    hours: float


Case = Due | Elapsed
JULY = shut(NINE_TO_FIVE, "2010-07-05")
EVERY_DAY = Clock(DAYS, ((480, 1020),), closed=(date(2015, 9, 22),))
UNTIL_EIGHT = shut(Clock(WEEK, ((480, 1200),)), "2016-11-01")
LONG_WEEKEND = Clock(("mon", "fri", "sat", "sun"), ((0, 1440),))
WHOLE_DAYS = shut(Clock(WEEK, ((0, 1440),)), "2020-09-21", "2020-09-15")

HOURS: list[Case] = [
    Due(NINE_TO_FIVE, "2010-08-04 09:35", 8, "2010-08-05 09:35"),
    Due(NINE_TO_FIVE, "2010-04-09 16:50", 1, "2010-04-12 09:50"),
    Due(JULY, "2010-07-02 16:50", 1, "2010-07-06 09:50"),
    Due(NINE_TO_FIVE, "2010-04-12 09:50", 3, "2010-04-12 12:50"),
    Due(NINE_TO_FIVE, "2010-04-26 04:30", 0, "2010-04-26 09:00"),
    Due(NINE_TO_FIVE, "2010-04-26 18:00", 0, "2010-04-27 09:00"),
    Due(Clock(("fri",), ((540, 1020),)), "2010-12-24 08:00", 8, "2010-12-24 17:00"),
]
DAYS_OF_EIGHT: list[Case] = [
    Due(NINE_TO_FIVE, "2010-04-13 11:00", 8, "2010-04-14 11:00"),
    Due(NINE_TO_FIVE, "2010-04-09 12:33", 8, "2010-04-12 12:33"),
    Due(NINE_TO_FIVE, "2010-04-10 12:33", 0, "2010-04-12 09:00"),
    Due(NINE_TO_FIVE, "2010-04-09 12:33", 40, "2010-04-16 12:33"),
    Due(JULY, "2010-07-02 16:50", 8, "2010-07-06 16:50"),
    Due(shut(NINE_TO_FIVE, "2010-07-04"), "2010-07-02 16:50", 8, "2010-07-05 16:50"),
]
FROM_OUTSIDE: list[Case] = [
    Due(NINE_TO_FIVE, "2010-04-10 11:00", 8, "2010-04-13 09:00"),
    Due(NINE_TO_FIVE, "2010-04-10 23:55", 8, "2010-04-13 09:00"),
    Due(NINE_TO_FIVE, "2015-10-14 01:54", 8, "2015-10-15 09:00"),
    Due(NINE_TO_FIVE, "2015-10-14 21:54", 8, "2015-10-16 09:00"),
]
BETWEEN: list[Case] = [
    Elapsed(NINE_TO_FIVE, "2012-02-01 10:00", "2012-02-01 14:20", 13 / 3),
    Elapsed(NINE_TO_FIVE, "2012-02-01 14:20", "2012-02-01 10:00", -13 / 3),
    Elapsed(NINE_TO_FIVE, "2012-02-01 10:00", "2012-02-01 17:24", 7),
    Elapsed(NINE_TO_FIVE, "2012-02-01 07:25", "2012-02-01 15:30", 6.5),
    Elapsed(NINE_TO_FIVE, "2012-02-01 10:00", "2012-02-02 10:00", 8),
    Elapsed(NINE_TO_FIVE, "2012-02-01 10:00", "2012-02-09 11:00", 49),
    Elapsed(NINE_TO_FIVE, "2012-02-09 11:00", "2012-02-01 10:00", -49),
    Elapsed(NINE_TO_FIVE, "2014-02-17 15:00", "2014-02-17 16:00", 1),
    Elapsed(LONG_WEEKEND, "2010-12-24 15:00", "2010-12-27 11:00", 68),
    Elapsed(Clock(DAYS[:3], ((540, 1080),)), "2012-05-28 08:04:26", "2012-05-29 14:56:45", 53805 / 3600),
    Elapsed(Clock(DAYS[:2], ((480, 1200),)), "2014-05-12 20:50", "2014-05-13 08:10", 1 / 6),
]
README: list[Case] = [Elapsed(NINE_TO_FIVE, "2012-02-03 10:40", "2012-02-04 10:50", 49 / 6)]
ZAMMAD: list[Case] = [
    *(Due(NINE_TO_FIVE, "2013-03-21 10:30", hours, f"2013-03-21 {10 + hours}:30") for hours in (1, 2, 3, 4)),
    *(Due(EIGHT_TO_SIX, "2013-03-21 10:30", hours, f"2013-03-21 {10 + hours}:30") for hours in (1, 2, 3)),
    *(Due(EVERY_DAY, "2013-10-21 11:30", hours, f"2013-10-21 {11 + hours}:30") for hours in (2, 3, 4)),
    *(Due(EVERY_DAY, "2013-10-21 07:30", hours, f"2013-10-21 {8 + hours}:00") for hours in (2, 3, 4)),
    *(Due(EVERY_DAY, "2015-09-21 16:30", hours, f"2015-09-23 {at}") for hours, at in ((2, "09:30"), (3, "10:30"), (4, "11:30"))),
    *(Due(UNTIL_EIGHT, "2016-11-01 14:56:21", hours, f"2016-11-02 {at}") for hours, at in ((1, "09:00"), (2, "10:00"))),
    Due(UNTIL_EIGHT, "2016-11-01 14:56:21", 20, "2016-11-03 16:00"),
    Due(UNTIL_EIGHT, "2016-11-07 15:26:36", 20, "2016-11-09 11:26:36"),
    Due(Clock(DAYS, ((540, 1080),)), "2013-06-04 17:00", 1, "2013-06-04 18:00"),
    *(
        Elapsed(EIGHT_TO_SIX, "2013-03-21 10:30", f"2013-03-21 {end}", minutes / 60)
        for end, minutes in (("11:00", 30), ("12:00", 90), ("12:30", 120), ("13:00", 150), ("14:00", 210), ("15:00", 270))
    ),
]
ZAMMAD_NOW: list[Case] = [Due(Clock(DAYS, ((540, 1080),)), "2013-06-04 17:00", 1, "2013-06-05 09:00")]
FIXMYSTREET: list[Case] = [
    Due(WHOLE_DAYS, "2020-09-19 00:00", 24, "2020-09-23 00:00"),
    Elapsed(WHOLE_DAYS, "2020-09-11 00:00", "2020-09-19 00:00", 5 * 24),
]

CLOSING = "a deadline that falls on a closing instant is that instant here, the next opening there: no open time lies between"
SOURCES: list[tuple[str, str, list[Case], str]] = [
    ("bokmann/business_time, test/test_business_hours.rb", "7 deadlines in hours", HOURS, ""),
    ("bokmann/business_time, test/test_business_days.rb", "6 deadlines in days of eight hours", DAYS_OF_EIGHT, ""),
    ("bokmann/business_time, test/test_business_days.rb", "4 deadlines in days, from outside the hours", FROM_OUTSIDE, CLOSING),
    ("bokmann/business_time, test_time_extensions.rb, test_calculating_business_duration.rb", "11 spans", BETWEEN, ""),
    (
        "bokmann/business_time, test/test_time_extensions.rb (2012)",
        "the span of its read-me",
        README,
        "it ends on Saturday, 4 February 2012, and is expected as if that were worked",
    ),
    ("zammad/zammad, test/unit/ticket_sla_test.rb", "21 deadlines and 6 spans", ZAMMAD, ""),
    (
        "zammad/zammad, spec/models/ticket/escalation_examples.rb",
        "the one deadline there that falls on a closing instant",
        ZAMMAD_NOW,
        CLOSING,
    ),
    ("mysociety/fixmystreet, t/workingdays.t", "5 working days back, 1 forward from a weekend", FIXMYSTREET, ""),
]


def rows() -> list[Published]:
    return [
        Published(source, f"{what}, seconds", *zip(*map(_seconds, cases), strict=True), "spans added day by day", 0, why)  # type: ignore[arg-type]
        for source, what, cases, why in SOURCES
    ]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _seconds(case: Case) -> tuple[float, float, float]:
    """From the start to the deadline, or of open time: as expected, as found, and added day by day."""
    start = _at(case.start)
    micro = np.array([round(start.timestamp() * 1e6)])
    if isinstance(case, Elapsed):
        end = _at(case.end)
        found = case.clock.elapsed(micro, np.array([round(end.timestamp() * 1e6)]))
        return round(case.hours * 3600), float(found[0]) / 1e6, _open_seconds(case.clock, start, end)
    found = case.clock.due(micro, case.hours)
    return (_at(case.expected) - start).total_seconds(), float(found[0] - micro[0]) / 1e6, _until(case.clock, start, case.hours * 3600)


def _open_seconds(clock: Clock, start: datetime, end: datetime) -> float:
    if end < start:
        return -_open_seconds(clock, end, start)
    return sum(max(0.0, (min(end, closes) - max(start, opens)).total_seconds()) for opens, closes in _openings(clock, start, end))


def _until(clock: Clock, start: datetime, wanted: float) -> float:
    for opens, closes in _openings(clock, start, start + timedelta(60)):
        opens = max(opens, start)
        length = (closes - opens).total_seconds()
        if length > 0 and wanted <= length:
            return (opens - start).total_seconds() + wanted
        wanted -= max(0.0, length)
    raise AssertionError("not within sixty days")


def _openings(clock: Clock, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    first = start.replace(hour=0, minute=0, second=0)
    days = [first + timedelta(number) for number in range((end - first).days + 1)]
    worked = [day for day in days if DAYS[day.weekday()] in clock.days and day.date() not in clock.closed]
    return [(day + timedelta(minutes=opens), day + timedelta(minutes=closes)) for day in worked for opens, closes in clock.hours]
