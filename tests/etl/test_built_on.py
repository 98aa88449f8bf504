"""A version that is built on the one before is the very version that folding the whole record gives."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.gate.gate import Gate
from etl.publishing import built_on, threads, voices
from etl.publishing.before import NOTHING
from etl.publishing.publish import as_of_chain, draft_version, fold_rows, read_references
from etl.publishing.snapshot import build_snapshot
from etl.publishing.standing import PUBLISHED, standing_files, standing_rows
from etl.publishing.versions import MANIFEST, current_version
from etl.record.record import open_record
from etl.tables import SERVING_TABLES, TIDY_TABLES
from tests.etl.house import House, at, case
from tests.numbers import times

TOLD = ("checksum", "first_on", "stated", "rows", "parts", "basis", "as_of")


def a_house(folder: Path, gate: Gate, url: str = "") -> House:
    house = House(folder, gate, url)
    house.source("log", columns="updated_at")
    house.source("sheet", glob="sheet*", extra='wards = "verbatim"')
    for table in ("feedback", "officers", "postings", "duties", "channels", "channel_days", "messages"):
        house.source(table, table)
    return house


def shown(house: House) -> dict[str, Any]:
    """The manifest of the version that is shown."""
    version = current_version(house.settings.snapshots)
    assert version
    found: dict[str, Any] = json.loads((version.folder / MANIFEST).read_text())
    found["stated"].pop("as_of_the_clock", None)  # only the load that had no other time can say it
    return {name: found[name] for name in TOLD}


def as_folded(house: House, folder: Path) -> dict[str, Any]:
    """The manifest of the version that all of the record gives, written by itself."""
    with open_record(house.settings.database_url) as record:
        files, loads = standing_files(record.files()), record.loads()
        rows = standing_rows(record, files, {})
        version = current_version(house.settings.snapshots)
        as_of = as_of_chain(loads) or (version and version.as_of)
    assert version
    assert as_of
    draft = draft_version(fold_rows(rows), files, read_references(house.settings), as_of, NOTHING)
    told = {"as_of": as_of.isoformat(), "first_on": draft.first_on and draft.first_on.isoformat(), "stated": draft.stated}
    folder.mkdir(exist_ok=True)
    built = build_snapshot(folder, "whole", draft.tables, told, None)
    for table in (*TIDY_TABLES, *SERVING_TABLES):
        key = (TIDY_TABLES | SERVING_TABLES)[table].key
        whole = pl.read_parquet(built.folder / table / "*.parquet").sort(key)
        assert house.table(table).sort(key).equals(whole), table
    found: dict[str, Any] = json.loads((built.folder / MANIFEST).read_text()) | {"basis": shown(house)["basis"]}
    return {name: found[name] for name in TOLD}


# -- random steps -------------------------------------------------------------

NUMBERS = st.integers(1, 6)
DAYS = st.sampled_from(["", "2026-01-06 09:00", "2026-01-07", "2026-02-03 17:30", "2026-03-01 00:30"])
OFFICERS = st.sampled_from(["", "A1", "A2"])
WARDS = st.sampled_from(["", "Phường Hồng Hà", "Phường Láng", "w1"])
CHANNELS = st.sampled_from(["", "g1", "g2"])


@st.composite
def requests(draw: st.DrawFn) -> dict[str, str | None]:
    row = case(draw(NUMBERS), asked_at=draw(st.sampled_from(["2026-01-05 09:00", "2026-02-02 10:00", "2025-06-01"])))
    row |= {"answered_at": draw(DAYS), "acknowledged_at": draw(st.sampled_from(["", "2026-02-03 10:00"])), "officer_id": draw(OFFICERS)}
    row |= {"ward": draw(WARDS), "channel_id": draw(CHANNELS), "attribution": draw(st.sampled_from(["", "roster"]))}
    return row | {"updated_at": draw(st.sampled_from(["", "2026-03-02 08:00", "2026-03-03 08:00"]))}


@st.composite
def judgements(draw: st.DrawFn) -> dict[str, str]:
    row = {
        "feedback_id": f"f{draw(st.integers(1, 8))}",
        "kind": "complaint",
        "received_at": draw(st.sampled_from(["2026-01-07 08:00", "2026-01-07 09:00", "2026-01-09", "2026-02-09", "2026-04-07 08:00"])),
    }
    row |= {"interaction_id": draw(st.sampled_from(["", "c1", "c2", "c9"])), "resident": draw(st.sampled_from(["", "Lan", "Minh"]))}
    return row | {"officer_id": draw(OFFICERS), "ward": draw(WARDS), "channel_id": draw(CHANNELS)}


@st.composite
def messages(draw: st.DrawFn) -> dict[str, str]:
    row = {"message_id": f"m{draw(NUMBERS)}", "thread_id": f"t{draw(st.integers(1, 3))}", "text": draw(st.sampled_from(["Chào", "Đã rõ"]))}
    row |= {"author_role": draw(st.sampled_from(["resident", "officer", "page"])), "author": draw(st.sampled_from(["Lan", "Minh"]))}
    row |= {"event": draw(st.sampled_from(["", "", "resolve"])), "ward": draw(WARDS), "officer_id": draw(OFFICERS)}
    row |= {"channel_id": draw(CHANNELS), "attribution": draw(st.sampled_from(["", "roster"]))}
    row |= {"silence_days": draw(st.sampled_from(["", "", "3"])), "parent_id": draw(st.sampled_from(["", "", "m1", "m2"]))}
    return row | {"sent_at": draw(st.sampled_from(["2026-01-08 08:00", "2026-01-08 08:00:30", "2026-01-08 09:00", "2026-02-10 09:00"]))}


ROWS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "log": requests(),
    "sheet": requests(),
    "feedback": judgements(),
    "messages": messages(),
    "officers": st.fixed_dictionaries({"officer_id": st.sampled_from(["A1", "A2"]), "name": st.sampled_from(["An", "Bình"])}),
    "postings": st.fixed_dictionaries({"officer_id": st.just("A1"), "ward": WARDS.filter(bool), "starts_on": st.just("2025-08-01")}),
    "duties": st.fixed_dictionaries(
        {"officer_id": st.sampled_from(["A1", "A2"]), "ward": WARDS, "channel_id": CHANNELS}
        | {"starts_at": st.sampled_from(["2026-01-06 07:00", "2026-01-08 07:00", "2026-02-03 17:00"])}
        | {"ends_at": st.sampled_from(["2026-01-06 15:00", "2026-01-06 08:00", "2026-01-08 15:00", "2026-02-10 15:00"])}
    ),
    "channels": st.fixed_dictionaries(
        {"channel_id": st.sampled_from(["g1", "g2"]), "platform": st.sampled_from(["zalo_oa", "portal"]), "ward": WARDS}
    ),
    "channel_days": st.fixed_dictionaries(
        {"channel_id": st.sampled_from(["g1", "g3"]), "day": st.sampled_from(["2026-01-05", "2026-01-06"])}
        | {"members": st.sampled_from(["0", "5"])}
    ),
}
LIKELY = ("log", "log", "log", "sheet", "sheet", "messages", "messages", "feedback", "duties", "channels", *ROWS)


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, Any]:
    what = draw(st.sampled_from(["load"] * 6 + ["undo", "again", "later"]))
    if what != "load":
        return what, draw(st.integers(0, 9))
    files = draw(st.lists(st.sampled_from(LIKELY), min_size=1, max_size=2))
    return what, [(source, draw(st.lists(ROWS[source], min_size=1, max_size=4))) for source in files]


def take(house: House, step: tuple[str, Any], number: int) -> None:
    """One step; what cannot be done now is left out."""
    what, how = step
    published = [load["load_id"] for load in house.loads() if load["state"] == PUBLISHED]
    files = sorted(house.inbox.iterdir())
    if what == "undo" and published:
        house.undo(published[how % len(published)])
    elif what == "again" and files:
        publish(house, house.refresh(again=files[how % len(files)]))
    elif what == "later":
        publish(house, house.refresh(as_of=at(f"2026-0{1 + how % 4}-15 00:00")))
    elif what == "load":
        for place, (source, rows) in enumerate(how):
            house.drop(f"{source}-{number}-{place}.csv", rows)
        publish(house, house.refresh())


def publish(house: House, report: dict[str, Any]) -> None:
    if not report["gate"]["passed"]:  # small loads are unlike each other
        house.publish(report["load_id"])


SERVED = {"channel_id": "g1", "answered_at": "2026-01-06 09:00", "attribution": "roster", "updated_at": ""}
FIRST = ("load", [("log", [case(n, asked_at="2026-01-05 09:00", ward="" if n % 2 else "Phường Láng", **SERVED) for n in range(1, 5)])])
"""Requests that a channel's ward and a shift matter to."""


