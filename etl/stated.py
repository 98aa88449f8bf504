"""What is odd in a version without being wrong: counted and stated beside it, never mended by a guess."""

from collections.abc import Mapping

import polars as pl

from etl.tables import UNKNOWN


def odd_counts(tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Count what tidy tables can say of themselves.

    Returns:
        ``unlisted_channels`` and ``unlisted_officers``: codes that occur and that no list of channels or officers has: they stay
        themselves. ``channels_fallen_to_zero``: channels whose number of members is 0 on some day after a day when it was not.
    """
    return {
        "unlisted_channels": _unlisted(tables, "channel_id", ("interactions", "feedback", "duties", "channel_days"), "channels"),
        "unlisted_officers": _unlisted(tables, "officer_id", ("interactions", "feedback", "duties", "postings"), "officers"),
        "channels_fallen_to_zero": _fallen_to_zero(tables["channel_days"]),
    }


def _unlisted(tables: Mapping[str, pl.DataFrame], code: str, places: tuple[str, ...], listing: str) -> int:
    occurring = pl.concat([tables[table].select(code).unique() for table in places]).unique().drop_nulls()
    return occurring.filter(pl.col(code) != UNKNOWN).join(tables[listing], on=code, how="anti").height


def _fallen_to_zero(days: pl.DataFrame) -> int:
    known = days.filter(pl.col("members").is_not_null()).sort("channel_id", "day")
    before = pl.col("members").shift(1).over("channel_id")
    return known.filter((pl.col("members") == 0) & (before > 0))["channel_id"].n_unique()
