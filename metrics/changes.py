"""What differs between two published versions: the whole's figures before and after, and the months whose rows changed."""

import polars as pl

from etl.versions import Version, parts
from metrics.catalogue import BY_NAME
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import Scope

METRICS = (
    *("received", "answered", "on_time", "first_response_median", "overdue_open"),
    *("compliments", "complaints", "ratings", "formal", "unattributed", "without_time"),
)
"""What is compared: over all time, each version at its own as_of."""
EVERYTHING = Query(metrics=METRICS)
MONTHLY = ("interactions", "feedback")


def changes(before: Version, after: Version, scope: Scope, query: Query = EVERYTHING) -> pl.DataFrame:
    """Figures as they were reported in one version, beside what a later one knows.

    Args:
        before: the earlier version: what was reported then.
        after: the later one.
        scope: what the viewer may see.
        query: unit, period, filters and metrics; by default those of METRICS of the whole, over all time.

    Returns:
        One row per metric (the catalogue's order) and unit that either version knows: ``metric``, ``unit``, ``unit_name``, and of either
        version ``value_before``, ``numerator_before``, ``denominator_before``, ``state_before``, ``note_before`` and so on with
        ``_after``, as in the result rows.
    """
    shown = ("value", "numerator", "denominator", "state", "note")
    sides = []
    for side, version in (("before", before), ("after", after)):
        rows = figures(version, query, scope, keep=False)
        sides.append(rows.select("metric", "unit", "unit_name", *(pl.col(name).alias(f"{name}_{side}") for name in shown)))
    both = sides[1].join(sides[0], on=["metric", "unit"], how="full", coalesce=True, suffix="_then")
    both = both.with_columns(unit_name=pl.coalesce("unit_name", "unit_name_then")).drop("unit_name_then")
    return both.sort(pl.col("metric").cast(pl.Enum(list(BY_NAME))), "unit")


def months(before: Version, after: Version) -> dict[str, list[str]]:
    """The months, ``YYYY-MM`` in order of time, in which any published row of a table came, went or changed.

    Returns:
        Table (interactions by when they were asked, feedback by when it was received) -> months.
    """
    old, new = parts(before), parts(after)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    split = [key.split("/", 1) for key in changed]
    return {table: [month for of, month in split if of == table and month != "all"] for table in MONTHLY}
