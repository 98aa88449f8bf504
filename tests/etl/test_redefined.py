"""A figure that was reported by another definition than today's is not compared: it is said that it is defined otherwise."""

import json

import pytest

from etl.settings import DEFINITIONS
from etl.versions import current_version
from metrics.catalogue import BY_NAME
from metrics.changes import explained_changes
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.etl.house import House, case

ASKED = Query(metrics=("received", "answered", "answered_within_15m"))
TWELVE = [case(number, answered_at="2026-01-05 10:00") for number in range(12)]


def test_a_version_says_by_which_definitions_it_was_reported(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    known = json.loads(DEFINITIONS.read_text())
    then = {name: known[name] for name in known if name != "answered"} | {"answered_within_15m": {"1": "was", "2": "became"}}
    (house.folder / "definitions.json").write_text(json.dumps(then))
    house.source("cases")
    with monkeypatch.context() as earlier:
        earlier.setattr("etl.versions.DEFINITIONS", house.folder / "definitions.json")
        house.load("cases1.csv", TWELVE)
    before = current_version(house.settings.snapshots)
    house.load("cases2.csv", [case("late", answered_at="2026-01-05 10:00")])
    after = current_version(house.settings.snapshots)
    assert before
    assert after
    assert after.definitions == {name: metric.version for name, metric in BY_NAME.items()}

    rows, why = explained_changes(before, after, COMMAND_LINE, ASKED)
    told = rows.select("metric", "version_before", "version_after", "value_before", "state_before", "value_after")
    assert told.rows() == [
        ("received", 1, 1, 12, "ok", 13),
        ("answered", None, 1, None, None, 1),
        ("answered_within_15m", 2, 1, None, None, 0),
    ]
    assert why.rows() == [
        ("answered", "all", "definition", None, None),
        ("answered_within_15m", "all", "definition", None, None),
        ("received", "all", "late", 1, None),
    ]
