"""What differs between two versions: figures before and after, and why they moved; the months whose rows changed."""

from dataclasses import replace

import polars as pl

from etl.publishing.versions import Version, parts
from metrics.catalogue import BY_NAME
from metrics.figures import figures
from metrics.query import Query
from metrics.reasons import MOVES, explained, moves
from metrics.scope import Scope

METRICS = (
    *("received", "answered", "on_time", "first_response_median", "overdue_open"),
    *("compliments", "complaints", "ratings", "formal", "unattributed", "without_time"),
)
"""What is compared: over all time, each version at its own as_of."""
EVERYTHING = Query(metrics=METRICS)
MONTHLY = ("interactions", "feedback")
SHOWN = ("value", "numerator", "denominator", "state", "note")


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
        ``_after``, as in the result rows; ``version_before``, ``version_after``: of the metric's definition, when it was reported (null
        where there was no such metric) and today. Where these differ nothing else is told of before: it was another figure.
    """
    sides = []
    for side, version in (("before", before), ("after", after)):
        rows = figures(version, query, scope, keep=False)
        sides.append(rows.select("metric", "unit", "unit_name", *(pl.col(name).alias(f"{name}_{side}") for name in SHOWN)))
    both = sides[1].join(sides[0], on=["metric", "unit"], how="full", coalesce=True, suffix="_then")
    both = both.with_columns(unit_name=pl.coalesce("unit_name", "unit_name_then")).drop("unit_name_then")
    versions = {"version_before": _versions_then(before), "version_after": {name: metric.version for name, metric in BY_NAME.items()}}
    both = both.with_columns(
        pl.col("metric").replace_strict(of, default=None, return_dtype=pl.Int64).alias(name) for name, of in versions.items()
    )
    same = pl.col("version_before").eq_missing(pl.col("version_after"))
    both = both.with_columns(pl.when(same).then(pl.col(f"{name}_before")).alias(f"{name}_before") for name in SHOWN)
    return both.sort(pl.col("metric").cast(pl.Enum(list(BY_NAME))), "unit")


def _versions_then(version: Version) -> dict[str, int]:
    """The definitions by which a version was reported. One that does not say is of the time when each had its first."""
    return dict.fromkeys(BY_NAME, 1) if version.definitions is None else version.definitions


def explained_changes(before: Version, after: Version, scope: Scope, query: Query = EVERYTHING) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``changes``, and why each figure moved.

    Returns:
        The rows of ``changes`` and those of ``metrics.reasons.moves``; a figure that is defined otherwise since has that one reason,
        ``definition`` without amounts.
    """
    rows = changes(before, after, scope, query)
    redefined = rows.filter(pl.col("version_before").ne_missing(pl.col("version_after")))
    others = set(redefined["metric"])
    told = tuple(name for name in query.metrics if explained(BY_NAME[name]) and name not in others)
    stated = redefined.select(
        "metric", "unit", pl.lit("definition").alias("reason"), pl.lit(None).alias("numerator"), pl.lit(None).alias("denominator")
    )
    return rows, pl.concat([stated.cast(MOVES), moves(before, after, replace(query, metrics=told), scope)])  # type: ignore[arg-type]


def months(before: Version, after: Version) -> dict[str, list[str]]:
    """The months, ``YYYY-MM`` in order of time, in which any published row of a table came, went or changed.

    Returns:
        Table (interactions by when they were asked, feedback by when it was received) -> months.
    """
    old, new = parts(before), parts(after)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    split = [key.split("/", 1) for key in changed]
    return {table: [month for of, month in split if of == table and month != "all"] for table in MONTHLY}
