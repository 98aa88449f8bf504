"""Threads: what a resident's request is, who acknowledged, answered, closed and reopened it, from messages in any order."""

import json
import random
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.gate.gate import Gate
from etl.publishing.fold import folded_schema
from etl.publishing.threads import Threads, thread_messages
from etl.publishing.versions import current_version
from etl.record.record import open_record
from etl.report import refresh_lines
from etl.tables import INPUT_TABLES
from tests.etl.house import House, at
from tests.etl.test_properties import a_house

INSTANTS = ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at")


def message(message_id: str, role: str, sent: str, **cells: Any) -> dict[str, Any]:
    """A message of thread t, by officer A1 where an officer writes; ``sent`` is a local time of January 2026, as "05 09:00"."""
    officer = {"officer_id": "A1"} if role == "officer" else {}
    times = {"sent_at": at(f"2026-01-{sent}"), "bare": 0}
    return {"message_id": message_id, "thread_id": "t", "author_role": role, **times, **officer, **cells}


def threaded(*messages: dict[str, Any]) -> Threads:
    schema = folded_schema("messages")
    rows = [{"source": "log", "provisional": False, "arrived": i} | row for i, row in enumerate(messages)]
    return thread_messages(pl.DataFrame(rows, schema=schema, orient="row"))


def request(*messages: dict[str, Any]) -> dict[str, Any]:
    """The only request of the messages."""
    found = threaded(*messages).requests
    assert found.height == 1
    return found.row(0, named=True)


def instants(*messages: dict[str, Any]) -> dict[str, str]:
    """The instants of the only request that are known, as local times of January 2026."""
    row = request(*messages)
    return {name: local(row[name]) for name in INSTANTS if row[name]}


def local(instant: Any) -> str:
    return f"{instant + timedelta(hours=7):%d %H:%M}"


QUESTION = message("q", "resident", "05 09:00")


def test_the_first_resident_asks_and_the_first_officer_or_page_answers() -> None:
    found = instants(
        message("a2", "page", "05 12:00"),
        message("q2", "resident", "05 09:05"),
        message("b", "bot", "05 09:01"),
        message("a1", "officer", "05 11:00"),
        QUESTION,
    )
    assert found == {"asked_at": "05 09:00", "acknowledged_at": "05 09:01", "answered_at": "05 11:00"}


def test_a_bot_acknowledges_and_never_answers() -> None:
    assert instants(QUESTION, message("b", "bot", "05 09:01")) == {"asked_at": "05 09:00", "acknowledged_at": "05 09:01"}


def test_another_resident_neither_acknowledges_nor_asks_anew() -> None:
    assert instants(QUESTION, message("n", "resident", "05 10:00", author="neighbour")) == {"asked_at": "05 09:00"}


def test_an_answer_acknowledges_where_nothing_came_before() -> None:
    found = instants(QUESTION, message("a", "officer", "05 11:00"))
    assert found["acknowledged_at"] == found["answered_at"] == "05 11:00"


def test_the_request_is_called_after_its_thread() -> None:
    row = request(QUESTION, message("a", "officer", "05 11:00"), message("a2", "page", "05 12:00"))
    assert (row["source"], row["interaction_id"], row["reply_count"], row["arrived"]) == ("log", "t", 2, 0)


@pytest.mark.parametrize(
    ("answer", "officer", "attribution"),
    [
        (message("a", "officer", "05 11:00", officer_id="A7"), "A7", "author"),
        (message("a", "officer", "05 11:00", officer_id=None), None, None),
        (message("a", "page", "05 11:00", officer_id="A7"), None, None),
        (message("a", "bot", "05 11:00"), "A5", None),  # not answered: who holds it, as the log last says
    ],
)
def test_an_answered_request_is_its_first_answerers_an_open_one_its_holders(answer: dict, officer: str, attribution: str) -> None:
    holder = [message("q", "resident", "05 09:00", officer_id="A4"), message("b", "bot", "05 09:10", officer_id="A5")]
    row = request(*holder, answer)
    assert (row["officer_id"], row["attribution"]) == (officer, attribution)


# -- canned acknowledgements ---------------------------------------------------


