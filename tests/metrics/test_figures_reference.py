"""Every figure, recomputed in plain Python from the definitions, on random versions."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from metrics.catalogue import METRICS
from metrics.figures import figures
from metrics.flags import FLAGS
from metrics.query import UNIT_KINDS, Query, UnitKind
from metrics.scope import COMMAND_LINE
from tests import conftest
from tests.metrics import reference

START = datetime(2026, 1, 1, tzinfo=UTC)
FLAGGED = tuple(f"{flag.name}:" for flag in FLAGS)
"""Parts of a note that tests of their own look at."""
AS_OF = START + timedelta(days=40, hours=3, minutes=17, seconds=5, microseconds=250_000)
WARDS = [
    {"ward_code": "w1", "parent": "p1"},
    {"ward_code": "w2", "parent": "p2"},
    {"ward_code": "old1", "parent": "p1", "current_code": "w1", "split": True},
    {"ward_code": "old2", "parent": "p1", "current_code": "w1", "split": False},
]
SPANS = [
    timedelta(0),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=14),
    timedelta(days=30),
]


def some_instant(random: Random) -> datetime:
    """Around the period: often on a boundary."""
    day = START + timedelta(days=random.randrange(0, 42))
    edges = [timedelta(hours=h) for h in (0, 15, 17, 23)]
    return day + random.choice([*edges, timedelta(seconds=random.randrange(86400), microseconds=random.choice([0, 999_999]))])


def later(random: Random, at: datetime) -> datetime:
    """Not before ``at``, often after a round span, sometimes a microsecond past it."""
    rounded = at + random.choice([*SPANS, timedelta(seconds=random.choice([60, 61, 90]))])
    return rounded + random.choice([timedelta(0), timedelta(0), timedelta(microseconds=1), timedelta(seconds=random.randrange(200_000))])


def some_case(random: Random, number: int) -> dict[str, Any]:
    asked = random.choice([some_instant(random), AS_OF - random.choice(SPANS), AS_OF + timedelta(microseconds=random.choice([0, 1]))])
    row: dict[str, Any] = {"interaction_id": f"i{number // 2}", "asked_at": asked, "source": "ab"[number % 2]}
    row |= {"has_time": random.random() < 0.9, "tip_off": random.random() < 0.4, "provisional": random.random() < 0.02}
    row |= {"topic": random.choice(["rumour", "rumour", "theft", "unknown"]), "platform": random.choice(["portal", "zalo_oa"])}
    row |= {"channel_id": random.choice(["c1", "unknown"]), "officer_id": random.choice(["o1", "o2", "unknown"])}
    row["attribution"] = "none" if row["officer_id"] == "unknown" else random.choice(["author", "named", "roster"])
    row |= random.choice(
        [
            {"ward_code": "w1", "ward_then": "old1"},
            {"ward_code": "w1", "ward_then": "old2"},
            {"ward_code": "w1", "ward_then": "w1"},
            {"ward_code": "w2", "ward_then": "w2"},
            {"ward_code": "unknown", "ward_then": "unknown"},
            {"ward_code": "w9", "ward_then": "w9"},
        ]
    )
    at = asked
    for name in ("acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at"):
        if random.random() < {"acknowledged_at": 0.5, "answered_at": 0.8, "reopened_at": 0.3}.get(name, 0.6):
            at = row[name] = later(random, at)
    if "first_resolved_at" not in row:
        row.pop("reopened_at", None)
    if row["tip_off"] and random.random() < 0.7:
        row["classified_at"] = later(random, asked)
    row["verdict"] = random.choice(["founded", "unfounded", "unknown", None]) if row["tip_off"] else None
    for due in ("acknowledge_due", "answer_due"):
        if random.random() < 0.8:
            row[due] = random.choice([later(random, asked), AS_OF, row.get("answered_at") or AS_OF])
    row["status"] = random.choices(["open", "withdrawn", "duplicate"], [20, 1, 1])[0]
    return row


def some_voice(random: Random, number: int, cases: list[dict[str, Any]]) -> dict[str, Any]:
    about = random.choice(cases)
    row = {name: about[name] for name in ("ward_code", "ward_then", "officer_id", "attribution", "platform", "channel_id")}
    row |= {"feedback_id": f"f{number}", "kind": random.choice(["compliment", "complaint", "rating", "rating"])}
    row |= {"received_at": random.choice([some_instant(random), AS_OF, AS_OF + timedelta(seconds=1)])}
    row["rating"] = random.randint(1, 5) if row["kind"] == "rating" else None
    row["formal"] = row["kind"] == "complaint" and random.random() < 0.2
    row["outcome"] = random.choice(["pending", "upheld", "upheld", "not_upheld", "resolved", "withdrawn", None])
    row["decided_at"] = random.choice([None, AS_OF, AS_OF + timedelta(microseconds=1)])
    row |= {"counts": random.random() < 0.9, "held": random.random() < 0.05, "provisional": random.random() < 0.02}
    if random.random() < 0.7:
        row |= {"interaction_id": about["interaction_id"], "interaction_source": about["source"], "topic": about["topic"]}
    return row


CHANNELS = [
    {"channel_id": "c1", "platform": "portal", "ward_code": "w1"},
    {"channel_id": "c2", "platform": "zalo_oa", "ward_code": "w2"},
    {"channel_id": "c3", "platform": "portal", "ward_code": None},
]


def some_days(random: Random) -> list[dict[str, Any]]:
    """Channels' days with gaps, some members unknown, some channels shrinking, some that no list names."""
    found = []
    for channel in ("c1", "c2", "c3", "c4"):
        size = random.choice([0, 30, 60, 3000])
        for day in random.sample(range(-1, 44), random.choice([1, 20, 40])):
            row: dict[str, Any] = {"channel_id": channel, "day": START.date() + timedelta(days=day)}
            size = max(0, size + random.randrange(-40, 60))
            row["members"] = size if random.random() < 0.8 else None
            row |= {name: random.choice([None, 0, 3, 7]) for name in ("posts", "views", "shares", "corrections")}
            row["provisional"] = random.random() < 0.02
            found.append(row)
    return found


