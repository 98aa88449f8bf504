"""95 % intervals against published tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from metrics.intervals import garwood_byar, wilson


@pytest.mark.parametrize(
    ("hits", "cases", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_table(hits: int, cases: int, lower: float, upper: float) -> None:
    assert [limit.item() for limit in wilson(hits, cases)] == pytest.approx([lower, upper], abs=5e-5)


def test_one_of_one_is_no_certainty() -> None:
    lower, upper = wilson(1, 1)
    assert lower == pytest.approx(0.2065, abs=5e-5)
    assert upper == 1


def test_wilson_65_of_100() -> None:
    assert [limit.item() for limit in wilson(65, 100)] == pytest.approx([0.5525444330, 0.7363575175], abs=1e-10)


def test_no_cases_have_no_interval() -> None:
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [(0, 0, 3.689), (1, 0.025, 5.572), (2, 0.242, 7.225), (3, 0.619, 8.767), (5, 1.623, 11.668), (8, 3.454, 15.763), (9, 4.115, 17.085)],
)
def test_few_events_have_garwoods_limits(events: int, lower: float, upper: float) -> None:
    assert [limit.item() for limit in garwood_byar(events)] == pytest.approx([lower, upper], abs=5e-4)


@pytest.mark.parametrize("events", range(10))
def test_garwoods_limits_are_quantiles_of_chi_square(events: int) -> None:
    lower = chi2.ppf(0.025, 2 * events) / 2 if events else 0
    assert [limit.item() for limit in garwood_byar(events)] == pytest.approx([lower, chi2.ppf(0.975, 2 * events + 2) / 2], rel=1e-12)


def test_byar_65_events() -> None:
    assert [limit.item() for limit in garwood_byar(65)] == pytest.approx([50.1631877, 82.8491385], abs=5e-8)


def test_byar_starts_at_ten_events() -> None:
    exact = chi2.ppf(0.025, 20) / 2
    assert garwood_byar(10)[0] != pytest.approx(exact, rel=1e-6)
    assert garwood_byar(10)[0] == pytest.approx(exact, rel=2e-3)


@given(st.integers(1, 10**7), st.floats(0, 1))
def test_limits_contain_the_share(cases: int, share: float) -> None:
    hits = round(share * cases)
    lower, upper = wilson(hits, cases)
    assert 0 <= lower <= hits / cases <= upper <= 1


@given(st.integers(0, 10**7))
def test_limits_contain_the_events(events: int) -> None:
    lower, upper = garwood_byar(events)
    assert 0 <= lower <= events < upper
