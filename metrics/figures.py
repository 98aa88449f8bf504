"""The result rows: one per metric and unit, the same everywhere a figure is shown."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from etl.versions import Version
from metrics.catalogue import chosen
from metrics.declaration import PER, Metric
from metrics.engine import local_date
from metrics.intervals import garwood_byar, wilson
from metrics.population import period, read_wards
from metrics.query import Query
from metrics.scope import Scope
from metrics.survival import quantiles
from metrics.tally import Tally, tally
from metrics.units import units

RESULT: dict[str, pl.DataType] = {
    "unit_kind": pl.String(),
    "unit": pl.String(),
    "unit_name": pl.String(),
    "from": pl.Date(),
    "to": pl.Date(),
    "as_of": pl.Datetime("us", "UTC"),
    "metric": pl.String(),
    "version": pl.Int64(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "numerator": pl.Int64(),
    "denominator": pl.Int64(),
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
    "state": pl.String(),
    "note": pl.String(),
}
COUNTED = {"numerator": pl.Int64, "denominator": pl.Int64, "cases": pl.Int64, "split": pl.Int64, "provisional": pl.Int64, "held": pl.Int64}
TIMED = {"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "last": pl.Int64}


def figures(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """Answer a question from one version.

    Args:
        version: the published version.
        query: what is asked.
        scope: what the viewer may see: cases outside it do not exist for the answer.

    Returns:
        One row per metric (the catalogue's order) and unit (by code), with the columns of ``RESULT``: ``value``, ``lower``,
        ``upper`` are shares in 0–1, rates per 1,000, seconds or counts, never NaN.
    """
    metrics = chosen(query.metrics)
    wards = read_wards(version)
    counts = tally(version, query, scope, wards, metrics)
    found = set(counts.interactions["unit"]) | set(counts.feedback["unit"])
    listed = units(version, query, scope, wards, found)
    clocks = _clocks(metrics, counts)
    rows = pl.concat([_numbers(metric, listed, counts, clocks) for metric in metrics])
    first, last = period(version, query)
    unfinished = last > local_date(version.as_of)
    stated = _with_notes(_with_states(_with_intervals(rows), unfinished))
    constants = {"unit_kind": query.by, "from": first, "to": last, "as_of": version.as_of}
    added = [pl.lit(value, RESULT[name]).alias(name) for name, value in constants.items()]
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in RESULT.items() if name not in {*stated.columns, *constants}]
    return stated.with_columns(*added, *missing).select(pl.col(name).cast(dtype) for name, dtype in RESULT.items())


def _clocks(metrics: Sequence[Metric], counts: Tally) -> dict[str, pl.DataFrame]:
    """Metric → its quantile and limits per unit; metrics of one clock share its curves."""
    found = {}
    for name, spans in counts.spans.items():
        same = [metric for metric in metrics if metric.clock and metric.clock.name == name]
        all_of_them = quantiles(spans, [metric.quantile for metric in same])
        for i, metric in enumerate(same):
            limits = {f"{column}_{i}": column for column in ("value", "lower", "upper")}
            found[metric.name] = all_of_them.select("unit", "events", "last", *limits, of="cases").rename(limits)
    return found


def _numbers(metric: Metric, listed: pl.DataFrame, counts: Tally, clocks: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per unit: what was counted, with the metric's own quantile where it is a time."""
    own = counts.interactions if metric.of == "interactions" else counts.feedback
    rows = listed.join(own, on="unit", how="left", maintain_order="left")
    nothing, spans = pl.lit(None), [pl.lit(None).alias(name) for name in TIMED]
    if metric.kind == "time":
        rows = rows.join(clocks[metric.name], on="unit", how="left", maintain_order="left")
        hits, base, spans = pl.col("events"), pl.col("of"), [pl.col(name) for name in TIMED]
    elif metric.kind == "rate":
        exposure = counts.interactions.select("unit", "exposure", asked="cases", asked_split="split", asked_provisional="provisional")
        rows = rows.join(exposure, on="unit", how="left", maintain_order="left")
        hits, base = pl.col(f"{metric.name}:hits"), pl.col("exposure")
        touched = pl.col("provisional").fill_null(0) + pl.col("asked_provisional").fill_null(0)
        rows = rows.with_columns(cases=pl.col("asked"), split=pl.col("asked_split"), provisional=touched)
    else:
        hits, base = pl.col(f"{metric.name}:hits"), pl.col(f"{metric.name}:base") if metric.base is not None else nothing
    held = pl.col(f"{metric.name}:held") if f"{metric.name}:held" in own.columns else pl.lit(0)
    base = base.fill_null(0) if metric.kind != "count" else nothing
    rows = rows.with_columns(*spans, numerator=hits.fill_null(0), denominator=base, held=held.fill_null(0))
    return rows.select(
        "unit",
        "unit_name",
        pl.lit(metric.name).alias("metric"),
        pl.lit(metric.version, pl.Int64).alias("version"),
        pl.lit(metric.kind).alias("kind"),
        pl.lit(metric.minimum, pl.Int64).alias("minimum"),
        *(pl.col(name).cast(dtype) for name, dtype in (COUNTED | TIMED).items()),
    )


def _with_intervals(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds value, lower and upper of counts, shares and rates (times have theirs); NaN stands for none."""
    hits, base = rows["numerator"].to_numpy(), rows["denominator"].fill_null(0).to_numpy()
    kind = rows["kind"].to_numpy()
    per = np.where(base > 0, PER / np.maximum(base, 1), np.nan)
    share_lower, share_upper = wilson(np.minimum(hits, base), base)
    rate_lower, rate_upper = garwood_byar(hits)
    of_kind = [kind == "count", kind == "share", kind == "rate"]
    nothing = np.full(len(hits), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.select(of_kind, [hits.astype(np.float64), hits / base, hits * PER / base], rows["value"].fill_null(np.nan).to_numpy())
    lower = np.select(of_kind, [nothing, share_lower, rate_lower * per], rows["lower"].fill_null(np.nan).to_numpy())
    upper = np.select(of_kind, [nothing, share_upper, rate_upper * per], rows["upper"].fill_null(np.nan).to_numpy())
    return rows.with_columns(value=pl.Series(value), lower=pl.Series(lower), upper=pl.Series(upper))


def _with_states(rows: pl.DataFrame, unfinished: bool) -> pl.DataFrame:
    """Adds ``state``, the first that fits, and blanks what must not be printed."""
    compared = pl.col("kind").is_in(["share", "rate"])
    state = (
        pl.when(pl.col("denominator") == 0)
        .then(pl.lit("no_data"))
        .when(pl.col("denominator") < pl.col("minimum"))
        .then(pl.lit("too_few"))
        .when(compared & (pl.col("held") > 0))
        .then(pl.lit("under_review"))
        .when(pl.lit(unfinished) | (pl.col("provisional").fill_null(0) > 0))
        .then(pl.lit("provisional"))
        .otherwise(pl.lit("ok"))
    )
    printed = ~pl.col("state").is_in(["no_data", "too_few"])
    values = [pl.when(printed & pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in ("value", "lower", "upper")]
    return rows.with_columns(state=state).with_columns(values)


def _with_notes(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds ``note``: its parts joined by ";", null where there is none."""
    printed = ~pl.col("state").is_in(["no_data", "too_few"])
    shared = pl.col("split") / pl.col("cases")
    parts = [
        pl.when((pl.col("kind") == "time") & pl.col("value").is_null() & printed).then(pl.format("more_than:{}", "last")),
        pl.when(pl.col("kind").is_in(["share", "rate"]) & (pl.col("held") > 0)).then(pl.format("held:{}", "held")),
        pl.when(pl.col("split") > 0).then(pl.format("split:{}", _four_decimals(shared))),
    ]
    note = pl.concat_str(parts, separator=";", ignore_nulls=True)
    return rows.with_columns(note=pl.when(note != "").then(note))


def _four_decimals(share: pl.Expr) -> pl.Expr:
    """A share of 0–1 as "0.0000"."""
    digits = (share * 10_000).round().cast(pl.Int64)
    return pl.format("{}.{}", digits // 10_000, (digits % 10_000).cast(pl.String).str.zfill(4))
