"""Every hour of the week: when residents ask, and when they are answered."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from metrics.hours import hours
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

# 17:30 UTC on Sunday, 1 March 2026, is half an hour past midnight of Monday in Hanoi.
MONDAY = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
AS_OF = datetime(2026, 3, 20, tzinfo=UTC)


def counted(rows: pl.DataFrame, column: str) -> dict[tuple[int, int], int]:
    """(weekday, hour) -> how many, where there are any."""
    return {(day, hour): number for day, hour, number in rows.select("weekday", "hour", column).iter_rows() if number}


def test_an_hour_is_local_and_the_week_begins_on_monday(make_version: MakeVersion) -> None:
    cases = [
        {"asked_at": MONDAY},
        {"asked_at": MONDAY - timedelta(hours=1), "answered_at": MONDAY + timedelta(hours=25)},
        {"asked_at": MONDAY + timedelta(days=7), "answered_at": AS_OF + timedelta(days=1)},
    ]
    rows = hours(make_version(interactions=cases, as_of=AS_OF), Query(), COMMAND_LINE)
    assert rows.height == 168
    assert rows.row(0) == (1, 0, 2, 0)
    assert counted(rows, "asked") == {(1, 0): 2, (7, 23): 1}
    assert counted(rows, "answered") == {(2, 1): 1}  # what is answered after as_of has not been answered


def test_a_bare_date_has_no_hour_and_what_is_not_counted_has_none_either(make_version: MakeVersion) -> None:
    cases = [{"asked_at": MONDAY, "has_time": False}, {"asked_at": MONDAY, "status": "duplicate"}, {"asked_at": MONDAY}]
    rows = hours(make_version(interactions=cases, as_of=AS_OF), Query(), COMMAND_LINE)
    assert rows["asked"].sum() == 1


def test_period_filters_and_scope_hold(make_version: MakeVersion) -> None:
    cases = [
        {"asked_at": MONDAY, "ward_code": "a", "officer_id": "o1"},
        {"asked_at": MONDAY, "ward_code": "b", "officer_id": "o1", "attribution": "roster"},
        {"asked_at": MONDAY - timedelta(days=30), "ward_code": "a"},
    ]
    version = make_version(interactions=cases, as_of=AS_OF)
    asked = lambda query, scope=COMMAND_LINE: hours(version, query, scope)["asked"].sum()  # noqa: E731
    assert asked(Query()) == 3
    assert asked(Query(from_on=date(2026, 3, 1))) == 2
    assert asked(Query(ward=("a",))) == 2
    assert asked(Query(officer=("o1",))) == 1
    assert asked(Query(), Scope("x", "officer", wards=frozenset({"b"}))) == 1
    assert asked(Query(officer=("o1",)), Scope("x", "secretary", officers_of=frozenset({"b"}))) == 0
