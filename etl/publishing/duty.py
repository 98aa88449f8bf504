"""Who was on duty where a request was answered, for logs that name no officer and say that the duty roster does."""

import polars as pl

from etl.tables import UNKNOWN
from etl.times import local_date

_PLACES = ("channel_id", "ward_code")
"""A shift at a channel is for that channel; one that names none is for its ward."""


def on_duty(cases: pl.DataFrame, duties: pl.DataFrame) -> pl.Series:
    """The one officer who was on duty when each case was answered.

    Args:
        cases: ``channel_id``, ``ward_code``, ``answered_at``; null where the instant is not known to the minute.
        duties: shifts: ``officer_id, channel_id, ward_code, starts_at, ends_at``; the end itself is not on duty.

    Returns:
        An officer's id a case; null where nobody was on duty there, or more than one.
    """
    asked = cases.select(*_PLACES, "answered_at").with_row_index("case").drop_nulls("answered_at")
    asked = asked.with_columns(day=local_date(pl.col("answered_at")))
    days = pl.date_ranges(local_date(pl.col("starts_at")), local_date(pl.col("ends_at")))
    shifts = duties.select("officer_id", *_PLACES, "starts_at", "ends_at", day=days).explode("day")
    found = []
    for place, theirs in zip(_PLACES, (pl.col("channel_id").is_not_null(), pl.col("channel_id").is_null()), strict=True):
        there = asked.filter(pl.col(place) != UNKNOWN).join(shifts.filter(theirs), on=[place, "day"], how="inner")
        there = there.filter(pl.col("starts_at") <= pl.col("answered_at"), pl.col("answered_at") < pl.col("ends_at"))
        found.append(there.select("case", "officer_id"))
    by_case = pl.concat(found).unique().group_by("case").agg(pl.col("officer_id").first(), officers=pl.len())
    only = by_case.filter(pl.col("officers") == 1)
    every = cases.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("case"))
    return every.join(only, on="case", how="left", maintain_order="left")["officer_id"]
