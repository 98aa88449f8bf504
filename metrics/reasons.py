"""Why a figure moved between two versions: every row that differs has one reason, and what it adds to a figure is counted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version, parts
from etl.tables import snapshot_schema
from metrics import population
from metrics.catalogue import BY_NAME
from metrics.declaration import Metric
from metrics.engine import Frame, collect, how_many, microseconds, scan
from metrics.figures import period
from metrics.narrowing import narrowed
from metrics.query import Query
from metrics.scope import Scope
from metrics.tally import above
from metrics.wards import read_wards

Table = Literal["interactions", "feedback"]
KEYS: dict[Table, tuple[str, str]] = {"interactions": ("source", "interaction_id"), "feedback": ("source", "feedback_id")}
BEGINS: dict[Table, str] = {"interactions": "asked_at", "feedback": "received_at"}
CODED: dict[Table, str] = {"interactions": "topic", "feedback": "category"}
"""What the list of topics says of a row; of feedback the topic is that of its question."""
LINE = ("file_id", "row_number")
FOLLOWS = ("status", "reply_count", "acknowledge_due", "answer_due", "officer_id", "attribution", "verdict")
"""What an instant brings with it."""
NOTED = ("split", "relabelled", "same_answer")
"""What is only said beside a figure, and may be unknown to an older version."""

REASONS = ("since", "late", "gone", "correction", "decision", "voices", "wards", "roster", "definition", "other", "time")
"""Of a row: asked, answered or received since; late (it had happened by the earlier version's date, and the log told it later); gone
(undone, erased, too old); corrected in the log; decided by a person; held, let go, or a repeated voice; in another ward by the list of
wards (split wards); of another officer or place by roster and channels; another deadline, topic or category by the list of
these; followed another row. ``time`` is of no row: the data's date moved on."""


def row_reasons(before: Version, after: Version, table: Table) -> pl.DataFrame:
    """The rows that differ between two versions.

    Returns:
        One row per key that came, went or changed: the two key columns and ``reason`` (of REASONS).
    """
    old, new = parts(before), parts(after)
    names = {key.split("/")[1] for key in old.keys() | new.keys() if key.startswith(f"{table}/") and old.get(key) != new.get(key)}
    keys, told = list(KEYS[table]), _told(table)
    only = names if old and new else None
    sides: list[pl.LazyFrame] = [scan(version, table, (*keys, *told, *LINE), only=only).to_native() for version in (before, after)]
    first, last = (side.select(*keys, digest=pl.struct(told).hash()) for side in sides)
    pairs = first.join(last, on=keys, how="full", coalesce=True, suffix="_after")
    differ = pairs.filter(pl.col("digest").ne_missing(pl.col("digest_after"))).select(keys).collect().lazy()
    first, last = (side.join(differ, on=keys, how="semi").with_columns(there=pl.lit(True)) for side in sides)
    both = first.join(last, on=keys, how="full", coalesce=True, suffix="_after")
    relisted = before.ward_list not in ("", after.ward_list)
    return both.select(*keys, reason=_reason(table, microseconds(before.as_of), relisted)).collect()


def _told(table: Table) -> list[str]:
    """The columns that figures are made of."""
    return [name for name in snapshot_schema(table) if name not in (*KEYS[table], *LINE, *NOTED, "link")]


def _reason(table: Table, as_of: int, relisted: bool) -> pl.Expr:
    """The reason of a row whose columns stand side by side, those of the later version with ``_after``; ``relisted``: so by another list
    of wards, which may name today's ward of the day too."""
    told, schema = _told(table), snapshot_schema(table)
    instants = [name for name in told if isinstance(schema[name], pl.Datetime) and not name.endswith("_due")]

    def moved(*names: str) -> pl.Expr:
        return pl.any_horizontal(pl.lit(False), *(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in names if name in told))

    def since(name: str) -> pl.Expr:
        emptied = pl.col("reopened_at_after") > as_of if name == "resolved_at" else pl.lit(False)
        return moved(name) & pl.when(pl.col(f"{name}_after").is_null()).then(emptied).otherwise(pl.col(f"{name}_after") > as_of)

    def came(name: str) -> pl.Expr:
        return since(name) | ~moved(name) | pl.col(name).is_null()

    happened = moved(*instants) & pl.all_horizontal(came(name) for name in instants)
    happened &= ~moved(*(name for name in told if name not in (*instants, *FOLLOWS)))
    same_line = ~pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in LINE)
    branches = (
        (pl.col("there").is_null() & (pl.col(f"{BEGINS[table]}_after") > as_of), "since"),
        (pl.col("there").is_null(), "late"),
        (pl.col("there_after").is_null(), "gone"),
        (moved("outcome", "decided_at"), "decision"),
        (happened & pl.any_horizontal(since(name) for name in instants), "since"),
        (happened, "late"),
        (moved("counts", "held") & same_line, "voices"),
        (~same_line, "correction"),
        (moved("ward_code") & ~moved("channel_id") & (~moved("ward_then") | relisted), "wards"),
        (moved("officer_id", "attribution", "ward_code", "ward_then", "channel_id", "platform"), "roster"),
        (moved("acknowledge_due", "answer_due", CODED[table]), "definition"),
    )
    reason = pl.lit("other")
    for condition, name in reversed(branches):
        reason = pl.when(condition.fill_null(False)).then(pl.lit(name)).otherwise(reason)
    return reason


