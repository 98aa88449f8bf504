"""Why figures moved, by real loads; and one reported by another definition than today's, which is not compared."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest

from etl.publishing.publish import read_references
from etl.publishing.versions import Version, current_version
from etl.settings import DEFINITIONS, REFERENCE
from metrics.catalogue import BY_NAME
from metrics.changes import explained_changes
from metrics.query import Query
from metrics.reasons import KEYS, row_reasons
from metrics.scope import COMMAND_LINE
from tests.etl.house import House, at, case

ASKED = Query(metrics=("received", "answered", "answered_within_15m"))
AS_OF = at("2026-01-20 12:00")
DUTY = {"officer_id": "A1", "channel_id": "k1", "starts_at": "2026-01-05 08:00", "ends_at": "2026-01-05 12:00"}
TWELVE = [case(number, answered_at="2026-01-05 10:00") for number in range(12)]


def version(house: House) -> Version:
    found = current_version(house.settings.snapshots)
    assert found
    return found


def test_a_version_says_by_which_definitions_it_was_reported(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    known = json.loads(DEFINITIONS.read_text())
    then = {name: known[name] for name in known if name != "answered"} | {"answered_within_15m": {"1": "was", "2": "became"}}
    (house.folder / "definitions.json").write_text(json.dumps(then))
    house.source("cases")
    with monkeypatch.context() as earlier:
        earlier.setattr("etl.publishing.versions.DEFINITIONS", house.folder / "definitions.json")
        house.load("cases1.csv", TWELVE)
    before = version(house)
    house.load("cases2.csv", [case("late", answered_at="2026-01-05 10:00")])
    after = version(house)
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


def test_each_load_and_each_changed_list_has_its_reason(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = house.folder / "targets.toml"
    targets.write_text('[[targets]]\ntopic = "*"\nurgency = "*"\nanswer = { hours = 1, clock = "round" }\n')
    house.settings = replace(house.settings, targets=targets)
    for table in ("interactions", "feedback", "duties"):
        house.source(table, table)
    complaint = {"feedback_id": "f1", "kind": "complaint", "received_at": "2026-01-06 09:00", "outcome": "pending"}
    house.drop("feedback.csv", [complaint])
    house.load(
        "interactions.csv",
        [row | {"channel_id": "k1", "attribution": "roster", "ward": "Phường Cống Vị, Quận Ba Đình"} for row in TWELVE],
        as_of=AS_OF,
    )

    def late() -> None:
        house.load("interactions late.csv", [case("late")])

    def correction() -> None:
        house.load("interactions again.csv", [case(0, answered_at="2026-01-05 11:30")])

    def roster() -> None:
        house.load("duties.csv", [DUTY])

    def decision() -> None:
        house.load("feedback decided.csv", [complaint | {"outcome": "upheld", "decided_at": "2026-01-08 09:00"}])

    def definition() -> None:
        targets.write_text(targets.read_text().replace("1,", "2,"))
        house.rebuild()

    def wards() -> None:
        reference = Path(copytree(REFERENCE, house.folder / "reference"))
        listed = (reference / "wards.csv").read_text()
        (reference / "wards.csv").write_text(listed.replace(",2025-06-30,00008,", ",2025-06-30,00004,"))
        monkeypatch.setattr("etl.publishing.publish.REFERENCE", reference)
        monkeypatch.setattr("etl.publishing.publish.read_references", partial(read_references, folder=reference))
        house.rebuild()

    def gone() -> None:
        house.undo(2)

    for happens in (late, correction, roster, decision, definition, wards, gone):
        before = version(house)
        happens()
        reasons = {reason for table in KEYS for reason in row_reasons(before, version(house), table)["reason"]}
        assert reasons == {happens.__name__}
