"""Fair comparison: each unit beside what its own mix of cases lets expect, beside chance, and beside the other units.

Within one metric, kind of unit and period. Shares, and rates of feedback per answered case; nothing else is compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.tables import UNKNOWN
from metrics import funnel, shrinkage
from metrics.declaration import PER, Metric, Population
from metrics.intervals import Array
from metrics.query import UnitKind
from metrics.strata import OF_CASES, OF_FEEDBACK, OF_RATES, Strata, pooled

Columns = dict[str, Array | list[str]]

FEWEST_UNITS = 5
"""With fewer units there is no telling how far they usually differ."""
COMPARED_STATES = ("ok", "provisional")
RANKED: tuple[UnitKind, ...] = ("ward", "channel")
"""Kinds of unit that get a range of places. Officers have no rank, anywhere."""
RELIABLE = 0.4
"""Under it no places are printed: most of the order would be chance."""

COMPARISON: dict[str, pl.DataType] = {
    "expected": pl.Float64(),
    "adjusted": pl.Float64(),
    "shrunk": pl.Float64(),
    "shrunk_lower": pl.Float64(),
    "shrunk_upper": pl.Float64(),
    "reliability": pl.Float64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "q_value": pl.Float64(),
    "signal": pl.String(),
}


@dataclass(frozen=True)
class Mix:
    """What the comparison stands on: counts by the cells that cases are told apart by."""

    strata: Mapping[Population, Strata]
    whole: Mapping[Population, pl.DataFrame]
    """The same of every case that passes the topic and platform filters, whatever the ward; the rows of a cell add up."""


def comparable(metric: Metric, by: UnitKind) -> bool:
    """Whether units of this kind are compared by this metric."""
    if by == "officer" and not metric.compares_officers:
        return False
    if metric.kind == "share":
        return metric.of in ("interactions", "deadlines", "feedback")
    return metric.kind == "rate" and metric.of == "feedback" and metric.base_of == "interactions"


def dimensions(metrics: Sequence[Metric], by: UnitKind) -> dict[Population, tuple[str, ...]]:
    """What rows of each population must be told apart by, so that these metrics can be compared."""
    wanted: dict[Population, tuple[str, ...]] = {}
    for metric in metrics:
        if comparable(metric, by):
            for of in (metric.of, metric.below):
                wanted[of] = max(wanted.get(of, ()), _dimensions(metric, of), key=len)
    return wanted


def _dimensions(metric: Metric, of: Population) -> tuple[str, ...]:
    if metric.kind == "rate":
        return OF_RATES
    return OF_FEEDBACK if of == "feedback" else OF_CASES


def compared(rows: pl.DataFrame, metrics: Sequence[Metric], mix: Mix, by: UnitKind) -> pl.DataFrame:
    """Add the comparison to result rows.

    Args:
        rows: one row per metric and unit: ``metric``, ``unit``, ``numerator``, ``denominator``, ``state``.
        metrics: the metrics that the rows are of.
        mix: counts by cells.
        by: the kind of unit.

    Returns:
        The rows with the columns of ``COMPARISON``; null where nothing is compared.
    """
    nothing = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in COMPARISON.items())
    done = []
    for metric in metrics:
        own = nothing.filter(pl.col("metric") == metric.name)
        done.append(_compared(own, metric, mix, by) if comparable(metric, by) else own)
    return pl.concat(done) if done else nothing


def _compared(rows: pl.DataFrame, metric: Metric, mix: Mix, by: UnitKind) -> pl.DataFrame:
    """One metric's rows with their comparison."""
    total, per = _of_whole(metric, mix), PER[metric.per] if metric.kind == "rate" else 1
    usable = (pl.col("unit") != UNKNOWN) & (pl.col("denominator") > 0)
    every = rows.with_columns(expected=_expected(rows, metric, mix))
    known = every.with_row_index("place").filter(usable, pl.col("expected") > 0)
    if known.is_empty() or not total:
        return rows
    rows = every.with_columns(expected=pl.when(usable, pl.col("state").is_in(COMPARED_STATES)).then("expected"))
    o, e, n = (known[name].to_numpy().astype(np.float64) for name in ("numerator", "expected", "denominator"))
    adjusted = total * o / e
    if metric.kind == "share":
        adjusted = np.clip(adjusted, 0, 1)
    here = known["state"].is_in(COMPARED_STATES).to_numpy()
    found: Columns = {"adjusted": adjusted[here] * per}
    if here.sum() >= FEWEST_UNITS:
        found |= _beside_chance(metric, o[here], e[here], n[here])
        found |= _beside_others(metric, total, adjusted * n, n, here, by, per)
    columns = pl.DataFrame({"place": known["place"].filter(pl.Series(here)), **found}, nan_to_null=True)
    columns = columns.with_columns(pl.col(name).cast(dtype) for name, dtype in COMPARISON.items() if name in columns.columns)
    return rows.with_row_index("place").drop(*found).join(columns, on="place", how="left", maintain_order="left").select(rows.columns)


