"""What real dashboards of this kind got wrong, one test each."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from metrics.figures import figures
from metrics.output import figures_csv
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
"""12:00 local."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def answered(after: timedelta, **more: Any) -> dict[str, Any]:
    return {"asked_at": NOON, "answered_at": NOON + after} | more


def one(version: Any, metric: str, unit: str = "all", **query: Any) -> dict[str, Any]:
    rows = figures(version, Query(metrics=(metric,), **query), COMMAND_LINE)
    return next(row for row in rows.to_dicts() if row["unit"] == unit)


def test_no_cases_are_not_100_percent(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON, "ward_code": "w1"}])
    row = one(version, "on_time", "w1", by="ward")
    assert (row["state"], row["value"], row["lower"], row["denominator"]) == ("no_data", None, None, 0)


def test_one_case_answered_in_four_minutes_does_not_top_the_league(make_version: MakeVersion) -> None:
    version = make_version(interactions=[answered(4 * MINUTE)], as_of=NOON + DAY)
    for metric in ("first_response_median", "answered", "answered_within_15m"):
        row = one(version, metric)
        assert (row["state"], row["value"], row["upper"], row["numerator"], row["denominator"]) == ("too_few", None, None, 1, 1)


def test_a_reopened_case_is_timed_from_asked_and_once(make_version: MakeVersion) -> None:
    again = {"first_resolved_at": NOON + HOUR, "reopened_at": NOON + 2 * HOUR, "resolved_at": NOON + 5 * HOUR}
    version = make_version(interactions=[answered(HOUR, **again) for _ in range(8)] * 2, as_of=NOON + 20 * DAY)
    row = one(version, "resolution_median")
    assert (row["value"], row["numerator"], row["denominator"]) == (5 * 3600, 16, 16)
    assert one(version, "first_response_median")["value"] == 3600
    assert one(version, "received")["value"] == 16


def test_never_answered_cases_stay_in_the_median(make_version: MakeVersion) -> None:
    version = make_version(interactions=[answered(HOUR)] * 4 + [{"asked_at": NOON}] * 6, as_of=NOON + 3 * DAY)
    row = one(version, "first_response_median")
    assert (row["value"], row["numerator"], row["denominator"], row["state"]) == (None, 4, 10, "ok")
    assert row["note"] == f"more_than:{3 * 86400}"


def test_the_csv_agrees_with_the_card(make_version: MakeVersion) -> None:
    version = make_version(interactions=[answered(7 * MINUTE)] * 7 + [{"asked_at": NOON}] * 4, as_of=NOON + DAY)
    card = figures(version, Query(), COMMAND_LINE)
    rows = list(csv.DictReader(io.StringIO(figures_csv(card).removeprefix("\ufeff"))))
    assert list(rows[0]) == card.columns
    for printed, row in zip(rows, card.to_dicts(), strict=True):
        for name in ("value", "lower", "upper", "numerator", "denominator"):
            assert (float(printed[name]) if printed[name] else None) == row[name]


def test_the_day_ends_at_midnight_in_vietnam(make_version: MakeVersion) -> None:
    late, next_day = datetime(2026, 3, 1, 16, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 1, 17, tzinfo=UTC)
    version = make_version(interactions=[{"asked_at": late}, {"asked_at": next_day}, {"asked_at": next_day}], as_of=NOON)
    assert one(version, "received", from_on=date(2026, 3, 1), to_on=date(2026, 3, 1))["value"] == 1
    assert one(version, "received", from_on=date(2026, 3, 2), to_on=date(2026, 3, 2))["value"] == 2


def test_an_unfinished_period_says_so(make_version: MakeVersion) -> None:
    version = make_version(interactions=[answered(HOUR)] * 12, as_of=NOON + DAY)
    assert one(version, "answered")["state"] == "ok"
    assert one(version, "answered", to_on=date(2026, 3, 31))["state"] == "provisional"
    assert one(version, "received", to_on=date(2026, 3, 31))["state"] == "provisional"


