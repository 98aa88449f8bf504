"""The order of wards, the same in a table and in the chart beside it."""

import polars as pl

from etl.tables import UNKNOWN
from metrics.declaration import Metric


def ordered(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Rows by the stable estimate where there is one, else by value: best first, counts from the most; without a value last, and
    after them ``unknown``, which is no unit to compare with."""
    best_first = metric.kind == "count" or metric.better != "lower"
    unknown = pl.col("unit") == UNKNOWN
    return rows.sort(unknown, pl.coalesce("shrunk", "value"), "unit", descending=[False, best_first, False], nulls_last=True)
