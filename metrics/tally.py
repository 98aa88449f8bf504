"""What is counted once for all metrics: numerators and denominators of every unit, and the steps of its clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from etl.versions import Version
from metrics.declaration import Clock, Metric
from metrics.engine import collect, how_many
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
    spans: pl.DataFrame
    """One row per case: ``unit`` (an Enum) and for each clock ``NAME`` (whole seconds, null where it has none), ``NAME:ended``."""


def tally(version: Version, query: Query, scope: Scope, wards: Wards, metrics: Sequence[Metric], clocks: Sequence[Clock]) -> Tally:
    """Count what these metrics need, and nothing else; all of it is read in one go."""
    asked = cases(version, query, scope, wards, rated=False)
    received = feedback(version, query, scope, wards)
    own = [metric for metric in metrics if metric.of == "interactions" and metric.hits is not None]
    voices = [metric for metric in metrics if metric.of == "feedback"]
    frames = {"interactions": _counted(asked, [metric for metric in own if metric.held is None], EXPOSURE)}
    # Only these look up ratings, row by row: apart, so that the join carries few columns.
    if rated := [metric for metric in own if metric.held is not None]:
        frames["rated"] = _counted(cases(version, query, scope, wards, rated=True), rated, {})
    if voices:
        frames["feedback"] = _counted(received, voices, {})
    if clocks:
        frames["spans"] = _spans(asked, clocks)
    rows = dict(zip(frames, collect(list(frames.values())), strict=True))
    counted = rows["interactions"]
    if rated:
        counted = counted.join(rows["rated"].drop("cases", "split", "provisional"), on="unit", how="left")
    spans = rows.get("spans", NOTHING)
    return Tally(counted, rows.get("feedback", NOTHING), spans.with_columns(pl.col("unit").cast(pl.Enum(counted["unit"]))))


NOTHING = pl.DataFrame(schema={"unit": pl.String, "cases": pl.Int64, "split": pl.Int64, "provisional": pl.Int64})
EXPOSURE = {"exposure": how_many(~nw.col("answered").is_null())}


def _counted(rows: Frame, metrics: Sequence[Metric], more: Mapping[str, nw.Expr]) -> Frame:
    """One row per unit with each metric's counts."""
    sums = {"cases": nw.len(), "split": how_many(nw.col("split")), "provisional": how_many(nw.col("provisional")), **more}
    for metric in metrics:
        sums |= _of_metric(metric)
    return rows.group_by("unit").agg(**sums)


def _of_metric(metric: Metric) -> dict[str, nw.Expr]:
    assert metric.hits is not None
    name, voices = metric.name, metric.of == "feedback" and metric.kind != "count"
    touched = metric.hits if metric.base is None else metric.base
    hits = metric.hits if metric.base is None else metric.hits & metric.base
    sums = {f"{name}:hits": how_many(hits & nw.col("usable") if voices else hits)}
    if metric.base is not None:
        sums[f"{name}:base"] = how_many(metric.base & nw.col("usable") if voices else metric.base)
    if voices:
        sums[f"{name}:held"] = how_many(touched & nw.col("waiting"))
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
