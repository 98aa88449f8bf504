"""Tidy tables: what a row takes from its channel, its linked request and its roster; deadlines, status and units."""

from datetime import date

import pytest

from tests.etl.house import House, at, case


def voice(number: int, **cells: str | None) -> dict[str, str | None]:
    return {"feedback_id": f"f{number}", "kind": "compliment", "received_at": "2026-01-07 08:00", **cells}


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({}, "open"),
        ({"acknowledged_at": "2026-01-06 10:00"}, "open"),
        ({"answered_at": "2026-01-06 10:00"}, "answered"),
        ({"resolved_at": "2026-01-07 10:00"}, "resolved"),
        ({"answered_at": "2026-01-06 10:00", "reopened_at": "2026-01-07 10:00"}, "open"),
        ({"answered_at": "2026-01-06 10:00", "resolved_at": "2026-01-08 10:00", "reopened_at": "2026-01-07 10:00"}, "resolved"),
        ({"answered_at": "2026-01-06 10:00", "status": "withdrawn"}, "withdrawn"),
        ({"status": "duplicate"}, "duplicate"),
    ],
)
def test_the_status_comes_from_the_instants_where_it_is_not_given(house: House, cells: dict[str, str], status: str) -> None:
    house.load("log.csv", [case(1, **cells)])
    assert house.case(1)["status"] == status


@pytest.mark.parametrize(
    ("cells", "officer", "attribution"),
    [
        ({}, "unknown", "none"),
        ({"officer_id": "A1"}, "A1", "named"),
        ({"officer_id": "A1", "attribution": "roster"}, "A1", "roster"),
        ({"attribution": "author"}, "unknown", "none"),
    ],
)
def test_an_officer_is_named_unless_the_log_knows_better(house: House, cells: dict[str, str], officer: str, attribution: str) -> None:
    house.load("log.csv", [case(1, **cells)])
    assert (house.case(1)["officer_id"], house.case(1)["attribution"]) == (officer, attribution)


def test_defaults_of_a_case(house: House) -> None:
    house.load("log.csv", [case(1)])
    row = house.case(1)
    assert (row["urgency"], row["tip_off"], row["reply_count"], row["verdict"], row["link"]) == ("normal", False, 0, None, None)
    assert row["has_time"] is True


def test_a_cases_own_platform_and_ward_come_before_its_channels(house: House) -> None:
    house.source("channel", "channels", extra='wards = "verbatim"')
    house.source("log", extra='wards = "verbatim"')
    house.drop("channel.csv", [{"channel_id": "g1", "platform": "zalo_oa", "ward": "W2"}])
    house.load("log.csv", [case(1, channel_id="g1"), case(2, channel_id="g1", ward="W1", platform="portal"), case(3, channel_id="g9")])
    found = house.table("interactions").select("channel_id", "platform", "ward_code", "ward_then").rows()
    assert found == [("g1", "zalo_oa", "W2", "W2"), ("g1", "portal", "W1", "W1"), ("g9", "unknown", "unknown", "unknown")]


def test_a_ward_that_means_none_stays_unknown_though_the_channel_has_one(house: House) -> None:
    house.source("channel", "channels")
    house.drop("channel.csv", [{"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Láng"}])
    house.load("log.csv", [case(1, channel_id="g1", ward="Khu phố Ánh Trăng")])
    assert house.case(1)["ward_code"] == "unknown"


def test_verbatim_and_vietnamese_wards_stand_side_by_side(house: House) -> None:
    house.source("plain", extra='wards = "verbatim"')
    house.drop("plain.csv", [case(1, ward="Phường Láng")])
    house.load("log.csv", [case(2, ward="phuong lang"), case(3, ward="Phường Láng Hạ, Quận Đống Đa", asked_at="2025-01-05 09:00")])
    assert house.row(source="plain")["ward_code"] == "Phường Láng"
    today, before = house.case(2), house.case(3)
    assert today["ward_code"] == today["ward_then"]
    assert before["ward_code"] != before["ward_then"]
    wards = {row["ward_code"]: row for row in house.table("wards").iter_rows(named=True)}
    assert wards["Phường Láng"]["name"] == "Phường Láng"
    assert wards[today["ward_code"]]["name"].endswith("Láng")
    assert wards[before["ward_then"]]["name"].endswith("Láng Hạ")
    assert wards[before["ward_then"]]["current_code"] == before["ward_code"]
    assert wards[before["ward_then"]]["split"]
    assert [row["split"] for row in (before, today, house.row(source="plain"))] == [True, False, False]
    units = set(house.table("units").select("unit_kind", "unit").rows())
    assert {("ward", before["ward_code"]), ("ward_then", before["ward_then"]), ("ward", "Phường Láng")} <= units
    assert ("ward", before["ward_then"]) not in units


