"""How far the data can be trusted: what is missing in them, what only looks like service, and how old each source is.

These are flags to look at, never penalties: none of them enters a figure.
"""

from dataclasses import replace
from datetime import date

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics import population
from metrics.engine import DAY, Frame, collect, how_many, local_date, local_days, local_midnight, read
from metrics.figures import period
from metrics.flags import FLAGS
from metrics.intervals import wilson
from metrics.memory import MEMORY, remembered
from metrics.narrowing import ALL, Span, narrowed
from metrics.query import Query
from metrics.scope import Scope
from metrics.wards import read_wards

ANSWERED = ~nw.col("answered").is_null()
JUDGED = ~nw.col("formal")
PRAISED_OR_BLAMED = nw.col("compliment") | nw.col("complaint")
EVERY = nw.col("at") >= 0

OF_CASES: dict[str, tuple[nw.Expr, nw.Expr]] = {
    "officer_unknown": (~nw.col("officer_known"), ANSWERED),
    "ward_unknown": (nw.col("ward_code") == UNKNOWN, EVERY),
    "channel_unknown": (nw.col("channel_id") == UNKNOWN, EVERY),
    "topic_unknown": (nw.col("topic") == UNKNOWN, EVERY),
    "date_only": (~nw.col("timed"), EVERY),
    **{flag.name: (flag.hits, flag.base) for flag in FLAGS if flag.of == "interactions"},
}
"""Check -> which cases show it, among which."""
OF_FEEDBACK: dict[str, tuple[nw.Expr, nw.Expr]] = {
    "feedback_ward_unknown": (nw.col("ward_code") == UNKNOWN, JUDGED),
    "category_unknown": (nw.col("category") == UNKNOWN, PRAISED_OR_BLAMED),
    **{flag.name: (flag.hits, flag.base) for flag in FLAGS if flag.of == "feedback"},
    "held": (nw.col("held"), JUDGED),
}
CHECKS = (*OF_CASES, *OF_FEEDBACK)