def canned(times: int, after: int = 60, **cells: Any) -> Threads:
    """So many threads in which the page says "said" ``after`` so many seconds, and an officer another text an hour later."""
    found = []
    for i in range(times):
        thread = {"thread_id": f"t{i:02}"}
        reply = message(f"p{i}", "page", "05 09:00", said="thanks", **thread) | cells
        reply["sent_at"] += timedelta(seconds=after)
        found += [message(f"q{i}", "resident", "05 09:00", **thread), reply]
        found += [message(f"a{i}", "officer", "05 10:00", said=f"answer {i}", **thread)]
    return threaded(*found)


@pytest.mark.parametrize(("times", "after", "answered"), [(20, 60, "05 09:01"), (21, 60, "05 10:00"), (21, 61, "05 09:01")])
def test_a_text_sent_more_than_20_times_within_a_minute_acknowledges_only(times: int, after: int, answered: str) -> None:
    found = canned(times, after).requests
    assert {local(instant) for instant in found["acknowledged_at"]} == {"05 09:01"}
    assert {local(instant) for instant in found["answered_at"]} == {answered}
    assert set(found["reply_count"]) == ({1} if answered == "05 10:00" else {2})


@pytest.mark.parametrize(("times", "flagged"), [(20, False), (21, True)])
def test_an_answer_sent_more_than_20_times_at_leisure_stays_an_answer_and_is_flagged(times: int, flagged: bool) -> None:
    found = canned(times, after=120).requests
    assert {local(instant) for instant in found["answered_at"]} == {"05 09:02"}
    assert set(found["same_answer"]) == {flagged}


def test_an_automatic_acknowledgement_is_no_repeated_answer() -> None:
    assert set(canned(30).requests["same_answer"]) == {False}
    assert set(canned(30, after=120, said=None).requests["same_answer"]) == {False}


@pytest.mark.parametrize("role", ["resident", "page"])
def test_known_only_by_date_no_text_was_sent_within_a_minute(role: str) -> None:
    found = []
    for i in range(30):
        pair = [message(f"q{i}", "resident", "05 09:00"), message(f"p{i}", "page", "05 09:00", said="thanks")]
        found += [row | {"thread_id": f"t{i}"} | ({"bare": 1} if row["author_role"] == role else {}) for row in pair]
    assert set(threaded(*found).requests["reply_count"]) == {1}


def test_an_officer_who_sent_a_canned_text_does_not_hold_the_request() -> None:
    pairs = [(f"q{i}", f"p{i}", {"thread_id": f"t{i}"}) for i in range(21)]
    asked = [message(q, "resident", "05 09:00", **thread) for q, _, thread in pairs]
    replies = [message(p, "officer", "05 09:00", said="thanks", **thread) for _, p, thread in pairs]
    assert set(threaded(*asked, *replies).requests["officer_id"]) == {None}


def test_messages_without_text_are_no_canned_text() -> None:
    assert {local(instant) for instant in canned(30, said=None).requests["answered_at"]} == {"05 09:01"}


def test_a_canned_text_is_no_answer_when_it_comes_late_either() -> None:
    thread = {"thread_id": "late"}
    late = [message("ql", "resident", "05 09:00", **thread), message("pl", "page", "06 09:00", said="thanks", **thread)]
    many = [(f"q{i}", f"p{i}", {"thread_id": f"t{i}"}) for i in range(21)]
    quick = [
        row for q, p, t in many for row in (message(q, "resident", "05 09:00", **t), message(p, "page", "05 09:00", said="thanks", **t))
    ]
    row = threaded(*late, *quick).requests.row(by_predicate=pl.col("thread_id") == "late", named=True)
    assert (row["answered_at"], local(row["acknowledged_at"]), row["reply_count"]) == (None, "06 09:00", 0)


# -- resolved and reopened -----------------------------------------------------

ANSWER = message("a", "officer", "05 11:00")
CLOSED = message("z", "officer", "06 09:00", event="resolve")


def closing(*messages: dict[str, Any]) -> tuple[str | None, ...]:
    """First resolved, reopened and resolved."""
    found = instants(QUESTION, ANSWER, *messages)
    return tuple(found.get(name) for name in INSTANTS[3:])


def test_a_resolution_is_the_event() -> None:
    assert closing(CLOSED) == ("06 09:00", None, "06 09:00")
    assert closing(message("z", "resident", "06 09:00", event="resolve")) == ("06 09:00", None, "06 09:00")


