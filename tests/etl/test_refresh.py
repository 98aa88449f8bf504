"""A refresh: every file has a fate, nothing is doubled, a mended source heals, as_of never goes back."""

import gzip
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.gate.gate import Gate
from tests.etl.house import House, at, case, sheet, source

FILE_KEYS = [
    "path",
    "source",
    "sha256",
    "rows",
    "loaded",
    "updated",
    "unchanged",
    "duplicate",
    "quarantined",
    "not_selected",
    "skipped",
    "reason",
    "provisional",
]


def fates(report: dict, path: str) -> dict[str, int]:
    """A file's fates that are not zero."""
    (file,) = [file for file in report["files"] if file["path"] == path]
    names = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")
    assert file["rows"] == sum(file[name] for name in names)
    return {name: file[name] for name in names if file[name]}


def test_a_snapshot_that_cannot_be_written_is_one_sentence_and_leaves_nothing(house: House) -> None:
    report = house.load("log-1.csv", [case(1)])
    whole = house.settings
    house.settings = replace(whole, snapshots=house.folder / "a file")
    house.settings.snapshots.write_text("x")
    with pytest.raises(UserError, match="a file"):
        house.load("log-2.csv", [case(2)])
    house.settings = whole
    assert (len(house.loads()), house.status()["checksum"]) == (1, report["checksum"])
    assert skipped(house.refresh()) == {"log-1.csv": "already_loaded", "log-2.csv": None}


def skipped(report: dict) -> dict[str, str | None]:
    return {file["path"]: file["skipped"] for file in report["files"]}


def test_the_report_has_exactly_the_keys_that_are_promised(house: House) -> None:
    report = house.load("log.csv", [case(1)])
    assert list(report) == ["load_id", "version", "as_of", "checksum", "seconds", "files", "gate", "stated"]
    assert list(report["files"][0]) == FILE_KEYS
    assert set(report["gate"]) == {"passed", "checks", "warnings"}
    assert all(set(check) == {"name", "passed", "observed", "limit"} for check in [*report["gate"]["checks"], *report["gate"]["warnings"]])
    assert report["as_of"] == "2026-01-05T02:00:00Z"
    assert report["load_id"] == 1


def test_a_file_is_loaded_once_whatever_its_name(house: House) -> None:
    first = house.load("log.csv", [case(1), case(2)])
    house.drop("log-copy.csv", (house.inbox / "log.csv").read_bytes())
    shutil.move(house.inbox / "log.csv", house.inbox / "log-renamed.csv")
    second = house.refresh()
    assert skipped(second) == {"log-copy.csv": "already_loaded", "log-renamed.csv": "already_loaded"}
    assert second["checksum"] == first["checksum"]
    assert (second["load_id"], second["version"]) == (None, first["version"])
    assert len(house.loads()) == 1


def test_two_copies_in_one_load_are_read_once(house: House) -> None:
    house.drop("log-a.csv", [case(1)])
    report = house.load("log-b.csv", [case(1)])
    assert skipped(report) == {"log-a.csv": None, "log-b.csv": "already_loaded"}


def test_a_compressed_copy_changes_nothing(house: House) -> None:
    first = house.load("log.csv", [case(1), case(2, answered_at="2026-01-06 10:00")])
    second = house.load("log.csv.gz", gzip.compress((house.inbox / "log.csv").read_bytes()))
    assert fates(second, "log.csv.gz") == {"unchanged": 2}
    assert second["checksum"] == first["checksum"]


def test_each_row_has_one_fate(house: House) -> None:
    house.source("log", extra="", columns="tip_off")
    with (house.sources / "log.toml").open("a") as file:
        file.write('\n[keep]\nkind = ["in"]\n')
    house.load("log-1.csv", [{**case(1), "kind": "in"}, {**case(2), "kind": "in"}])
    report = house.load(
        "log-2.csv",
        [
            {**case(1), "kind": "in"},
            {**case(2, answered_at="2026-01-06 10:00"), "kind": "in"},
            {**case(3, topic="theft"), "kind": "in"},
            {**case(3, topic="other"), "kind": "in"},
            {**case(4, asked_at="soon"), "kind": "in"},
            {**case(5), "kind": "out"},
        ],
    )
    expected = {"loaded": 1, "updated": 1, "unchanged": 1, "duplicate": 1, "quarantined": 1, "not_selected": 1}
    assert fates(report, "log-2.csv") == expected
    assert house.case(3)["topic"] == "other"
    assert house.loads()[1]["fates"] == expected


