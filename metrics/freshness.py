"""When each channel was last heard of, and which have fallen silent: always at as_of, whatever period is asked for."""

from dataclasses import replace
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from etl.gate.silence import EXPECTED, SILENT_DAYS, USUAL_DAYS
from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics import activity, population
from metrics.engine import Frame, collect, local_date, local_days, read
from metrics.figures import period
from metrics.memory import MEMORY, remembered
from metrics.narrowing import narrowed
from metrics.query import Query
from metrics.scope import Scope
from metrics.wards import read_wards


def channels(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """When channels were last active, and how that compares with their usual pace.

    Args:
        version: the published version.
        query: filters (topic and officer are passed over); its period is left aside.
        scope: what the viewer may see.

    Returns:
        One row per channel that is declared or that any case names, by code: ``channel``, ``name``, ``platform``, ``ward``
        ("unknown" where nobody tells); ``last_asked``, ``last_post``, ``last_day`` (local dates; null where there is none),
        ``quiet_days`` (whole days since the last question or post), ``pace`` (questions and posts a day), ``silent``,
        ``last_members`` (last known), ``emptied`` (that is 0 and was more before), ``closed``, ``cut_off`` (some of its own days rest on
        a file that was cut off).
    """
    asked, days = _rows(version, replace(query, by="channel", from_on=None, to_on=None, topic=(), officer=()), scope)
    today = local_date(version.as_of)
    by_day = pl.concat([asked, days.select("channel", "day", events=pl.col("posts").fill_null(0))]).filter(pl.col("events") > 0)
    known_members, day = days.filter(pl.col("members").is_not_null()).group_by("channel"), pl.col("day")
    parts = (
        asked.group_by("channel").agg(last_asked=day.max()),
        days.filter(pl.col("posts") > 0).group_by("channel").agg(last_post=day.max()),
        days.group_by("channel").agg(last_day=day.max(), cut_off=pl.col("provisional").any()),
        known_members.agg(last_members=pl.col("members").sort_by("day").last(), most=pl.col("members").max()),
        _pace(by_day),
    )
    told = [part.with_columns(pl.col("channel").cast(pl.String)) for part in parts]  # few rows by now: whole texts group slowly
    found = _declared(version, query, scope, told[0]["channel"], told[2]["channel"])
    for part in told:
        found = found.join(part, on="channel", how="left")
    quiet = (pl.lit(today) - pl.max_horizontal("last_asked", "last_post")).dt.total_days()
    closed = pl.col("closed_on").is_not_null() & (pl.col("closed_on") <= today)
    silent = (quiet >= SILENT_DAYS) & (quiet * pl.col("pace") >= EXPECTED) & ~closed
    return (
        found.with_columns(quiet_days=quiet, closed=closed, silent=silent.fill_null(False), cut_off=pl.col("cut_off").fill_null(False))
        .with_columns(emptied=((pl.col("last_members") == 0) & (pl.col("most") > 0)).fill_null(False))
        .drop("closed_on", "most")
        .sort("channel")
    )


def _rows(version: Version, query: Query, scope: Scope) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Questions by channel and local day (``channel``, ``day``, ``events``), and the channels' own days (``members``, ``posts``,
    ``provisional``)."""
    span, wards = period(version, query), read_wards(version)
    first = date(1970, 1, 1)  # a channel's own days may be older than the first question

    def within(rows: Frame) -> Frame:
        return narrowed(rows, query, scope, wards, [(first, span[1])]).with_columns(channel=nw.col("unit"), day=local_days(nw.col("at")))

    cases, own = population.cases(version, linked=False), activity.channel_days(version)
    if MEMORY.holds(version):
        cases = remembered(version, "cases", lambda: population.cases(version, linked=True))
        own = remembered(version, "channel_days", lambda: activity.channel_days(version))
    counted = within(population.asked(cases, version)).group_by("channel", "day").agg(events=nw.len())
    rows = collect([counted, within(own).select("channel", "day", "members", "posts", "provisional")])
    asked_rows, days = (frame.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date)) for frame in rows)
    return asked_rows.with_columns(pl.col("events").cast(pl.Int64)), days


def _declared(version: Version, query: Query, scope: Scope, *seen: pl.Series) -> pl.DataFrame:
    """Channels of the roster within the scope and the filters, and those that rows within them name."""
    roster = read(version, "channels", ("channel_id", "name", "platform", "ward_code", "closed_on")).rename({"channel_id": "channel"})
    roster = roster.with_columns(pl.col("closed_on").cast(pl.Date), ward=pl.col("ward_code").fill_null(UNKNOWN)).drop("ward_code")
    limits = {"platform": query.platform or None, "ward": query.ward or None}, {"ward": scope.wards}
    listed = roster
    for column, wanted in (limit for limited in limits for limit in limited.items()):
        if wanted is not None:
            listed = listed.filter(pl.col(column).is_in(sorted(wanted)))
    every = pl.concat([listed["channel"], *seen]).unique().to_frame().filter(pl.col("channel") != UNKNOWN)
    named = every.join(roster, on="channel", how="left")
    return named.with_columns(pl.col("name").fill_null(pl.col("channel")), pl.col("platform", "ward").fill_null(UNKNOWN))


def _pace(by_day: pl.DataFrame) -> pl.DataFrame:
    """Questions and posts a day, in the USUAL_DAYS up to the last day with any."""
    last = by_day.group_by("channel").agg(last=pl.col("day").max())
    usual = by_day.join(last, on="channel").filter(pl.col("day") > pl.col("last") - timedelta(days=USUAL_DAYS))
    return usual.group_by("channel").agg(pace=pl.col("events").sum() / USUAL_DAYS)