@pytest.mark.parametrize(
    ("back", "reopened"),
    [
        (message("r", "resident", "20 09:00"), "20 09:00"),
        (message("r", "resident", "20 09:01"), None),
        (message("r", "resident", "28 09:00", event="reopen"), "28 09:00"),  # said so: at any time
        (message("r", "officer", "20 09:00"), None),
        (message("r", "bot", "20 09:00", event="reopen"), "20 09:00"),
        (message("r", "resident", "06 08:00"), None),
    ],
)
def test_a_residents_message_within_14_days_reopens(back: dict[str, Any], reopened: str | None) -> None:
    assert closing(CLOSED, back) == ("06 09:00", reopened, None if reopened else "06 09:00")


def test_only_the_resident_who_asked_reopens() -> None:
    asked = message("q", "resident", "05 09:00", author="r1")
    for author, reopened in (("r1", True), ("r2", False), (None, True)):
        row = request(asked, CLOSED, message("r", "resident", "07 09:00", author=author))
        assert (row["reopened_at"] is not None) is reopened


def test_of_several_rounds_the_first_reopening_and_the_last_resolution_count() -> None:
    back, again = message("r", "resident", "07 09:00"), message("z2", "officer", "08 09:00", event="resolve")
    assert closing(CLOSED, back, again) == ("06 09:00", "07 09:00", "08 09:00")
    assert closing(CLOSED, back, again, message("r2", "resident", "09 09:00")) == ("06 09:00", "07 09:00", None)
    assert closing(CLOSED, message("r", "resident", "31 09:00"), again) == ("06 09:00", None, "08 09:00")


def test_a_reopening_without_a_known_resolution_is_taken_at_its_word() -> None:
    reopened = message("r", "officer", "05 12:00", event="reopen")
    assert closing(reopened) == (None, "05 12:00", None)
    assert closing(reopened, CLOSED) == ("06 09:00", None, "06 09:00")  # before the first resolution that is known: no order of its own


# -- below a page's post -------------------------------------------------------

POST = message("p", "page", "05 08:00", channel_id="g1", ward="Láng", topic="theft", link="post", platform="facebook_page")


def by_id(threads: Threads) -> dict[str, dict[str, str]]:
    rows = threads.requests.iter_rows(named=True)
    return {row["interaction_id"]: {name: local(row[name]) for name in INSTANTS[:3] if row[name]} for row in rows}


def test_below_a_post_each_residents_top_level_comment_is_a_request() -> None:
    threads = threaded(
        POST,
        message("c1", "resident", "05 09:00"),
        message("c2", "resident", "05 09:30", parent_id="p"),
        message("c1a", "page", "05 10:00", parent_id="c1"),
        message("c1b", "resident", "05 10:30", parent_id="c1a"),
        message("c2a", "officer", "05 11:00", parent_id="c2"),
        message("n", "page", "05 12:00"),
        message("m", "resident", "05 12:30", parent_id="n"),
    )
    assert by_id(threads) == {
        "c1": {"asked_at": "05 09:00", "acknowledged_at": "05 10:00", "answered_at": "05 10:00"},
        "c2": {"asked_at": "05 09:30", "acknowledged_at": "05 11:00", "answered_at": "05 11:00"},
    }
    assert threads.stated["residents_in_no_request"] == 1  # below the page's own comment


def test_a_request_inherits_from_its_post_what_it_has_not_itself() -> None:
    row = request(POST, message("c", "resident", "05 09:00", ward="Hồng Hà", link="comment"))
    assert [row[name] for name in ("channel_id", "platform", "ward", "topic", "link")] == [
        "g1",
        "facebook_page",
        "Hồng Hà",
        "theft",
        "comment",
    ]


def test_a_conversation_inherits_from_its_first_message_that_has_it() -> None:
    row = request(
        QUESTION, message("b", "bot", "05 09:01", channel_id="g1"), message("a", "officer", "05 11:00", channel_id="g2", topic="theft")
    )
    assert (row["channel_id"], row["topic"]) == ("g1", "theft")