def test_a_key_in_two_files_of_a_load_is_a_duplicate_in_the_first(house: House) -> None:
    house.drop("log-1.csv", [case(1, topic="theft")])
    report = house.load("log-2.csv", [case(1, topic="other")])
    assert (fates(report, "log-1.csv"), fates(report, "log-2.csv")) == ({"duplicate": 1}, {"loaded": 1})
    assert house.case(1)["topic"] == "other"


def test_what_cannot_be_loaded_is_named_and_the_rest_loads(house: House) -> None:
    house.source("twin", glob="log-twin*")
    house.drop("log.csv", [case(1)])
    house.drop("log-twin.csv", [case(2)])
    house.drop("log-empty.csv", "")
    house.drop("log-header.csv", "interaction_id,asked_at\n")
    house.drop("log-guide.csv", "Read this first\n")
    house.drop("log-wrong.csv", "interaction_id,when\nc9,2026-01-05\n")
    house.drop("log-broken.csv.gz", b"\x1f\x8bnothing")
    (house.inbox / "log-link.csv").symlink_to(house.inbox / "log.csv")
    report = house.load("sub/readme.txt", "hello")
    assert skipped(report) == {
        "log.csv": None,
        "log-twin.csv": "many_sources",
        "log-empty.csv": "empty",
        "log-header.csv": "empty",
        "log-guide.csv": "unreadable",
        "log-wrong.csv": "unreadable",
        "log-broken.csv.gz": "unreadable",
        "log-link.csv": "unreadable",
        "sub/readme.txt": "no_source",
    }
    assert all(file["reason"] for file in report["files"] if file["skipped"])
    assert all(file["rows"] == 0 for file in report["files"] if file["skipped"])
    assert fates(report, "log.csv") == {"loaded": 1}
    assert report["gate"]["passed"]


def test_of_two_files_whose_names_are_shown_alike_each_has_its_account(house: House) -> None:
    house.drop("log\\xff.csv", [case(1)])
    house.inbox.joinpath(os.fsdecode(b"log\xff.csv")).write_text(sheet([case(2), case(3)]))
    report = house.refresh()
    found = sorted((file["path"], file["rows"], file["loaded"]) for file in report["files"])
    assert found == [("log\\xff.csv", 1, 1), ("log\\xff.csv", 2, 2)]


def test_a_file_that_could_not_be_read_is_tried_again(house: House) -> None:
    house.source("log", asked_at="when")
    assert skipped(house.load("log.csv", [case(1)])) == {"log.csv": "unreadable"}
    house.source("log")
    assert skipped(house.refresh()) == {"log.csv": None}
    assert house.loads()[0]["load_id"] == 1


def test_a_file_of_refused_rows_only_is_a_load_and_publishes_nothing_wrong(house: House) -> None:
    report = house.load("log.csv", [case(1, asked_at="soon")])
    assert fates(report, "log.csv") == {"quarantined": 1}
    assert not report["gate"]["passed"]  # 100 % of the load is refused
    assert report["version"] is None


def test_a_missing_inbox_is_said_in_a_sentence(house: House) -> None:
    house.inbox.rmdir()
    with pytest.raises(UserError, match="inbox"):
        house.refresh()


# -- a source that was mended ------------------------------------------------


def right_at_first(house: House, tmp_path: Path) -> str:
    """The checksum of the same inbox and sources in a new home."""
    fresh = House(tmp_path / "fresh", house.gate)
    fresh.inbox, fresh.sources = house.inbox, house.sources
    return fresh.refresh()["checksum"]


def test_a_mended_source_loads_the_file_as_if_it_had_been_right_at_first(house: House, tmp_path: Path) -> None:
    house.source("log", extra="", officer_id="badge", topic="officer_id")  # two columns mixed up
    with (house.sources / "log.toml").open("a") as file:
        file.write('\n[values.urgency]\n"quick" = "urgent"\n')
    rows = [case(i, officer_id="A1", badge="theft", urgency="quick") for i in range(4)] + [case(9, officer_id="A2", urgency="at once")]
    first = house.load("log.csv", rows)
    assert fates(first, "log.csv") == {"loaded": 4, "quarantined": 1}
    assert house.case(1)["officer_id"] == "theft"
    house.source("log", topic="badge")
    with (house.sources / "log.toml").open("a") as file:
        file.write('\n[values.urgency]\n"quick" = "urgent"\n"at once" = "urgent"\n')
    second = house.refresh()
    assert fates(second, "log.csv") == {"loaded": 1, "updated": 4}
    assert (house.case(1)["officer_id"], house.case(1)["topic"], house.case(9)["topic"]) == ("A1", "theft", "unknown")
    assert second["checksum"] == right_at_first(house, tmp_path)


