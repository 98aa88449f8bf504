"""Who the officers are: named only within the scope, counted for everyone; and the cases of one of them."""

from datetime import UTC, date, datetime

import pytest

from etl.publishing.versions import Version
from metrics.figures import figures
from metrics.officers import officers, posted, postings
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
OWN_WARD = Scope("x", "secretary", officers_of=frozenset({"w1"}))


@pytest.fixture
def version(make_version: MakeVersion) -> Version:
    """Three officers: ``a`` moved from w1 to w2, ``b`` is in w2, ``c`` stands in no roster and has a case in w1."""
    answered = {"asked_at": NOON, "answered_at": NOON}
    return make_version(
        interactions=[
            {"ward_code": "w1", "officer_id": "a", "topic": "theft", **answered},
            {"ward_code": "w2", "officer_id": "a", "topic": "theft", **answered},
            {"ward_code": "w2", "officer_id": "a", "topic": "theft", "attribution": "roster", **answered},
            {"ward_code": "w1", "officer_id": "c", **answered},
        ],
        officers=[{"officer_id": "a", "name": "Lê An", "badge": "1-1"}, {"officer_id": "b", "active": False}],
        postings=[
            {"officer_id": "a", "ward_code": "w1", "starts_on": date(2025, 1, 1), "ends_on": date(2026, 1, 31)},
            {"officer_id": "a", "ward_code": "w2", "starts_on": date(2026, 2, 1)},
            {"officer_id": "b", "ward_code": "w2", "starts_on": date(2026, 3, 3)},
        ],
        wards=[{"ward_code": "w1", "name": "Ward One"}, {"ward_code": "w2", "name": "Ward Two"}],
        as_of=NOON,
    )


def test_an_officer_has_name_badge_and_the_ward_of_the_day(version: Version) -> None:
    assert officers(version, COMMAND_LINE).rows() == [
        ("a", "Lê An", "1-1", True, "w2", "Ward Two"),
        ("b", "b", None, False, "w2", "Ward Two"),
        ("c", "c", None, True, None, None),
    ]


def test_outside_the_own_ward_nobody_is_named_and_no_posting_told(version: Version) -> None:
    assert officers(version, OWN_WARD).rows() == [("a", "Lê An", "1-1", True, "w1", "Ward One"), ("c", "c", None, True, None, None)]
    assert postings(version, OWN_WARD).select("officer_id", "ward_code", "current").rows() == [("a", "w1", False)]
    assert officers(version, Scope("x", "data_staff")).is_empty()
    assert postings(version, Scope("x", "data_staff")).is_empty()


def test_postings_stand_with_the_current_one_first(version: Version) -> None:
    rows = postings(version, COMMAND_LINE).select("officer_id", "ward_code", "current")
    assert rows.rows() == [("a", "w2", True), ("a", "w1", False), ("b", "w2", False)]


def test_how_many_are_posted_is_told_to_everyone(version: Version) -> None:
    assert posted(version, Scope("x", "data_staff")) == {"w2": 1}
    assert posted(version, Scope("x", "officer", wards=frozenset({"w1"}))) == {}


def test_the_cases_of_one_officer_are_those_that_the_officers_own_row_counts(version: Version) -> None:
    own = figures(version, Query(by="officer", metrics=("received",)), COMMAND_LINE)
    assert own.select("unit", "value").rows() == [("a", 2), ("b", 0), ("c", 1), ("unknown", 1)]
    query = Query(by="topic", metrics=("received",), officer=("a",))
    assert figures(version, query, COMMAND_LINE).select("unit", "value").rows() == [("theft", 2), ("unknown", 0)]
    assert figures(version, query, OWN_WARD)["value"].sum() == 1
    assert figures(version, query, Scope("x", "data_staff"))["value"].sum() == 0
    wide = Query(metrics=("received",), officer=("a",), attribution=("author", "named", "roster"))
    assert figures(version, wide, COMMAND_LINE)["value"].to_list() == [3]


def test_a_channels_own_activity_is_no_officers(make_version: MakeVersion) -> None:
    version = make_version(
        channels=[{"channel_id": "c"}],
        channel_days=[
            {"channel_id": "c", "day": date(2026, 3, 1), "posts": 4}
            | dict.fromkeys(("members", "views", "comments", "reactions", "shares", "corrections"))
        ],
        as_of=NOON,
    )
    days = {"from_on": date(2026, 3, 1)}
    assert figures(version, Query(metrics=("posts",), **days), COMMAND_LINE)["value"].to_list() == [4]
    assert figures(version, Query(metrics=("posts",), officer=("a",), **days), COMMAND_LINE)["value"].to_list() == [0]
