"""The result rows: one per metric and unit, the same everywhere a figure is shown."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from etl.publishing.versions import Version
from metrics.catalogue import chosen
from metrics.comparison import COMPARISON, compared
from metrics.declaration import PER, Metric
from metrics.engine import local_date
from metrics.flags import FLAGS, Flag
from metrics.intervals import garwood_byar, wilson
from metrics.narrowing import Span
from metrics.query import Query
from metrics.scope import Scope
from metrics.tally import CASES, KEYS, Question, Tally, tally
from metrics.units import units
from metrics.wards import read_wards

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
    **COMPARISON,
    "state": pl.String(),
    "note": pl.String(),
}
TIMED = ("value", "lower", "upper")
"""What the curves of a clock give."""


def figures(version: Version, query: Query, scope: Scope, keep: bool = True) -> pl.DataFrame:
    """Answer a question from one version.

    Args:
        version: the published version.
        query: what is asked.
        scope: what the viewer may see: cases outside it do not exist for the answer.
        keep: whether the version's rows are remembered for the next question; else, of a narrow one, only what it needs is read.

    Returns:
        One row per metric (the catalogue's order) and unit (by code), with the columns of ``RESULT``: ``value``, ``lower``,
        ``upper`` are shares in 0–1, rates, seconds or counts, never NaN.
    """
    return _answer(version, query, scope, (period(version, query),), keep, compare=True)


def figures_over(version: Version, query: Query, scope: Scope, spans: Sequence[Span], keep: bool = True) -> pl.DataFrame:
    """Answer one question for several spans in one pass: much cheaper than one question for each.

    Args:
        version: the published version.
        query: what is asked; its own period is left aside.
        scope: what the viewer may see.
        spans: first and last local day of each, in order of time, none overlapping another.
        keep: as of ``figures``.

    Returns:
        The rows of ``figures`` for the first span, then those for the second, and so on, without the comparison between units.

    Raises:
        ValueError: the spans are not in order of time, or overlap.
    """
    _check(spans)
    return _answer(version, query, scope, spans, keep, compare=False) if spans else pl.DataFrame(schema=RESULT)


def _answer(version: Version, query: Query, scope: Scope, spans: Sequence[Span], keep: bool, compare: bool) -> pl.DataFrame:
    metrics = chosen(query.metrics)
    wards = read_wards(version)
    counted = tally(Question(version, query, scope, wards, spans, keep, compare), metrics)
    listed = _listed(units(version, query, scope, wards), counted, len(spans))
    wide = _of_units(listed, metrics, counted)
    rows = _long(metrics, wide).sort("span", maintain_order=True)
    stated = _with_notes(_with_states(_with_intervals(rows), local_date(version.as_of), spans))
    if compare:
        stated = compared(stated, metrics, counted.mix, query.by)
    days = pl.DataFrame(list(spans), schema={"from": pl.Date, "to": pl.Date}, orient="row")[stated["span"]]
    constants = [pl.lit(value, RESULT[name]).alias(name) for name, value in (("unit_kind", query.by), ("as_of", version.as_of))]
    whole = stated.with_columns(days["from"], days["to"], *constants)
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in RESULT.items() if name not in whole.columns]
    return whole.with_columns(*missing).select(pl.col(name).cast(dtype) for name, dtype in RESULT.items())


def period(version: Version, query: Query) -> Span:
    """First and last local day asked for, both included: by default from the first item's to as_of's."""
    # A period that begins after the data has an end all the same: after as_of, and so provisional.
    last = query.to_on or max(local_date(version.as_of), query.from_on or date.min)
    return query.from_on or min(version.first_on or last, last), last


def _check(spans: Sequence[Span]) -> None:
    days = [day for span in spans for day in span]
    if any(first > last for first, last in spans) or any(last >= first for last, first in zip(days[1::2], days[2::2], strict=False)):
        raise ValueError("spans must lie in order of time, none overlapping another")


def _listed(known: pl.DataFrame, counted: Tally, spans: int) -> pl.DataFrame:
    """One row per span and unit, by code: the units of the record, and those that rows of the span fell to."""
    every = pl.DataFrame({"span": range(spans)}, schema={"span": pl.Int64}).join(known.filter("listed"), how="cross")
    found = pl.concat([every.select(KEYS), *(rows.select(KEYS) for rows in counted.counts.values())]).unique()
    named = found.join(known.select("unit", "unit_name"), on="unit", how="left")
    return named.with_columns(pl.col("unit_name").fill_null(pl.col("unit"))).sort(KEYS)


def _of_units(listed: pl.DataFrame, metrics: Sequence[Metric], counted: Tally) -> pl.DataFrame:
    """One row per span and unit: all that was counted, ``POPULATION:cases`` and so on, and each time as ``METRIC:…``."""
    parts = [
        rows.rename({name: f"{of}:{name}" for name in ("cases", "split", "provisional") if name in rows.columns})
        for of, rows in counted.counts.items()
    ]
    times = [_times([metric for metric in metrics if metric.clock == clock], rows) for clock, rows in counted.times.items()]
    for part in (*parts, *times):
        listed = listed.join(part, on=KEYS, how="left", maintain_order="left")
    return listed


def _times(metrics: Sequence[Metric], rows: pl.DataFrame) -> pl.DataFrame:
    """One row per span and unit with the quantiles of metrics of one clock, which share its curves."""
    columns = [pl.col(f"{column}_{i}").alias(f"{metric.name}:{column}") for i, metric in enumerate(metrics) for column in TIMED]
    columns += [pl.col(column).alias(f"{metric.name}:{column}") for metric in metrics for column in ("events", "cases", "last")]
    return rows.select(*KEYS, *columns)


def _long(metrics: Sequence[Metric], wide: pl.DataFrame) -> pl.DataFrame:
    """One row per metric, span and unit: what was counted, with its own quantile where it is a time."""
    nothing = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(wide))
    never = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(wide))
    counts = {name: wide[name].cast(pl.Int64).fill_null(0) for name in wide.columns if ":" in name and not name.endswith(TIMED)}
    counted = [_counted(metric, counts, nothing) for metric in metrics]
    columns = {name: pl.concat([each[name] for each in counted]) for name in counted[0]}
    columns |= {name: pl.concat([wide.get_column(f"{metric.name}:{name}", default=never) for metric in metrics]) for name in TIMED}
    declared = {
        "metric": [metric.name for metric in metrics],
        "version": [metric.version for metric in metrics],
        "kind": [metric.kind for metric in metrics],
        "minimum": [metric.minimum for metric in metrics],
        "per": [PER[metric.per] for metric in metrics],
    }
    names = pl.concat([wide.select("span", "unit", "unit_name")] * len(metrics))
    each = pl.DataFrame(declared)[np.repeat(np.arange(len(metrics)), len(wide))]
    rows = pl.concat([names, each, pl.DataFrame(columns)], how="horizontal")
    return rows.with_columns(denominator=pl.when(pl.col("kind") != "count").then(pl.col("denominator")))


def _counted(metric: Metric, counts: dict[str, pl.Series], nothing: pl.Series) -> dict[str, pl.Series]:
    """One metric's counts of every span and unit."""
    hits, base = ("events", "cases") if metric.kind == "time" else ("hits", "base")
    # The share that rests on a split ward is one of the cases below the line, where cases are counted there.
    rests_on = tuple(dict.fromkeys((metric.below, metric.of)))
    split = next((of for of in rests_on if of in CASES), metric.of)
    provisional = nothing
    for of in rests_on:
        provisional = provisional + counts.get(f"{of}:provisional", nothing)
    return {
        "numerator": counts.get(f"{metric.name}:{hits}", nothing),
        "denominator": counts.get(f"{metric.name}:{base}", nothing),
        "cases": counts.get(f"{split}:cases", nothing),
        "split": counts.get(f"{split}:split", nothing),
        "provisional": provisional,
        "held": counts.get(f"{metric.name}:held", nothing),
        "last": counts.get(f"{metric.name}:last", nothing),
    } | {
        f"{flag.name}:{side}": counts.get(f"{flag.name}:{side}", nothing) if flag.touches(metric) else nothing
        for flag in FLAGS
        for side in ("hits", "base")
    }


def _with_intervals(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds value, lower and upper of counts, shares and rates (times have theirs); NaN stands for none."""
    hits, base = rows["numerator"].to_numpy(), rows["denominator"].fill_null(0).to_numpy()
    kind, many = rows["kind"].to_numpy(), rows["per"].to_numpy()
    per = np.where(base > 0, many / np.maximum(base, 1), np.nan)
    share_lower, share_upper = wilson(np.clip(hits, 0, base), base)
    # What shrank has no events that an interval could be about.
    rate_lower, rate_upper = (np.where(hits < 0, np.nan, limit) for limit in garwood_byar(np.maximum(hits, 0)))
    of_kind = [kind == "count", kind == "share", kind == "rate"]
    nothing = np.full(len(hits), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.select(of_kind, [hits.astype(np.float64), hits / base, hits * many / base], rows["value"].fill_null(np.nan).to_numpy())
    lower = np.select(of_kind, [nothing, share_lower, rate_lower * per], rows["lower"].fill_null(np.nan).to_numpy())
    upper = np.select(of_kind, [nothing, share_upper, rate_upper * per], rows["upper"].fill_null(np.nan).to_numpy())
    return rows.with_columns(value=pl.Series(value), lower=pl.Series(lower), upper=pl.Series(upper))


def _with_states(rows: pl.DataFrame, today: date, spans: Sequence[Span]) -> pl.DataFrame:
    """Adds ``state``, the first that fits, and blanks what must not be printed."""
    unfinished = pl.col("span").is_in([i for i, (_first, last) in enumerate(spans) if last > today])
    compared = pl.col("kind").is_in(["share", "rate"])
    state = (
        pl.when(pl.col("denominator") == 0)
        .then(pl.lit("no_data"))
        .when(pl.col("denominator") < pl.col("minimum"))
        .then(pl.lit("too_few"))
        .when(compared & (pl.col("held") > 0))
        .then(pl.lit("under_review"))
        .when(unfinished | (pl.col("provisional").fill_null(0) > 0))
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
        *(_flagged(flag) for flag in FLAGS),
    ]
    note = pl.concat_str(parts, separator=";", ignore_nulls=True)
    return rows.with_columns(note=pl.when(note != "").then(note))


def _flagged(flag: Flag) -> pl.Expr:
    """ "repeated:12" where the flag is up, else null."""
    hits, base = (pl.col(f"{flag.name}:{side}") for side in ("hits", "base"))
    return pl.when((hits >= flag.least) & (hits >= flag.share * base)).then(pl.format(flag.name + ":{}", hits))


def _four_decimals(share: pl.Expr) -> pl.Expr:
    """A share of 0–1 as "0.0000"."""
    digits = (share * 10_000).round().cast(pl.Int64)
    return pl.format("{}.{}", digits // 10_000, (digits % 10_000).cast(pl.String).str.zfill(4))