def walk(gate: Gate, taken: list[tuple[str, Any]], url: str = "") -> None:
    folder = Path(tempfile.mkdtemp(prefix="house-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        house = a_house(folder, gate, url)
        for number, step in enumerate([FIRST, *taken]):
            take(house, step, number)
            assert shown(house) == as_folded(house, folder / "whole"), step


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so few rows however many may be touched; a text that was sent twice was sent often, and two rows a day may be a burst."""
    monkeypatch.setattr(built_on, "ANEW_AT_MOST", 10.0)
    monkeypatch.setattr(threads, "CANNED_TIMES", 1)
    monkeypatch.setattr(threads, "SAME_TIMES", 1)
    monkeypatch.setattr(voices, "BURST_ROWS", 2)


@pytest.mark.usefixtures("few")
@pytest.mark.long
@settings(max_examples=times(12, 1_000), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(taken=st.lists(steps(), min_size=2, max_size=6))
def test_after_any_steps_it_is_what_the_whole_record_gives(gate: Gate, taken: list[tuple[str, Any]]) -> None:
    walk(gate, taken)


@pytest.mark.usefixtures("few")
@pytest.mark.long
@settings(max_examples=times(2, 100), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(taken=st.lists(steps(), min_size=2, max_size=4))
def test_and_so_on_postgresql(gate: Gate, postgresql: Callable[[], str], taken: list[tuple[str, Any]]) -> None:
    walk(gate, taken, postgresql())


MOVED = case(1) | {"asked_at": "2025-06-01"}
F1 = {"feedback_id": "f1", "kind": "complaint", "received_at": "2026-01-07 08:00", "interaction_id": "c1"}
ASKED = {"message_id": "m1", "thread_id": "t1", "author_role": "resident", "sent_at": "2026-01-08 08:00"}
SAID = ASKED | {"message_id": "a1", "author_role": "officer", "sent_at": "2026-01-08 08:00:30", "text": "Chào"}


POST = {"message_id": "t1", "thread_id": "t1", "author_role": "page", "sent_at": "2026-01-07 08:00"}


def elsewhere(*messages: dict[str, str]) -> list[dict[str, str]]:
    """The same in another thread, a month later."""
    return [
        row | {"message_id": f"{row['message_id']}-2", "thread_id": "t2", "sent_at": row["sent_at"].replace("-01-", "-02-")}
        for row in messages
    ]


SHIFT = {"officer_id": "A1", "starts_at": "2026-01-06 07:00", "ends_at": "2026-01-06 15:00"}
BLAME = [F1 | {"feedback_id": f"f{i}", "interaction_id": "", "officer_id": "A1"} for i in range(1, 6)]
G1 = {"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Láng"}
ELSEWHERE = ("load", [("channels", [G1 | {"ward": "Phường Hồng Hà"}])])
KNOWN = {
    "nothing is left, and time goes on": [("undo", 0), ("later", 3), ("load", [("sheet", [case(5)])])],
    "a request's channel goes to another ward": [("load", [("channels", [G1]), ("log", [case(7, channel_id="g1")])]), ELSEWHERE],
    "a judgement's channel does": [
        ("load", [("channels", [G1]), ("feedback", [F1 | {"channel_id": "g1", "interaction_id": ""}])]),
        ELSEWHERE,
    ],
    "a shift's channel does": [
        ("load", [("channels", [G1]), ("duties", [SHIFT | {"channel_id": "g1"}])]),
        ELSEWHERE,
    ],
    "a request that a thread holds goes elsewhere with its channel": [
        ("load", [("channels", [G1]), ("messages", [ASKED | {"channel_id": "g1"}, SAID, *elsewhere(ASKED, SAID)])]),
        ELSEWHERE,
        ("undo", 2),
    ],
    "so does one below a post": [
        ("load", [("channels", [G1]), ("messages", [POST, ASKED | {"channel_id": "g1"}])]),
        ELSEWHERE,
    ],
    "a shift is known after the answer in a thread": [
        ("load", [("messages", [ASKED | {"channel_id": "g1"}, SAID | {"author_role": "page", "attribution": "roster"}])]),
        ("load", [("duties", [SHIFT | {"channel_id": "g1", "starts_at": "2026-01-08 07:00", "ends_at": "2026-01-08 15:00"}])]),
        ("undo", 2),
    ],
    "of two shifts the longer one is known late": [
        ("load", [("log", [case(7, attribution="roster", ward="Phường Láng", answered_at="2026-01-06 14:00")])]),
        (
            "load",
            [
                (
                    "duties",
                    [
                        SHIFT | {"ward": "Phường Láng"},
                        SHIFT | {"officer_id": "A2", "ward": "Phường Láng", "starts_at": "2026-01-06 08:00", "ends_at": "2026-01-06 09:00"},
                    ],
                )
            ],
        ),
    ],
    "a shift is known after its answers": [
        ("load", [("log", [case(7, attribution="roster", ward="Phường Láng", answered_at="2026-01-06 09:00")])]),
        ("load", [("duties", [SHIFT | {"ward": "Phường Láng"}])]),
        ("undo", 2),
    ],
    "an earlier voice of the week comes late": [
        ("load", [("feedback", [BLAME[0] | {"resident": "Lan", "received_at": "2026-01-09"}])]),
        ("load", [("feedback", [BLAME[1] | {"resident": "Lan", "received_at": "2026-01-05 08:00"}])]),
        ("undo", 2),
    ],
    "what was a burst is none, by the days before it": [
        ("load", [("feedback", [row | {"received_at": "2026-04-07 08:00"} for row in BLAME[:2]])]),
        ("load", [("feedback", [row | {"received_at": "2026-01-07 08:00"} for row in BLAME[2:]])]),
        ("undo", 2),
    ],
    "what would be a burst is none, by the days before it": [
        ("load", [("feedback", [row | {"received_at": "2026-01-07 08:00"} for row in BLAME[2:]])]),
        ("load", [("feedback", [row | {"received_at": "2026-04-07 08:00"} for row in BLAME[:2]])]),
    ],
    "feedback leaves a burst by what is known of its request": [
        ("load", [("feedback", [BLAME[0], BLAME[1] | {"officer_id": "", "interaction_id": "c1"}]), ("log", [case(1, officer_id="A1")])]),
        ("load", [("log", [case(1, officer_id="A2", updated_at="2026-03-02 08:00")])]),
    ],
    "feedback moves to a day long after": [
        ("load", [("feedback", [BLAME[0], BLAME[1]])]),
        ("load", [("feedback", [BLAME[0] | {"received_at": "2026-09-07 08:00"}])]),
    ],
    "a request that feedback is about changes": [("load", [("feedback", [F1])]), ("load", [("log", [case(1, officer_id="A1")])])],
    "a request that feedback was about comes": [
        ("load", [("feedback", [F1 | {"interaction_id": "c8"}])]),
        ("load", [("log", [case(8, officer_id="A1")])]),
    ],
    "the number that feedback is about is no longer the only one": [
        ("load", [("feedback", [F1])]),
        ("load", [("sheet", [case(1, officer_id="A2")])]),
    ],
    "a message comes late": [
        ("load", [("messages", [ASKED])]),
        ("load", [("messages", [ASKED | {"message_id": "m2", "author_role": "officer", "sent_at": "2026-01-08 09:00"}])]),
    ],
    "of two threads without a resident one gets one": [
        ("load", [("messages", [SAID, SAID | {"message_id": "a3", "thread_id": "t3", "text": "Đã rõ"}])]),
        ("load", [("messages", [ASKED])]),
    ],
    "what was an answer is sent elsewhere too, and so a canned one": [
        ("load", [("messages", [ASKED, SAID])]),
        ("load", [("messages", elsewhere(ASKED, SAID))]),
        ("undo", 2),
    ],
    "an answer is sent word for word elsewhere too": [
        ("load", [("messages", [ASKED, SAID | {"sent_at": "2026-01-08 09:00"}])]),
        ("load", [("messages", elsewhere(ASKED, SAID | {"sent_at": "2026-01-08 09:00"}))]),
    ],
    "a message moves to another thread": [
        ("load", [("messages", [ASKED, SAID, *elsewhere(ASKED)])]),
        ("load", [("messages", [SAID | {"thread_id": "t2"}])]),
    ],
    "a request that feedback is about is answered in a message": [
        ("load", [("messages", [ASKED]), ("feedback", [F1 | {"interaction_id": "t1"}])]),
        ("load", [("messages", [SAID | {"officer_id": "A1"}])]),
    ],
    "a request moves to another month, the only one of its own": [("load", [("sheet", [case(1)])]), ("load", [("sheet", [MOVED])])],
    "a reading no longer stands in the place of an earlier one": [
        ("load", [("sheet", [case(1, topic="theft")])]),
        ("load", [("sheet", [case(1, topic="other")])]),
        ("again", 1),
        ("undo", 1),
    ],
    "all is taken back": [("undo", 0)],
}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("what", KNOWN)
def test_where_rows_hang_together_all_of_them_move(gate: Gate, what: str) -> None:
    walk(gate, KNOWN[what])


# -- what is read -------------------------------------------------------------


@pytest.fixture
def holed(tmp_path: Path, gate: Gate) -> House:
    """A house with ten requests, of which the record has since lost the last: whoever folds the whole record sees it."""
    house = a_house(tmp_path, gate)
    house.drop("channels.csv", [{"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Láng"}])
    house.drop("log-early.csv", [case(10, asked_at="2025-12-05 09:00", acknowledged_at="2025-12-06 09:00", updated_at="")])
    served = {"answered_at": "2026-01-05 10:00", "attribution": "roster", "channel_id": "g1"}
    house.load("log.csv", [case(n, updated_at="", **(served if n == 9 else {})) for n in range(1, 10)])
    with closing(sqlite3.connect(house.settings.home / "record.sqlite")) as record, record:
        record.execute("DELETE FROM interactions_rows WHERE interaction_id = 'c10'")
    return house


def current(house: House) -> Path:
    version = current_version(house.settings.snapshots)
    assert version
    return version.folder


def is_there(house: House) -> bool:
    return "c10" in house.table("interactions")["interaction_id"]


def test_a_days_file_is_folded_by_itself_and_undone_by_itself(holed: House) -> None:
    first = shown(holed)
    holed.load("log-day.csv", [case(11, asked_at="2026-02-05 09:00"), case(1, topic="theft")])
    assert holed.case(1)["topic"] == "theft"
    assert is_there(holed)
    assert holed.undo(2)["checksum"] == first["checksum"]
    assert is_there(holed)
    holed.rebuild()
    assert not is_there(holed)


def test_a_days_messages_are_threaded_by_themselves_and_undone_by_themselves(holed: House) -> None:
    first = shown(holed)
    holed.load("messages-day.csv", [ASKED, SAID])
    assert holed.row(interaction_id="t1")["status"] == "answered"
    holed.load("messages-night.csv", [ASKED | {"message_id": "m2", "sent_at": "2026-01-08 21:00"}])  # moves no field of the request
    with open_record(holed.settings.database_url) as record:
        assert [load["statistics"]["messages"]["answers"] for load in record.loads()[1:]] == [1, 1]
    assert is_there(holed)
    holed.undo(3)
    assert holed.undo(2)["checksum"] == first["checksum"]
    assert is_there(holed)


@pytest.mark.usefixtures("few")
def test_where_the_disk_cannot_share_files_they_are_copied(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_paths: Path) -> None:
        raise OSError

    house = a_house(tmp_path, gate)
    house.load("log.csv", [case(1), case(2, asked_at="2026-02-05 09:00")])
    monkeypatch.setattr(os, "link", refuse)
    house.load("log-day.csv", [case(1, topic="theft")])
    assert shown(house) == as_folded(house, tmp_path / "whole")


def test_a_version_that_lost_a_file_is_not_built_on(holed: House) -> None:
    (current(holed) / "officers" / "all.parquet").unlink()
    holed.load("log-day.csv", [case(1, topic="theft")])
    assert not is_there(holed)


def test_a_roster_for_days_to_come_a_new_channel_and_a_channels_day_move_nothing_else(holed: House) -> None:
    holed.drop("channels-2.csv", [{"channel_id": "g2", "platform": "zalo_oa", "ward": "Phường Hồng Hà"}])
    holed.drop("channel_days-1.csv", [{"channel_id": f"g{n}", "day": "2026-01-05", "members": "5"} for n in range(1, 7)])
    holed.load("duties.csv", [{"officer_id": "A1", "ward": "Phường Láng", "starts_at": "2026-02-05 08:00", "ends_at": "2026-02-05 12:00"}])
    with closing(sqlite3.connect(holed.settings.home / "record.sqlite")) as record, record:
        record.execute("DELETE FROM channel_days_rows WHERE channel_id = 'g6'")
    for name, members in (("channel_days-2.csv", "6"), ("channel_days-3.csv", "7")):
        holed.load(name, [{"channel_id": "g1", "day": "2026-01-06", "members": members}])
    assert is_there(holed)
    assert holed.table("channel_days")["members"].to_list() == [5, 7, 5, 5, 5, 5, 5]


def test_a_channel_that_moves_and_a_shift_known_late_move_their_own_rows_only(holed: House) -> None:
    holed.load("channels-2.csv", [{"channel_id": "g1", "platform": "portal", "ward": "Phường Hồng Hà"}])
    assert (holed.case(9)["platform"], holed.case(9)["attribution"]) == ("portal", "none")
    holed.load("duties.csv", [SHIFT | {"channel_id": "g1", "starts_at": "2026-01-05 08:00", "ends_at": "2026-01-05 12:00"}])
    assert (holed.case(9)["officer_id"], holed.case(9)["attribution"]) == ("A1", "roster")
    assert is_there(holed)
    holed.drop("channels-3.csv", [{"channel_id": "g1", "platform": "app", "ward": "Phường Láng"}])
    holed.load("log-more.csv", [case(n, channel_id="g1") for n in (1, 2)])  # with the channel's one more than a fifth of all
    assert not is_there(holed)


def test_what_is_sent_again_unchanged_moves_nothing_else(holed: House) -> None:
    holed.load("channels-2.csv", [{"channel_id": "g1", "platform": "zalo_oa", "ward": "Phường Láng"}])
    assert is_there(holed)


@pytest.mark.parametrize("what", ["two of one source", "targets", "program", "many"])
def test_where_more_may_hang_on_it_the_whole_record_is_folded(holed: House, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    cases = [case(1, topic="theft")]
    match what:
        case "two of one source":
            holed.source("log", "messages", "messages*")
            (holed.sources / "messages.toml").unlink()
            holed.drop("messages.csv", [ASKED])
            holed.source("sheet", glob="log-day*")
        case "targets":
            targets = holed.folder / "targets.toml"
            targets.write_text(holed.settings.targets.read_text().replace("hours = 8", "hours = 9"))
            holed.settings = replace(holed.settings, targets=targets)
        case "program":
            monkeypatch.setattr(built_on, "_program", lambda: "another")
        case "many":
            cases = [case(n, topic="theft") for n in range(1, 4)]
    holed.load("log-day.csv", cases)
    assert not is_there(holed)


@pytest.mark.usefixtures("few")
def test_an_acknowledgement_that_was_still_to_come_is_looked_at_again(tmp_path: Path, gate: Gate) -> None:
    house = a_house(tmp_path, gate)
    house.load("log.csv", [case(1, acknowledged_at="2026-01-05 15:00", urgency="urgent")], as_of=at("2026-01-05 10:00"))
    due = house.case(1)["answer_due"]
    house.load("log-day.csv", [case(2, asked_at="2026-01-06 09:00")])
    assert house.case(1)["answer_due"] != due
    assert shown(house) == as_folded(house, tmp_path / "whole")
