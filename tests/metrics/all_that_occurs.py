"""Made-up rows in which everything occurs that a definition may look at. Never changed: what each definition made of them is on record
in ``answers.json``; what a new definition needs stands in columns that the others do not look at."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]
START = datetime(2026, 1, 5, tzinfo=UTC)
AS_OF = START + timedelta(days=60)
HOUR = timedelta(hours=1)


class Chance:
    """The same draws on every machine: only ``random`` itself is promised never to change."""

    def __init__(self) -> None:
        self._random = Random(5)

    def happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def one_of(self, *values: Any) -> Any:
        return values[int(self._random.random() * len(values))]

    def hours(self, most: float) -> timedelta:
        return timedelta(seconds=int(self._random.random() * most * 3600))


def tables() -> dict[str, list[Row]]:
    """Rows of the tidy tables, for ``make_version``; some instants lie after AS_OF."""
    chance = Chance()
    cases = [_case(chance, f"c{number}") for number in range(400)]
    return {
        "interactions": cases,
        "feedback": [_voice(chance) for _number in range(400)],
        "channels": [{"channel_id": "k1", "ward_code": "w1"}, {"channel_id": "k2"}],
        "channel_days": [_day(chance, channel, day) for channel in ("k1", "k2") for day in range(1, 20) if chance.happens(0.8)],
        "duties": [_shift(chance) for _number in range(30)],
    }


def _case(chance: Chance, name: str) -> Row:
    asked = START + chance.hours(24 * 62)
    row: Row = {"interaction_id": name, "asked_at": asked, "has_time": chance.happens(0.9), "ward_code": chance.one_of("w1", "w2")}
    row |= {"topic": chance.one_of("theft", "rumour", "other"), "officer_id": chance.one_of("A1", "A2", "unknown")}
    row |= {"channel_id": chance.one_of("k1", "k2"), "tip_off": chance.happens(0.4), "urgency": chance.one_of("normal", "urgent")}
    row["acknowledge_due"] = asked + 8 * HOUR if chance.happens(0.8) else None
    row["answer_due"] = asked + chance.one_of(4, 24, 24 * 30) * HOUR if chance.happens(0.8) else None
    steps = {"acknowledged_at": 0.7, "answered_at": 0.8, "first_resolved_at": 0.8, "reopened_at": 0.4, "resolved_at": 0.5}
    at = asked
    for step, likely in steps.items():
        if step != "acknowledged_at" and row.get("answered_at") is None and step != "answered_at":
            break
        if chance.happens(likely):
            at += chance.one_of(HOUR / 10, HOUR / 2, chance.hours(20), chance.hours(24 * 25))
            row[step] = at
    if row.get("first_resolved_at") and (row.get("reopened_at") is None or chance.happens(0.2)):
        row["resolved_at"] = row["first_resolved_at"]
    if row["tip_off"] and chance.happens(0.7):
        row |= {"classified_at": asked + chance.hours(24 * 20), "verdict": chance.one_of("founded", "unfounded", "unknown")}
    return row | ({"status": chance.one_of("withdrawn", "duplicate")} if chance.happens(0.1) else {})


def _voice(chance: Chance) -> Row:
    kind = chance.one_of("compliment", "complaint", "rating")
    row: Row = {"kind": kind, "received_at": START + chance.hours(24 * 62), "ward_code": chance.one_of("w1", "w2")}
    row |= {"formal": kind == "complaint" and chance.happens(0.2), "counts": chance.happens(0.9), "held": chance.happens(0.1)}
    row |= {"rating": chance.one_of(1, 2, 3, 4, 5)} if kind == "rating" else {}
    row |= {"interaction_id": f"c{chance.one_of(*range(400))}"} if chance.happens(0.6) else {}
    outcome = chance.one_of(None, "pending", "upheld", "not_upheld", "resolved", "withdrawn")
    return row | ({"outcome": outcome, "decided_at": row["received_at"] + chance.hours(24 * 20)} if outcome else {})


def _day(chance: Chance, channel: str, day: int) -> Row:
    amounts = {name: chance.one_of(None, 0, 3, 40) for name in ("posts", "views", "shares", "corrections")}
    return {"channel_id": channel, "day": date(2026, 1, day), "members": chance.one_of(None, 900, 1000, 1300)} | amounts


def _shift(chance: Chance) -> Row:
    starts = START + chance.hours(24 * 62)
    return {"officer_id": chance.one_of("A1", "A2"), "ward_code": "w1", "starts_at": starts, "ends_at": starts + 8 * HOUR}
