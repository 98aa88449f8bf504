"""Small numbers of a fine cut are hidden from whoever has no duty to look at cases one by one.

This hides within one answer. It does not yet compare answers: two periods, filters or versions that differ by little can still be
subtracted from each other.
"""

from collections.abc import Sequence

import polars as pl

from metrics.query import Query
from metrics.scope import Scope

FEWEST = 8
"""A number of 1 to one less than this is hidden."""


def may_see_small(query: Query, scope: Scope) -> bool:
    """Whether the viewer may look one by one at all cases that the question is about."""
    if scope.cases_of is None:
        return True
    return bool(query.ward) and query.wards == "current" and set(query.ward) <= scope.cases_of


def hidden(rows: pl.DataFrame, count: str, within: Sequence[str]) -> pl.DataFrame:
    """Hide small numbers, and one more where what is left would give a hidden number away.

    Args:
        rows: one row per cell; the sum of each group is known from elsewhere.
        count: the column to hide in.
        within: the columns that make a group.

    Returns:
        The rows in their order, with ``count`` null where it is hidden: numbers under FEWEST (0 is none), and where those of a group make
        less than FEWEST together (so one alone always), its smallest other number too.
    """
    small = (pl.col(count) > 0) & (pl.col(count) < FEWEST)
    few = pl.col(count).filter(small)
    give_away = (few.len() > 0) & (few.sum() < FEWEST)
    next_one = (pl.col(count) >= FEWEST) & (pl.col("_place") == pl.col("_place").filter(pl.col(count) >= FEWEST).min().over(within))
    placed = rows.with_columns(_place=pl.col(count).rank("ordinal").over(within))
    hide = small | (next_one & give_away.over(within))
    return placed.with_columns(pl.when(~hide).then(pl.col(count)).alias(count)).drop("_place")