def test_a_deep_chain_of_replies_belongs_to_its_comment_and_a_circle_to_none() -> None:
    chain = [message(f"r{i}", "resident" if i % 2 else "bot", f"05 09:{i:02}", parent_id=f"r{i - 1}") for i in range(1, 40)]
    threads = threaded(POST, message("r0", "resident", "05 09:00"), *chain, message("a", "page", "05 10:00", parent_id="r39"))
    assert by_id(threads)["r0"]["answered_at"] == "05 10:00"
    assert len(by_id(threads)) == 1
    circle = [message(f"x{i}", "resident", f"05 09:0{i}", parent_id=f"x{(i + 1) % 3}") for i in range(3)]
    threads = threaded(POST, *circle)
    assert (threads.requests.height, threads.stated["residents_in_no_request"]) == (0, 3)


def test_a_comment_whose_parent_was_never_logged_is_a_request_and_a_lost_reply_is_counted() -> None:
    threads = threaded(POST, message("c", "resident", "05 09:00", parent_id="?"), message("a", "page", "05 10:00", parent_id="?2"))
    assert by_id(threads) == {"c": {"asked_at": "05 09:00"}}
    assert threads.stated["replies_to_no_request"] == 1


def test_an_officers_message_that_is_a_reply_starts_no_post() -> None:
    threads = threaded(message("a", "officer", "05 08:00", event="reply"), QUESTION, message("a2", "officer", "05 11:00"))
    assert by_id(threads) == {"t": {"asked_at": "05 09:00", "acknowledged_at": "05 11:00", "answered_at": "05 11:00"}}
    assert threads.stated["answers_before_their_question"] == 1


def test_a_first_message_that_replies_to_a_later_one_is_no_post_but_an_answer_before_its_question() -> None:
    threads = threaded(message("a", "officer", "05 08:59", parent_id="q"), QUESTION)
    assert by_id(threads) == {"t": {"asked_at": "05 09:00"}}
    assert threads.stated["answers_before_their_question"] == 1
    posted = threaded(message("a", "officer", "05 08:59", parent_id="q", event="post", provisional=True), QUESTION)
    assert by_id(posted) == {"q": {"asked_at": "05 09:00"}}
    assert (posted.requests["provisional"].item(), posted.stated["answers_before_their_question"]) == (False, 0)


def test_a_bots_greeting_starts_no_post() -> None:
    assert by_id(threaded(message("b", "bot", "05 08:00"), QUESTION)) == {"t": {"asked_at": "05 09:00"}}


# -- order and dates -----------------------------------------------------------


def test_of_equal_instants_the_question_comes_before_its_reply() -> None:
    assert instants(message("a", "officer", "05 09:00"), QUESTION)["answered_at"] == "05 09:00"
    two = [message("a2", "officer", "05 10:00", officer_id="A2"), message("a1", "officer", "05 10:00")]
    assert request(QUESTION, *two)["officer_id"] == request(*reversed(two), QUESTION)["officer_id"] == "A1"
    assert len(by_id(threaded(message("z", "page", "05 09:00", event="post"), QUESTION, message("c", "resident", "05 09:00")))) == 2


@pytest.mark.parametrize(
    ("question", "answer", "bare"),
    [
        (message("q", "resident", "05 00:00", bare=1), message("a", "officer", "05 00:00", bare=1), {"asked_at", "answered_at"}),
        (message("q", "resident", "05 09:00"), message("a", "officer", "05 00:00", bare=1), {"answered_at"}),
        (message("q", "resident", "05 00:00", bare=1), message("a", "officer", "05 09:00"), {"asked_at"}),
    ],
)
def test_known_only_by_date_a_reply_follows_the_question_of_its_day(question: dict, answer: dict, bare: set[str]) -> None:
    row = request(answer, question)
    bits = INPUT_TABLES["interactions"].names("instant")
    assert {name for name in INSTANTS if row["bare"] >> bits.index(name) & 1} - {"acknowledged_at"} == bare
    assert (row["answered_at"], row["reply_count"]) == (answer["sent_at"], 1)


def test_a_thread_without_a_resident_is_no_request_and_is_counted() -> None:
    threads = threaded(POST, message("a", "officer", "05 09:00"), message("b", "bot", "05 09:00", thread_id="u"))
    assert threads.requests.is_empty()
    assert threads.stated == {
        "threads_without_resident": 2,
        "answers_before_their_question": 0,
        "residents_in_no_request": 0,
        "requests_told_apart_by_silence": 0,
        "replies_to_no_request": 0,
    }


