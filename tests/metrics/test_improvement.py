"""Change against the span before, beside the fall-back to the mean."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from etl.publishing.versions import Version
from metrics.catalogue import BY_NAME
from metrics.improvement import _against_expected, improvement
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion

BEFORE, NOW = datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 12, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUERY = Query(by="ward", metrics=("answered",), from_on=date(2026, 3, 11), to_on=date(2026, 3, 20))


def cases(ward: int, at: datetime, answered: int, of: int) -> list[dict[str, Any]]:
    case = {"ward_code": f"w{ward}", "asked_at": at}
    return [case | ({"answered_at": at + HOUR} if number < answered else {}) for number in range(of)]


@pytest.fixture
def wards(make_version: MakeVersion) -> Version:
    """Eight wards around 80 %; the first was low by chance, the last truly doubles."""
    before = (16, 24, 24, 25, 23, 24, 25, 12)
    after = (23, 24, 25, 24, 24, 23, 24, 30)
    rows = [
        row for ward, (x, y) in enumerate(zip(before, after, strict=True)) for row in cases(ward, BEFORE, x, 30) + cases(ward, NOW, y, 30)
    ]
    return make_version(interactions=rows, as_of=NOW + timedelta(days=8))


def test_the_low_one_was_expected_to_come_back(wards: Version) -> None:
    rows = improvement(wards, QUERY, COMMAND_LINE)
    low = rows.row(by_predicate=pl.col("unit") == "w0", named=True)
    assert low["change"] == pytest.approx(low["after"] - low["before"])
    assert low["fall_back"] > 0.05
    assert low["lower"] < low["change"] < low["upper"]
    assert low["signal"] == "none"
    high = rows.row(by_predicate=pl.col("unit") == "w3", named=True)
    assert high["fall_back"] < low["fall_back"]


def test_what_changed_everywhere_is_nobodys_improvement(make_version: MakeVersion) -> None:
    rows = [row for ward in range(8) for row in cases(ward, BEFORE, 12 + ward % 3, 30) + cases(ward, NOW, 24 + ward % 3, 30)]
    found = improvement(make_version(interactions=rows, as_of=NOW + timedelta(days=8)), QUERY, COMMAND_LINE)
    assert set(found["signal"]) == {"none"}
    assert found["fall_back"].min() > 0.3  # type: ignore[operator]


def both(rng: np.random.Generator, units: int, moved: int, size: float = 4.5) -> pl.DataFrame:
    """Units with true shares around 0.8, of which the first ``moved`` gain 0.15; a month before and one after."""
    true = rng.beta(40, 10, units)
    n, later = (np.maximum(30, rng.lognormal(size, 0.6, units).astype(int)) for _side in range(2))
    value = rng.binomial(n, true) / n
    true[:moved] = np.minimum(0.99, true[:moved] + 0.15)
    after = rng.binomial(later, true) / later
    return pl.DataFrame({"unit": [f"w{i}" for i in range(units)], "value": value, "n": n, "value_after": after, "n_after": later})


def test_where_nothing_happened_nobody_improved_and_the_range_holds() -> None:
    rng = np.random.default_rng(7)
    found = pl.concat([_against_expected(both(rng, 126, 0), BY_NAME["on_time"]) for _month in range(40)])
    assert (found["signal"] != "none").sum() <= 12  # of 5,040
    assert 0.93 < found["change"].is_between(found["lower"], found["upper"]).mean() < 0.97  # type: ignore[operator]
    lowest = found.sort("before").head(504)  # the lowest tenth: it "improves" by itself, by as much as is said
    assert lowest["change"].mean() > 0.02  # type: ignore[operator]
    assert lowest["change"].mean() == pytest.approx(lowest["fall_back"].mean(), abs=0.01)


def test_what_truly_improved_is_found() -> None:
    rng = np.random.default_rng(8)
    months = [_against_expected(both(rng, 126, 6, size=5.5), BY_NAME["on_time"]) for _month in range(20)]
    found = [(month.head(6)["signal"] == "improved").sum() for month in months]
    false = [(month.tail(120)["signal"] != "none").sum() for month in months]
    assert sum(found) >= 0.6 * 6 * 20
    assert sum(false) <= 0.1 * (sum(found) + sum(false))


def test_too_few_wards_are_not_compared(make_version: MakeVersion) -> None:
    rows = [row for ward in range(4) for at in (BEFORE, NOW) for row in cases(ward, at, 20, 30)]
    assert improvement(make_version(interactions=rows), QUERY, COMMAND_LINE).is_empty()


@pytest.mark.parametrize(("by", "metric"), [("officer", "answered"), ("ward", "received"), ("ward", "night_share")])
def test_neither_officers_nor_what_has_no_better(by: Any, metric: str, make_version: MakeVersion) -> None:
    with pytest.raises(ValueError, match="no improvement"):
        improvement(make_version(), Query(by=by, metrics=(metric,)), COMMAND_LINE)


def test_a_span_before_the_data_is_no_span_to_improve_on(wards: Version) -> None:
    assert improvement(
        wards, Query(by="ward", metrics=("answered",), from_on=date(2026, 3, 10), to_on=date(2026, 3, 20)), COMMAND_LINE
    ).is_empty()