def some_duties(random: Random) -> list[dict[str, Any]]:
    """Shifts, often two of an officer on a day: in one ward, in two, or about midnight."""
    starts = {(random.choice("abc"), some_instant(random)) for _ in range(40)}
    starts |= {(officer, at + timedelta(hours=1)) for officer, at in sorted(starts)[:20]}
    starts |= {("a", AS_OF), ("a", AS_OF + timedelta(seconds=1))}
    return [
        {"officer_id": f"o{officer}", "starts_at": at, "ends_at": at + timedelta(hours=8), "ward_code": random.choice(["w1", "w2", None])}
        for officer, at in sorted(starts)
    ]


QUERIES = [
    Query(),
    Query(from_on=date(2026, 1, 10), to_on=date(2026, 2, 10)),
    Query(from_on=date(2026, 1, 5), to_on=date(2026, 2, 11), topic=("rumour", "theft")),
    Query(wards="then", platform=("portal",), attribution=("author", "named", "roster")),
    Query(ward=("w1",), to_on=date(2026, 1, 31)),
    Query(wards="then", ward=("old1", "w2"), attribution=("author",)),
]


@pytest.mark.parametrize("by", UNIT_KINDS)
@pytest.mark.parametrize("seed", range(len(QUERIES)))
def test_figures_equal_a_plain_recomputation(tmp_path: Path, by: UnitKind, seed: int) -> None:
    random = Random(f"{by}{seed}")
    cases = [some_case(random, i) for i in range(random.choice([30, 90, 250]))]
    voices = [some_voice(random, i, cases) for i in range(len(cases))]
    days, duties = some_days(random), some_duties(random)
    tables = {"interactions": cases, "feedback": voices, "wards": WARDS, "channels": CHANNELS, "channel_days": days, "duties": duties}
    version = conftest.write_version(tmp_path, "v1", tables, AS_OF, None)
    asked = QUERIES[seed]
    query = Query(**{**vars(asked), "by": by})

    rows = figures(version, query, COMMAND_LINE)
    assert figures(version, query, COMMAND_LINE, keep=False).equals(rows)

    for voice in voices:
        voice["decided_late"] = voice["decided_at"] is not None and voice["decided_at"] > AS_OF
        voice.setdefault("topic", "unknown")
    cases = [conftest.interaction(row, 0) for row in cases]
    voices = [conftest.feedback(row, 0, {}) for row in voices]
    parents = {row["ward_code"]: row["parent"] for row in WARDS}
    first = query.from_on or min(reference.local(r.get("asked_at") or r["received_at"]).date() for r in [*cases, *voices])
    ward = "ward_then" if query.wards == "then" else "ward_code"

    def key(row: dict[str, Any]) -> str:
        return reference.unit_of(row, by, query.wards, query.attribution, parents)

    def passes(row: dict[str, Any]) -> bool:
        wanted = ((ward, query.ward), ("topic", query.topic), ("platform", query.platform))
        return all(not values or row[column] in values for column, values in wanted)

    channels = {row["channel_id"]: row for row in CHANNELS}

    def placed(row: dict[str, Any], ward_code: str | None, channel: str | None) -> dict[str, Any]:
        platform = channels.get(channel or "", {}).get("platform", "unknown")
        there = ward_code or "unknown"
        known = {"ward_code": there, "ward_then": there, "channel_id": channel or "unknown", "platform": platform}
        return {"officer_id": "unknown"} | row | known | {"topic": "unknown", "attribution": query.attribution[0]}

    days = [placed(d, channels.get(d["channel_id"], {}).get("ward_code"), d["channel_id"]) for d in days]
    duties = [placed(d, d["ward_code"], None) for d in duties]
    days, duties = [d for d in days if passes(d)], [d for d in duties if passes(d)]
    period = (first, query.to_on or reference.local(AS_OF).date())
    units = sorted({key(row) for row in [*cases, *voices, *days, *duties]})
    expected = reference.figures(cases, voices, AS_OF, period, key, passes, units, days, duties)
    assert {metric for metric, _ in expected} == {metric.name for metric in METRICS}
    got = {(row["metric"], row["unit"]): row for row in rows.to_dicts()}
    assert units
    for place, row in expected.items():
        if place not in got:  # neither in the record nor in the period
            assert not row["numerator"], place
            assert not row["denominator"], place
            continue
        same(place, got[place], row)
    for place in set(got) - set(expected):
        assert got[place]["state"] in ("no_data", "ok", "provisional"), place
        assert not got[place]["numerator"], place


def same(place: tuple[str, str], got: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in ("numerator", "denominator", "state"):
        assert got[name] == expected[name], (place, name, got, expected)
    for name in ("value", "lower", "upper"):
        near = None if expected[name] is None else pytest.approx(expected[name], rel=1e-11, abs=1e-11)
        assert got[name] == near, (place, name, got, expected)
    notes = [part for part in (got["note"] or "").split(";") if part and not part.startswith(("split:", *FLAGGED))]
    assert notes == expected["parts"], (place, got, expected)