def test_a_column_that_was_mapped_by_mistake_leaves_no_trace(house: House) -> None:
    house.source("log", officer_id="clerk")
    house.load("log.csv", [case(1, clerk="A9")])
    house.source("log")
    house.refresh()
    assert house.case(1)["officer_id"] == "unknown"


def test_a_mended_file_keeps_its_place_among_the_loads(house: House, tmp_path: Path) -> None:
    house.source("log", topic="theme")
    house.load("log-1.csv", [case(1, theme="theft", urgency="urgent")])
    house.load("log-2.csv", [case(1, theme="other")])
    house.source("log", topic="theme", columns="tip_off")
    report = house.refresh()
    assert house.case(1)["topic"] == "other"  # not the first file's, though that was read after the second
    assert report["checksum"] == right_at_first(house, tmp_path)


def test_a_home_may_have_any_name(tmp_path: Path, gate: Gate) -> None:
    odd = House(tmp_path / "100%25 nhà? [cũ]#*", gate)
    odd.source("log")
    odd.load("log.csv", [case(1)])
    assert odd.table("interactions").height == 1
    assert (odd.settings.home / "record.sqlite").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["100%25 nhà? [cũ]#*"]


def test_a_file_gone_from_the_inbox_is_asked_for_by_name_once_its_source_was_mended(house: House) -> None:
    house.drop("log-2.csv", [case(9)])
    house.load("log-1.csv", [case(i) for i in range(1, 5)] + [case(5, urgency="gấp")])
    (house.inbox / "log-1.csv").unlink()
    (house.inbox / "log-2.csv").unlink()
    house.refresh()
    assert "log-1.csv" not in house.said[-1]
    (house.sources / "log.toml").write_text(source("log") + '\n[values.urgency]\n"gấp" = "urgent"\n', encoding="utf-8")
    house.said.clear()
    house.refresh()
    asked = [line for line in house.said if "log-1.csv" in line]
    assert len(asked) == 1
    assert "log-2.csv" not in asked[0]
    house.load("log-1.csv", [case(i) for i in range(1, 5)] + [case(5, urgency="gấp")])
    assert house.case(5)["urgency"] == "urgent"
    assert not any("put them back" in line for line in house.said[2:])


def test_a_source_that_goes_back_to_what_it_was_loads_again(house: House) -> None:
    first = house.load("log.csv", [case(1, topic="theft", theme="other")])
    house.source("log", topic="theme")
    assert house.refresh()["checksum"] != first["checksum"]
    house.source("log")
    last = house.refresh()
    assert skipped(last) == {"log.csv": None}
    assert last["checksum"] == first["checksum"]
    assert skipped(house.refresh()) == {"log.csv": "already_loaded"}


def test_a_source_of_another_name_says_that_its_files_count_already(house: House) -> None:
    house.source("log")
    house.load("log.csv", [case(1)])
    (house.sources / "log.toml").unlink()
    house.source("sheet", glob="log*")
    (file,) = house.refresh()["files"]
    assert (file["loaded"], "as the source 'log'" in file["reason"], "undo load 1" in file["reason"]) == (1, True, True)
    house.undo(1)
    assert house.table("interactions").select("source", "interaction_id").rows() == [("sheet", "c1")]
    (file,) = [file for file in house.load("log-2.csv", [case(2)])["files"] if file["loaded"]]
    assert "count already" not in file["reason"]


def test_a_wider_pattern_is_no_other_definition(house: House) -> None:
    house.load("log.csv", [case(1)])
    house.source("log", glob="l*")
    assert skipped(house.refresh()) == {"log.csv": "already_loaded"}


def test_a_file_read_again_keeps_its_place_before_later_files(house: House) -> None:
    house.load("log-1.csv", [case(1, topic="theft")])
    house.load("log-2.csv", [case(1, topic="other")])
    house.refresh(again=house.inbox / "log-1.csv")
    assert house.case(1)["topic"] == "other"


