"""How far the data can be trusted: what is missing, what only looks like service, how old each source is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from metrics.figures import figures
from metrics.quality import CHECKS, checks, codes, sources
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
AS_OF = NOON + timedelta(days=90)
HOUR = timedelta(hours=1)
WHOLE = {"ward_code": "w1", "channel_id": "c", "topic": "theft", "officer_id": "o"}


def case(**more: Any) -> dict[str, Any]:
    """A case that lacks nothing, answered and resolved within two hours."""
    return WHOLE | {"asked_at": NOON, "answered_at": NOON + HOUR, "resolved_at": NOON + 2 * HOUR} | more


def judged(**more: Any) -> dict[str, Any]:
    return {"received_at": NOON, "ward_code": "w1", "category": "speed"} | more


def share(version: Any, check: str, **query: Any) -> tuple[int, int]:
    row = checks(version, Query(**query), COMMAND_LINE).row(by_predicate=(pl.col("check") == check) & (pl.col("unit") == "all"), named=True)
    return row["numerator"], row["denominator"]


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("officer_unknown", {"officer_id": "unknown"}),
        ("ward_unknown", {"ward_code": "unknown"}),
        ("channel_unknown", {"channel_id": "unknown"}),
        ("topic_unknown", {"topic": "unknown"}),
        ("date_only", {"has_time": False}),
        ("resolved_unanswered", {"answered_at": None}),
        ("closed_at_month_end", {"resolved_at": datetime(2026, 3, 28, 17, tzinfo=UTC)}),
        ("relabelled", {"relabelled": True}),
        ("same_answer", {"same_answer": True}),
    ],
)
def test_each_check_sees_its_fault_and_no_other(make_version: MakeVersion, check: str, fault: dict[str, Any]) -> None:
    version = make_version(interactions=[case(), case(**fault)], as_of=AS_OF)
    found = checks(version, Query(), COMMAND_LINE).filter(pl.col("numerator") > 0)
    assert found.select("check", "numerator").rows() == [(check, 1)]
    assert checks(version, Query(), COMMAND_LINE)["check"].to_list() == list(CHECKS)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("feedback_ward_unknown", {"ward_code": "unknown"}),
        ("category_unknown", {"category": "unknown"}),
        ("repeated", {"counts": False}),
        ("held", {"held": True}),
    ],
)
def test_each_check_of_feedback_too_but_never_of_a_formal_complaint(make_version: MakeVersion, check: str, fault: dict[str, Any]) -> None:
    version = make_version(feedback=[judged(), judged(**fault), judged(formal=True, **fault)], as_of=AS_OF)
    assert share(version, check) == (1, 2)


@pytest.mark.parametrize(
    ("local", "last"), [((2026, 3, 28, 23), False), ((2026, 3, 29, 0), True), ((2026, 2, 26, 12), True), ((2026, 4, 1, 0), False)]
)
def test_the_last_three_local_days_of_a_month(make_version: MakeVersion, local: tuple[int, int, int, int], last: bool) -> None:
    resolved = datetime(*local, tzinfo=UTC) - timedelta(hours=7)
    version = make_version(interactions=[case(asked_at=NOON - timedelta(days=20), resolved_at=resolved)], as_of=AS_OF)
    assert share(version, "closed_at_month_end") == (int(last), 1)


def test_a_rating_needs_no_category(make_version: MakeVersion) -> None:
    version = make_version(feedback=[judged(kind="rating", rating=5, category="unknown")], as_of=AS_OF)
    assert share(version, "category_unknown") == (0, 0)


def test_shares_agree_with_the_catalogues(make_version: MakeVersion) -> None:
    rows = [case(), case(officer_id="unknown"), case(has_time=False), case(officer_id="unknown", answered_at=None, resolved_at=None)]
    version = make_version(interactions=rows, as_of=AS_OF)
    known = figures(version, Query(metrics=("unattributed", "without_time")), COMMAND_LINE).select(
        "numerator", "denominator", "lower", "upper"
    )
    found = checks(version, Query(), COMMAND_LINE).filter(pl.col("check").is_in(["officer_unknown", "date_only"]))
    assert found.select(known.columns).equals(known)


def test_filters_scope_and_units(make_version: MakeVersion) -> None:
    version = make_version(
        interactions=[case(), case(ward_code="w2", topic="unknown"), case(asked_at=NOON - 10 * timedelta(days=1))], as_of=AS_OF
    )
    assert share(version, "topic_unknown", from_on=date(2026, 3, 2)) == (1, 2)
    by_ward = checks(version, Query(by="ward"), COMMAND_LINE).filter(pl.col("check") == "topic_unknown")
    assert by_ward.select("unit", "numerator", "denominator").rows() == [("w1", 0, 2), ("w2", 1, 1)]
    narrow = checks(version, Query(by="ward"), Scope("x", "officer", wards=frozenset({"w2"})))
    assert narrow["unit"].unique().to_list() == ["w2"]


def test_sources_by_how_long_they_brought_nothing(make_version: MakeVersion) -> None:
    late = NOON + timedelta(days=80)
    rows = [
        case(),
        case(officer_id="unknown"),
        case(source="page", asked_at=late, answered_at=None, resolved_at=None, officer_id="unknown"),
    ]
    version = make_version(interactions=rows, feedback=[judged(source="letters", ward_code="unknown")], as_of=AS_OF)
    assert sources(version, Query(), COMMAND_LINE).rows() == [
        ("feedback", "letters", date(2026, 3, 2), 90, 1, 1, 1, 0),
        ("interactions", "sheet", date(2026, 3, 2), 90, 2, 1, 0, 0),
        ("interactions", "page", date(2026, 5, 21), 10, 1, 0, 0, 0),
    ]
    narrow = sources(version, Query(from_on=date(2026, 5, 1)), COMMAND_LINE)
    assert narrow.select("source", "rows").rows() == [("letters", 0), ("sheet", 0), ("page", 1)]


def test_codes_that_no_roster_lists(make_version: MakeVersion) -> None:
    rows = [case(), case(), case(officer_id="x", channel_id="unknown")]
    version = make_version(
        interactions=rows, feedback=[judged(officer_id="x")], officers=[{"officer_id": "o"}], channels=[{"channel_id": "d"}], as_of=AS_OF
    )
    assert codes(version, Query(), COMMAND_LINE).rows() == [
        ("topic", "theft", 3),
        ("channel", "c", 2),
        ("officer", "x", 2),
        ("category", "speed", 1),
    ]


def test_an_empty_version_answers(make_version: MakeVersion) -> None:
    version = make_version()
    found = checks(version, Query(), COMMAND_LINE)
    assert found["check"].to_list() == list(CHECKS)
    assert found["value"].null_count() == len(CHECKS)
    assert checks(version, Query(by="ward"), COMMAND_LINE).is_empty()
    assert sources(version, Query(), COMMAND_LINE).is_empty()
    assert codes(version, Query(), COMMAND_LINE).is_empty()
