"""Channels that have fallen silent: of whom their own usual pace would have let expect something by now."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from etl.tables import UNKNOWN
from etl.times import local_date

SILENT_DAYS = 14
"""Fewer days without a question or a post are no silence."""
EXPECTED = 5
"""Nor is a time in which the channel's own usual pace lets expect fewer questions and posts than these."""
USUAL_DAYS = 90
"""Its usual pace is that of so many days up to the last one on which anything happened."""


def silent_channels(tables: Mapping[str, pl.DataFrame], as_of: datetime) -> list[str]:
    """The channels that are silent at ``as_of`` and were not closed, by code; the metrics count the same.

    Args:
        tables: tidy tables (interactions, channels, channel_days).
        as_of: the instant of which the figures are.
    """
    asked = tables["interactions"].lazy().filter(~pl.col("status").is_in(["withdrawn", "duplicate"]), pl.col("asked_at") <= as_of)
    heard_of = asked.filter(pl.col("asked_at") > as_of - timedelta(days=SILENT_DAYS - 1)).select("channel_id").unique()
    asked = asked.join(heard_of, on="channel_id", how="anti")  # of most channels nothing more need be known
    posts = tables["channel_days"].lazy().filter(pl.col("posts") > 0).join(heard_of, on="channel_id", how="anti")
    today = pl.select(local_date(pl.lit(as_of))).item()
    by_day = [
        asked.group_by("channel_id", day=local_date(pl.col("asked_at"))).agg(events=pl.len().cast(pl.Int64)),
        posts.filter(pl.col("day") <= today).select("channel_id", "day", events="posts"),
    ]
    days = pl.concat(by_day).filter(pl.col("channel_id") != UNKNOWN).with_columns(last=pl.col("day").max().over("channel_id"))
    usual = days.filter(pl.col("day") > pl.col("last") - timedelta(days=USUAL_DAYS))
    quiet = (pl.lit(today) - pl.col("last")).dt.total_days()
    silent = usual.group_by("channel_id", "last").agg(pace=pl.col("events").sum() / USUAL_DAYS)
    silent = silent.filter(quiet >= SILENT_DAYS, quiet * pl.col("pace") >= EXPECTED)
    closed = tables["channels"].lazy().filter(pl.col("closed_on") <= today).select("channel_id")
    return silent.join(closed, on="channel_id", how="anti").select("channel_id").sort("channel_id").collect()["channel_id"].to_list()
