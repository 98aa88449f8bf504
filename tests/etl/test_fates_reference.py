"""Fates and published rows against a slow reading of the same files in plain Python, in whatever pieces they come, twice or taken back."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from etl.gate.gate import Gate
from tests.etl.house import Cells, House, at
from tests.numbers import times

TABLES = {"log": "interactions", "dated": "interactions", "voice": "feedback", "place": "channels"}
KEYS = {"interactions": "interaction_id", "feedback": "feedback_id", "channels": "channel_id"}
FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined")
CASE = ("topic", "officer_id", "attribution", "channel_id", "platform", "first_resolved_at", "reopened_at", "resolved_at", "status")
FEEDBACK = ("interaction_source", "interaction_id", "officer_id", "channel_id", "platform")
Places = dict[str | None, Cells]
Version = tuple[Any, Cells]
"""What a row version is ordered by, and its cells."""


@dataclass
class Reading:
    """One file as one load read it."""

    load_id: int
    path: str
    rows: list[Cells]
    undone: bool = False

    @property
    def source(self) -> str:
        return self.path.split("-")[0]


def some_rows(dice: random.Random, source: str, clock: Iterator[int]) -> list[Cells]:
    """Up to six rows of few keys, most cells empty, some rows wrong; no two have the same ``updated_at``."""

    def some(*values: str) -> str:
        return dice.choice(["", *values])

    def row() -> Cells:
        if source == "place":
            return {"channel_id": dice.choice("kl"), "platform": dice.choice(["portal", "app", "?"]), "name": some("a", "b")}
        cells = {"officer_id": some("A1", "A2"), "channel_id": some("k", "l"), "platform": some("hotline")}
        if source == "voice":
            judged = {"feedback_id": dice.choice("fgh"), "interaction_id": some("c1", "c2", "c3", "elsewhere")}
            return cells | judged | {"kind": "compliment", "received_at": "2026-01-09"}
        days = {name: some("2026-01-06 09:00", "2026-01-07 09:00", "2026-01-08 09:00") for name in ("resolved_at", "reopened_at")}
        updated = {"updated_at": f"2026-01-09 {dice.randrange(9, 20):02}:{next(clock):02}"} if source == "dated" else {}
        asked_at = dice.choice(["2026-01-05 09:00"] * 9 + ["?"])
        asked = {"interaction_id": f"c{dice.randrange(1, 4)}", "asked_at": asked_at, "topic": some("theft", "other")}
        return cells | days | updated | asked

    return [row() for _ in range(dice.randrange(1, 7))]


def is_refused(row: Cells) -> bool:
    resolved, reopened = row.get("resolved_at"), row.get("reopened_at")
    return "?" in row.values() or bool(resolved and reopened and resolved < reopened)


def versions(readings: list[Reading], table: str) -> dict[tuple[str, str], list[Version]]:
    """Every key's accepted rows, the deciding one last. Of the same file read twice the later reading stands in the first one's place."""
    first: dict[str, Reading] = {}
    for reading in readings:
        first.setdefault(reading.path, reading)
    found: dict[tuple[str, str], list[Version]] = {}
    for reading in {reading.path: reading for reading in readings}.values():
        namespace = "" if table == "channels" else reading.source
        for number, row in enumerate(reading.rows):
            if TABLES[reading.source] == table and not is_refused(row):
                order = (row.get("updated_at", ""), first[reading.path].load_id, reading.path, number)
                found.setdefault((namespace, str(row[KEYS[table]])), []).append((order, row))
    return {key: sorted(rows, key=lambda version: version[0]) for key, rows in found.items()}


def folded(rows: list[Version]) -> Cells:
    return {name: cell for _order, row in rows for name, cell in row.items() if cell and name != "updated_at"}


def fates(before: list[Reading], new: list[Reading]) -> dict[str, dict[str, int]]:
    """By file, how many rows had which fate."""
    found = {file.path: dict.fromkeys(FATES, 0) | {"quarantined": sum(map(is_refused, file.rows))} for file in new}
    for table in KEYS:
        old = versions(before, table)
        for key, rows in versions(before + new, table).items():
            *others, last = [path for (_updated, _load, path, _number), _row in rows if path in found] or [None]
            for path in others:
                found[path]["duplicate"] += 1
            if last:
                found[last]["loaded" if key not in old else "unchanged" if folded(old[key]) == folded(rows) else "updated"] += 1
    return found


def case_of(row: Cells, places: Places) -> dict[str, Any]:
    resolved, reopened = row.get("resolved_at"), row.get("reopened_at")
    last = None if resolved and reopened and reopened > resolved else resolved
    officer = row.get("officer_id")
    return {
        "topic": row.get("topic", "unknown"),
        "officer_id": officer or "unknown",
        "attribution": "named" if officer else "none",
        "channel_id": row.get("channel_id", "unknown"),
        "platform": row.get("platform") or places.get(row.get("channel_id"), {}).get("platform", "unknown"),
        "first_resolved_at": at(resolved) if resolved else None,
        "reopened_at": at(reopened) if reopened else None,
        "resolved_at": at(last) if last else None,
        "status": "resolved" if last else "open",
    }


def feedback_of(source: str, row: Cells, cases: dict[tuple[str, str], Any], places: Places) -> dict[str, Any]:
    asked = row.get("interaction_id")
    keys = [key for key in cases if key[1] == asked]
    linked = next((key for key in keys if key[0] == source), keys[0] if len(keys) == 1 else None)
    own = {name: row.get(name) or (cases[linked][name] if linked else "unknown") for name in ("officer_id", "channel_id", "platform")}
    if own["platform"] == "unknown":
        own["platform"] = places.get(own["channel_id"], {}).get("platform", "unknown")
    return own | dict(zip(FEEDBACK[:2], linked or (None, None), strict=True))


def published(readings: list[Reading]) -> dict[str, dict[tuple[str, str], Any]]:
    places: Places = {key: folded(rows) for (_source, key), rows in versions(readings, "channels").items()}
    cases = {key: case_of(folded(rows), places) for key, rows in versions(readings, "interactions").items()}
    judged = {key: feedback_of(key[0], folded(rows), cases, places) for key, rows in versions(readings, "feedback").items()}
    return {"interactions": cases, "feedback": judged}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(times(4, 200)))
def test_rows_and_their_fates_are_what_a_slow_reading_makes_of_the_files(tmp_path: Path, gate: Gate, seed: int) -> None:
    dice, clock, house = random.Random(seed), count(), House(tmp_path, gate)
    for name, table in TABLES.items():
        house.source(name, table, columns="updated_at" if name == "dated" else "")
    kept: list[Reading] = []
    for step in range(5):
        standing = [reading for reading in kept if not reading.undone]
        if step and standing and dice.random() < 0.25:
            undone = dice.choice(standing).load_id
            house.undo(undone)
            for reading in kept:
                reading.undone |= reading.load_id == undone
        else:
            again = dice.choice(kept) if kept and dice.random() < 0.3 else None
            paths = [f"{name}-{step}{part}.csv" for name in TABLES for part in "ab" if dice.random() < 0.4]
            new = [Reading(0, path, some_rows(dice, path.split("-")[0], clock)) for path in paths]
            for reading in new:
                house.drop(reading.path, [{**row, "name of this file": reading.path} for row in reading.rows])  # no two are equal
            new += [Reading(0, again.path, again.rows)] if again else []
            report = house.refresh(again=house.inbox / again.path if again else None)
            if new and not report["gate"]["passed"]:
                house.publish(report["load_id"])
            for reading in new:
                reading.load_id = report["load_id"]
            read = {file["path"]: {fate: file[fate] for fate in FATES} for file in report["files"] if not file["skipped"]}
            assert read == fates(standing, new)
            kept += new
        if not kept:
            continue
        wanted = published([reading for reading in kept if not reading.undone])
        for table, columns in (("interactions", CASE), ("feedback", FEEDBACK)):
            rows = {(row["source"], row[KEYS[table]]): row for row in house.table(table).iter_rows(named=True)}
            assert {key: {name: row[name] for name in columns} for key, row in rows.items()} == wanted[table]