def test_in_an_endless_conversation_a_resident_asks_anew_after_a_silence() -> None:
    endless: dict[str, Any] = {"event": "reply", "silence_days": 3}
    threads = threaded(
        message("g", "page", "01 09:00", **endless),
        message("q", "resident", "05 09:00", **endless),
        message("a", "page", "05 10:00", **endless),
        message("q2", "resident", "08 10:00", **endless),  # three days to the minute: no longer silence than allowed
        message("late", "page", "12 10:00", **endless),  # an answer after a silence opens nothing
        message("q3", "resident", "15 10:01", **endless),
        message("a3", "page", "15 11:00", **endless),
    )
    assert by_id(threads) == {
        "q": {"asked_at": "05 09:00", "acknowledged_at": "05 10:00", "answered_at": "05 10:00"},
        "q3": {"asked_at": "15 10:01", "acknowledged_at": "15 11:00", "answered_at": "15 11:00"},
    }
    assert threads.stated["requests_told_apart_by_silence"] == 1


def test_without_a_silence_declared_a_conversation_is_one_request() -> None:
    found = by_id(threaded(QUESTION, message("q2", "resident", "31 09:00", event="reply")))
    assert found == {"t": {"asked_at": "05 09:00"}}


def test_equal_numbers_of_two_sources_are_two_threads() -> None:
    found = threaded(QUESTION, message("q", "resident", "06 09:00", source="other"), message("a", "officer", "05 11:00", source="other"))
    assert found.requests.select("source", "answered_at").rows() == [("log", None), ("other", None)]


# -- through the loader --------------------------------------------------------


def log(message_id: str, role: str, sent: str, **cells: str) -> dict[str, str]:
    """A message as a sheet has it; ``sent`` as "05 09:00"."""
    return {"message_id": message_id, "thread_id": "t1", "author_role": role, "sent_at": f"2026-01-{sent}", **cells}


TALK = [
    log("1", "resident", "05 09:00", author="Chị Hoa", text="Cho hỏi?", channel_id="g1", ward="Phường Láng"),
    log("2", "bot", "05 09:01", text="Đã nhận."),
    log("3", "officer", "05 11:00", officer_id="A1", author="Đồng chí An", text="Mời chị đến phường."),
    log("4", "officer", "06 09:00", officer_id="A1", event="resolve"),
    log("5", "resident", "07 09:00", author="Chị Hoa", text="Vẫn chưa được."),
    log("6", "resident", "05 10:00", thread_id="t2", author="Anh Ba", text="Mất xe!", topic="theft"),
    log("7", "page", "05 10:30", thread_id="t2", text="Xin gọi 113."),
    log("8", "bot", "05 10:30", thread_id="t3", text="Chào bạn."),
]


@pytest.fixture
def talks(house: House) -> House:
    house.source("talk", "messages")
    house.source("voice", "feedback")
    return house


def test_messages_in_a_sheet_become_requests(talks: House) -> None:
    report = talks.load("talk.csv", TALK)
    assert (report["files"][0]["loaded"], report["gate"]["passed"]) == (8, True)
    row = talks.row(interaction_id="t1")
    assert (row["source"], row["officer_id"], row["attribution"], row["status"], row["reply_count"]) == ("talk", "A1", "author", "open", 2)
    assert (row["answered_at"], row["first_resolved_at"]) == (at("2026-01-05 11:00"), at("2026-01-06 09:00"))
    assert (row["reopened_at"], row["resolved_at"], row["has_time"]) == (at("2026-01-07 09:00"), None, True)
    assert (row["channel_id"], row["file_id"], row["row_number"]) == ("g1", 1, 1)
    assert row["ward_code"] != "unknown"
    other = talks.row(interaction_id="t2")
    assert (other["officer_id"], other["attribution"], other["status"], other["topic"]) == ("unknown", "none", "answered", "theft")
    assert other["row_number"] == 6
    assert report["as_of"] == "2026-01-07T02:00:00Z"
    assert report["stated"]["threads_without_resident"] == 1


def test_neither_a_text_nor_a_name_is_kept(talks: House) -> None:
    talks.load("talk.csv", TALK)
    kept = b"".join(path.read_bytes() for path in talks.settings.home.rglob("*") if path.is_file())
    for planted in ("Chị Hoa", "Cho hỏi", "Đồng chí An", "Mời chị", "Xin gọi"):
        assert planted.encode() not in kept


