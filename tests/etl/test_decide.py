"""Undo, publish, discard, rebuild: what a person decides, and that nothing is left of what was taken back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from etl.errors import UserError
from etl.publishing.versions import current_version
from tests.etl.house import House, at, case

REPORT_KEYS = {"load_id", "version", "as_of", "checksum", "seconds", "gate", "stated"}


def held(house: House, number: int = 1) -> dict:
    """A load that the gate holds: all of it is refused but one row."""
    report = house.load(
        f"log-held{number}.csv", [case(f"h{number}", topic="theft"), case("x", asked_at="soon"), case("y", asked_at="soon")]
    )
    assert not report["gate"]["passed"]
    return report


def figures(house: House) -> list[dict]:
    from metrics.figures import figures as compute
    from metrics.query import Query
    from metrics.scope import COMMAND_LINE

    version = current_version(house.settings.snapshots)
    assert version
    return compute(version, Query(by="all"), COMMAND_LINE).to_dicts()


def test_undo_is_as_if_it_had_never_been_loaded(house: House) -> None:
    first = house.load("log-1.csv", [case(1), case(2)])
    before = figures(house)
    house.load("log-2.csv", [case(1, answered_at="2026-02-01 10:00"), case(3, asked_at="2026-02-02 10:00")])
    assert figures(house) != before
    undone = house.undo(2)
    assert set(undone) == REPORT_KEYS
    assert (undone["checksum"], undone["as_of"], undone["load_id"]) == (first["checksum"], at("2026-01-05 09:00"), 2)
    assert figures(house) == before
    assert [load["state"] for load in house.loads()] == ["published", "undone"]


def test_wrong_targets_are_said_before_anything_begins(house: House, tmp_path: Path) -> None:
    house.load("log.csv", [case(1)])
    (tmp_path / "targets.toml").write_text('[[targets]]\ntopc = "*"\n')
    house.settings = replace(house.settings, targets=tmp_path / "targets.toml")
    house.said.clear()
    for decision in (house.rebuild, lambda: house.undo(1), lambda: house.discard(1)):
        with pytest.raises(UserError, match="topc"):
            decision()
    assert house.said == []


def test_undo_of_a_load_in_the_middle(house: House) -> None:
    house.load("log-1.csv", [case(1, topic="a")])
    house.load("log-2.csv", [case(1, topic="b", urgency="urgent"), case(2)])
    house.load("log-3.csv", [case(1, topic="c")])
    house.undo(2)
    assert house.table("interactions").select("interaction_id", "topic", "urgency").rows() == [("c1", "c", "normal")]


def test_a_file_of_an_undone_load_stays_skipped_until_it_is_asked_for(house: House) -> None:
    first = house.load("log.csv", [case(1)])
    house.undo(1)
    left = house.refresh()["files"][0]
    assert (left["skipped"], left["reason"]) == (
        "already_loaded",
        "Load 1, which read it, was undone or discarded: `refresh --again FILE` loads it again.",
    )
    assert house.table("interactions").is_empty()
    again = house.refresh(again=house.inbox / "log.csv")
    assert (again["load_id"], again["checksum"]) == (2, first["checksum"])


def test_undo_of_a_mended_reading_brings_the_earlier_one_back(house: House) -> None:
    first = house.load("log.csv", [case(1, topic="theft", theme="other")])
    house.source("log", topic="theme")
    house.refresh()
    assert house.case(1)["topic"] == "other"
    assert house.undo(2)["checksum"] == first["checksum"]
    assert house.refresh()["files"][0]["skipped"] == "already_loaded"


def test_the_quarantine_of_an_undone_load_is_gone_but_can_be_asked_for(house: House) -> None:
    house.load("log.csv", [*(case(i) for i in range(9)), case("x", asked_at="soon")])
    assert len(house.quarantine()) == house.status()["quarantined"] == 1
    house.undo(1)
    assert house.quarantine() == []
    assert len(house.quarantine(1)) == 1


def test_a_held_load_changes_nothing_that_is_shown(house: House) -> None:
    first = house.load("log.csv", [case(1)])
    snapshots = sorted(house.settings.snapshots.rglob("*"))
    report = held(house)
    assert (report["version"], report["checksum"], report["load_id"]) == (first["version"], first["checksum"], 2)
    assert sorted(house.settings.snapshots.rglob("*")) == snapshots
    assert house.status()["held"] == [2]
    assert house.status()["checksum"] == first["checksum"]
    waiting, shown = house.refresh()["files"]
    assert (shown["skipped"], shown["reason"]) == ("already_loaded", None)
    assert (waiting["skipped"], waiting["reason"]) == (
        "already_loaded",
        "Load 2, which read it, is held back: publish or discard it.",
    )


def test_a_held_load_is_published_with_a_reason(house: House) -> None:
    house.load("log.csv", [case(1)])
    held(house)
    with pytest.raises(UserError, match="reason"):
        house.publish(2, "  ")
    report = house.publish(2, "the clerk was new")
    assert set(report) == REPORT_KEYS
    assert house.case("h1")["topic"] == "theft"
    assert report["version"] == "000002"
    load = house.loads()[1]
    assert (load["state"], load["version"], load["reason"]) == ("published", "000002", "the clerk was new")
    assert house.status()["held"] == []


def test_a_reason_in_a_terminals_odd_letters_is_kept_by_their_codes(house: House) -> None:
    house.load("log.csv", [case(1)])
    done = house.run("etl", "publish", str(held(house)["load_id"]), "--reason", "l\udcfd do")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert house.loads()[-1]["reason"] == "l\\udcfd do"


def test_a_held_load_published_late_keeps_its_place_and_counts_its_fates_anew(house: House) -> None:
    house.load("log-1.csv", [case("h1", topic="old")])
    assert held(house)["files"][1]["updated"] == 1
    house.undo(1)
    house.load("log-3.csv", [case("h1", topic="later")])
    house.publish(2)
    assert house.case("h1")["topic"] == "later"
    assert house.loads()[1]["fates"] == {"loaded": 0, "updated": 0, "unchanged": 1, "duplicate": 0, "quarantined": 2, "not_selected": 0}


def test_a_discarded_load_is_never_shown(house: House) -> None:
    first = house.load("log.csv", [case(1)])
    held(house)
    report = house.discard(2)
    assert (report["version"], report["checksum"], set(report)) == (first["version"], first["checksum"], REPORT_KEYS)
    assert house.loads()[1]["state"] == "discarded"
    assert house.refresh()["files"][1]["skipped"] == "already_loaded"
    assert house.quarantine() == []
    with pytest.raises(UserError, match="discarded"):
        house.publish(2)


def test_only_loads_in_the_right_state_are_decided_on(house: House) -> None:
    with pytest.raises(UserError, match="Nothing has been loaded"):
        house.undo(1)
    house.load("log.csv", [case(1)])
    for decide, load in ((house.publish, 1), (house.discard, 1), (house.undo, 7)):
        with pytest.raises(UserError, match=str(load)):
            decide(load)
    house.undo(1)
    with pytest.raises(UserError, match="taken back"):
        house.undo(1)


def test_load_ids_are_never_used_twice(house: House) -> None:
    house.load("log-1.csv", [case(1)])
    house.undo(1)
    held(house)
    house.discard(2)
    assert house.load("log-3.csv", [case(3)])["load_id"] == 3


def test_rebuild_gives_the_same_figures_from_the_record_alone(house: House) -> None:
    first = house.load("log.csv", [case(1), case(2, asked_at="2026-02-03 10:00")])
    before = figures(house)
    broken = next((house.settings.snapshots / first["version"]).glob("interactions/2026-01.parquet"))
    broken.write_bytes(b"damaged")
    report = house.rebuild()
    assert set(report) == REPORT_KEYS
    assert (report["checksum"], report["version"]) == (first["checksum"], "000002")
    assert figures(house) == before


def test_a_lost_snapshot_folder_heals(house: House) -> None:
    import shutil

    first = house.load("log.csv", [case(1)])
    shutil.rmtree(house.settings.snapshots / first["version"])
    assert house.refresh()["checksum"] == first["checksum"]
    assert house.case(1)["status"] == "open"
    shutil.rmtree(house.settings.snapshots)
    house.refresh()
    assert house.status()["checksum"] == first["checksum"]
    assert json.loads((house.settings.snapshots / "current.json").read_text())["version"] == first["version"]
