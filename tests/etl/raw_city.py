"""A small town's logs in CSV, XLSX and JSON lines, and what plain Python reads in them: no polars, no loader."""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from python_calamine import CalamineWorkbook

from tests.etl.house import House
from tests.etl.scene import workbook

TARGETS = """
[[targets]]
topic = "*"
urgency = "urgent"
acknowledge = { hours = 2, clock = "round" }
answer = { hours = 6, clock = "round", after = "acknowledge" }
[[targets]]
topic = "*"
urgency = "*"
acknowledge = { hours = 8, clock = "round" }
answer = { hours = 24, clock = "round" }
"""
WARDS, OFFICERS, TOPICS = ("Láng", "Ba Đình", "Hồng Hà", ""), ("A1", "A2", "A3", ""), ("theft", "rumour", "procedure", "")
PLATFORMS = ("zalo_oa", "portal", "facebook_group")
INSTANTS = ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at", "classified_at", "updated_at")
FIRST = datetime(2026, 1, 5)
AS_OF = datetime(2026, 2, 20, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)

Row = dict[str, str]


# -- made up ------------------------------------------------------------------


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def some_case(chance: Random, number: int) -> Row:
    """A request as a sheet has it; some with no more than the day, some that no loader may take."""
    asked = FIRST + timedelta(minutes=chance.randrange(40 * 1440))
    row = {"interaction_id": f"c{number}", "asked_at": written(asked), "ward": chance.choice(WARDS), "officer_id": chance.choice(OFFICERS)}
    row |= {"topic": chance.choice(TOPICS), "platform": chance.choice(PLATFORMS), "channel_id": chance.choice(["g1", "g2", ""])}
    row |= {"urgency": chance.choice(["urgent", "normal", ""]), "tip_off": chance.choice(["true", "", ""])}
    row["status"] = chance.choices(["", "withdrawn", "duplicate"], [18, 1, 1])[0]
    at = asked
    for name, share in zip(INSTANTS[1:6], (0.4, 0.8, 0.6, 0.3, 0.5), strict=True):
        if chance.random() < share and (name != "reopened_at" or row.get("first_resolved_at")):
            at += chance.choice([0.25, 1, 3, 24, 100]) * HOUR
            row[name] = written(at)
    if row["tip_off"] and chance.random() < 0.7:
        row |= {"verdict": chance.choice(["founded", "unfounded"]), "classified_at": written(asked + 5 * HOUR)}
    if chance.random() < 0.05:
        row = {name: value for name, value in row.items() if name not in INSTANTS} | {"asked_at": written(asked)[:10]}
    if chance.random() < 0.03:
        row["asked_at"] = "soon"
    return row | {"updated_at": written(at)}


def correction(chance: Random, row: Row) -> Row:
    """A later sheet about the same request."""
    said = {"officer_id": chance.choice(OFFICERS), "topic": chance.choice(TOPICS)}
    at = datetime.strptime(row["updated_at"], "%Y-%m-%d %H:%M") + chance.choice([1, 30]) * HOUR
    return {
        "interaction_id": row["interaction_id"],
        "asked_at": row["asked_at"],
        **said,
        "answered_at": written(at),
        "updated_at": written(at),
    }


def some_voice(chance: Random, number: int) -> Row:
    received = FIRST + timedelta(hours=chance.randrange(40 * 24))
    row = {
        "feedback_id": f"f{number}",
        "received_at": written(received),
        "ward": chance.choice(WARDS),
        "officer_id": chance.choice(OFFICERS),
    }
    row |= {"kind": chance.choice(["compliment", "complaint", "rating"]), "platform": chance.choice(PLATFORMS), "channel_id": "g1"}
    row["rating"] = str(chance.randint(1, 5)) if row["kind"] == "rating" else ""
    row["formal"] = "true" if row["kind"] == "complaint" and chance.random() < 0.3 else ""
    if row["kind"] == "complaint":
        row["outcome"] = chance.choice(["pending", "upheld", "not_upheld", "withdrawn"])
    return row


def write_town(house: House, seed: int = 7) -> None:
    """Two formats of sheets with requests, one of them in three files; corrections; conversations; feedback."""
    chance = Random(seed)
    for name, table, form in (("log", "interactions", "csv"), ("book", "interactions", "xlsx"), ("voice", "feedback", "csv")):
        more = "updated_at tip_off verdict" if table == "interactions" else ""
        house.source(name, table, format=form, columns=more, extra='wards = "verbatim"')
    house.source("talk", "messages", format="jsonl", extra='wards = "verbatim"')
    logged, booked = ([some_case(chance, n) for n in range(count)] for count in (240, 120))
    for part in range(3):
        house.drop(f"log-{part}.csv", [*logged[part::3], logged[part]])
    house.drop("log-corrections.csv", [correction(chance, row) for row in chance.sample(logged, 60) if row["asked_at"] != "soon"])
    columns = list(dict.fromkeys(name for row in booked for name in row))
    house.drop("book.xlsx", workbook([columns, *([row.get(name, "") for name in columns] for row in booked)]))
    house.drop("voice.csv", [some_voice(chance, n) for n in range(150)])
    house.drop("talk.jsonl", "\n".join(json.dumps(message) for n in range(60) for message in some_talk(chance, n)))
    (house.folder / "targets.toml").write_text(TARGETS)