def test_a_message_that_comes_late_heals_its_request_and_undo_takes_it_back(talks: House) -> None:
    first = talks.load("talk-2.csv", TALK[1:3])
    assert (first["stated"]["threads_without_resident"], talks.table("interactions").height) == (1, 0)
    second = talks.load("talk-1.csv", TALK[:1])
    assert second["files"][0]["loaded"] == 1
    assert talks.row()["answered_at"] == at("2026-01-05 11:00")
    third = talks.load("talk-3.csv", [log("0", "resident", "05 08:00")])
    assert talks.row()["asked_at"] == at("2026-01-05 08:00")
    assert talks.rebuild()["checksum"] == third["checksum"]
    assert talks.undo(3)["checksum"] == second["checksum"]
    assert talks.row()["asked_at"] == at("2026-01-05 09:00")


def test_fates_go_by_message(talks: House) -> None:
    talks.load("talk-1.csv", TALK[:3])
    changed = TALK[2] | {"text": "Mời chị đến trụ sở."}
    files = talks.load("talk-2.csv", [TALK[0], TALK[1] | {"text": "x"}, changed, changed, TALK[3], log("", "bot", "05 09:00")])["files"]
    fates = {fate: files[1][fate] for fate in ("loaded", "updated", "unchanged", "duplicate", "quarantined")}
    # what a bot or a resident wrote is not kept in any form: another text of theirs is no change
    assert fates == {"loaded": 1, "updated": 1, "unchanged": 2, "duplicate": 1, "quarantined": 1}
    assert [(row["rule"], row["column"]) for row in talks.quarantine()] == [("required", "message_id")]


def test_of_two_rows_of_one_message_the_later_loaded_wins(talks: House) -> None:
    talks.load("talk-1.csv", TALK[:3])
    talks.load("talk-2.csv", [log("3", "officer", "05 12:00", officer_id="A2")])
    assert (talks.row()["answered_at"], talks.row()["officer_id"]) == (at("2026-01-05 12:00"), "A2")


def test_equal_texts_are_known_by_a_keyed_digest(talks: House) -> None:
    thanks = "Cảm ơn, chúng tôi sẽ trả lời sớm."
    pairs = [(f"q{i}", f"a{i}", {"thread_id": f"t{i}"}) for i in range(21)]
    asked = [log(q, "resident", "05 09:00", **thread) for q, _, thread in pairs]
    replies = [log(a, "page", "05 09:01", text=f" {thanks} ", **thread) for _, a, thread in pairs]
    talks.load("talk-1.csv", [*asked, *replies[:20]])
    assert talks.table("interactions")["answered_at"].null_count() == 1
    talks.load("talk-2.csv", replies[20:])  # the 21st
    found = talks.table("interactions")
    assert found["answered_at"].null_count() == 21
    assert found["acknowledged_at"].null_count() == 0


def test_feedback_finds_its_threaded_request(talks: House) -> None:
    talks.drop("talk.csv", TALK)
    talks.load(
        "voice.csv", [{"feedback_id": "f1", "kind": "rating", "rating": "5", "received_at": "2026-01-08 08:00", "interaction_id": "t1"}]
    )
    row = talks.row("feedback")
    assert (row["interaction_id"], row["interaction_source"], row["officer_id"]) == ("t1", "talk", "A1")


def test_an_answer_after_as_of_has_not_happened(talks: House) -> None:
    talks.load("talk.csv", TALK, as_of=at("2026-01-05 10:00"))
    done = talks.run("metrics", "figures", "--by", "all", "--metric", "received", "--metric", "answered", "--format", "json")
    found = {row["metric"]: (row["numerator"], row["denominator"]) for row in json.loads(done.stdout)["rows"]}
    assert found == {"received": (2, None), "answered": (0, 2)}


def test_a_bare_date_leaves_the_time_unknown(talks: House) -> None:
    talks.load("talk.csv", [log("1", "resident", "05"), log("2", "officer", "05 11:00"), log("3", "resident", "05 12:00", thread_id="t2")])
    assert talks.table("interactions").select("interaction_id", "has_time").rows() == [("t1", False), ("t2", True)]


