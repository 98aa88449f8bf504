"""Threads against a slow reading of the same rules in plain Python, message by message, on whatever hypothesis can think of."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.publishing.fold import folded_schema
from etl.publishing.threads import thread_messages
from etl.tables import INPUT_TABLES
from tests.etl.house import at

Message = dict[str, Any]
INSTANTS = ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at")
COMPARED = (*INSTANTS, "officer_id", "attribution", "reply_count", "channel_id", "topic", "resident", "arrived", "bare", "provisional")


@st.composite
def messages(draw: st.DrawFn) -> list[Message]:
    """Up to fourteen messages of two threads, minutes or days apart, some known only by date, with parents anywhere."""
    count = draw(st.integers(1, 14))
    rows = []
    for i in range(count):
        bare = draw(st.integers(0, 5)) == 0
        day, minute = draw(st.sampled_from([5, 5, 5, 6, 19, 20])), draw(st.sampled_from([0, 0, 1, 2, 600]))
        sent_at = at(f"2026-01-{day:02} 00:00") if bare else at(f"2026-01-{day:02} 09:00") + timedelta(minutes=minute)
        role = draw(st.sampled_from(["resident", "resident", "officer", "page", "bot"]))
        row = {"source": "log", "message_id": f"m{i}", "thread_id": draw(st.sampled_from(["t", "u"])), "author_role": role}
        row |= {"sent_at": sent_at, "bare": int(bare), "arrived": i, "provisional": draw(st.integers(0, 9)) == 0}
        row |= {"parent_id": draw(st.sampled_from([None, None, None, "?", *(f"m{j}" for j in range(count))]))}
        row |= {"event": draw(st.sampled_from([None, None, None, None, "post", "reply", "resolve", "reopen"]))}
        row |= {name: draw(st.sampled_from([None, "x", "y"])) for name in ("author", "officer_id", "channel_id", "topic")}
        row |= {"said": draw(st.sampled_from([None, "canned", "other"])) if role in ("officer", "page") else None}
        rows.append(row)
    return rows


def canned_before(times: int) -> list[Message]:
    """Threads of the source ``many`` in which the page says "canned" at once, so many times."""
    rows = []
    for i in range(times):
        base = {"source": "many", "thread_id": f"n{i}", "sent_at": at("2026-01-05 09:00"), "bare": 0, "arrived": 0, "provisional": False}
        rows += [base | {"message_id": f"n{i}-q", "author_role": "resident"}]
        rows += [base | {"message_id": f"n{i}-a", "author_role": "page", "said": "canned"}]
    return rows


def stands_at(row: Message) -> tuple[datetime, int, str]:
    opens = row.get("event") == "post" or row["message_id"] == row["thread_id"]
    rank = 0 if opens else 1 if row["author_role"] == "resident" else 2
    late = timedelta(days=1, microseconds=-1) if row["bare"] and rank == 2 else timedelta(0)
    return row["sent_at"] + late, rank, row["message_id"]


def is_official(row: Message) -> bool:
    return row["author_role"] in ("officer", "page")


def conversations(rows: list[Message]) -> list[tuple[str, list[Message], list[Message]]]:
    """The requests of all messages: each with its id, its own messages from the question on, and its whole thread; both in order."""
    threads: dict[tuple[str, str], list[Message]] = {}
    for row in rows:
        threads.setdefault((row["source"], row["thread_id"]), []).append(row)
    found = []
    for (_source, thread_id), thread in threads.items():
        thread.sort(key=stands_at)
        first = thread[0]
        replies = first.get("parent_id") in {row["message_id"] for row in thread[1:]}
        if not (is_official(first) and (first.get("event") == "post" or (not first.get("event") and not replies))):
            residents = [i for i, row in enumerate(thread) if row["author_role"] == "resident"]
            found += [(thread_id, thread, residents[0])] if residents else []
            continue
        by_id = {row["message_id"]: row for row in thread if row is not first}
        under: dict[str, list[Message]] = {}
        for row in thread:
            top, seen = row, set()
            while top is not first and top.get("parent_id") in by_id and top.get("parent_id") != top["message_id"]:
                if top["message_id"] in seen:
                    break
                seen.add(top["message_id"])
                top = by_id[top["parent_id"]]
            else:
                under.setdefault(top["message_id"], []).append(row)
        for top_id, below in under.items():
            places = [i for i, row in enumerate(below) if row["message_id"] == top_id]
            if below[places[0]]["author_role"] == "resident":
                found.append((top_id, below, places[0]))
    all_of = {id(row): threads[row["source"], row["thread_id"]] for row in rows}
    return [(name, below[place:], all_of[id(below[place])], below) for name, below, place in found]  # type: ignore[misc]


def slow_requests(rows: list[Message]) -> dict[str, Message]:
    cases = conversations(rows)
    quick = Counter(
        row["said"]
        for _name, (question, *later), _thread, _all in cases  # type: ignore[misc]
        for row in later
        if is_official(row)
        and row.get("said")
        and not row["bare"]
        and not question["bare"]
        and row["sent_at"] - question["sent_at"] <= timedelta(minutes=1)
    )
    canned = {text for text, times in quick.items() if times > 20}
    return {name: slow_request(own, thread, everything, canned) for name, own, thread, everything in cases}  # type: ignore[misc]


def slow_request(own: list[Message], thread: list[Message], everything: list[Message], canned: set[str]) -> Message:
    question, later = own[0], own[1:]
    instants: dict[str, Message | None] = dict.fromkeys(INSTANTS) | {"asked_at": question}
    answers = [row for row in later if is_official(row) and row.get("said") not in canned]
    solved: Message | None = None
    ever = any(row.get("event") == "resolve" for row in later)
    for row in later:
        if row["author_role"] != "resident" and instants["acknowledged_at"] is None:
            instants["acknowledged_at"] = row
        if row.get("event") == "resolve":
            instants["first_resolved_at"] = instants["first_resolved_at"] or row
            instants["resolved_at"] = solved = row
            continue
        strangers = row.get("author") and question.get("author") and row["author"] != question["author"]
        came_back = (
            row["author_role"] == "resident" and not strangers and solved and row["sent_at"] - solved["sent_at"] <= timedelta(days=14)
        )
        if came_back or (row.get("event") == "reopen" and (solved or not ever)):
            instants["reopened_at"] = instants["reopened_at"] or row
            instants["resolved_at"] = None
    instants["answered_at"] = answers[0] if answers else None
    bits = INPUT_TABLES["interactions"].names("instant")
    result: Message = {name: row["sent_at"] if row else None for name, row in instants.items()}
    result["bare"] = sum(1 << bits.index(name) for name, row in instants.items() if row and row["bare"])
    if answers:
        result["officer_id"] = answers[0].get("officer_id") if answers[0]["author_role"] == "officer" else None
        result["attribution"] = "author" if result["officer_id"] else None
    else:
        named = [row["officer_id"] for row in everything if row["author_role"] != "officer" and row.get("officer_id")]
        result |= {"officer_id": named[-1] if named else None, "attribution": None}
    for name in ("channel_id", "topic"):
        result[name] = question.get(name) or next((row[name] for row in thread if row.get(name)), None)
    result |= {"reply_count": len(answers), "resident": question.get("author"), "arrived": question["arrived"]}
    return result | {"provisional": any(row["provisional"] for row in everything)}


@settings(max_examples=150)
@given(rows=messages(), times=st.sampled_from([0, 18, 19, 20, 21]))
def test_threads_are_what_a_slow_reading_makes_of_them(rows: list[Message], times: int) -> None:
    rows = rows + canned_before(times)
    frame = pl.DataFrame(rows, schema=folded_schema("messages"), orient="row")
    expected = slow_requests(rows)
    for read in (frame, frame.reverse(), frame.sample(fraction=1.0, shuffle=True, seed=1)):
        found = {row["interaction_id"]: row for row in thread_messages(read).requests.iter_rows(named=True)}
        assert sorted(found) == sorted(expected)
        for name, row in found.items():
            assert {column: row[column] for column in COMPARED} == expected[name]