def test_feedback_is_linked_in_its_source_else_where_the_number_is_unique(house: House) -> None:
    house.source("one")
    house.source("two")
    house.source("voice", "feedback")
    house.drop("one.csv", [case(1, officer_id="A1"), case(2, officer_id="A2")])
    house.drop("two.csv", [case(1, officer_id="B1")])
    house.load("voice.csv", [voice(1, interaction_id="c1"), voice(2, interaction_id="c2"), voice(3, interaction_id="c9"), voice(4)])
    found = house.table("feedback").select("interaction_id", "interaction_source", "officer_id", "attribution").rows()
    alone = (None, None, "unknown", "none")
    assert found == [alone, ("c2", "one", "A2", "named"), alone, alone]


def test_a_link_is_given_up_when_its_number_is_no_longer_unique(house: House) -> None:
    house.source("other")
    house.source("voice", "feedback")
    house.drop("log.csv", [case(1, officer_id="A1")])
    house.load("voice.csv", [voice(1, interaction_id="c1")])
    assert house.row("feedback")["interaction_source"] == "log"
    house.load("other.csv", [case(1, officer_id="B1")])
    assert house.row("feedback")["interaction_source"] is None  # no longer unique
    assert house.row("feedback")["interaction_id"] is None


def test_feedback_takes_its_own_columns_else_the_requests_else_the_channels(house: House) -> None:
    for name, table in (("voice", "feedback"), ("log", "interactions"), ("channel", "channels")):
        house.source(name, table, extra='wards = "verbatim"')
    channels = [{"channel_id": "g1", "platform": "zalo_oa", "ward": "W9"}, {"channel_id": "g2", "platform": "app", "ward": "W8"}]
    house.drop("channel.csv", channels)
    linked = case(1, officer_id="A1", attribution="author", ward="W1", channel_id="g1", platform="portal", topic="theft")
    house.drop("log.csv", [linked, case(2)])
    rows = [
        voice(1, interaction_id="c1"),
        voice(2, interaction_id="c1", officer_id="A2", ward="W2", channel_id="g2", platform="hotline"),
        voice(3, channel_id="g2"),
        voice(4, interaction_id="c2", channel_id="g2"),
    ]
    house.load("voice.csv", rows)
    columns = ("officer_id", "attribution", "ward_code", "ward_then", "channel_id", "platform", "topic")
    assert house.table("feedback").select(columns).rows() == [
        ("A1", "author", "W1", "W1", "g1", "portal", "theft"),
        ("A2", "named", "W2", "W2", "g2", "hotline", "theft"),
        ("unknown", "none", "W8", "W8", "g2", "app", "unknown"),
        ("unknown", "none", "W8", "W8", "g2", "app", "unknown"),
    ]


def test_feedback_that_comes_before_its_request_is_linked_when_that_arrives(house: House) -> None:
    house.source("voice", "feedback")
    house.load("voice.csv", [voice(1, interaction_id="c1")])
    assert house.row("feedback")["interaction_id"] is None
    house.load("log.csv", [case(1, officer_id="A1")])
    assert (house.row("feedback")["interaction_id"], house.row("feedback")["officer_id"]) == ("c1", "A1")


def test_one_resident_is_one_voice_whatever_the_load(house: House) -> None:
    house.source("voice", "feedback")
    house.load("voice-1.csv", [voice(1, resident="Chị Hoa", officer_id="A1", received_at="2026-01-07 08:00")])
    house.load("voice-2.csv", [voice(2, resident="Anh Ba", officer_id="A1", received_at="2026-01-06 08:00")])
    assert house.table("feedback").select("feedback_id", "counts").rows() == [("f1", True), ("f2", True)]
    house.load("voice-3.csv", [voice(3, resident="Chị Hoa", officer_id="A1", received_at="2026-01-06 09:00")])
    assert house.table("feedback").select("feedback_id", "counts").rows() == [("f1", False), ("f2", True), ("f3", True)]
    house.undo(3)
    assert house.row("feedback", feedback_id="f1")["counts"] is True


def test_an_acknowledgement_after_as_of_starts_no_clock(house: House, tmp_path) -> None:  # type: ignore[no-untyped-def]
    targets = tmp_path / "targets.toml"
    term = '{ hours = 1, clock = "round", after = "acknowledge" }'
    targets.write_text(f'[[targets]]\ntopic = "*"\nurgency = "*"\nacknowledge = {{ hours = 8, clock = "round" }}\nanswer = {term}\n')
    house.settings = type(house.settings)(**{**house.settings.__dict__, "targets": targets})
    row = case(1, acknowledged_at="2026-01-05 12:00", answered_at="2026-01-05 20:00")
    house.load("log.csv", [row], as_of=at("2026-01-05 10:00"))
    assert (house.case(1)["acknowledge_due"], house.case(1)["answer_due"]) == (at("2026-01-05 17:00"), at("2026-01-05 18:00"))
    house.refresh(as_of=at("2026-01-06 10:00"))
    assert house.case(1)["answer_due"] == at("2026-01-05 13:00")


