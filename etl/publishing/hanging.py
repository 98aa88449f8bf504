"""Which rows of the version that is shown hang on a channel, a shift or an as_of that is otherwise than before.

A request and a judgement have platform and ward of their channel; a request whose log says so has the officer who was on duty when it
was answered; an acknowledgement starts a clock once it has happened. No other row reaches channels, shifts and as_of.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.publishing.versions import Version
from etl.tables import TIDY_TABLES


@dataclass(frozen=True)
class Hanging:
    """Keys of the rows that may not stay."""

    interactions: pl.DataFrame
    feedback: pl.DataFrame


def hanging(version: Version, since: datetime, channels: pl.DataFrame, shifts: pl.DataFrame) -> Hanging:
    """What of a version hangs on what differs.

    Args:
        version: that is shown.
        since: of its as_of and the next one's the earlier.
        channels: that differ: ``channel_id``, whether as they were or as they are.
        shifts: that differ: ``starts_at, ends_at``.
    """
    there = pl.col("channel_id").is_in(channels["channel_id"].implode())
    found = [_keys(version, "interactions", condition) for condition in [pl.col("acknowledged_at") > since, there]]
    answered = pl.col("attribution").is_in(["roster", "none"]) & pl.col("answered_at").is_not_null()
    if shifts.height:
        asked = _keys(version, "interactions", answered & (pl.col("answered_at") >= shifts["starts_at"].min()), "answered_at")
        spans = shifts.sort("starts_at").select("starts_at", until=pl.col("ends_at").cum_max())
        beside = asked.sort("answered_at").join_asof(spans, left_on="answered_at", right_on="starts_at")
        found.append(beside.filter(pl.col("answered_at") <= pl.col("until")).select(found[0].columns))
    return Hanging(pl.concat(found).unique(), _keys(version, "feedback", there))


def _keys(version: Version, table: str, condition: pl.Expr, *beside: str) -> pl.DataFrame:
    return pl.scan_parquet(version.glob(table)).filter(condition).select(*TIDY_TABLES[table].key, *beside).collect()
