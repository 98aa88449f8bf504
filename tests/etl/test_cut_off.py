"""A file that was cut off shows wherever its rows show, until the whole of it has come."""

import gzip
import hashlib
import json
from datetime import date

import polars as pl

from etl.publishing.versions import Version, current_version
from metrics import freshness
from metrics.cases import cases
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.etl.house import House, at, case, sheet

ROWS = [case(i, ward="Phường Láng", answered_at="2026-01-05 10:00") for i in range(12)]
TAIL = "c12,2026-01-05 09"
"""What is left of the last line."""


def version(house: House) -> Version:
    found = current_version(house.settings.snapshots)
    assert found
    return found


def state(house: House) -> str:
    (row,) = figures(version(house), Query(metrics=("answered",)), COMMAND_LINE).iter_rows(named=True)
    return str(row["state"])


def cut_off(house: House) -> list[str]:
    """Ids of the published requests that rest on a file that was cut off."""
    return house.table("interactions").filter("provisional")["interaction_id"].to_list()


def test_its_rows_its_figures_and_its_cases_are_provisional_until_the_whole_file_comes(house: House) -> None:
    report = house.load("log.csv", sheet(ROWS) + TAIL)
    (file,) = report["files"]
    assert (file["provisional"], file["loaded"], file["quarantined"], "cut off" in file["reason"]) == (True, 12, 1, True)
    assert len(cut_off(house)) == 12
    assert state(house) == "provisional"
    assert cases(version(house), Query(), "answered", "all", COMMAND_LINE).rows["provisional"].all()
    whole = house.load("log (2).csv", [*ROWS, case(12, ward="Phường Láng", answered_at="2026-01-05 10:00")])
    assert (whole["files"][0]["loaded"], whole["files"][0]["unchanged"]) == (1, 12)
    assert (cut_off(house), state(house)) == ([], "ok")
    assert [row["fixed_in"] for row in house.quarantine()] == [2]
    assert [load["files"][0]["provisional"] for load in house.loads()] == [True, False]


def test_within_its_last_cell_too_where_that_can_be_seen(house: House) -> None:
    def provisional(last_line: str) -> list[bool]:
        lines = [f"2026-01-05 {i + 8:02}:00,c{i},normal,2026-01-06 09:00" for i in range(5)]
        text = "\n".join(["asked_at,interaction_id,urgency,answered_at", *lines, last_line])
        (file,) = [file for file in house.load("log.csv", text)["files"] if file["path"] == "log.csv"]
        assert (file["loaded"] + file["unchanged"], file["quarantined"]) == (5, 1)
        return [file["provisional"], "cut off" in (file["reason"] or "")]

    assert provisional("2026-01-05 09:00,c9,urgent,2026-01-06 0") == [True, True]
    assert provisional("2026-01-05 09:00,c9,urgent,2026-01-06 0\n") == [False, False]
    assert provisional("2026-01-05 09:00,c9,urge,2026-01-06 09:00") == [False, False]


def test_a_correction_that_was_cut_off_is_provisional_in_what_it_corrects(house: House) -> None:
    house.load("log.csv", ROWS)
    house.load("log-2.csv", sheet([row | {"topic": "theft"} for row in ROWS[:5]]) + TAIL)
    assert cut_off(house) == ["c0", "c1", "c2", "c3", "c4"]


def test_a_channels_day_is_provisional_and_with_it_what_the_channel_did(house: House) -> None:
    house.source("days", "channel_days")
    days = [{"channel_id": channel, "day": f"2026-01-0{i}", "members": "60", "posts": "1"} for channel in ("g1", "g2") for i in range(1, 6)]

    def states(metric: str) -> list[str]:
        asked = Query(by="channel", metrics=(metric,), from_on=date(2026, 1, 1), to_on=date(2026, 1, 5))
        return figures(version(house), asked, COMMAND_LINE).filter(pl.col("unit") != "unknown")["state"].to_list()

    house.load("days-early.csv", days[:5], as_of=at("2026-01-10 09:00"))
    house.load("days-late.csv", sheet(days[5:]) + "g2,2026-01-0")
    assert [states(metric) for metric in ("members", "posts", "member_growth", "received")] == [["ok", "provisional"]] * 3 + [["ok", "ok"]]
    assert freshness.channels(version(house), Query(), COMMAND_LINE)["cut_off"].to_list() == [False, True]
    house.load("days-late-2.csv", days[5:])
    assert states("members") == ["ok", "ok"]


def test_so_is_a_json_document_that_ends_anywhere(house: House) -> None:
    house.source("posts", format="json", extra='records = "data"')
    document = json.dumps({"data": ROWS, "paging": {"next": None}})
    end = document.index('{"interaction_id": "c11"')
    cut = house.load("posts.json", document[: end + 30])
    (file,) = cut["files"]
    assert (file["provisional"], file["loaded"], file["quarantined"], "cut off" in file["reason"]) == (True, 11, 1, True)
    (row,) = house.quarantine()
    assert (row["path"], row["row_number"], row["rule"], "whole object" in row["message"]) == ("posts.json", 12, "no_json_object", True)
    assert (len(cut_off(house)), state(house)) == (11, "provisional")
    (behind,) = house.load("posts.json", document[:-20])["files"]
    assert (behind["provisional"], behind["loaded"], behind["unchanged"], behind["quarantined"]) == (True, 1, 11, 0)
    assert len(cut_off(house)) == 12
    whole = house.load("posts.json", document)
    assert (whole["files"][0]["unchanged"], cut_off(house), state(house)) == (12, [], "ok")
    assert [row["fixed_in"] for row in house.quarantine()] == [2]
    other = House(house.folder / "other", house.gate)
    other.source("posts", format="json", extra='records = "data"')
    assert other.load("posts.json", document)["checksum"] == whole["checksum"]


def test_a_cut_archive_of_it_cannot_be_read(house: House) -> None:
    house.source("posts", format="json")
    packed = gzip.compress(json.dumps([case(i, channel_id=hashlib.sha256(bytes([i])).hexdigest()) for i in range(50)]).encode())
    (file,) = house.load("posts.json.gz", packed[:-200])["files"]
    assert (file["skipped"], file["rows"]) == ("unreadable", 0)


def test_whole_or_cut_off_first_is_the_same(house: House) -> None:
    house.load("log.csv", ROWS)
    house.load("log-2.csv", sheet(ROWS[:5]) + TAIL)
    assert cut_off(house) == []


def test_a_request_in_messages_is_provisional_with_any_of_its_messages(house: House) -> None:
    house.source("thread", "messages")
    asked = {"message_id": "m1", "thread_id": "t", "author_role": "resident", "sent_at": "2026-01-05 09:00"}
    answers = [asked | {"message_id": f"a{i}", "author_role": "officer", "sent_at": f"2026-01-05 1{i}:00"} for i in range(5)]
    house.load("thread.csv", [asked])
    assert cut_off(house) == []
    house.load("thread-2.csv", sheet(answers) + "m3,t,res")
    assert cut_off(house) == ["t"]
    house.load("thread-3.csv", answers)
    assert cut_off(house) == []
