"""The order of wards, the same in a table and in the chart beside it."""

import polars as pl

from metrics.declaration import Metric


def ordered(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Rows by the stable estimate where there is one, else by value: best first, counts from the most; without a value last."""
    best_first = metric.kind == "count" or metric.better != "lower"
    return rows.sort(pl.coalesce("shrunk", "value"), "unit", descending=[best_first, False], nulls_last=True)
