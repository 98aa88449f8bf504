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
TIMED = ("value", "lower", "upper")
"""What the curves of a clock give."""


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
    clocks = {metric.clock.name: metric.clock for metric in metrics if metric.clock}
    counts = tally(version, query, scope, wards, metrics, list(clocks.values()))
    found = set(counts.interactions["unit"]) | set(counts.feedback["unit"])
    listed = units(version, query, scope, wards, found)
    wide = _of_units(listed, metrics, counts)
    rows = pl.concat([wide.select(_numbers(metric, wide.columns)) for metric in metrics])
    first, last = period(version, query)
    unfinished = last > local_date(version.as_of)
    stated = _with_notes(_with_states(_with_intervals(rows), unfinished))
    constants = {"unit_kind": query.by, "from": first, "to": last, "as_of": version.as_of}
    added = [pl.lit(value, RESULT[name]).alias(name) for name, value in constants.items()]
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in RESULT.items() if name not in {*stated.columns, *constants}]
    return stated.with_columns(*added, *missing).select(pl.col(name).cast(dtype) for name, dtype in RESULT.items())


def _of_units(listed: pl.DataFrame, metrics: Sequence[Metric], counts: Tally) -> pl.DataFrame:
    """One row per unit: all that was counted, of feedback as ``feedback:…``, and each time as ``METRIC:…``."""
    voices = counts.feedback.rename({name: f"feedback:{name}" for name in ("cases", "split", "provisional")})
    parts = [counts.interactions, voices, *_times(metrics, counts.spans)]
    for part in parts:
        listed = listed.join(part, on="unit", how="left", maintain_order="left")
    return listed


def _times(metrics: Sequence[Metric], spans: pl.DataFrame) -> list[pl.DataFrame]:
    """For each clock one row per unit with the quantiles of its metrics: metrics of one clock share its curves."""
    found = []
    for name in {metric.clock.name: None for metric in metrics if metric.clock}:
        same = [metric for metric in metrics if metric.clock and metric.clock.name == name]
        measured = spans.filter(pl.col(name).is_not_null()).select("unit", seconds=name, ended=f"{name}:ended")
        rows = quantiles(measured, [metric.quantile for metric in same])
        columns = [pl.col(f"{column}_{i}").alias(f"{metric.name}:{column}") for i, metric in enumerate(same) for column in TIMED]
        columns += [pl.col(column).alias(f"{metric.name}:{column}") for metric in same for column in ("events", "cases", "last")]
        found.append(rows.select(pl.col("unit").cast(pl.String), *columns))
    return found


def _numbers(metric: Metric, known: Sequence[str]) -> list[pl.Expr]:
    """One metric of every unit: what was counted, with its own quantile where it is a time."""

    def own(column: str) -> pl.Expr:
        return pl.col(f"{metric.name}:{column}") if f"{metric.name}:{column}" in known else pl.lit(None)

    if metric.kind == "time":
        hits, base = own("events"), own("cases")
    elif metric.kind == "rate":
        hits, base = own("hits"), pl.col("exposure")
    else:
        hits, base = own("hits"), own("base")
    # A rate rests on the answered cases below its line; feedback's own counts and shares rest on feedback alone.
    of = "feedback:" if metric.of == "feedback" and metric.kind != "rate" else ""
    touched = pl.col("provisional").fill_null(0) + pl.col("feedback:provisional").fill_null(0)
    columns = {
        "numerator": hits.fill_null(0),
        "denominator": base.fill_null(0) if metric.kind != "count" else pl.lit(None),
        "cases": pl.col(f"{of}cases"),
        "split": pl.col(f"{of}split"),
        "provisional": touched if metric.kind == "rate" else pl.col(f"{of}provisional"),
        "held": own("held").fill_null(0),
        "last": own("last"),
    }
    return [
        pl.col("unit"),
        pl.col("unit_name"),
        pl.lit(metric.name).alias("metric"),
        pl.lit(metric.version, pl.Int64).alias("version"),
        pl.lit(metric.kind).alias("kind"),
        pl.lit(metric.minimum, pl.Int64).alias("minimum"),
        *(value.cast(pl.Int64).alias(name) for name, value in columns.items()),
        *(own(name).cast(pl.Float64).alias(name) for name in TIMED),
    ]


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
