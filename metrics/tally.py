"""What is counted once for all metrics: numerators and denominators of every unit, and the steps of its clocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from etl.versions import Version
from metrics.declaration import Clock, Metric
from metrics.engine import collect
from metrics.population import Frame, Wards, cases, feedback, whole_seconds
from metrics.query import Query
from metrics.scope import Scope


@dataclass(frozen=True)
class Tally:
    """Counts of every unit that has cases."""

    interactions: pl.DataFrame
    """One row per unit: ``cases``, ``split``, ``provisional``, ``exposure``; for each metric ``NAME:hits``, with ``NAME:base`` and
    ``NAME:held`` where it has them."""
    feedback: pl.DataFrame
    """The same of feedback, without exposure."""
    spans: dict[str, pl.DataFrame]
    """For each clock one row per case that has it: ``unit``, ``seconds`` (whole), ``ended``."""


def tally(version: Version, query: Query, scope: Scope, wards: Wards, metrics: Sequence[Metric]) -> Tally:
    """Count what these metrics need, and nothing else."""
    clocks = list({metric.clock.name: metric.clock for metric in metrics if metric.clock}.values())
    asked = cases(version, query, scope, wards, rated=any(metric.held is not None for metric in metrics))
    received = feedback(version, query, scope, wards)
    counts = [metric for metric in metrics if metric.of == "interactions" and metric.hits is not None]
    voices = [metric for metric in metrics if metric.of == "feedback"]
    frames = [_counted(asked, counts)]
    if voices:
        frames.append(_counted(received, voices))
    if clocks:
        frames.append(_spans(asked, clocks))
    rows = collect(frames)
    return Tally(rows[0], rows[1] if voices else NOTHING, {clock.name: _of_clock(rows[-1], clock.name) for clock in clocks})


def _of_clock(spans: pl.DataFrame, name: str) -> pl.DataFrame:
    return spans.filter(pl.col(name).is_not_null()).select("unit", seconds=name, ended=f"{name}:ended")


NOTHING = pl.DataFrame(schema={"unit": pl.String, "cases": pl.Int64, "split": pl.Int64, "provisional": pl.Int64})


def _number(condition: nw.Expr) -> nw.Expr:
    """How many rows fulfil it: cast first, since engines differ on sums of booleans."""
    return condition.cast(nw.Int64).sum()


def _counted(rows: Frame, metrics: Sequence[Metric]) -> Frame:
    """One row per unit with each metric's counts."""
    sums = {
        "cases": _number(nw.col("unit") == nw.col("unit")),
        "split": _number(nw.col("split")),
        "provisional": _number(nw.col("provisional")),
    }
    if not metrics or metrics[0].of == "interactions":
        sums["exposure"] = _number(~nw.col("answered").is_null())
    for metric in metrics:
        sums |= _of_metric(metric)
    return rows.group_by("unit").agg(**sums)


def _of_metric(metric: Metric) -> dict[str, nw.Expr]:
    assert metric.hits is not None
    name, voices = metric.name, metric.of == "feedback" and metric.kind != "count"
    touched = metric.hits if metric.base is None else metric.base
    hits = metric.hits if metric.base is None else metric.hits & metric.base
    sums = {f"{name}:hits": _number(hits & nw.col("usable") if voices else hits)}
    if metric.base is not None:
        sums[f"{name}:base"] = _number(metric.base & nw.col("usable") if voices else metric.base)
    if voices:
        sums[f"{name}:held"] = _number(touched & nw.col("waiting"))
    elif metric.held is not None and metric.base is not None:
        sums[f"{name}:held"] = nw.when(metric.base).then(metric.held).otherwise(nw.lit(0)).sum()
    return sums


def _spans(rows: Frame, clocks: Sequence[Clock]) -> Frame:
    """One row per case: ``unit`` and for each clock ``NAME`` (whole seconds, null where it has none) and ``NAME:ended``."""
    columns: dict[str, nw.Expr] = {}
    for clock in clocks:
        ended = ~nw.col(clock.ends).is_null()
        span = nw.when(ended).then(nw.col(clock.ends) - nw.col("asked")).otherwise(nw.col("age"))
        columns |= {clock.name: nw.when(clock.base).then(whole_seconds(span)), f"{clock.name}:ended": ended}
    return rows.select("unit", **columns)