def test_again_reads_a_file_once_more(house: House) -> None:
    first = house.load("log.csv", [case(1)])
    report = house.refresh(again=house.inbox / "log.csv")
    assert fates(report, "log.csv") == {"unchanged": 1}
    assert report["checksum"] == first["checksum"]
    with pytest.raises(UserError, match="not in the inbox"):
        house.refresh(again=house.folder / "elsewhere.csv")
    assert skipped(house.refresh(again=Path("log.csv"))) == {"log.csv": None}  # a path from the inbox


def test_two_sources_with_the_same_number_do_not_collide(house: House) -> None:
    house.source("other")
    house.drop("log.csv", [case(1, topic="theft")])
    house.load("other.csv", [case(1, topic="other")])
    assert house.table("interactions").select("source", "topic").rows() == [("log", "theft"), ("other", "other")]


# -- as_of -------------------------------------------------------------------


def test_as_of_is_the_latest_instant_of_any_row(house: House) -> None:
    house.source("voice", "feedback")
    house.drop("voice.csv", [{"feedback_id": "f1", "kind": "compliment", "received_at": "2026-01-09 08:00"}])
    assert house.load("log.csv", [case(1, answered_at="2026-01-07 10:00")])["as_of"] == "2026-01-09T01:00:00Z"
    assert house.load("log-2.csv", [case(2, classified_at="2026-01-11 08:00")])["as_of"] == "2026-01-11T01:00:00Z"


def test_a_time_that_was_corrected_in_the_same_load_does_not_move_as_of(house: House) -> None:
    rows = [case(1, answered_at="2026-01-10 09:00"), case(1, answered_at="2026-01-07 09:00")]
    assert house.load("log.csv", rows)["as_of"] == "2026-01-07T02:00:00Z"


def test_as_of_never_goes_back(house: House) -> None:
    house.load("log-1.csv", [case(1)], as_of=datetime(2026, 3, 1, tzinfo=UTC))
    later = house.load("log-2.csv", [case(2, asked_at="2026-02-01 09:00")])
    assert later["as_of"] == "2026-03-01T00:00:00Z"
    assert house.load("log-3.csv", [case(3)], as_of=datetime(2026, 2, 1, tzinfo=UTC))["as_of"] == "2026-03-01T00:00:00Z"


def test_as_of_moves_without_a_new_file(house: House) -> None:
    first = house.load("log.csv", [case(1)])
    moved = house.refresh(as_of=datetime(2026, 3, 1, tzinfo=UTC))
    assert moved["as_of"] == "2026-03-01T00:00:00Z"
    assert moved["version"] > first["version"]
    assert house.undo(moved["load_id"])["as_of"] == at("2026-01-05 09:00")


def test_rows_more_than_a_day_after_as_of_are_refused(house: House) -> None:
    rows = [case(i) for i in range(8)] + [case(8, asked_at="2026-01-08 08:59"), case(9, asked_at="2026-01-08 09:01")]
    report = house.load("log.csv", rows, as_of=at("2026-01-07 09:00"))
    assert [row["row_number"] for row in house.quarantine()] == [10]
    assert report["as_of"] == "2026-01-07T02:00:00Z"


def test_updated_at_does_not_move_as_of(house: House) -> None:
    house.source("log", columns="updated_at")
    assert house.load("log.csv", [case(1, updated_at="2026-05-01 00:00")])["as_of"] == "2026-01-05T02:00:00Z"


# -- a dry run ---------------------------------------------------------------


def test_a_dry_run_says_what_would_be_and_keeps_nothing(house: House) -> None:
    first = house.load("log-1.csv", [case(1)])
    record = (house.settings.home / "record.sqlite").read_bytes()
    snapshots = sorted(house.settings.snapshots.rglob("*"))
    dry = house.load("log-2.csv", [case(1, topic="theft"), case(2)], dry_run=True)
    assert fates(dry, "log-2.csv") == {"loaded": 1, "updated": 1}
    assert (dry["load_id"], dry["version"], dry["checksum"]) == (None, first["version"], first["checksum"])
    assert (house.settings.home / "record.sqlite").read_bytes() == record
    assert sorted(house.settings.snapshots.rglob("*")) == snapshots
    assert house.refresh()["load_id"] == 2


def test_a_dry_run_before_the_first_load_leaves_nothing(house: House) -> None:
    house.source("log")
    dry = house.load("log.csv", [case(1)], dry_run=True)
    assert (fates(dry, "log.csv"), dry["load_id"]) == ({"loaded": 1}, None)
    assert not house.settings.home.exists()


