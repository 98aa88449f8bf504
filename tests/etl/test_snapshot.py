"""A snapshot: shared months, an atomic pointer, kept versions, and a checksum of the content alone."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl.publishing import snapshot
from etl.publishing.parts import checksum, cuts, part_of
from etl.publishing.snapshot import activate, build_snapshot
from etl.publishing.versions import current_version
from etl.tables import SERVING_TABLES, TIDY_TABLES, snapshot_schema
from tests.etl.house import House, case


def inodes(house: House, version: str) -> dict[str, int]:
    folder = house.settings.snapshots / version
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.parquet")}


def test_untouched_months_are_the_same_file_and_touched_ones_are_not(house: House) -> None:
    house.load("log-1.csv", [case(1), case(2, asked_at="2026-02-28 23:30"), case(3, asked_at="2026-03-01 00:30")])
    house.load("log-2.csv", [case(2, asked_at="2026-02-28 23:30", topic="theft")])
    before, after = inodes(house, "000001"), inodes(house, "000002")
    months = {f"interactions/2026-{month}.parquet": month != "02" for month in ("01", "02", "03")}
    assert {path: before[path] == after[path] for path in months} == months
    assert before["wards/all.parquet"] == after["wards/all.parquet"]


def test_a_column_that_is_not_tidy_still_makes_another_file(house: House) -> None:
    house.source("voice", "feedback")
    house.drop("log.csv", [case(1)])
    house.load("voice.csv", [{"feedback_id": "f1", "kind": "compliment", "received_at": "2026-01-06 08:00", "interaction_id": "c1"}])
    house.load("log-2.csv", [case(1, topic="theft")])
    assert house.row("feedback")["topic"] == "theft"


def test_every_table_is_there_with_the_declared_columns_even_when_empty(house: House) -> None:
    house.load("log.csv", [case(1)])
    for name in (*TIDY_TABLES, *SERVING_TABLES):
        assert house.table(name).schema == pl.Schema(snapshot_schema(name)), name
    house.undo(1)
    for name in (*TIDY_TABLES, *SERVING_TABLES):
        assert house.table(name).schema == pl.Schema(snapshot_schema(name)), name
        assert house.table(name).is_empty()


def test_the_manifest_says_what_is_in_it(house: House) -> None:
    report = house.load("log.csv", [case(1, asked_at="2026-01-05 00:30"), case(2)])
    version = current_version(house.settings.snapshots)
    assert version
    assert (version.name, version.checksum, version.as_of.isoformat()) == (
        report["version"],
        report["checksum"],
        "2026-01-05T02:00:00+00:00",
    )
    assert str(version.first_on) == "2026-01-05"  # the local date; in UTC it is the day before
    assert version.rows == {name: house.table(name).height for name in TIDY_TABLES}


def test_where_a_disk_cannot_share_files_they_are_written_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    house.load("log-1.csv", [case(1), case(2, asked_at="2026-02-28 23:30")])
    monkeypatch.setattr(os, "link", link)
    house.load("log-2.csv", [case(3)])
    assert house.table("interactions").height == 3
    before, after = inodes(house, "000001"), inodes(house, "000002")
    assert set(before) == set(after)
    assert not set(before.values()) & set(after.values())


def frames(**tables: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {name: tables.get(name, pl.DataFrame(schema=snapshot_schema(name))) for name in (*TIDY_TABLES, *SERVING_TABLES)}


def officers(*names: str | None) -> pl.DataFrame:
    rows = [{"officer_id": f"A{i}", "name": name, "active": True} for i, name in enumerate(names)]
    return pl.DataFrame(rows, schema=snapshot_schema("officers"))


def total_of(**tables: pl.DataFrame) -> str:
    return checksum(part_of(cut, cut.rows()) for cut in cuts(frames(**tables)))


def test_the_checksum_is_the_content_whatever_the_order() -> None:
    def total(frame: pl.DataFrame) -> str:
        return total_of(officers=frame)

    frame = officers("An", "Bình")
    assert total(frame) == total(frame.reverse())
    others = (officers("An", None), officers("An", ""), officers("Bình", "An"), officers("An"), officers("An", "Bình", None))
    assert len({total(frame), *map(total, others)}) == 6


def test_the_checksum_knows_which_table_a_row_is_in() -> None:
    units = pl.DataFrame([("officer", "A0", "An")], schema=snapshot_schema("units"), orient="row")
    assert total_of(units=units) == total_of()


def test_last_versions_and_each_months_last_are_kept_and_nothing_of_others_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "KEPT_VERSIONS", 3)
    others = tmp_path / "minutes of the meeting"
    others.mkdir()
    (tmp_path / ".building-000001").mkdir()
    instants = ["2026-01-05", "2026-01-31T16:59", "2026-01-31T17:00", "2026-02-05", "2026-02-06", "2026-02-07", "2026-02-08"]
    for i, text in enumerate(instants, 1):
        name, as_of = f"{i:06d}", datetime.fromisoformat(text).replace(tzinfo=UTC)
        activate(tmp_path, name, build_snapshot(tmp_path, name, frames(), {"as_of": as_of.isoformat(), "first_on": None}, None).folder)
    # 31 January 17:00 UTC is February in Hanoi: the second version is January's last.
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["000002", "000005", "000006", "000007", "current.json", others.name]


def test_thirty_versions_are_kept() -> None:
    assert snapshot.KEPT_VERSIONS == 30


def test_a_kill_between_commit_and_pointer_heals(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = house.load("log-1.csv", [case(1)])
    with monkeypatch.context() as patch:
        patch.setattr("etl.publishing.publish.activate", lambda *_arguments: os.strerror(0))  # as if killed there
        second = house.load("log-2.csv", [case(2)])
    assert house.status()["version"] == first["version"]
    healed = house.refresh()
    assert (healed["version"], healed["checksum"]) == (second["version"], second["checksum"])
    assert house.status()["version"] == second["version"]
    assert len(house.loads()) == 2
    assert house.said.count("The last refresh was cut off after its commit: showing its version now.") == 1


@pytest.mark.parametrize("step", ["rename", "pointer"])
def test_a_kill_while_the_pointer_moves_heals(house: House, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    house.load("log-1.csv", [case(1)])

    class Killed(BaseException):
        pass

    def killed(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename" if step == "rename" else "replace", killed)
        with pytest.raises(Killed):
            house.load("log-2.csv", [case(2)])
    assert house.table("interactions").height == 1
    house.refresh()
    assert house.table("interactions").height == 2
    assert [path.name for path in sorted(house.settings.snapshots.iterdir())] == ["000001", "000002", "current.json"]


@pytest.mark.parametrize(
    "place", ["etl.load.Load.finish", "etl.load.write_version", "etl.publishing.publish.build_snapshot", "etl.load.row_fates"]
)
def test_a_kill_before_the_commit_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    first = house.load("log-1.csv", [case(1)])

    class Killed(BaseException):
        pass

    def killed(*_arguments: object, **_options: object) -> None:
        raise Killed

    house.drop("log-2.csv", [case(2)])
    with monkeypatch.context() as patch:
        patch.setattr(place, killed)
        with pytest.raises(Killed):
            house.refresh()
    assert house.status()["checksum"] == first["checksum"]
    assert len(house.loads()) == 1
    report = house.refresh()
    assert report["load_id"] == 2
    assert house.table("interactions").height == 2


def test_the_pointer_is_one_small_file(house: House) -> None:
    house.load("log.csv", [case(1)])
    assert json.loads((house.settings.snapshots / "current.json").read_text()) == {"version": "000001"}
