"""What residents praise and blame, and what becomes of it: counts by category and by outcome, and the time to a decision.

Formal complaints and denunciations are in none of these: they have a procedure of their own, and the metric ``formal``.
"""

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.engine import Frame, collect, how_many, local_days, microseconds
from metrics.figures import period
from metrics.memory import MEMORY, remembered
from metrics.narrowing import narrowed, ward_column
from metrics.population import feedback, whole_seconds
from metrics.query import Query
from metrics.scope import Scope
from metrics.small_cells import FEWEST, hidden, may_see_small
from metrics.survival import quantiles
from metrics.wards import read_wards

PENDING = "pending"
MINIMUM = 10
"""Under so many complaints no time to a decision is printed."""
KIND = {"compliment": "compliment", "complaint": "complaint", "rating": "rated"}
"""Kind of feedback -> the population's flag."""


def by_category(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """Compliments and complaints by what they are about, held and repeated ones included, as the counts of that name.

    Returns:
        One row per unit, kind (compliment, complaint) and category, most rows first: ``unit``, ``kind``, ``category``, ``rows``,
        ``held`` (how many of them wait for a person to look), ``of`` (rows of the unit and kind); null where it is hidden.
    """
    rows = _judged(version, query, scope).filter(nw.col("compliment") | nw.col("complaint"))
    counted = _counts(rows.group_by("unit", "kind", "category").agg(rows=nw.len(), held=how_many(nw.col("held"))), "rows", "held")
    cells = counted.with_columns(of=pl.col("rows").sum().over("unit", "kind"))
    if not may_see_small(query, scope):
        cells = hidden(hidden(cells, "held", ["unit", "kind"]), "rows", ["unit", "kind"])
    return _sorted(cells, "kind", "category")


def by_outcome(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """Complaints by what was decided by as_of: ``pending`` where nothing was, ``unknown`` where only the day of a decision is told.

    Returns:
        One row per unit and outcome, most rows first: ``unit``, ``outcome``, ``rows`` (null where it is hidden), ``of`` (complaints of
        the unit).
    """
    rows = _judged(version, query, scope).filter(nw.col("complaint"))
    none = nw.when(nw.col("decided").is_null()).then(nw.lit(PENDING)).otherwise(nw.lit(UNKNOWN))
    rows = rows.with_columns(outcome=nw.when(nw.col("outcome").is_null()).then(none).otherwise(nw.col("outcome").cast(nw.String)))
    cells = _counts(rows.group_by("unit", "outcome").agg(rows=nw.len()), "rows").with_columns(of=pl.col("rows").sum().over("unit"))
    return _sorted(cells if may_see_small(query, scope) else hidden(cells, "rows", ["unit"]), "outcome")


def time_to_decision(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """How long half of the complaints wait for a decision; those not yet decided are counted in, as waiting until as_of.

    A complaint whose instants are bare dates, or that was decided nobody says when, has no clock.

    Returns:
        One row per unit: ``unit``, ``value``, ``lower``, ``upper`` (median and 95 % interval, seconds; null where not reached or too
        few), ``numerator`` (decided), ``denominator`` (complaints with a clock), ``state`` (no_data, too_few, ok), ``note``.

    Source:
        Kaplan & Meier 1958; Brookmeyer & Crowley 1982.
    """
    timed = nw.col("complaint") & nw.col("timed") & (nw.col("outcome").is_null() | ~nw.col("decided").is_null())
    ends = nw.when(~nw.col("decided").is_null()).then(nw.col("decided")).otherwise(nw.lit(microseconds(version.as_of)))
    rows = _judged(version, query, scope).filter(timed)
    rows = rows.select(nw.col("unit").cast(nw.String), seconds=whole_seconds(ends - nw.col("at")), ended=~nw.col("decided").is_null())
    found = quantiles(collect([rows])[0], [0.5]).with_columns(pl.col("unit").cast(pl.String))
    state = pl.when(pl.col("cases") < MINIMUM).then(pl.lit("too_few")).otherwise(pl.lit("ok"))
    times = [pl.when(pl.col("cases") >= MINIMUM).then(pl.col(f"{name}_0")).alias(name) for name in ("value", "lower", "upper")]
    note = pl.when(pl.col("value_0").is_null() & (pl.col("cases") >= MINIMUM)).then(pl.format("more_than:{}", "last"))
    return found.select(
        "unit", *times, numerator=pl.col("events").cast(pl.Int64), denominator=pl.col("cases").cast(pl.Int64), state=state, note=note
    ).sort("unit")


def bursts(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """Sudden waves of praise or blame that are held until a person has looked at them.

    Returns:
        One row per local day, ward (of the query's map) and kind, latest first: ``day``, ``ward``, ``kind``, ``rows``, ``voices``
        (rows that count as one voice each); null where it is hidden.
    """
    rows = _judged(version, query, scope).filter(nw.col("held"), ~nw.col("formal"))
    rows = rows.with_columns(day=local_days(nw.col("at")), ward=nw.col(ward_column(query)).cast(nw.String))
    counted = _counts(rows.group_by("day", "ward", "kind").agg(rows=nw.len(), voices=how_many(nw.col("counts"))), "rows", "voices")
    cells = counted.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date)).sort("day", "ward", "kind", descending=[True, False, False])
    if may_see_small(query, scope):
        return cells
    return cells.with_columns(pl.when(pl.col(name) >= FEWEST).then(pl.col(name)).alias(name) for name in ("rows", "voices"))


def _judged(version: Version, query: Query, scope: Scope) -> Frame:
    """The feedback that counts for the question, with its ``kind``."""
    span = period(version, query)
    rows = remembered(version, "feedback", lambda: feedback(version)) if MEMORY.holds(version) else feedback(version, span)
    kind = nw.lit("")
    for name, flag in KIND.items():
        kind = nw.when(nw.col(flag)).then(nw.lit(name)).otherwise(kind)
    return narrowed(rows.with_columns(kind=kind), query, scope, read_wards(version), [span])


def _counts(rows: Frame, *names: str) -> pl.DataFrame:
    """What was counted, texts as texts and counts as whole numbers."""
    found = collect([rows])[0]
    return found.with_columns(pl.col(pl.Categorical).cast(pl.String), *(pl.col(name).cast(pl.Int64) for name in names))


def _sorted(rows: pl.DataFrame, *then: str) -> pl.DataFrame:
    return rows.sort("unit", "rows", *then, descending=[False, True, *(False for _ in then)], nulls_last=True)