def test_a_dry_run_moves_no_as_of(house: House) -> None:
    house.load("log.csv", [case(1)])
    snapshots = sorted(house.settings.snapshots.rglob("*"))
    house.refresh(as_of=datetime(2026, 3, 1, tzinfo=UTC), dry_run=True)
    assert sorted(house.settings.snapshots.rglob("*")) == snapshots
    assert len(house.loads()) == 1


# -- what arrives late -------------------------------------------------------


def test_a_roster_that_arrives_late_heals_earlier_rows(house: House) -> None:
    house.source("channel", "channels")
    house.source("officer", "officers")
    house.load("log.csv", [case(1, channel_id="g1", officer_id="A1"), case(2, channel_id="g1", ward="Phường Láng")])
    assert house.case(1)["ward_code"] == "unknown"
    assert house.row("units", unit_kind="officer", unit="A1")["unit_name"] == "A1"
    house.drop("channel.csv", [{"channel_id": "g1", "platform": "zalo_oa", "name": "Nhóm", "ward": "Phường Hoàn Kiếm"}])
    house.load("officer.csv", [{"officer_id": "A1", "name": "Nguyễn Văn An"}])
    healed, own = house.case(1), house.case(2)
    assert (healed["platform"], own["platform"]) == ("zalo_oa", "zalo_oa")
    names = dict(house.table("wards").select("ward_code", "name").iter_rows())
    assert "Hoàn Kiếm" in names[healed["ward_code"]]
    assert "Láng" in names[own["ward_code"]]
    assert house.row("units", unit_kind="officer", unit="A1")["unit_name"] == "Nguyễn Văn An"


def test_changed_targets_act_at_the_next_refresh(house: House, tmp_path: Path) -> None:
    targets = tmp_path / "targets.toml"
    targets.write_text('[[targets]]\ntopic = "*"\nurgency = "*"\nanswer = { hours = 1, clock = "round" }\n')
    house.settings = type(house.settings)(**{**house.settings.__dict__, "targets": targets})
    first = house.load("log.csv", [case(1)])
    assert house.case(1)["answer_due"] == at("2026-01-05 10:00")
    targets.write_text(targets.read_text().replace("1,", "2,"))
    second = house.refresh()
    assert house.case(1)["answer_due"] == at("2026-01-05 11:00")
    assert second["checksum"] != first["checksum"]


def test_every_tidy_row_is_found_by_source_file_and_row(house: House) -> None:
    house.load("log.csv", sheet([case(1), case(2, asked_at="soon"), case(3), *(case(i) for i in range(10, 20))]))
    (row,) = house.quarantine()
    assert (row["path"], row["row_number"], row["rule"], row["column"]) == ("log.csv", 2, "time_unreadable", "asked_at")
    assert "soon" in row["message"]


def test_missing_values_are_the_word_unknown_and_never_null(house: House) -> None:
    house.source("voice", "feedback")
    house.drop("voice.csv", [{"feedback_id": "f1", "kind": "rating", "received_at": "2026-01-09 08:00", "rating": "4"}])
    house.load("log.csv", [case(1)])
    keys = ("officer_id", "ward_code", "ward_then", "channel_id", "platform", "topic")
    for table in ("interactions", "feedback"):
        assert house.table(table).select(keys).row(0) == ("unknown",) * 6
    assert house.row("feedback")["category"] == "unknown"
    units = house.table("units")
    assert units.null_count().pipe(sum_of_row) == 0
    assert set(units.filter(unit="unknown")["unit_kind"]) == {"province", "ward", "ward_then", "channel", "platform", "officer", "topic"}


def sum_of_row(frame: pl.DataFrame) -> int:
    return sum(frame.row(0))


def test_a_roster_alone_can_be_loaded_first(house: House) -> None:
    house.source("officer", "officers")
    report = house.load("officer.csv", [{"officer_id": "A1", "name": "An"}])
    assert report["gate"]["passed"]
    assert house.status()["rows"]["officers"] == 1
    assert house.load("log.csv", [case(1)])["as_of"] == "2026-01-05T02:00:00Z"


def test_where_nothing_has_happened_yet_it_is_stated_that_the_clock_says_of_when_it_is(house: House) -> None:
    house.source("roster", "officers")
    report = house.load("roster.csv", [{"officer_id": "A1", "name": "An"}])
    assert (report["stated"]["as_of_the_clock"], report["stated"]["unlisted_officers"]) == (1, 0)
    report = house.load("log.csv", [case(1)])
    assert (report["as_of"], "as_of_the_clock" in report["stated"]) == ("2026-01-05T02:00:00Z", False)
