"""The cases behind a figure: which rows make its numerator and its denominator, for whoever may look at cases one by one."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics import population
from metrics.catalogue import BY_NAME
from metrics.declaration import Metric, Population
from metrics.engine import DAY, LOCAL_HOURS, Frame, collect, microseconds, read, scan
from metrics.figures import period
from metrics.memory import MEMORY, remembered
from metrics.narrowing import Span, narrowed
from metrics.population import LINEAGE
from metrics.query import Query
from metrics.scope import Scope
from metrics.wards import read_wards

Part = Literal["numerator", "others", "denominator"]
"""Above the line; below the line but not above it; below the line. For times: ended, still waiting, all."""
Cases = Literal["interactions", "feedback"]

SHOWN: dict[Cases, tuple[str, ...]] = {
    "interactions": (
        *("source", "interaction_id", "asked_at", "acknowledged_at", "answered_at", "resolved_at", "reopened_at", "answer_due"),
        *("status", "topic", "urgency", "platform", "channel_id", "ward_code", "officer_id", "link", "provisional"),
    ),
    "feedback": (
        *("source", "feedback_id", "kind", "formal", "received_at", "rating", "category", "outcome", "decided_at", "counts", "held"),
        *("platform", "channel_id", "ward_code", "officer_id", "interaction_id", "provisional"),
    ),
}
"""Columns of the tidy tables that a case is shown with. No resident is among them."""


@dataclass(frozen=True)
class Found:
    """One leaf of the cases behind a figure."""

    of: Cases
    total: int
    """How many cases there are, on all leaves."""
    rows: pl.DataFrame
    """One row per case, those asked or received first first: SHOWN of its table, ``path`` of its file in the inbox, ``row_number``."""


def cases(
    version: Version, query: Query, metric: str, unit: str, scope: Scope, part: Part = "numerator", first: int = 0, most: int = 50
) -> Found:
    """The cases behind one figure.

    Args:
        version: the published version.
        query: kind of unit, period and filters, as of the figure.
        metric: its name.
        unit: its unit.
        scope: who looks: cases of wards outside ``cases_of`` do not exist for the answer, officers outside ``officers_of`` are unknown.
        part: which of the figure's cases.
        first: how many cases to pass over.
        most: how many cases at most.

    Raises:
        ValueError: the metric does not count cases, or has no such part.
    """
    declared = BY_NAME[metric]
    whose, condition = _condition(declared, part)
    of: Cases = "feedback" if whose == "feedback" else "interactions"
    span = period(version, query)
    rows = narrowed(_rows(whose, declared, version, span), query, scope, read_wards(version), (span,))
    rows = rows.filter(condition, nw.col("unit") == unit)
    if scope.cases_of is not None:
        rows = rows.filter(nw.col("ward_code").is_in(sorted(scope.cases_of)))
    keys = collect([rows.select("at", "month", *LINEAGE)])[0]
    latest = pl.lit(keys["at"].bottom_k(first + most).max(), pl.Int64)
    up_to_leaf = keys.filter(pl.col("at") <= latest).cast(dict.fromkeys(LINEAGE, pl.Int64))
    return Found(of, keys.height, _shown(of, version, scope, up_to_leaf.sort("at", *LINEAGE).slice(first, most)))


def _condition(metric: Metric, part: Part) -> tuple[Population, nw.Expr]:
    """Whose rows they are, and which of them."""
    one_population = metric.of == metric.below
    of = metric.below if part == "denominator" else metric.of
    only_counted = metric.kind == "count" and part != "numerator"
    if of in ("channel_days", "duties") or only_counted or (part == "others" and not one_population):
        raise ValueError(f"{metric.name} has no cases {part}")
    if metric.clock:
        base, hits = metric.clock.base, ~nw.col(metric.clock.ends).is_null()
    else:
        every = nw.lit(True)
        base = every if metric.base is None else metric.base
        hits = every if metric.hits is None else metric.hits
    if not one_population:
        chosen = hits if part == "numerator" else base
    else:
        chosen = {"numerator": base & hits, "others": base & ~hits.fill_null(False), "denominator": base}[part]
    return of, chosen & nw.col("usable") if of == "feedback" and metric.kind != "count" else chosen


def _rows(of: Population, metric: Metric, version: Version, span: Span) -> Frame:
    """The population's rows by the instant ``at`` that says to which period they belong, with the ``month`` of their file."""
    held = MEMORY.holds(version)
    if of == "feedback":
        voices = remembered(version, "feedback", lambda: population.feedback(version)) if held else population.feedback(version, span)
        return voices.with_columns(month=nw.col("at"))
    by_deadline = of == "deadlines"  # which may lie any number of months after the question
    if held:
        rows = remembered(version, "cases", lambda: population.cases(version, linked=True))
    else:
        rows = population.cases(version, metric.held is not None, None if by_deadline else span)
    return (population.due if by_deadline else population.asked)(rows, version).with_columns(month=nw.col("asked"))


def _shown(of: Cases, version: Version, scope: Scope, keys: pl.DataFrame) -> pl.DataFrame:
    """The cases of one leaf, read whole."""
    months = None if keys.is_empty() else (_day(keys["month"].min()), _day(keys["month"].max()))
    wanted = scan(version, of, (*SHOWN[of], *LINEAGE), months).to_native()
    wanted = wanted.filter(*(pl.col(name).is_in(keys[name].implode()) for name in LINEAGE))  # so that little else is decoded
    rows = keys.lazy().join(wanted, on=LINEAGE, how="inner", maintain_order="left").collect()
    files = read(version, "files", ("file_id", "path"))
    rows = rows.join(files, on="file_id", how="left", maintain_order="left")
    instants = [name for name in SHOWN[of] if name.endswith(("_at", "_due"))]
    past = pl.col([name for name in instants if name != "answer_due"])
    happened = pl.when(past <= microseconds(version.as_of)).then(past)
    rows = rows.with_columns(happened).with_columns(pl.col(instants).cast(pl.Datetime("us", "UTC")))
    if scope.officers_of is not None:
        seen = pl.col("ward_code").is_in(sorted(scope.officers_of))
        rows = rows.with_columns(officer_id=pl.when(seen).then("officer_id").otherwise(pl.lit(UNKNOWN)))
    return rows.select(*SHOWN[of], "path", "row_number")


def _day(instant: object) -> date:
    """The local day of microseconds since 1970."""
    assert isinstance(instant, int)
    return date.fromordinal(date(1970, 1, 1).toordinal() + (instant + LOCAL_HOURS) // DAY)