def moves(before: Version, after: Version, query: Query, scope: Scope) -> pl.DataFrame:
    """What each reason adds to the figures, so that the figure of ``before`` and all of them together make that of ``after``.

    Args:
        before: the earlier version.
        after: the later one.
        query: one kind of unit, period and filters; its metrics among ``EXPLAINED``.
        scope: what the viewer may see.

    Returns:
        One row per metric, unit and reason that adds anything: ``metric``, ``unit``, ``reason`` (of REASONS), ``numerator`` and
        ``denominator``: how many more (or fewer, below 0); the denominator null for counts. Of times: events, and cases.
    """
    metrics = [BY_NAME[name] for name in query.metrics]
    moved_on = replace(before, as_of=max(before.as_of, after.as_of))
    sums: list[pl.DataFrame] = []
    for table in KEYS:
        counted = [metric for metric in metrics if table in (metric.of, metric.below)]
        if counted:
            reasons = row_reasons(before, after, table)
            asked = [(moved_on, -1, reasons), (after, 1, reasons), (before, -1, None), (moved_on, 1, None)]
            sums += [_summed(version, sign, why, table, counted, query, scope) for version, sign, why in asked]
    if not sums:
        return pl.DataFrame(schema=MOVES)
    total = pl.concat(sums).group_by("metric", "unit", "reason").agg(pl.col("numerator", "denominator").sum())
    counts = [metric.name for metric in metrics if metric.kind == "count"]
    order = [pl.col("metric").cast(pl.Enum(list(query.metrics))), pl.col("unit"), pl.col("reason").cast(pl.Enum(REASONS))]
    rows = total.filter((pl.col("numerator") != 0) | (pl.col("denominator") != 0)).sort(*order)
    return rows.with_columns(denominator=pl.when(~pl.col("metric").is_in(counts)).then("denominator")).cast(MOVES)  # type: ignore[arg-type]


MOVES: dict[str, pl.DataType] = {
    "metric": pl.String(),
    "unit": pl.String(),
    "reason": pl.String(),
    "numerator": pl.Int64(),
    "denominator": pl.Int64(),
}


def explained(metric: Metric) -> bool:
    """Whether a metric's moves can be told: it counts rows of cases and of feedback, each by what it says itself."""
    return metric.held is None and {metric.of, metric.below} <= set(KEYS)


def _summed(
    version: Version, sign: int, reasons: pl.DataFrame | None, table: Table, metrics: Sequence[Metric], query: Query, scope: Scope
) -> pl.DataFrame:
    """What the rows with a reason (all rows, for the passing of time) add to each metric in one version."""
    wards, span = read_wards(version), period(version, query)
    rows = _rows(version, table, query)
    if reasons is not None:
        rows = rows.join(nw.from_native(reasons.lazy()), on=list(KEYS[table]), how="inner")
    else:
        rows = rows.with_columns(reason=nw.lit("time"))
    rows = narrowed(rows, query, scope, wards, (span,)).with_columns(unit=nw.col("unit").cast(nw.String))
    sums: dict[str, nw.Expr] = {}
    for metric in metrics:
        if metric.clock:
            sums[f"{metric.name}:hits"] = how_many(metric.clock.base & ~nw.col(metric.clock.ends).is_null())
            sums[f"{metric.name}:base"] = how_many(metric.clock.base)
            continue
        if metric.of == table:
            sums[f"{metric.name}:hits"] = above(metric)[f"{metric.name}:hits"]
        if metric.below == table and metric.base is not None:
            sums[f"{metric.name}:base"] = how_many(metric.base & nw.col("usable") if table == "feedback" else metric.base)
    wide = collect([rows.group_by("unit", "reason").agg(**sums)])[0]
    none = pl.lit(0, pl.Int64)
    long = [
        wide.select(
            pl.lit(metric.name).alias("metric"),
            "unit",
            "reason",
            *(
                (pl.col(f"{metric.name}:{side}").cast(pl.Int64) * sign if f"{metric.name}:{side}" in sums else none).alias(name)
                for side, name in (("hits", "numerator"), ("base", "denominator"))
            ),
        )
        for metric in metrics
    ]
    return pl.concat(long)


def _rows(version: Version, table: Table, query: Query) -> Frame:
    """The population's rows with their keys."""
    keys = KEYS[table]
    if table == "feedback":
        return population.feedback(version, period(version, query), keys)
    return population.asked(population.cases(version, linked=False, months=period(version, query), also=keys), version)
