"""What is counted once for all metrics: numerators and denominators of every unit, and the times of its clocks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics import activity, population
from metrics.comparison import Mix, comparable, dimensions
from metrics.curves import UNITS, key
from metrics.declaration import Clock, Metric, Population
from metrics.engine import Frame, collect, how_many, numbered, with_numbers
from metrics.flags import FLAGS
from metrics.memory import MEMORY, remembered
from metrics.narrowing import ALL, Span, narrowed
from metrics.population import whole_seconds
from metrics.query import Query
from metrics.scope import Scope
from metrics.strata import strata
from metrics.survival import quantiles_of_keys
from metrics.wards import Wards

KEYS = ("span", "unit")
CASES: tuple[Population, ...] = ("interactions", "deadlines", "feedback")
"""Populations whose rows may rest on a split ward."""
CUT_OFF: tuple[Population, ...] = (*CASES, "channel_days")
"""Populations whose rows may rest on a file that was cut off."""


@dataclass(frozen=True)
class Question:
    """All that decides which rows count."""

    version: Version
    query: Query
    scope: Scope
    wards: Wards
    spans: Sequence[Span]
    keep: bool
    """Whether more questions will follow, so that the version's rows are remembered where they are not too many."""
    compare: bool = False
    """Whether units are compared with each other (of one span only)."""


@dataclass(frozen=True)
class Tally:
    """Counts of every unit that has rows."""

    counts: dict[Population, pl.DataFrame]
    """One row per span and unit: of cases and feedback ``cases``, ``split``, ``provisional``; for each metric ``NAME:hits``,
    ``NAME:base`` and ``NAME:held``, as far as it counts them in this population; of each flag that touches one the same."""
    times: dict[Clock, pl.DataFrame]
    """Of each clock one row per span and unit with cases that it is about: ``survival.quantiles_of_keys``, its metrics in their order."""
    mix: Mix


def tally(question: Question, metrics: Sequence[Metric]) -> Tally:
    """Count what these metrics need, and nothing else; all of it is read in one go."""
    wanted = list(dict.fromkeys(of for metric in metrics for of in (metric.of, metric.below)))
    sources = _sources(question, metrics, wanted)
    rows = {of: numbered(_rows(of, question, sources)) for of in wanted}
    counts = {of: _added_up(rows[of], _keys(question), _sums(of, metrics)) for of in wanted}
    cells = dimensions(metrics, question.query.by) if question.compare else {}
    ours = [metric for metric in metrics if comparable(metric, question.query.by)]
    parts = {of: _added_up(rows[of], [*_keys(question), *over], _sides(of, ours, "base")) for of, over in cells.items()}
    everything = _of_everything(question)
    limited = everything != question
    of_all = {of: _rows(of, everything, sources) for of in cells} if limited else rows
    sides = ("hits", "base") if limited else ("hits",)  # else what is below the line is that of all units together
    wholes = {of: _added_up(of_all[of], over, _sides(of, ours, *sides)) for of, over in cells.items()}
    clocks = _clocks(metrics)
    keys = _keys_of_cases(rows["interactions"], question, clocks) if clocks else {}
    frames: tuple[Mapping[Any, Frame], ...] = (keys, counts, parts, wholes)
    read = iter(collect([frame for each in frames for frame in each.values()]))
    cases, *sums = ({name: next(read) for name in each} for each in frames)
    counted, by_cell, whole = ({of: _with_keys(added) for of, added in each.items()} for each in sums)
    times = {clock: _timed(cases[clock], counted["interactions"], len(question.spans), shares) for clock, shares in clocks.items()}
    mixed = {of: strata(by_cell[of].drop("span"), over) for of, over in cells.items()}
    whole = {of: _texts(whole[of].drop(KEYS), over) for of, over in cells.items()}
    if not limited:
        whole = {of: pl.concat([whole[of], mixed[of].whole()], how="diagonal") for of in cells}
    return Tally({of: _texts(rows, ["unit"]) for of, rows in counted.items()}, times, Mix(mixed, whole))


