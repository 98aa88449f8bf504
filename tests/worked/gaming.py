"""What each trick does to the figures that it aims at, without and with the defences; the table of docs/gaming.md.

All wards are loaded and computed like any others, each trick beside an honest ward with the same cases. What a board without
defences would show is computed from the tidy rows: shares of the answered cases, times of the finished ones, any reply an answer, every
post counted.
"""

import re
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from etl.gate.gate import Gate
from etl.publishing.versions import Version, current_version
from metrics.figures import figures
from metrics.quality import checks
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.etl.house import House
from tests.worked.published import table
from tests.worked.tricks import TRICKS, Row, ordinary

AS_OF = datetime(2026, 4, 30, tzinfo=UTC)
ORDINARY = 30
"""Wards beside the honest one and the gamed ones, each with its own luck."""
HONEST = "honest"
PAGE = Path(__file__).parents[2] / "docs" / "gaming.md"
QUALITY = ("resolved_unanswered", "repeated", "held")
"""What the quality page counts that a trick of these can show in."""
STARTS = pl.when(pl.col("resolved_at") > pl.col("reopened_at")).then("reopened_at").otherwise("asked_at")
SPANS = {
    "first_response_median": (pl.col("replied_at") - pl.col("asked_at"), 0.5),
    "first_response_p90": (pl.col("replied_at") - pl.col("asked_at"), 0.9),
    "resolution_median": (pl.col("resolved_at") - STARTS, 0.5),
}
SHARES = {
    "answered": pl.any_horizontal(pl.col("replied_at", "resolved_at").is_not_null()),
    "on_time": pl.col("replied_at") <= pl.col("answer_due"),
    "reopened": pl.col("reopened_at").is_not_null(),
}

Naive = Callable[[str], float | None]
"""A ward's figure without defences."""


@dataclass(frozen=True)
class Effect:
    """One figure under one trick."""

    trick: str
    what: str
    metric: str
    honest: dict[str, Any]
    """The honest ward's result row."""
    naive: float | None
    row: dict[str, Any]
    """The gamed ward's, as every page shows it."""
    seen: dict[str, int]
    """Checks of the quality page → cases or posts that show it."""

    @property
    def moved(self) -> float:
        """By how much ours differs from the honest ward's."""
        difference: float = self.row["value"] - self.honest["value"]
        return difference


def loaded(house: House) -> Version:
    """The version in which every trick was played."""
    house.source("log", extra='wards = "verbatim"')
    house.source("voices", "feedback", extra='wards = "verbatim"')
    house.source("chat", "messages", extra='wards = "verbatim"')
    played = {trick.name: ordinary(trick.name) for trick in TRICKS}
    before = deepcopy(played["renamed"].cases)
    for trick in TRICKS:
        trick.play(played[trick.name])
    wards = [ordinary(HONEST), *(ordinary(f"ward-{number:02}", Random(number)) for number in range(ORDINARY)), *played.values()]
    later = played["renamed"].cases
    first: list[Row] = [case for ward in wards for case in ward.cases if case["ward"] != "renamed"]
    house.drop("log-1.csv", first + before)
    house.drop("voices.csv", [row for ward in wards for row in ward.voices])
    house.drop("chat.csv", [row for ward in wards for row in ward.messages])
    house.refresh(as_of=AS_OF)
    house.load("log-2.csv", later, as_of=AS_OF)
    version = current_version(house.settings.snapshots)
    assert version
    return version


def effects(version: Version) -> list[Effect]:
    """Every trick with every figure it aims at."""
    rows = {(row["unit"], row["metric"]): row for row in figures(version, Query(by="ward"), COMMAND_LINE).iter_rows(named=True)}
    quality = checks(version, Query(by="ward"), COMMAND_LINE).filter(pl.col("check").cast(pl.String).is_in(QUALITY))
    shown = {(unit, check): count for check, unit, count in quality.select("check", "unit", "numerator").iter_rows()}
    naive = without_defences(version)
    return [
        Effect(
            trick.name,
            trick.what,
            metric,
            rows[HONEST, metric],
            naive[metric](trick.name),
            rows[trick.name, metric],
            {check: count for check in QUALITY if (count := shown.get((trick.name, check), 0))},
        )
        for trick in TRICKS
        for metric in trick.figures
    ]


def without_defences(version: Version) -> dict[str, Naive]:
    """Metric → ward → what a board shows that takes the log as it is."""
    cases, said = (pl.read_parquet(version.glob(name)) for name in ("interactions", "feedback"))
    cases = cases.with_columns(replied_at=pl.when(pl.col("source") == "chat").then("acknowledged_at").otherwise("answered_at"))

    def of(ward: str) -> pl.DataFrame:
        return cases.filter(ward_code=ward)

    def share(hits: pl.Expr) -> Naive:
        return lambda ward: of(ward).select(hits.mean()).item()

    def typical(span: pl.Expr, share: float) -> Naive:
        return lambda ward: of(ward).select(span.dt.total_seconds().quantile(share, "linear")).item()

    def posts(ward: str, kind: str) -> int:
        return said.filter(ward_code=ward, kind=kind).height

    def per_1000(kind: str) -> Naive:
        return lambda ward: 1000 * posts(ward, kind) / of(ward)["replied_at"].count()

    found = {metric: share(hits) for metric, hits in SHARES.items()} | {metric: typical(*span) for metric, span in SPANS.items()}
    found |= {f"{kind}s_per_1000": per_1000(kind) for kind in ("compliment", "complaint")}
    found["received"] = lambda ward: of(ward).height
    found["praise_share"] = lambda ward: posts(ward, "compliment") / (posts(ward, "compliment") + posts(ward, "complaint"))
    return found


HEADER = ["trick", "figure", "honest", "without defences", "ours", "beside it"]


def printed(found: list[Effect]) -> str:
    """The table."""
    lines, last = [], ""
    for effect in found:
        numbers = [_shown(effect.metric, effect.honest), _number(effect.metric, effect.naive), _shown(effect.metric, effect.row)]
        lines.append(["" if effect.what == last else effect.what, f"`{effect.metric}`", *numbers, _beside(effect)])
        last = effect.what
    return table(HEADER, lines)


def _shown(metric: str, row: dict[str, Any]) -> str:
    if longer := re.search(r"more_than:(\d+)", row["note"] or ""):
        return f"over {int(longer[1]) / 86400:.0f} days"
    return _number(metric, row["value"])


def _number(metric: str, value: float | None) -> str:
    if value is None:
        return "–"
    if metric.endswith(("_median", "_p90")):
        return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"
    if metric == "received" or metric.endswith("per_1000"):
        return f"{value:.0f}"
    return f"{value:.1%}"


def _beside(effect: Effect) -> str:
    row = effect.row
    said = [f"signal *{row['signal']}*"] if row["signal"] in ("better", "worse") else []
    said += [f"state *{row['state']}*"] if row["state"] != "ok" else []
    said += [f"note `{row['note']}`"] if row["note"] and row["value"] is not None else []
    said += [f"quality page: {check} {count}" for check, count in effect.seen.items()]
    return ", ".join(said)


def written(page: str, found: list[Effect]) -> str:
    """The page with its table as it is measured now."""
    head, rest = page.split("<!-- gaming -->\n")
    return f"{head}<!-- gaming -->\n{printed(found)}\n<!-- end -->{rest.split('<!-- end -->')[1]}"


if __name__ == "__main__":
    with Gate() as gate:
        PAGE.write_text(written(PAGE.read_text(), effects(loaded(House(Path(sys.argv[1]), gate)))))
