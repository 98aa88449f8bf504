"""What residents praise and blame: counts that add up to the catalogue's, and a decision's time with the undecided counted in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from metrics.figures import figures
from metrics.judgements import bursts, by_category, by_outcome, time_to_decision
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY = timedelta(days=1)
AS_OF = NOON + 20 * DAY
ALL = Query()


def complaint(days: float | None = None, **more: Any) -> dict[str, Any]:
    """A complaint of NOON, upheld after so many days (None: undecided)."""
    decided = {} if days is None else {"decided_at": NOON + days * DAY, "outcome": "upheld"}
    return {"kind": "complaint", "received_at": NOON, "category": "speed"} | decided | more


def praise(**more: Any) -> dict[str, Any]:
    return {"kind": "compliment", "received_at": NOON, "category": "clarity"} | more


def test_categories_by_kind_most_first(make_version: MakeVersion) -> None:
    version = make_version(feedback=[praise(), praise(category="speed"), praise(category="speed", held=True), complaint()], as_of=AS_OF)
    assert by_category(version, ALL, COMMAND_LINE).rows() == [
        ("all", "compliment", "speed", 2, 1, 3),
        ("all", "complaint", "speed", 1, 0, 1),
        ("all", "compliment", "clarity", 1, 0, 3),
    ]


def test_categories_add_up_to_the_catalogues_counts(make_version: MakeVersion) -> None:
    rows = [praise(), praise(counts=False), praise(held=True), praise(formal=True), praise(outcome="withdrawn"), complaint(), complaint(3)]
    late = {"received_at": AS_OF + DAY}
    version = make_version(feedback=[*rows, praise(**late)], as_of=AS_OF)
    counted = by_category(version, ALL, COMMAND_LINE).group_by("kind").agg(pl.col("rows").sum()).sort("kind")["rows"].to_list()
    known = figures(version, Query(metrics=("compliments", "complaints")), COMMAND_LINE)["value"].to_list()
    assert counted[::-1] == known == [3, 2]


def test_filters_and_scope_narrow(make_version: MakeVersion) -> None:
    version = make_version(feedback=[praise(ward_code="w1"), praise(ward_code="w2", received_at=NOON + 9 * DAY)], as_of=AS_OF)
    narrow = Query(by="ward", from_on=date(2026, 3, 5))
    assert by_category(version, narrow, COMMAND_LINE)["unit"].to_list() == ["w2"]
    assert by_category(version, narrow, Scope("x", "officer", wards=frozenset({"w1"}))).is_empty()
    assert by_category(version, Query(ward=("w1",)), COMMAND_LINE)["rows"].to_list() == [1]


def test_outcomes_as_of(make_version: MakeVersion) -> None:
    """A decision after as_of has not happened; of one without a result nobody knows it."""
    rows = [complaint(3), complaint(3), complaint(), complaint(30), complaint(outcome="resolved"), complaint(2, outcome=None)]
    version = make_version(feedback=[*rows, complaint(3, formal=True), praise()], as_of=AS_OF)
    assert by_outcome(version, ALL, COMMAND_LINE).rows() == [
        ("all", "pending", 2, 6),
        ("all", "upheld", 2, 6),
        ("all", "resolved", 1, 6),
        ("all", "unknown", 1, 6),
    ]


def test_the_undecided_stay_in_the_time_to_a_decision(make_version: MakeVersion) -> None:
    """Five of ten decided on day 1 to 5, five wait: the curve comes down to a half on day 5."""
    version = make_version(feedback=[*(complaint(day) for day in range(1, 6)), *(complaint() for _ in range(5))], as_of=AS_OF)
    row = time_to_decision(version, ALL, COMMAND_LINE).row(0, named=True)
    assert (row["value"], row["numerator"], row["denominator"], row["state"]) == (5 * 86400, 5, 10, "ok")


def test_a_decision_that_half_have_not_reached(make_version: MakeVersion) -> None:
    version = make_version(feedback=[complaint(1), *(complaint() for _ in range(9))], as_of=AS_OF)
    row = time_to_decision(version, ALL, COMMAND_LINE).row(0, named=True)
    assert (row["value"], row["note"]) == (None, f"more_than:{20 * 86400}")


def test_too_few_complaints_have_no_time(make_version: MakeVersion) -> None:
    version = make_version(feedback=[complaint(1) for _ in range(9)], as_of=AS_OF)
    row = time_to_decision(version, ALL, COMMAND_LINE).row(0, named=True)
    assert (row["state"], row["value"], row["lower"], row["numerator"], row["denominator"]) == ("too_few", None, None, 9, 9)


@pytest.mark.parametrize("row", [complaint(1, has_time=False), complaint(outcome="upheld"), complaint(1, formal=True), praise()])
def test_what_has_no_clock(make_version: MakeVersion, row: dict[str, Any]) -> None:
    assert time_to_decision(make_version(feedback=[row], as_of=AS_OF), ALL, COMMAND_LINE).is_empty()


def test_a_burst_is_its_day_ward_and_kind(make_version: MakeVersion) -> None:
    evening = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # 00:30 of the next local day
    wave = [praise(ward_code="w1", held=True, received_at=evening, counts=index < 2) for index in range(6)]
    version = make_version(feedback=[*wave, praise(ward_code="w1"), complaint(held=True, formal=True)], as_of=AS_OF)
    assert bursts(version, ALL, COMMAND_LINE).rows() == [(date(2026, 3, 3), "w1", "compliment", 6, 2)]


def test_small_numbers_are_hidden_from_whoever_may_not_look_at_cases(make_version: MakeVersion) -> None:
    cells = {"clarity": 3, "speed": 20, "attitude": 30}
    rows = [praise(category=category, ward_code="w1") for category, count in cells.items() for _ in range(count)]
    wave = [complaint(3, ward_code="w1", held=True, counts=index < 5) for index in range(9)]
    version = make_version(feedback=[*rows, *wave, complaint(None, ward_code="w1")], as_of=AS_OF)
    scope = Scope("x", "secretary", cases_of=frozenset({"w1"}))
    found = by_category(version, ALL, scope).filter(pl.col("kind") == "compliment")
    assert found.select("category", "rows", "of").rows() == [("attitude", 30, 53), ("clarity", None, 53), ("speed", None, 53)]
    assert by_outcome(version, ALL, scope)["rows"].to_list() == [None, None]
    assert bursts(version, ALL, scope).select("rows", "voices").rows() == [(9, None)]
    own = Query(ward=("w1",))
    assert by_category(version, own, scope)["rows"].null_count() == by_outcome(version, own, scope)["rows"].null_count() == 0
    assert bursts(version, own, scope)["voices"].to_list() == [5]


def test_an_empty_version_answers(make_version: MakeVersion) -> None:
    version = make_version()
    for ask in (by_category, by_outcome, time_to_decision, bursts):
        assert ask(version, ALL, COMMAND_LINE).is_empty()