def _of_everything(question: Question) -> Question:
    """The question whose rows are the whole that units are compared with: cut by no ward and no officer, whoever looks."""
    query, scope = question.query, question.scope
    limited = query.ward or query.officer or scope.wards is not None or (query.by == "officer" and scope.officers_of is not None)
    if not limited:
        return question
    return replace(question, query=replace(query, ward=(), officer=(), by="all"), scope=replace(scope, wards=None, officers_of=None))


def _texts(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return rows.with_columns(pl.col(name).cast(pl.String) for name in keys if name != "span")


def rows_of(of: Population, question: Question) -> Frame:
    """The rows of a population that count for the question, each with its ``span`` and ``unit``: for what is no metric."""
    return _rows(of, question, _sources(question, (), (of,)))


def _keys(question: Question) -> list[str]:
    """What rows are told apart by: of one span, or of the whole, all rows have the same."""
    return [key for key, same in (("span", len(question.spans) == 1), ("unit", question.query.by == "all")) if not same]


def _added_up(rows: Frame, keys: Sequence[str], sums: Mapping[str, nw.Expr]) -> Frame:
    """One row per span, unit and cell. What several metrics have in common is added up once."""
    first: dict[int, str] = {}
    for name, value in sums.items():
        first.setdefault(id(value), name)
    once = {name: sums[name] for name in first.values()}
    added = rows.group_by(*keys).agg(**once) if keys else rows.select(**once)
    return added.select(*keys, **{name: nw.col(first[id(value)]) for name, value in sums.items()})


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows with the keys that all of them share."""
    shared = {"span": pl.lit(0, pl.Int64), "unit": pl.lit(ALL).cast(pl.Categorical)}
    return rows.with_columns(value.alias(name) for name, value in shared.items() if name not in rows.columns)


def _sources(question: Question, metrics: Sequence[Metric], wanted: Sequence[Population]) -> dict[str, Callable[[], Frame]]:
    """Where each population's rows come from: from memory where the version is remembered, else from the files it needs."""
    version, spans = question.version, question.spans
    # Of a question that looks at cases from many sides, reading them once is cheaper even if nobody asks again.
    if MEMORY.holds(version) and (question.keep or len(wanted) > len(CASES)):
        return {
            "cases": partial(remembered, version, "cases", lambda: population.cases(version, linked=True)),
            "deadlines": partial(remembered, version, "cases", lambda: population.cases(version, linked=True)),
            "feedback": partial(remembered, version, "feedback", lambda: population.feedback(version)),
            "channel_days": partial(remembered, version, "channel_days", lambda: activity.channel_days(version)),
            "duties": partial(remembered, version, "duties", lambda: activity.duty_days(version)),
        }
    months = (spans[0][0], spans[-1][1])
    linked = any(metric.of == "interactions" and metric.held is not None for metric in metrics)
    return {
        "cases": lambda: population.cases(version, linked, months),
        # A deadline may lie any number of months after the question.
        "deadlines": lambda: population.cases(version, linked=True),
        "feedback": lambda: population.feedback(version, months),
        "channel_days": lambda: activity.channel_days(version),
        "duties": lambda: activity.duty_days(version),
    }


def _rows(of: Population, question: Question, sources: Mapping[str, Callable[[], Frame]]) -> Frame:
    """The population's rows that count for the question."""
    match of:
        case "interactions":
            rows = population.asked(sources["cases"](), question.version)
        case "deadlines":
            rows = population.due(sources["deadlines"](), question.version)
        case "duties":
            # Who is on duty needs no attribution: the roster says it.
            known = next(iter(question.query.attribution), "")
            rows = sources[of]().with_columns(attribution=nw.lit(known), topic=nw.lit(UNKNOWN))
        case "channel_days":
            nobody = {"officer_id": nw.lit(UNKNOWN), "attribution": nw.lit("none")}
            rows = sources[of]().with_columns(**nobody, topic=nw.lit(UNKNOWN))
        case _:
            rows = sources[of]()
    rows = narrowed(rows, question.query, question.scope, question.wards, question.spans)
    return activity.with_members(rows) if of == "channel_days" else rows


def _sums(of: Population, metrics: Sequence[Metric]) -> Mapping[str, nw.Expr]:
    """What is added up of a population's rows."""
    sums: dict[str, nw.Expr] = {}
    bases: dict[int, nw.Expr] = {}
    if of in CASES:
        sums |= {"cases": nw.len(), "split": how_many(nw.col("split"))}
    if of in CUT_OFF:
        sums |= {"provisional": how_many(nw.col("provisional"))}
    for metric in metrics:
        if metric.of == of and metric.hits is not None:
            sums |= above(metric)
        if metric.below == of and metric.base is not None:
            base = metric.base & nw.col("usable") if of == "feedback" else metric.base
            sums[f"{metric.name}:base"] = bases.setdefault(id(metric.base), how_many(base))
    for flag in FLAGS:
        if flag.of == of and any(flag.touches(metric) for metric in metrics):
            sums |= {f"{flag.name}:hits": how_many(flag.hits & flag.base), f"{flag.name}:base": how_many(flag.base)}
    return sums


def _sides(of: Population, metrics: Sequence[Metric], *sides: str) -> Mapping[str, nw.Expr]:
    """What is above ("hits") and below ("base") the line of each metric, and nothing else."""
    names = {f"{metric.name}:{side}" for metric in metrics for side in sides}
    return {name: value for name, value in _sums(of, metrics).items() if name in names}


def above(metric: Metric) -> dict[str, nw.Expr]:
    """A metric's numerator, and how many held rows touch it."""
    assert metric.hits is not None
    name, within = metric.name, metric.base if metric.kind == "share" else None
    hits = metric.hits if within is None else metric.hits & within
    touched = metric.hits if within is None else within
    if metric.of == "feedback" and metric.kind != "count":
        return {f"{name}:hits": how_many(hits & nw.col("usable")), f"{name}:held": how_many(touched & nw.col("waiting"))}
    sums = {f"{name}:hits": how_many(hits)}
    if metric.held is not None:
        sums[f"{name}:held"] = nw.when(touched).then(metric.held).otherwise(nw.lit(0)).sum()
    return sums


def _clocks(metrics: Sequence[Metric]) -> dict[Clock, list[float]]:
    """The clocks, and the shares of cases that the metrics of each ask for."""
    clocks: dict[Clock, list[float]] = {}
    for metric in metrics:
        if metric.clock:
            clocks.setdefault(metric.clock, []).append(metric.quantile)
    return clocks


def _keys_of_cases(rows: Frame, question: Question, clocks: Iterable[Clock]) -> dict[Clock, Frame]:
    """For each clock one row per case that it is about: its ``curves.key``, the number of a unit's text in a span being its ``unit``."""
    coded = with_numbers(rows)
    unit = nw.col("number") if len(question.spans) == 1 else nw.col("number") * len(question.spans) + nw.col("span")

    def of_clock(clock: Clock) -> Frame:
        ended = ~nw.col(clock.ends).is_null()
        spent = nw.when(ended).then(nw.col(clock.ends) - nw.col("asked")).otherwise(nw.col("age"))
        return coded.filter(clock.base).select(key=key(unit, whole_seconds(spent), ended))

    return {clock: of_clock(clock) for clock in clocks}


def _timed(keys: pl.DataFrame, units: pl.DataFrame, spans: int, shares: Sequence[float]) -> pl.DataFrame:
    """One row per span and unit with cases: its ``survival.quantiles_of_keys``."""
    if not units.filter(pl.col("unit").to_physical() >= UNITS // spans).is_empty():
        raise OverflowError(f"the units of {spans} spans cannot be told apart")
    found = quantiles_of_keys(keys["key"], shares)
    unit = (pl.col("unit") // spans).cast(pl.UInt32).cat.to(pl.Categorical).cast(pl.String)
    return found.with_columns(span=pl.col("unit") % spans, unit=unit)