def _of_whole(metric: Metric, mix: Mix) -> float:
    """The whole's own share, or its events per exposed case; 0 where there is none."""
    events, cases = (float(mix.whole[of][f"{metric.name}:{side}"].sum()) for of, side in ((metric.of, "hits"), (metric.below, "base")))
    return events / cases if cases else 0.0


def _expected(rows: pl.DataFrame, metric: Metric, mix: Mix) -> pl.Series:
    """Expected events of each row's unit."""
    over = list(_dimensions(metric, metric.below))
    base = mix.whole[metric.below].select(*over, base=f"{metric.name}:base", hits=pl.lit(0, pl.Int64))
    hits = mix.whole[metric.of].select(*over, base=pl.lit(0, pl.Int64), hits=f"{metric.name}:hits")
    counts = pl.concat([frame.with_columns(pl.col("base", "hits").cast(pl.Int64)) for frame in (base, hits)])
    strata = mix.strata[metric.below]
    by_unit = dict(zip(strata.units, strata.expected(f"{metric.name}:base", pooled(counts, over)).tolist(), strict=True))
    return rows["unit"].replace_strict(by_unit, default=0.0, return_dtype=pl.Float64)


def _beside_chance(metric: Metric, o: Array, e: Array, n: Array) -> Columns:
    """Which units stand out from chance and the usual spread between units."""
    q, stands_out = funnel.signals(funnel.Units("share" if metric.kind == "share" else "rate", o, e, n))
    side = stands_out * {"higher": 1, "lower": -1, "neutral": 0}[metric.better]
    words = {1: "better", -1: "worse", 0: "none"}
    return {"q_value": q, "signal": [words[int(each)] for each in side]}


def _beside_others(metric: Metric, total: float, x: Array, n: Array, here: np.ndarray, by: UnitKind, per: int) -> Columns:
    """The stable estimate of each compared unit, and its range of places."""
    prior = shrinkage.fit("share" if metric.kind == "share" else "rate", x, n)
    ours = x[here], n[here]
    if prior is None:
        same = np.full(len(ours[0]), total * per)
        return {"shrunk": same, "shrunk_lower": same, "shrunk_upper": same, "reliability": np.zeros(len(same))}
    mean, low, high = shrinkage.shrunk(prior, *ours)
    reliability = float(np.mean(prior.weight(ours[1])))
    found: Columns = {
        "shrunk": mean * per,
        "shrunk_lower": low * per,
        "shrunk_upper": high * per,
        "reliability": np.full(len(mean), reliability),
    }
    if by in RANKED and metric.better != "neutral" and reliability >= RELIABLE:
        found["rank_low"], found["rank_high"] = shrinkage.places(prior, *ours, higher_is_better=metric.better == "higher")
    return found
