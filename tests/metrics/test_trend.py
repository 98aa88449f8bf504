"""The course of a figure: process limits of published charts, the four signs of a change, and spans that are not over."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from metrics.process import RULES, process, rules
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from metrics.trend import TREND, natural_end, spans_of, trend
from tests.conftest import MakeVersion

MONDAY = datetime(2026, 1, 5, 2, tzinfo=UTC)
DAY = timedelta(days=1)
NOTHING = np.zeros(0)


def fired(values: list[float], centre: float = 0.0, sigma: float = 1.0) -> dict[str, list[int]]:
    """Rule → the places of the points that are part of it."""
    found = rules(np.array(values, float), centre, np.full(len(values), sigma))
    return {rule: np.flatnonzero(row).tolist() for rule, row in zip(RULES, found, strict=True) if row.any()}


def test_an_individuals_chart_of_the_text_book() -> None:
    """Montgomery, Introduction to Statistical Quality Control, 6th ed., example 6.5: viscosity of aircraft primer paint."""
    viscosity = [33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00, 33.54, 33.12, 33.84]
    centre, sigma = process("time", NOTHING, NOTHING, np.array(viscosity), np.zeros(15))
    assert centre == pytest.approx(33.52, abs=0.005)
    assert (centre - 3 * sigma[0], centre + 3 * sigma[0]) == pytest.approx((32.24, 34.80), abs=0.01)


def test_laneys_limits_are_the_plain_ones_times_the_spread_of_z() -> None:
    n = np.array([900.0, 1600.0, 2500.0, 400.0, 100.0])
    x = np.array([90.0, 176.0, 225.0, 48.0, 8.0])
    centre, sigma = process("share", x, n, x / n, n)
    assert centre == 547 / 5500
    plain = [(centre * (1 - centre) / each) ** 0.5 for each in n]
    z = [(share - centre) / s for share, s in zip(x / n, plain, strict=True)]
    spread = sum(abs(after - before) for before, after in pairwise(z)) / 4 / 1.128
    assert sigma.tolist() == pytest.approx([s * spread for s in plain])
    rate, of_rate = process("rate", x, n, x / n, n)
    z = [(share - rate) / (rate / each) ** 0.5 for share, each in zip(x / n, n, strict=True)]
    spread = sum(abs(after - before) for before, after in pairwise(z)) / 4 / 1.128
    assert of_rate.tolist() == pytest.approx([(rate / each) ** 0.5 * spread for each in n])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, -1, 3.1, 0], {"beyond_limits": [3]}),
        ([0, 1, -1, 3.0, 0], {}),
        ([-1, *[0.5, 0.4] * 3, 0.5, -1], {"shift": [1, 2, 3, 4, 5, 6, 7]}),
        ([-1, *[0.5, 0.4] * 3, -1], {}),
        ([-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2], {"trend": [0, 1, 2, 3, 4, 5, 6]}),
        ([-0.8, -0.4, 0, 0.4, 0.8, 1.2], {}),
        ([-1.2, -0.8, -0.4, -0.4, 0.4, 0.8, 1.2], {}),
        ([0, 2.1, 0, 2.2, 0], {"two_of_three": [1, 3]}),
        ([0, 2.1, 0, -2.2, 0], {}),
        ([0, 2.1, 0, 0, 2.2], {}),
    ],
)
def test_four_signs_of_a_change(values: list[float], expected: dict[str, list[int]]) -> None:
    assert fired(values) == expected


def week(number: int, cases: int, answered: int) -> list[dict[str, object]]:
    asked = MONDAY + number * 7 * DAY
    done = {"answered_at": asked + timedelta(hours=1)}
    return [{"asked_at": asked + timedelta(minutes=i)} | (done if i < answered else {}) for i in range(cases)]


def test_the_unfinished_week_is_in_no_limit_and_fires_no_rule(make_version: MakeVersion) -> None:
    weeks = [(20, 16 + number % 3) for number in range(12)]
    rows = [case for number, (cases, answered) in enumerate([*weeks, (20, 0)]) for case in week(number, cases, answered)]
    version = make_version(interactions=rows, as_of=MONDAY + 12 * 7 * DAY + 2 * DAY)
    course = trend(version, Query(metrics=("answered",)), COMMAND_LINE, "week")
    assert course["provisional"].to_list() == [False] * 12 + [True]
    assert course["centre"].unique().to_list() == [sum(answered for _cases, answered in weeks) / 240]
    assert course["rules"].to_list()[-1] == []
    assert course["value"].to_list()[-1] == 0
    finished = make_version(interactions=rows, as_of=MONDAY + 13 * 7 * DAY - DAY)
    assert "beyond_limits" in trend(finished, Query(metrics=("answered",)), COMMAND_LINE, "week")["rules"].to_list()[-1]


def test_under_twelve_points_the_limits_are_provisional(make_version: MakeVersion) -> None:
    rows = [case for number in range(11) for case in week(number, 12, 9 + number % 2)]
    course = trend(make_version(interactions=rows, as_of=MONDAY + 76 * DAY), Query(metrics=("answered",)), COMMAND_LINE, "week")
    assert course.height == 11
    assert course["provisional"].all()
    assert course["upper"].is_not_null().all()


def test_a_row_for_every_unit_and_span_in_the_catalogues_order(make_version: MakeVersion) -> None:
    rows = [*week(0, 12, 10), *week(2, 12, 12)]
    rows = [row | {"ward_code": f"w{i % 2}"} for i, row in enumerate(rows)]
    version = make_version(interactions=rows, as_of=MONDAY + 20 * DAY)
    course = trend(version, Query(by="ward", metrics=("received", "on_time", "answered")), COMMAND_LINE, "week")
    assert dict(course.schema) == TREND
    firsts = [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)]
    assert course.select("metric", "unit", "from").rows() == [
        (metric, unit, first) for metric in ("answered", "on_time") for unit in ("w0", "w1") for first in firsts
    ]
    assert course.filter(pl.col("metric") == "answered", pl.col("unit") == "w0")["denominator"].to_list() == [6, 0, 6]
    assert course["value"].is_null().all(), "under the minimum there is no value, and no limit"
    assert course["upper"].is_null().all()


def test_no_course_of_an_officer(make_version: MakeVersion) -> None:
    with pytest.raises(ValueError, match="officer"):
        trend(make_version(interactions=week(0, 3, 1)), Query(by="officer"), COMMAND_LINE, "week")


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    whole = (date(2025, 12, 30), date(2026, 1, 12))
    assert spans_of(whole, "week") == [
        (date(2025, 12, 30), date(2026, 1, 4)),
        (date(2026, 1, 5), date(2026, 1, 11)),
        (date(2026, 1, 12), date(2026, 1, 12)),
    ]
    assert spans_of(whole, "month") == [(date(2025, 12, 30), date(2025, 12, 31)), (date(2026, 1, 1), date(2026, 1, 12))]
    assert natural_end(date(2024, 2, 1), "month") == date(2024, 2, 29)
