"""Which wards did better or worse than in the span before, beside what chance and the fall-back to the mean alone would give.

After an extreme month the next is usually less so, whatever anybody did. So each unit is held against what its own past and the past
of all units let expect, not against its past alone. Wards and channels; never officers.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
from scipy.special import ndtr

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics import funnel, shrinkage
from metrics.catalogue import BY_NAME
from metrics.comparison import COMPARED_STATES, FEWEST_UNITS, RANKED, comparable
from metrics.declaration import PER, Metric
from metrics.figures import figures, period
from metrics.intervals import Z95, Array
from metrics.query import Query
from metrics.scope import Scope

SMALLEST = 1e-9
"""No share or rate is expected to be nothing at all."""

IMPROVEMENT: dict[str, pl.DataType] = {
    "unit": pl.String(),
    "unit_name": pl.String(),
    "before": pl.Float64(),
    "after": pl.Float64(),
    "n_before": pl.Int64(),
    "n_after": pl.Int64(),
    "change": pl.Float64(),
    "fall_back": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "q_value": pl.Float64(),
    "signal": pl.String(),
}


def improvement(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """Each unit's change of one metric against the span of equal length before.

    Args:
        version: the published version.
        query: by ward or channel, one metric that units are compared by; its period is the later span.
        scope: what the viewer may see.

    Returns:
        One row per unit with a figure in both spans, by code, with the columns of ``IMPROVEMENT``: ``before`` and ``after``, adjusted for
        the mix of cases, in the metric's measure; ``change``; ``fall_back``: the change to be expected of a unit at which nothing
        happened but what happened everywhere; ``lower`` and ``upper``: between these lies its change 95 times of 100;
        ``q_value`` and ``signal``: improved or worsened where a change stands out among all units (q ≤ 0.05), else none. No
        rows where fewer than five units have both, or the data do not reach back so far.

    Raises:
        ValueError: the units are not wards or channels, or are not compared by this metric.

    Source:
        Galton 1886; empirical-Bayes prediction as Efron & Morris 1975 (JASA 70:311) had it.
    """
    metric = BY_NAME[query.metrics[0]]
    if query.by not in RANKED or not comparable(metric, query.by) or metric.better == "neutral":
        raise ValueError(f"no improvement of {metric.name} by {query.by}")
    first, last = period(version, query)
    if version.first_on is None or first - (last - first) - timedelta(days=1) < version.first_on:
        return pl.DataFrame(schema=IMPROVEMENT)  # the span before began before the data
    past = replace(query, from_on=first - (last - first) - timedelta(days=1), to_on=first - timedelta(days=1))
    sides = [_compared(figures(version, each, scope)) for each in (past, replace(query, from_on=first, to_on=last))]
    both = sides[0].join(sides[1].drop("unit_name"), on="unit", suffix="_after").sort("unit")
    if both.height < FEWEST_UNITS:
        return pl.DataFrame(schema=IMPROVEMENT)
    return _against_expected(both, metric).select(pl.col(name).cast(dtype) for name, dtype in IMPROVEMENT.items())


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    usable = pl.col("state").is_in(COMPARED_STATES) & (pl.col("unit") != UNKNOWN) & pl.col("adjusted").is_not_null()
    return rows.filter(usable).select("unit", "unit_name", value="adjusted", n="denominator")


def _against_expected(both: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Adds the change, what was to be expected of it, and whether it stands out."""
    per = PER[metric.per] if metric.kind == "rate" else 1
    before, after, n, later = (both[name].cast(pl.Float64).to_numpy() for name in ("value", "value_after", "n", "n_after"))
    before, after = before / per, after / per
    everywhere = (after * later).sum() / later.sum() - (before * n).sum() / n.sum()
    mean, spread = _past(metric, before, n)
    # On the funnel's scale, where the spread does not depend on the level.
    share = metric.kind == "share"
    expected = np.clip(mean + everywhere, SMALLEST, 1 - SMALLEST if share else np.inf)
    level = expected * (1 - expected) if share else expected
    deviation = np.sqrt((1 / later + spread / level) / 4)
    centre = _scaled(expected, share)
    z = (_scaled(after, share) - centre) / deviation
    # Units differ in their ways, too: what is usual among them is measured with the outermost tenths pulled in.
    usual = np.clip(z, np.quantile(z, funnel.CLIPPED), np.quantile(z, 1 - funnel.CLIPPED))
    wide = np.sqrt(max(1.0, float(np.mean(usual**2))))
    q = funnel.false_discovery(2 * ndtr(-np.abs(z) / wide))
    better = np.sign(z) * (1 if metric.better == "higher" else -1)
    words = np.where(q > funnel.FALSE_DISCOVERIES, "none", np.where(better > 0, "improved", "worsened"))
    low, high = (_unscaled(centre + side * Z95 * deviation * wide, share) - before for side in (-1, 1))
    found = {"change": after - before, "fall_back": expected - before, "lower": low, "upper": high}
    columns = [pl.Series(name, values * per) for name, values in found.items()]
    renamed = both.rename({"value": "before", "value_after": "after", "n": "n_before"})
    return renamed.with_columns(*columns, pl.Series("q_value", q), pl.Series("signal", words))


def _scaled(value: Array, share: bool) -> Array:
    found: Array = np.arcsin(np.sqrt(value)) if share else np.sqrt(value)
    return found


def _unscaled(scaled: Array, share: bool) -> Array:
    found: Array = np.sin(np.clip(scaled, 0, np.pi / 2)) ** 2 if share else np.maximum(scaled, 0) ** 2
    return found


def _past(metric: Metric, value: Array, n: Array) -> tuple[Array, Array]:
    """What the past says of each unit's true value: mean and variance."""
    kind: shrinkage.Kind = "share" if metric.kind == "share" else "rate"
    prior = shrinkage.fit(kind, value * n, n)
    if prior is None:  # the units share one value: all that set them apart was chance
        return np.full(len(n), (value * n).sum() / n.sum()), np.zeros(len(n))
    first, second = prior.posterior(value * n, n)
    if kind == "rate":
        return first / second, first / second**2
    mean = first / (first + second)
    return mean, mean * (1 - mean) / (first + second + 1)
