"""What differs between two published versions: the whole's figures before and after, and the months whose rows changed."""

import polars as pl

from etl.versions import Version, parts
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import Scope

METRICS = (
    *("received", "answered", "on_time", "first_response_median", "overdue_open"),
    *("compliments", "complaints", "ratings", "formal", "unattributed", "without_time"),
)
"""What is compared: over all time, each version at its own as_of."""
MONTHLY = ("interactions", "feedback")


def changes(before: Version, after: Version, scope: Scope) -> pl.DataFrame:
    """The whole's figures in both versions.

    Returns:
        One row per metric, in the catalogue's order: ``metric`` and of either version ``value_before``, ``numerator_before``,
        ``denominator_before``, ``note_before`` and so on with ``_after``, as in the result rows.
    """
    shown = ("value", "numerator", "denominator", "state", "note")
    sides = []
    for side, version in (("before", before), ("after", after)):
        rows = figures(version, Query(metrics=METRICS), scope, keep=False)
        sides.append(rows.select("metric", *(pl.col(name).alias(f"{name}_{side}") for name in shown)))
    return sides[0].join(sides[1], on="metric", how="left", maintain_order="left")


def months(before: Version, after: Version) -> dict[str, list[str]]:
    """The months, ``YYYY-MM`` in order of time, in which any published row of a table came, went or changed.

    Returns:
        Table (interactions by when they were asked, feedback by when it was received) -> months.
    """
    old, new = parts(before), parts(after)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    split = [key.split("/", 1) for key in changed]
    return {table: [month for of, month in split if of == table and month != "all"] for table in MONTHLY}
