"""Equals are left alone, and yet poor units are seen: simulated cities, with fixed seeds."""

import numpy as np
import pytest

from metrics.funnel import Units, signals
from tests.numbers import times

pytestmark = pytest.mark.long
MONTHS = times(200, 1000)
UNITS, FEWEST = 600, 10
SHARE = 0.9


def volumes(random: np.random.Generator) -> np.ndarray:
    """Cases a month: long-tailed, half of the units have fewer than 36."""
    return np.maximum(1, np.round(random.lognormal(np.log(36), 0.8, UNITS)))


def flagged(o: np.ndarray, e: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Which units of those with enough cases are said to be worse or better."""
    enough = n >= FEWEST
    found = np.zeros(len(n), np.int8)
    found[enough] = signals(Units("share", o[enough], e[enough], n[enough]))[1]
    return found


def test_equals_are_left_alone() -> None:
    random = np.random.default_rng(20261128)
    flags = bottom = 0
    for _month in range(MONTHS):
        n = volumes(random)
        o = random.binomial(n.astype(int), SHARE).astype(float)
        flags += np.count_nonzero(flagged(o, n * o.sum() / n.sum(), n))
        bottom += np.count_nonzero(o / n <= np.quantile(o / n, 0.1))
    assert flags / MONTHS <= 0.05
    assert bottom / MONTHS >= 60, "the league table's bottom tenth flags sixty innocents a month"


def test_unlike_work_is_no_fault() -> None:
    """Equal units whose cases differ: how hard a unit's cases are on average spreads by 0.4 logit, and the strata know why."""
    random = np.random.default_rng(7)
    hardness = np.array([1.0, 0.3, -0.3, -1.0])
    chance = 1 / (1 + np.exp(-(np.log(SHARE / (1 - SHARE)) + hardness)))
    flags = raw = 0
    spreads = []
    for _month in range(MONTHS):
        mix = random.dirichlet(np.full(4, 0.8), UNITS)
        spreads.append(np.std(mix @ hardness))
        n = random.multinomial(volumes(random).astype(int), mix)
        o = random.binomial(n, chance)
        expected = n @ (o.sum(axis=0) / n.sum(axis=0))
        cases, events = n.sum(axis=1).astype(float), o.sum(axis=1).astype(float)
        flags += np.count_nonzero(flagged(events, expected, cases))
        raw += np.count_nonzero(flagged(events, cases * events.sum() / cases.sum(), cases))
    assert np.mean(spreads) == pytest.approx(0.4, abs=0.07)
    assert flags / MONTHS <= 0.05
    assert raw > flags, "without the strata, hard work would look like poor work"


def test_differences_that_nobody_can_explain_raise_few_flags() -> None:
    """Units that do differ, by 0.4 logit, and of which no strata say why: nearly all of them are within the usual spread."""
    random = np.random.default_rng(2)
    flags = 0
    for _month in range(MONTHS):
        n = volumes(random)
        odds = np.log(SHARE / (1 - SHARE)) + random.normal(0, 0.4, UNITS)
        o = random.binomial(n.astype(int), 1 / (1 + np.exp(-odds))).astype(float)
        flags += np.count_nonzero(flagged(o, n * o.sum() / n.sum(), n))
    assert flags / MONTHS <= 1.5


@pytest.mark.parametrize("seed", range(3))
def test_poor_units_are_seen_within_a_quarter(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = right = poor_units = 0
    for _quarter in range(max(10, MONTHS // 10)):
        n = volumes(random) * 3
        poor = np.zeros(UNITS, np.bool_)
        poor[random.choice(UNITS, 12, replace=False)] = True
        o = random.binomial(n.astype(int), np.where(poor, 0.7, SHARE)).astype(float)
        worse = flagged(o, n * o.sum() / n.sum(), n) == -1
        found, right, poor_units = found + worse.sum(), right + (worse & poor).sum(), poor_units + 12
    assert right / poor_units >= 0.75
    assert right / found >= 0.95