def checks(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """How often each thing that weakens the figures occurs.

    Returns:
        One row per check (in the order of CHECKS) and unit: ``check``, ``unit``, ``numerator``, ``denominator``, ``value`` (share 0–1),
        ``lower``, ``upper`` (95 % interval, Wilson); the last three null where the denominator is 0.
    """
    cases, feedback = _in_period(version, query, scope)
    wide = collect([_counted(cases, OF_CASES), _counted(feedback, OF_FEEDBACK)])
    rows = pl.concat([_long(counts, names) for counts, names in zip(wide, (OF_CASES, OF_FEEDBACK), strict=True)])
    if query.by == "all":
        every = pl.DataFrame({"check": CHECKS, "unit": ALL})
        rows = every.join(rows, on=["check", "unit"], how="left").with_columns(pl.col("numerator", "denominator").fill_null(0))
    return _with_shares(rows).sort(pl.col("check").cast(pl.Enum(CHECKS)), "unit")


def _counted(rows: Frame, of: dict[str, tuple[nw.Expr, nw.Expr]]) -> Frame:
    sums = {f"{name}:hits": how_many(hits & base) for name, (hits, base) in of.items()}
    sums |= {f"{name}:base": how_many(base) for name, (_hits, base) in of.items()}
    return rows.group_by("unit").agg(**sums)


def _long(wide: pl.DataFrame, of: dict[str, tuple[nw.Expr, nw.Expr]]) -> pl.DataFrame:
    parts = [
        wide.select(
            pl.lit(name).alias("check"),
            pl.col("unit").cast(pl.String),
            pl.col(f"{name}:hits").cast(pl.Int64).alias("numerator"),
            pl.col(f"{name}:base").cast(pl.Int64).alias("denominator"),
        )
        for name in of
    ]
    return pl.concat(parts)


def _with_shares(rows: pl.DataFrame) -> pl.DataFrame:
    lower, upper = wilson(rows["numerator"].to_numpy(), rows["denominator"].to_numpy())
    some = pl.col("denominator") > 0
    rows = rows.with_columns(value=pl.col("numerator") / pl.col("denominator"), lower=pl.Series(lower), upper=pl.Series(upper))
    return rows.with_columns(pl.when(some).then(pl.col(name)).alias(name) for name in ("value", "lower", "upper"))


def _in_period(version: Version, query: Query, scope: Scope) -> tuple[Frame, Frame]:
    """The cases and the feedback that count for the question."""
    span, wards = period(version, query), read_wards(version)
    cases, feedback = population.cases(version, linked=False, months=span), population.feedback(version, span)
    if MEMORY.holds(version):
        cases = remembered(version, "cases", lambda: population.cases(version, linked=True))
        feedback = remembered(version, "feedback", lambda: population.feedback(version))
    cases = population.asked(cases, version)
    asked, judged = (narrowed(rows, query, scope, wards, [span]) for rows in (cases, feedback))
    return asked, judged


def sources(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """What each source brings, and when it last brought anything.

    Args:
        version: the published version.
        query: filters, and the period of the shares; the last item is of all time.
        scope: what the viewer may see.

    Returns:
        One row per table and source, that longest without anything new first: ``table`` (interactions, feedback), ``source``,
        ``last_on`` (local date of the last item), ``days`` (from there to as_of), and in the period ``rows`` and of them
        ``officer_unknown``, ``ward_unknown``, ``date_only``.
    """
    first, last = period(version, query)
    every: Span = (min(version.first_on or first, date(1970, 1, 1)), local_date(version.as_of))
    within = (nw.col("at") >= local_midnight(first)) & (nw.col("at") < local_midnight(last) + DAY)
    of_all = replace(query, from_on=None, to_on=None, by="all")
    wards = read_wards(version)
    cases = population.asked(population.cases(version, linked=False, also=("source",)), version)
    # Whoever still waits has no officer, and that is nobody's fault.
    without = {"interactions": ANSWERED & ~nw.col("officer_known"), "feedback": nw.col("officer_id") == UNKNOWN}
    frames = []
    for table, rows in (("interactions", cases), ("feedback", population.feedback(version, also=("source",)))):
        counted = narrowed(rows, of_all, scope, wards, [every]).group_by("source")
        frames.append(
            counted.agg(
                last=nw.col("at").max(),
                rows=how_many(within),
                officer_unknown=how_many(within & without[table]),
                ward_unknown=how_many(within & (nw.col("ward_code") == UNKNOWN)),
                date_only=how_many(within & ~nw.col("timed")),
            ).with_columns(table=nw.lit(table), last_on=local_days(nw.col("last")))
        )
    found = pl.concat(collect(frames)).with_columns(pl.col("last_on").cast(pl.Int32).cast(pl.Date))
    found = found.with_columns(days=(pl.lit(local_date(version.as_of)) - pl.col("last_on")).dt.total_days())
    counts = [pl.col(name).cast(pl.Int64) for name in ("rows", "officer_unknown", "ward_unknown", "date_only")]
    return found.select("table", "source", "last_on", "days", *counts).sort("days", "table", "source", descending=[True, False, False])


def codes(version: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """The codes that occur and that no roster of the record lists; of topics and categories, which are listed elsewhere, every one.

    Returns:
        One row per kind (officer, channel, topic, category) and code, most rows first: ``kind``, ``code``, ``rows`` (cases and feedback).
        Without ``unknown``.
    """
    cases, feedback = _in_period(version, replace(query, by="all"), scope)
    places: dict[str, tuple[str, list[Frame]]] = {
        "officer": ("officer_id", [cases, feedback]),
        "channel": ("channel_id", [cases, feedback]),
        "topic": ("topic", [cases]),
        "category": ("category", [feedback]),
    }
    frames = [
        rows.with_columns(kind=nw.lit(kind), code=nw.col(column).cast(nw.String)).group_by("kind", "code").agg(rows=nw.len())
        for kind, (column, where) in places.items()
        for rows in where
    ]
    counted = pl.concat(collect(frames)).group_by("kind", "code").agg(pl.col("rows").sum().cast(pl.Int64))
    rosters = (("officer", "officers", "officer_id"), ("channel", "channels", "channel_id"))
    listed = pl.concat([read(version, table, (code,)).select(pl.lit(kind).alias("kind"), code=code) for kind, table, code in rosters])
    found = counted.filter(pl.col("code") != UNKNOWN).join(listed, on=["kind", "code"], how="anti")
    return found.sort("rows", "kind", "code", descending=[True, False, False])