def some_talk(chance: Random, number: int) -> Iterator[Row]:
    """A resident's message, and most often an officer's reply."""
    asked = FIRST + timedelta(minutes=chance.randrange(40 * 1440))
    place = {"thread_id": f"t{number}", "channel_id": "g2", "platform": "zalo_oa", "ward": chance.choice(WARDS)}
    yield place | {"message_id": f"q{number}", "author_role": "resident", "sent_at": written(asked)}
    if chance.random() < 0.8:
        at = written(asked + chance.choice([0.2, 2, 30]) * HOUR)
        yield place | {"message_id": f"r{number}", "author_role": "officer", "officer_id": chance.choice(OFFICERS[:3]), "sent_at": at}


# -- read ---------------------------------------------------------------------


def read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_book(path: Path) -> list[Row]:
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, header), map(str, row), strict=True)) for row in rows]


def instant(text: str) -> datetime:
    """UTC of a local time, or of a local day's begin."""
    return datetime.fromisoformat(f"{text} 00:00+07:00" if len(text) == 10 else f"{text}+07:00").astimezone(UTC)


def is_taken(row: Row) -> bool:
    """Whether a loader may take a line: its times are times, and none lies more than a day after now."""
    return row["asked_at"] != "soon" and all(instant(row[name]) <= AS_OF + 24 * HOUR for name in INSTANTS if row.get(name))


def plain_cases(inbox: Path) -> list[dict[str, Any]]:
    """Every request, with ``last``: the file and row of its line that came last."""
    versions: dict[tuple[str, str], list[tuple[str, int, Row]]] = {}
    for source, paths in (("log", sorted(inbox.glob("log-*.csv"))), ("book", [inbox / "book.xlsx"])):
        for path in paths:
            for number, row in enumerate(read_csv(path) if source == "log" else read_book(path), 1):
                if is_taken(row):
                    versions.setdefault((source, row["interaction_id"]), []).append((path.name, number, row))
    found = [_folded(source, key, rows) for (source, key), rows in versions.items()]
    return [*found, *_conversations(inbox / "talk.jsonl")]


def _folded(source: str, key: str, versions: list[tuple[str, int, Row]]) -> dict[str, Any]:
    told: Row = {}
    for _path, _number, row in sorted(versions, key=lambda version: version[2]["updated_at"]):
        told |= {name: value for name, value in row.items() if value}
    case = _case(source, told) | {"last": versions[-1][:2]}
    case |= {name: instant(told[name]) for name in INSTANTS if name in told}
    case["first_resolved_at"] = case.get("first_resolved_at") or case.get("resolved_at")
    if case.get("reopened_at") and case.get("resolved_at") and case["reopened_at"] > case["resolved_at"]:
        case["resolved_at"] = None
    return _with_deadlines(case | {"interaction_id": key, "has_time": len(told["asked_at"]) > 10}, told.get("urgency") == "urgent")


def _conversations(path: Path) -> Iterator[dict[str, Any]]:
    messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, asked in enumerate(messages, 1):
        if asked["author_role"] == "resident":
            replies = [m for m in messages if m["thread_id"] == asked["thread_id"] and m is not asked]
            case = _case("talk", asked | (replies[0] if replies else {})) | {"last": (path.name, number)}  # the line that asks
            case |= {"asked_at": instant(asked["sent_at"]), "has_time": True, "interaction_id": asked["thread_id"]}
            yield _with_deadlines(case | ({"answered_at": instant(replies[0]["sent_at"])} if replies else {}), urgent=False)


def _case(source: str, told: Mapping[str, str]) -> dict[str, Any]:
    place = {name: told.get(name) or "unknown" for name in ("officer_id", "topic", "channel_id", "platform")}
    ward = told.get("ward") or "unknown"
    facts = {
        "source": source,
        "status": told.get("status") or "open",
        "tip_off": told.get("tip_off") == "true",
        "verdict": told.get("verdict"),
    }
    return place | facts | {"ward_code": ward, "ward_then": ward, "attribution": "none" if place["officer_id"] == "unknown" else "named"}


def _with_deadlines(case: dict[str, Any], urgent: bool) -> dict[str, Any]:
    asked, answered, heard = case["asked_at"], case.get("answered_at"), case.get("acknowledged_at")
    case["acknowledge_due"] = asked + (2 if urgent else 8) * HOUR
    separate = heard is not None and (answered is None or heard < answered)
    case["answer_due"] = (heard if separate else case["acknowledge_due"]) + 6 * HOUR if urgent else asked + 24 * HOUR
    return case | {"provisional": False}


def plain_voices(inbox: Path) -> list[dict[str, Any]]:
    """Every compliment, complaint and rating, with the ``last`` line about it."""
    found = []
    for number, row in enumerate(read_csv(inbox / "voice.csv"), 1):
        voice = _case("voice", row) | {"feedback_id": row["feedback_id"], "received_at": instant(row["received_at"]), "kind": row["kind"]}
        voice |= {"rating": int(row["rating"]) if row["rating"] else None, "formal": row["formal"] == "true", "outcome": row.get("outcome")}
        facts = {"counts": True, "held": False, "decided_late": False, "interaction_id": None, "provisional": False}
        found.append(voice | facts | {"topic": "unknown", "last": ("voice.csv", number)})
    return found
