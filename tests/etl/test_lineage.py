"""Figures, recomputed from the raw files by plain Python, and the files and lines that each of them names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from etl.gate.gate import Gate
from etl.publishing.versions import Version, current_version
from metrics.cases import cases
from metrics.catalogue import BY_NAME
from metrics.figures import figures
from metrics.query import UNIT_KINDS, Query
from metrics.scope import COMMAND_LINE
from tests.etl.house import House
from tests.etl.raw_city import AS_OF, PLATFORMS, TOPICS, WARDS, plain_cases, plain_voices, write_town
from tests.metrics import reference
from tests.numbers import times

FIGURES = times(150, 500)
A_QUERY = 10
"""Figures taken of each query."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> tuple[House, Version]:
    house = House(tmp_path_factory.mktemp("town"), gate)
    write_town(house)
    house.settings = replace(house.settings, targets=house.folder / "targets.toml")
    report = house.refresh(as_of=AS_OF)
    assert report["gate"]["passed"], report["gate"]
    version = current_version(house.settings.snapshots)
    assert version is not None
    return house, version


def some_query(chance: Random) -> Query:
    first = date(2026, 1, 5) + timedelta(days=chance.randrange(20))
    span = chance.choice([{}, {"from_on": first, "to_on": first + timedelta(days=chance.randrange(1, 25))}])
    filters = chance.choice([{}, {}, {"ward": (WARDS[0],)}, {"topic": TOPICS[:2]}, {"platform": PLATFORMS[:1]}])
    return Query(by=chance.choice([kind for kind in UNIT_KINDS if kind != "province"]), **span, **filters)  # type: ignore[arg-type]


def plainly(inbox: Path, query: Query, version: Version) -> tuple[dict[tuple[str, str], dict[str, Any]], list[dict[str, Any]]]:
    """Every figure of the query, and all rows that could be behind one."""
    requests, voices = plain_cases(inbox), plain_voices(inbox)
    wanted = (("ward_code", query.ward), ("topic", query.topic), ("platform", query.platform))

    def key(row: Mapping[str, Any]) -> str:
        return reference.unit_of(row, query.by, query.wards, query.attribution, {})

    def passes(row: Mapping[str, Any]) -> bool:
        return all(not values or row[column] in values for column, values in wanted)

    every = [*requests, *voices]
    first = min(reference.local(row.get("asked_at") or row["received_at"]).date() for row in every)
    period = (query.from_on or first, query.to_on or reference.local(version.as_of).date())
    return reference.figures(requests, voices, version.as_of, period, key, passes, sorted({key(row) for row in every})), every


@pytest.mark.long
def test_figures_are_what_plain_python_finds_in_the_raw_files(town: tuple[House, Version]) -> None:
    house, version = town
    chance, compared, some = Random(12), 0, 0
    while compared < FIGURES:
        query = some_query(chance)
        expected, _rows = plainly(house.inbox, query, version)
        got = {(row["metric"], row["unit"]): row for row in figures(version, query, COMMAND_LINE).iter_rows(named=True)}
        places = chance.sample(sorted(place for place in expected if place in got), A_QUERY)
        for place in places:
            same(query, place, got[place], expected[place])
            some += bool(expected[place]["numerator"])
        compared += len(places)
    print(f"{compared} figures, {some} of them not zero")
    assert some > compared / 4


def same(query: Query, place: tuple[str, str], got: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Counts exactly, shares and times to 1e-12."""
    for name in ("numerator", "denominator", "state"):
        assert got[name] == expected[name], (query, place, name, got, expected)
    near = None if expected["value"] is None else pytest.approx(expected["value"], rel=1e-12, abs=1e-12)
    assert got["value"] == near, (query, place, got, expected)


LINES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "received": lambda row: "asked_at" in row,
    "answered": lambda row: bool(row.get("answered_at") and row["answered_at"] <= AS_OF),
    "tip_offs": lambda row: row["tip_off"],
    "compliments": lambda row: row.get("kind") == "compliment",
    "formal": lambda row: row["formal"] if "kind" in row else False,
}


@pytest.mark.parametrize("metric", LINES)
@pytest.mark.parametrize("by", ["ward", "officer", "topic"])
def test_each_names_its_files_and_lines(metric: str, by: Any, town: tuple[House, Version]) -> None:
    house, version = town
    _expected, rows = plainly(house.inbox, Query(by=by), version)
    of_cases = BY_NAME[metric].of != "feedback"
    counted = [row for row in rows if ("asked_at" in row) == of_cases and LINES[metric](row)]
    counted = [row for row in counted if row["status"] not in ("withdrawn", "duplicate") and row.get("outcome") != "withdrawn"]
    for unit in sorted({reference.unit_of(row, by, "current", ("author", "named"), {}) for row in counted}):
        found = cases(version, Query(by=by), metric, unit, COMMAND_LINE, most=10_000)
        named = sorted(zip(found.rows["path"], found.rows["row_number"], strict=True))
        mine = [row for row in counted if reference.unit_of(row, by, "current", ("author", "named"), {}) == unit]
        assert named == sorted(row["last"] for row in mine), unit


def test_a_raw_file_read_wrong_would_be_found(town: tuple[House, Version], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.etl.raw_city.read_book", lambda _path: [])
    with pytest.raises(AssertionError):
        test_figures_are_what_plain_python_finds_in_the_raw_files(town)
