"""Is what was planted in a made-up city flagged, and what else? ``python -m tests.worked.planted SNAPSHOTS TRUTH`` prints the table."""

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from etl.publishing.versions import Version, current_version
from metrics.figures import figures
from metrics.query import Query, UnitKind
from metrics.scope import COMMAND_LINE
from tests.worked.published import table

LAST_DAY = date(2026, 10, 31)
SPANS = {"24 months": None, "the last quarter": date(2026, 8, 1), "the last month": date(2026, 10, 1)}
KINDS: tuple[UnitKind, ...] = ("ward", "officer")
SIDES = {"poor": "worse", "excellent": "better"}
SPEED = (
    *("acknowledged_on_time", "answered_within_15m", "answered_within_1h", "answered_within_24h"),
    *("on_time", "on_time_766", "satisfaction_766"),
)
"""Metrics that how slow a unit was made decides."""


@dataclass(frozen=True)
class Told:
    """What the signals of one kind of unit and one span say."""

    compared: int
    """Pairs of a unit and a metric that were compared."""
    planted: dict[str, int]
    """Planted kind → metrics that flag it on its side."""
    wrong: int
    """Flags on a planted unit on the other side."""
    slowness: list[float]
    """Of every flag of speed on another unit: by how many standard deviations of all units it was made slower than they, in the
    direction of the flag."""
    others: int
    """Flags of other metrics on other units."""


def told(version: Version, truth: dict[str, Any], by: UnitKind, first: date | None) -> Told:
    """What is flagged in a span up to the last day, beside what the units were made to be."""
    rows = figures(version, Query(by=by, from_on=first, to_on=LAST_DAY if first else None), COMMAND_LINE).filter(
        pl.col("signal").is_not_null()
    )
    made, planted = slowness(truth)[by], {truth["stories"][f"{by}s"][kind]: kind for kind in SIDES}
    flags = rows.filter(pl.col("signal") != "none").select("unit", "metric", "signal").rows()
    right = [planted[unit] for unit, _metric, signal in flags if unit in planted and SIDES[planted[unit]] == signal]
    aside = [flag for flag in flags if flag[0] not in planted]
    return Told(
        compared=rows.height,
        planted={kind: right.count(kind) for kind in SIDES},
        wrong=len(flags) - len(aside) - len(right),
        slowness=[made[unit] * (1 if signal == "worse" else -1) for unit, metric, signal in aside if metric in SPEED],
        others=sum(metric not in SPEED for _unit, metric, _signal in aside),
    )


def slowness(truth: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Kind of unit → unit → how slow it was made, its colleagues or its wards included, in standard deviations of the ordinary ones."""
    pace = {ward["ward_code"]: ward["pace"] for ward in truth["wards"]}
    served = [(officer, stint["ward_code"], _days(stint)) for officer in truth["officers"] for stint in officer["stints"]]
    of_ward: dict[str, list[tuple[float, float]]] = {}
    of_officer: dict[str, list[tuple[float, float]]] = {}
    for officer, ward, days in served:
        of_ward.setdefault(ward, []).append((pace[ward] + officer["pace"], days * officer["activity"]))
        of_officer.setdefault(officer["officer_id"], []).append((pace[ward] + officer["pace"], days))
    ordinary = {unit["ward_code"] for unit in truth["wards"] if unit["planted"] == "none"}
    ordinary |= {unit["officer_id"] for unit in truth["officers"] if unit["planted"] == "none"}
    found = {}
    for kind, of in (("ward", of_ward), ("officer", of_officer)):
        mean = {unit: float(np.average([p for p, _ in parts], weights=[w for _, w in parts])) for unit, parts in of.items()}
        usual = np.array([value for unit, value in mean.items() if unit in ordinary])
        found[kind] = {unit: float((value - usual.mean()) / usual.std()) for unit, value in mean.items()}
    return found


def _days(stint: dict[str, Any]) -> int:
    ends = date.fromisoformat(stint["before"]) if stint["before"] else date(2026, 11, 1)
    return (ends - date.fromisoformat(stint["from"])).days


HEADER = ["units", "span", "compared", "poor", "excellent", "speed of others: beyond 1.5 SD", "1–1.5", "within 1", "the other way", "else"]


def line(by: str, span: str, found: Told) -> list[str]:
    """One row of the table."""
    made = np.array(found.slowness)
    counts = [(made >= 1.5).sum(), ((made >= 1) & (made < 1.5)).sum(), ((made >= 0) & (made < 1)).sum(), (made < 0).sum()]
    numbers = [found.compared, *found.planted.values(), *counts, found.others + found.wrong]
    return [f"{by}s", span, *(f"{number:,}" for number in numbers)]


if __name__ == "__main__":
    snapshots, path = map(Path, sys.argv[1:])
    version, truth = current_version(snapshots), json.loads(path.read_text())
    assert version
    print(table(HEADER, [line(by, span, told(version, truth, by, first)) for by in KINDS for span, first in SPANS.items()]))