def test_a_posting_in_two_spellings_is_one_and_its_last_word_counts(house: House) -> None:
    house.source("posting", "postings")
    house.load("posting-1.csv", [{"officer_id": "A1", "ward": "Phường Láng", "starts_on": "2026-01-01", "ends_on": "2026-03-01"}])
    house.load("posting-2.csv", [{"officer_id": "A1", "ward": "P. Láng", "starts_on": "2026-01-01", "ends_on": "2026-05-01"}])
    assert house.table("postings").select("officer_id", "starts_on", "ends_on").rows() == [("A1", date(2026, 1, 1), date(2026, 5, 1))]


def test_rosters_are_published_as_they_are(house: House) -> None:
    house.source("duty", "duties")
    house.source("day", "channel_days")
    house.source("officer", "officers")
    house.drop("duty.csv", [{"officer_id": "A1", "starts_at": "2026-01-05 08:00", "ends_at": "2026-01-05 20:00", "channel_id": "g1"}])
    house.drop("day.csv", [{"channel_id": "g1", "day": "2026-01-05", "members": "10"}])
    house.load("officer.csv", [{"officer_id": "A1", "name": "An", "active": ""}, {"officer_id": "A2", "name": "", "active": "không"}])
    assert house.row("duties")["ward_code"] is None
    assert (house.row("channel_days")["members"], house.row("channel_days")["posts"]) == (10, None)
    assert house.table("officers").select("officer_id", "active").rows() == [("A1", True), ("A2", False)]
    units = set(house.table("units").rows())
    assert {("officer", "A1", "An"), ("officer", "A2", "A2"), ("channel", "g1", "g1")} <= units


def test_a_shift_at_a_channel_is_in_its_ward_and_what_has_no_place_is_the_unit_unknown(house: House) -> None:
    for name in ("duty", "channel"):
        house.source(name, {"duty": "duties", "channel": "channels"}[name])
    house.source("day", "channel_days")
    house.drop("channel.csv", [{"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Láng"}])
    house.drop("day.csv", [{"channel_id": "g2", "day": "2026-01-05", "members": "10"}])
    shift = {"officer_id": "A1", "starts_at": "2026-01-05 08:00", "ends_at": "2026-01-05 20:00"}
    house.load("duty.csv", [shift | {"channel_id": "g1"}, shift | {"officer_id": "A2", "channel_id": ""}])
    wards = dict(house.table("duties").select("officer_id", "ward_code").rows())
    assert wards == {"A1": house.row("channels")["ward_code"], "A2": None}
    units = set(house.table("units").select("unit_kind", "unit").rows())
    places = [("ward", wards["A1"]), ("ward_then", wards["A1"]), ("ward", "unknown"), ("ward_then", "unknown"), ("province", "unknown")]
    assert {*places, ("platform", "zalo_oa"), ("platform", "unknown"), ("channel", "g2"), ("channel", "unknown")} <= units
    assert {("officer", "A2"), ("officer", "unknown"), ("topic", "unknown")} <= units


def test_a_channel_has_one_ward_whatever_the_day(house: House) -> None:
    house.source("channel", "channels")
    house.drop(
        "channel.csv",
        [
            {"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Hồng Hà"},
            {"channel_id": "g2", "platform": "zalo_oa", "ward": "Phường Phúc Tân, Quận Hoàn Kiếm"},
        ],
    )
    house.load("log.csv", [case(n, channel_id=f"g{n}", asked_at="2025-01-05 09:00") for n in (1, 2)])
    channels = {row["channel_id"]: row["ward_code"] for row in house.table("channels").iter_rows(named=True)}
    assert house.case(1)["ward_code"] == house.case(1)["ward_then"] == channels["g1"]
    assert house.case(2)["ward_code"] == channels["g2"]
    assert house.case(2)["ward_then"].startswith("old-")


def test_a_row_says_which_file_and_line_brought_it(house: House) -> None:
    house.source("log")
    house.load("log-1.csv", [case(1), case(2)])
    house.load("log-2.csv", [case(3), case(1, answered_at="2026-01-06 10:00")])
    paths = dict(house.table("files").select("file_id", "path").rows())
    rows = house.table("interactions").select("interaction_id", "file_id", "row_number").rows()
    found = {number: (paths[file_id], row) for number, file_id, row in rows}
    assert found == {"c1": ("log-2.csv", 2), "c2": ("log-1.csv", 2), "c3": ("log-2.csv", 1)}
    house.undo(2)
    assert house.table("interactions").filter(interaction_id="c1")["row_number"].to_list() == [1]


def test_a_list_of_channels_and_a_posting_find_a_ward_by_todays_names_too(house: House) -> None:
    """Two communes were called Hòa Phú before the reform, one is today."""
    house.source("channels", "channels", extra='wards = "vietnam"')
    house.source("postings", "postings", extra='wards = "vietnam"')
    house.drop("channels.csv", [{"channel_id": "k1", "platform": "zalo_oa", "ward": "Xã Hòa Phú, Hà Nội", "opened_on": "2022-01-15"}])
    house.load("postings.csv", [{"officer_id": "A1", "ward": "Xã Hòa Phú, Hà Nội", "starts_on": "2024-11-01"}])
    assert house.row("channels")["ward_code"] == "10096"
    assert house.row("postings")["ward_code"] == "10096"
