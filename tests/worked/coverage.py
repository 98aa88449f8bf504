"""How often intervals and places hold what they should: summed exactly or simulated with fixed seeds.

``python -m tests.worked.coverage N`` prints the table for N repetitions.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import binom, norm, poisson

from metrics.intervals import garwood_byar, wilson
from metrics.process import process, rules
from metrics.shrinkage import fit, places, shrunk
from metrics.survival import quantiles
from tests.worked.published import table

NEVER = 0.08
"""Share of the simulated cases that are never answered."""


@dataclass(frozen=True)
class Held:
    """How often something held, on the average and where it held least."""

    what: str
    mean: float
    least: float
    beside: str = ""


def shares() -> Iterator[Held]:
    """Wilson's interval: the sum over all outcomes, for true shares of 1 to 99 %."""
    truth = np.arange(1, 100) / 100
    for n in (10, 36, 200):
        low, high = wilson(np.arange(n + 1), np.full(n + 1, n))
        held = [binom.pmf(np.flatnonzero((low <= p) & (p <= high)), n, p).sum() for p in truth]
        yield Held(f"share, {n} cases", float(np.mean(held)), min(held))


def rates() -> Iterator[Held]:
    """Garwood's and Byar's limits: the sum over all outcomes, for expected numbers of 0.5 to 200."""
    low, high = garwood_byar(np.arange(600))
    for name, truth in {"under ten expected": np.arange(1, 20) / 2, "10 to 200 expected": np.arange(10, 201)}.items():
        held = [poisson.pmf(np.flatnonzero((low <= mu) & (mu <= high)), mu).sum() for mu in truth]
        yield Held(f"rate, {name}", float(np.mean(held)), min(held))


def answer_times(repetitions: int) -> Iterator[Held]:
    """Median and p90 with their log-log limits: log-normal answers within 30 days, some never, all cut off at one as_of."""
    random = np.random.default_rng(20261128)
    spread, typical = 1.2, np.log(7200)
    for n in (10, 36, 200):
        size = (repetitions, n)
        seconds = random.lognormal(typical, spread, size)
        seconds[random.random(size) < NEVER] = np.inf
        waited = random.uniform(3600, 30 * 86400, size)
        cases = pl.DataFrame(
            {
                "unit": np.repeat([f"{number:06}" for number in range(repetitions)], n),
                "seconds": np.minimum(seconds, waited).astype(np.int64).ravel(),
                "ended": (seconds <= waited).ravel(),
            }
        )
        found = quantiles(cases, [0.5, 0.9])
        for place, share in enumerate((0.5, 0.9)):
            truth = float(np.exp(typical + spread * norm.ppf(share / (1 - NEVER))))
            held = (found[f"lower_{place}"].fill_null(np.inf) <= truth) & (truth <= found[f"upper_{place}"].fill_null(np.inf))
            name = "median" if share == 0.5 else "p90"
            yield Held(f"{name} of {n} cases, 8 % never answered", held.mean(), held.mean())


def _units(random: np.random.Generator, count: int, typical: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True shares around 90 % that spread by 0.4 logit, cases, and events of that many units."""
    truth = 1 / (1 + np.exp(-np.log(9) - random.normal(0, 0.4, count)))
    n = np.maximum(10, np.round(random.lognormal(np.log(typical), 0.8, count)))
    return truth, n, random.binomial(n.astype(int), truth).astype(float)


def estimates(repetitions: int) -> Iterator[Held]:
    """Stable estimates of 600 units: of all, and of the twentieth that is truly worst."""
    random = np.random.default_rng(4)
    for typical in (36, 400):
        held, worst = [], []
        for _time in range(repetitions):
            truth, n, x = _units(random, 600, typical)
            prior = fit("share", x, n)
            assert prior is not None
            _mean, low, high = shrunk(prior, x, n)
            within = (low <= truth) & (truth <= high)
            held.append(within.mean())
            worst.append(within[np.argsort(truth)[:30]].mean())
        yield Held(
            f"stable estimate, about {typical} cases", float(np.mean(held)), float(np.mean(worst)), "least: the truly worst twentieth"
        )


def true_places(repetitions: int) -> Iterator[Held]:
    """Ranges of places of 126 wards."""
    random = np.random.default_rng(5)
    for typical in (100, 400, 2000):
        held, worst, width, reliable = [], [], [], []
        for _time in range(repetitions):
            truth, n, x = _units(random, 126, typical)
            prior = fit("share", x, n)
            assert prior is not None
            low, high = places(prior, x, n, higher_is_better=True)
            place = 1 + np.argsort(np.argsort(-truth))
            within = (low <= place) & (place <= high)
            held.append(within.mean())
            worst.append(within[place > 120].mean())
            width.append(np.median(high - low + 1))
            reliable.append(prior.weight(n).mean())
        beside = f"half of the ranges over {np.mean(width):.0f} of 126 places or more; reliability {np.mean(reliable):.2f}"
        yield Held(f"place, about {typical} cases", float(np.mean(held)), float(np.mean(worst)), f"least: the truly last six; {beside}")


def quiet_charts(repetitions: int) -> float:
    """Share of control charts of 24 months, of a ward that does not change, that show any sign."""
    random = np.random.default_rng(6)
    signs = 0
    for _time in range(repetitions):
        n = random.poisson(300, 24).astype(float)
        x = random.binomial(n.astype(int), 0.9).astype(float)
        centre, sigma = process("share", x, n, x / n, n)
        signs += bool(rules(x / n, centre, sigma).any())
    return signs / repetitions


HEADER = ["interval (95 %)", "holds the truth: mean", "least", "beside"]


def coverage(repetitions: int) -> list[Held]:
    """All of them."""
    return [*shares(), *rates(), *answer_times(repetitions * 50), *estimates(repetitions), *true_places(repetitions)]


def printed(repetitions: int) -> str:
    """The table and the sentence below it."""
    rows = [[held.what, f"{held.mean:.1%}", f"{held.least:.1%}", held.beside] for held in coverage(repetitions)]
    signs = f"Of control charts over 24 months of a ward that does not change, {quiet_charts(repetitions * 10):.1%} show a sign."
    return f"{table(HEADER, rows)}\n\n{signs}"


if __name__ == "__main__":
    print(printed(int(sys.argv[1])))
