"""What is odd in a version without being wrong: counted and stated beside it, never mended by a guess."""

from collections.abc import Mapping

import polars as pl

from etl.tables import UNKNOWN


def odd_counts(tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Count what tables can say of themselves.

    Args:
        tables: channels, officers and channel_days, and the ``units`` that occur anywhere.

    Returns:
        ``unlisted_channels`` and ``unlisted_officers``: codes that occur and that no list of channels or officers has: they stay
        themselves. ``channels_fallen_to_zero``: channels whose number of members is 0 on some day after a day when it was not.
    """
    return {
        "unlisted_channels": _unlisted(tables["units"], "channel", tables["channels"]["channel_id"]),
        "unlisted_officers": _unlisted(tables["units"], "officer", tables["officers"]["officer_id"]),
        "channels_fallen_to_zero": _fallen_to_zero(tables["channel_days"]),
    }


def _unlisted(units: pl.DataFrame, kind: str, listed: pl.Series) -> int:
    return units.filter(pl.col("unit_kind") == kind, pl.col("unit") != UNKNOWN, ~pl.col("unit").is_in(listed.implode())).height


def _fallen_to_zero(days: pl.DataFrame) -> int:
    known = days.filter(pl.col("members").is_not_null()).sort("channel_id", "day")
    before = pl.col("members").shift(1).over("channel_id")
    return known.filter((pl.col("members") == 0) & (before > 0))["channel_id"].n_unique()
