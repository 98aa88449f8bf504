"""Intervals hold the truth as often as they say, and places too: the numbers of docs/evidence.md."""

import pytest

from tests.numbers import LONG, times
from tests.worked.coverage import Held, answer_times, estimates, printed, rates, shares, true_places
from tests.worked.evidence import PAGE

PROMISED = 400
COUNT = times(40, PROMISED)


@pytest.mark.parametrize("held", [*shares(), *rates()], ids=lambda held: held.what)
def test_intervals_of_shares_and_rates(held: Held) -> None:
    assert 0.949 <= held.mean <= 0.98
    assert held.least >= 0.9


@pytest.mark.long
def test_limits_of_answer_times() -> None:
    for held in answer_times(COUNT * 50):
        assert 0.94 <= held.mean <= 0.99, held.what


@pytest.mark.long
def test_stable_estimates_hold_on_the_average_and_less_for_the_truly_worst() -> None:
    few, many = estimates(COUNT)
    assert 0.945 <= few.mean <= 0.96
    assert 0.945 <= many.mean <= 0.96
    assert few.least < many.least < 0.95


@pytest.mark.long
def test_ranges_of_places_hold_the_true_place() -> None:
    for held in true_places(COUNT):
        assert 0.945 <= held.mean <= 0.97, held.what


@pytest.mark.long
def test_the_page_shows_what_is_simulated() -> None:
    page = PAGE.read_text()
    if LONG:
        assert printed(PROMISED) in page
    assert "<!-- coverage -->" in page
