"""When residents ask and when they are answered: every hour of the week."""

from dataclasses import replace

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from metrics.engine import DAY, HOUR, LOCAL_HOURS, Frame, collect
from metrics.figures import period
from metrics.query import Query
from metrics.scope import Scope
from metrics.tally import Question, rows_of
from metrics.wards import read_wards

WEEKDAYS, HOURS = range(1, 8), range(24)
FIRST_WEEKDAY = 3
"""Days from a Monday to 1970-01-01, a Thursday."""


def hours(version: Version, query: Query, scope: Scope, keep: bool = True) -> pl.DataFrame:
    """Count questions and answers of every hour of the week, in local time.

    Args:
        version: the published version.
        query: whose cases; its unit and metrics are left aside.
        scope: what the viewer may see.
        keep: as of ``figures``.

    Returns:
        One row per weekday and hour, 168 in order of time: ``weekday`` (1 = Monday), ``hour`` (0–23), ``asked`` (cases with
        known time asked in the period, in that hour), ``answered`` (answers to those cases given in that hour, whenever asked).
    """
    question = Question(version, replace(query, by="all", metrics=()), scope, read_wards(version), (period(version, query),), keep)
    rows = rows_of("interactions", question).filter(nw.col("timed"))
    asked, answered = collect([_counted(rows, name) for name in ("asked", "answered")])
    week = pl.DataFrame({"weekday": WEEKDAYS}).join(pl.DataFrame({"hour": HOURS}), how="cross")
    week = week.join(asked, on=["weekday", "hour"], how="left").join(answered, on=["weekday", "hour"], how="left")
    return week.sort("weekday", "hour").with_columns(pl.col("asked", "answered").fill_null(0).cast(pl.Int64))


def _counted(rows: Frame, instant: str) -> Frame:
    """How many of these instants (microseconds) lie in each hour of the week."""
    local = nw.col(instant) + LOCAL_HOURS
    rows = rows.filter(~nw.col(instant).is_null())
    rows = rows.with_columns(weekday=(local // DAY + FIRST_WEEKDAY) % 7 + 1, hour=local % DAY // HOUR)
    return rows.group_by("weekday", "hour").agg(**{instant: nw.len()})
