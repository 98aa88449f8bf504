"""Folding: the last non-empty value of each field wins, by updated_at where the source has it."""

import itertools

import pytest

from tests.etl.house import House, at, case


def test_each_field_keeps_its_last_non_empty_value(house: House) -> None:
    house.load("log-1.csv", [case(1, topic="theft", officer_id="A1")])
    house.load("log-2.csv", [case(1, topic="", officer_id="A2", urgency="urgent")])
    row = house.case(1)
    assert (row["topic"], row["officer_id"], row["urgency"]) == ("theft", "A2", "urgent")


def test_without_updated_at_the_order_of_arrival_decides(house: House) -> None:
    house.load("log-z.csv", [case(1, topic="first")])
    house.load("log-a.csv", [case(1, topic="second"), case(1, topic="third")])
    assert house.case(1)["topic"] == "third"


def test_updated_at_beats_arrival(house: House) -> None:
    house.source("log", columns="updated_at")
    house.load("log-1.csv", [case(1, topic="new", updated_at="2026-01-08 09:00")])
    report = house.load("log-2.csv", [case(1, topic="old", urgency="urgent", updated_at="2026-01-07 09:00")])
    row = house.case(1)
    assert (row["topic"], row["urgency"]) == ("new", "urgent")
    assert report["files"][1]["updated"] == 1  # it filled what was empty
    report = house.load("log-3.csv", [case(1, topic="oldest", updated_at="2026-01-06 09:00")])
    assert report["files"][2]["unchanged"] == 1


TIED = [
    case(1, topic="theft", updated_at="2026-01-08 09:00"),
    case(1, topic="other", updated_at="2026-01-08 09:00"),
    case(1, answered_at="2026-01-06 00:00", updated_at="2026-01-08 09:00"),
    case(1, answered_at="2026-01-06", updated_at="2026-01-08 09:00"),
]


def test_equal_updated_at_is_settled_by_content_not_by_arrival(house: House) -> None:
    house.source("log", columns="updated_at")
    seen = set()
    for order in itertools.permutations(TIED):
        report = house.load("log.csv", order)
        row = house.case(1)
        seen.add((row["topic"], row["has_time"], report["checksum"]))
        house.undo(report["load_id"])
    assert len(seen) == 1


def test_a_bare_date_is_marked_by_the_field_that_won(house: House) -> None:
    house.load("log-1.csv", [case(1, answered_at="2026-01-06")])
    assert house.case(1)["has_time"] is False
    house.load("log-2.csv", [case(1, answered_at="2026-01-06 10:00")])
    assert house.case(1)["has_time"] is True
    house.load("log-3.csv", [case(1, asked_at="2026-01-05")])
    assert (house.case(1)["has_time"], house.case(1)["asked_at"]) == (False, at("2026-01-05 00:00"))


def test_a_bare_updated_at_leaves_the_time_known(house: House) -> None:
    house.source("log", columns="updated_at")
    house.load("log.csv", [case(1, updated_at="2026-01-08")])
    assert house.case(1)["has_time"] is True


def test_a_case_reopened_later_than_resolved_is_open_again(house: House) -> None:
    house.load("log-1.csv", [case(1, answered_at="2026-01-06 10:00", resolved_at="2026-01-07 10:00")])
    house.load("log-2.csv", [case(1, reopened_at="2026-01-08 10:00")])
    row = house.case(1)
    assert (row["resolved_at"], row["first_resolved_at"], row["status"]) == (None, at("2026-01-07 10:00"), "open")
    house.load("log-3.csv", [case(1, resolved_at="2026-01-09 10:00", first_resolved_at="2026-01-07 10:00")])
    row = house.case(1)
    assert (row["resolved_at"], row["first_resolved_at"], row["status"]) == (at("2026-01-09 10:00"), at("2026-01-07 10:00"), "resolved")


@pytest.mark.parametrize(
    ("reopened", "resolved", "open_again"),
    [
        ("2026-01-07", "2026-01-07 10:00", False),  # known by date only: compared by date
        ("2026-01-07 11:00", "2026-01-07", False),
        ("2026-01-08", "2026-01-07 23:00", True),
        ("2026-01-07 10:00", "2026-01-07 10:00", False),
        ("2026-01-07 10:01", "2026-01-07 10:00", True),
    ],
)
def test_dates_are_compared_by_local_date(house: House, reopened: str, resolved: str, open_again: bool) -> None:
    house.load("log-1.csv", [case(1, resolved_at=resolved)])
    house.load("log-2.csv", [case(1, reopened_at=reopened)])
    assert (house.case(1)["resolved_at"] is None) is open_again


def test_an_emptied_bare_date_no_longer_hides_the_time_but_the_first_does(house: House) -> None:
    house.load("log-1.csv", [case(1, resolved_at="2026-01-07", first_resolved_at="2026-01-06 10:00")])
    assert house.case(1)["has_time"] is False
    house.load("log-2.csv", [case(1, reopened_at="2026-01-08 10:00")])
    assert house.case(1)["has_time"] is True
    house.load("log-3.csv", [case(2, resolved_at="2026-01-07"), case(2, reopened_at="2026-01-08 10:00")])
    assert (house.case(2)["first_resolved_at"], house.case(2)["has_time"]) == (at("2026-01-07 00:00"), False)


def test_only_resolved_at_is_the_first_resolution_too(house: House) -> None:
    house.load("log.csv", [case(1, resolved_at="2026-01-07 10:00")])
    assert house.case(1)["first_resolved_at"] == at("2026-01-07 10:00")


def test_a_ward_is_read_as_the_source_that_wrote_it_reads(house: House) -> None:
    house.source("plain", "channels", extra='wards = "verbatim"')
    house.source("channel", "channels")
    house.load("plain.csv", [{"channel_id": "g1", "platform": "portal", "ward": "Phường Láng"}])
    house.load("channel.csv", [{"channel_id": "g1", "platform": "portal", "name": "Cổng"}])
    house.load("log.csv", [case(1, channel_id="g1")])
    assert house.row("channels")["ward_code"] == "Phường Láng"
    assert house.case(1)["ward_code"] == "Phường Láng"
    house.load("channel-2.csv", [{"channel_id": "g1", "platform": "portal", "ward": "Phường Láng"}])
    assert house.case(1)["ward_code"] not in ("Phường Láng", "unknown")


@pytest.mark.parametrize(
    ("urgencies", "relabelled"),
    [
        (["urgent", "normal"], True),
        (["urgent", "complex", ""], True),
        (["urgent", "normal", "urgent"], False),
        (["urgent", ""], False),
        (["normal", "urgent"], False),
        (["urgent"], False),
        (["", ""], False),
    ],
)
def test_urgent_once_and_not_any_more_is_seen(house: House, urgencies: list[str], relabelled: bool) -> None:
    for number, urgency in enumerate(urgencies):
        house.load(f"log-{number}.csv", [case(1, urgency=urgency, topic=f"t{number}")])
    assert house.case(1)["relabelled"] is relabelled