def test_a_held_load_of_messages_is_published_by_a_person(talks: House) -> None:
    talks.load("talk-1.csv", TALK[:3])
    held = talks.load("talk-2.csv", [TALK[3], *(log(f"b{i}", "nobody", "05 09:00") for i in range(30))])
    assert not held["gate"]["passed"]
    assert talks.row()["first_resolved_at"] is None
    talks.publish(2)
    assert talks.row()["first_resolved_at"] == at("2026-01-06 09:00")
    assert talks.loads()[1]["fates"]["loaded"] == 1


def test_a_load_of_messages_is_compared_by_the_requests_it_touches(talks: House) -> None:
    talks.load("talk-1.csv", TALK[:3])
    talks.load("talk-2.csv", TALK[5:7])
    with open_record(talks.settings.database_url) as record:
        found = [load["statistics"]["talk"] for load in record.loads()]
    assert [(numbers["rows"], numbers["unknown_officers"], numbers["unknown_wards"]) for numbers in found] == [(3, 0.0, 0.0), (2, 1.0, 1.0)]


def test_of_a_conversation_cut_by_silences_only_the_request_counts_that_the_load_touches(talks: House) -> None:
    talks.source("talk", "messages", columns="silence_days")
    endless = [
        log("q1", "resident", "02 09:00", event="reply", silence_days="3", ward="Phường Láng"),
        log("q2", "resident", "09 09:00", event="reply", silence_days="3"),
    ]
    talks.load("talk-1.csv", endless)
    talks.load("talk-2.csv", [log("a2", "officer", "10 09:00", event="reply", silence_days="3", officer_id="A1")])
    assert talks.row(interaction_id="q2")["officer_id"] == "A1"
    with open_record(talks.settings.database_url) as record:
        found = [load["statistics"]["talk"]["unknown_officers"] for load in record.loads()]
    assert found == [1.0, 0.0]


def test_what_is_odd_is_stated_beside_the_version(talks: House) -> None:
    talks.source("channel", "channels")
    talks.source("day", "channel_days")
    talks.drop("channel.csv", [{"channel_id": "g9", "platform": "zalo_oa"}])
    talks.drop("day.csv", [{"channel_id": "g9", "day": f"2026-01-0{i}", "members": n} for i, n in ((1, "5"), (2, ""), (3, "0"), (4, "0"))])
    report = talks.load("talk.csv", TALK)
    expected = {"threads_without_resident": 1, "unlisted_channels": 1, "unlisted_officers": 1, "channels_fallen_to_zero": 1}
    assert {name: count for name, count in report["stated"].items() if count} == expected
    version = current_version(talks.settings.snapshots)
    assert version is not None
    assert version.stated == report["stated"]
    assert "channels whose number of members fell to zero: 1" in "\n".join(refresh_lines(report | {"as_of": version.as_of}))
    assert talks.refresh()["stated"] == {}  # nothing new


COMMENTS = [
    log("p", "page", "05 08:00", channel_id="g1"),
    log("c1", "resident", "05 09:00"),
    log("c2", "resident", "05 09:30", parent_id="p"),
    log("c1a", "page", "05 10:00", parent_id="c1", text="Xin chào."),
    log("c2a", "officer", "05 11:00", parent_id="c2", officer_id="A1"),
]


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_no_order_no_split_and_no_repetition_of_messages_matters(gate: Gate, seed: int) -> None:
    chance = random.Random(seed)
    messages = [*TALK, *(row | {"thread_id": "t9", "message_id": f"9-{row['message_id']}"} for row in COMMENTS)]
    for row in messages:
        if row.get("parent_id"):
            row["parent_id"] = f"9-{row['parent_id']}"
    found = set()
    for _ in range(3):
        with a_house(gate) as house:
            house.source("talk", "messages")
            left = chance.sample(messages, len(messages)) + chance.choices(messages, k=5)
            number = 0
            while left:
                size = chance.randint(1, 8)
                house.drop(f"talk-{chance.random()}.csv", left[:size])
                left, number = left[size:], number + 1
                if chance.random() < 0.5 or not left:
                    report = house.refresh()
                    if not report["gate"]["passed"]:  # small loads are unlike each other
                        house.publish(report["load_id"])
            found.add((house.status()["checksum"], house.status()["as_of"]))
    assert len(found) == 1