def test_an_answer_before_its_deadline_does_not_flatter_an_unfinished_period(make_version: MakeVersion) -> None:
    early = answered(MINUTE, answer_due=NOON + 2 * DAY)
    version = make_version(interactions=[early] * 12 + [{"asked_at": NOON, "answer_due": NOON + HOUR}], as_of=NOON + DAY)
    row = one(version, "on_time")
    assert (row["numerator"], row["denominator"]) == (0, 1)


def test_a_bots_reply_acknowledges_and_never_answers(make_version: MakeVersion) -> None:
    bot = {"asked_at": NOON, "acknowledged_at": NOON + MINUTE, "acknowledge_due": NOON + HOUR}
    version = make_version(interactions=[bot] * 12, as_of=NOON + DAY)
    assert one(version, "acknowledged_on_time")["value"] == 1
    assert one(version, "answered")["value"] == 0
    assert one(version, "backlog")["value"] == 12


def test_an_answer_acknowledges(make_version: MakeVersion) -> None:
    version = make_version(interactions=[answered(MINUTE, acknowledge_due=NOON + HOUR)] * 12, as_of=NOON + DAY)
    assert one(version, "acknowledged_on_time")["value"] == 1


def test_three_allegations_of_one_voice_are_one_complaint_in_the_rate(make_version: MakeVersion) -> None:
    allegations = [{"kind": "complaint", "received_at": NOON, "counts": counts} for counts in (True, False, False)]
    version = make_version(interactions=[answered(HOUR)] * 50, feedback=allegations, as_of=NOON + DAY)
    assert one(version, "complaints_per_1000")["numerator"] == 1
    assert one(version, "complaints_per_1000")["value"] == 20
    assert one(version, "complaints")["value"] == 3


def test_a_filter_narrows_the_denominator_too(make_version: MakeVersion) -> None:
    here = [answered(HOUR, topic="theft")] * 50 + [answered(HOUR, topic="other")] * 50
    said = [{"kind": "complaint", "received_at": NOON, "topic": topic} for topic in ("theft", "other")]
    version = make_version(interactions=here, feedback=said, as_of=NOON + DAY)
    row = one(version, "complaints_per_1000", topic=("theft",))
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 50, 20)
    assert one(version, "answered", topic=("theft",))["denominator"] == 50


def test_held_praise_waits_and_says_so(make_version: MakeVersion) -> None:
    said = [{"received_at": NOON, "held": held} for held in (True, True, False)]
    version = make_version(interactions=[answered(HOUR)] * 50, feedback=said, as_of=NOON + DAY)
    row = one(version, "compliments_per_1000")
    assert (row["state"], row["note"], row["numerator"]) == ("under_review", "held:2", 1)
    assert (one(version, "compliments")["state"], one(version, "compliments")["value"]) == ("ok", 3)
    assert one(version, "complaints_per_1000")["state"] == "ok"


def test_a_split_ward_says_what_rests_on_it(make_version: MakeVersion) -> None:
    wards = [{"ward_code": "new"}, {"ward_code": "old", "current_code": "new", "split": True}]
    here = [answered(HOUR, ward_code="new", ward_then="old")] * 1 + [answered(HOUR, ward_code="new", ward_then="new")] * 2
    version = make_version(interactions=here, wards=wards, as_of=NOON + DAY)
    assert one(version, "received", "new", by="ward")["note"] == "split:0.3333"
    assert one(version, "received", "old", by="ward", wards="then")["note"] is None
    assert one(version, "received", "all", ward=("new",))["note"] == "split:0.3333"
    assert one(version, "received", "all")["note"] is None


def test_a_file_cut_off_shows(make_version: MakeVersion) -> None:
    here = [answered(HOUR, ward_code="w1", provisional=True), answered(HOUR, ward_code="w2")]
    version = make_version(interactions=here, as_of=NOON + DAY)
    assert [one(version, "received", ward, by="ward")["state"] for ward in ("w1", "w2")] == ["provisional", "ok"]
    assert one(version, "compliments", "w1", by="ward")["state"] == "ok"
