"""What is known of a unit together with what is known of all: an estimate that few cases cannot throw about.

Vectorised over the units of one metric. x: adjusted events, not whole in general; n: cases of shares, or exposure of rates.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaincinv, gammaln, psi, xlog1py, xlogy

from metrics.intervals import Array

Kind = Literal["share", "rate"]
Places = npt.NDArray[np.unsignedinteger[Any]]
LARGEST = 1e6
"""A hyper-parameter beyond it lies where the likelihood is flat."""
SMALLEST_GAIN = 0.01
"""Twice the gain in log-likelihood over one common value, under which nothing speaks for a difference between units."""
TAILS = (0.025, 0.975)
AT_ONCE = 100
"""So many draws are sorted at once, in memory near the processor."""
FARTHEST = np.log(LARGEST) + 1
"""Logarithm of a parameter past which no search goes on."""


@dataclass(frozen=True)
class Prior:
    """How the units' true values spread: Beta(alpha, beta) of shares, Gamma(alpha, rate beta) of rates."""

    kind: Kind
    alpha: float
    beta: float

    def weight(self, n: Array) -> Array:
        """How much each unit's own cases weigh, 0–1: its reliability."""
        return n / (n + (self.alpha + self.beta if self.kind == "share" else self.beta))

    def posterior(self, x: Array, n: Array) -> tuple[Array, Array]:
        """The two parameters of each unit's Beta or Gamma distribution."""
        return x + self.alpha, (n - x + self.beta) if self.kind == "share" else n + self.beta


def fit(kind: Kind, x: Array, n: Array) -> Prior | None:
    """The spread of the units' true values, by maximum likelihood; None where there is none: they share one value.

    Args:
        kind: beta-binomial for shares, gamma-Poisson for rates.
        x: events, 0 ≤ x (≤ n of shares).
        n: cases or exposure, above 0.

    Source:
        Beta-binomial: Skellam 1948; gamma-Poisson: Clayton & Kaldor 1987 (Biometrics 43:671).
    """
    if len(x) < 2 or x.sum() <= 0 or (kind == "share" and x.sum() >= n.sum()):
        return None
    steps = _share_steps if kind == "share" else _rate_steps
    mean = x.sum() / n.sum()
    common = float((xlogy(x, mean) + (xlog1py(n - x, -mean) if kind == "share" else -mean * n)).sum())
    best, parameters = -np.inf, np.zeros(2)
    for strength in (n.mean() / 10, n.mean(), n.mean() * 10):  # the hill may have a flat side: climb from three places
        start = np.log([mean * strength, (1 - mean) * strength if kind == "share" else strength])
        top, found = _climb(lambda logs: steps(np.exp(logs), x, n), start)
        if top > best:
            best, parameters = top, found
    alpha, beta = np.exp(parameters)
    if 2 * (best - common) < SMALLEST_GAIN or max(alpha, beta) > LARGEST:
        return None
    return Prior(kind, float(alpha), float(beta))


Steps = tuple[float, Array, Array]
"""Log-likelihood, its gradient and its second derivatives, by the logarithms of the parameters."""


def _climb(steps: Callable[[Array], Steps], start: Array) -> tuple[float, Array]:
    """Newton's way to the top, shorter steps where the ground is not a hill; it stops where the ground is flat or the step nothing."""
    at, damping = start, 1e-3
    height, slope, bend = steps(at)
    for _step in range(200):
        if np.abs(at).max() > FARTHEST or np.abs(slope).max() < 1e-11 * max(1.0, abs(height)):
            break
        hill = -bend
        size = damping * max(np.abs(hill).max(), 1e-12)
        low = np.linalg.eigvalsh(hill)[0]
        stride = np.linalg.solve(hill + np.eye(2) * (size + max(0.0, -1.01 * low)), slope)
        stride *= min(1.0, 2 / np.abs(stride).max())
        higher, next_slope, next_bend = steps(at + stride)
        if higher >= height - 1e-12 * abs(height):
            at, height, slope, bend = at + stride, higher, next_slope, next_bend
            damping = max(damping / 10, 1e-15)
            if np.abs(stride).max() < 1e-13:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    return height, at


def _trigamma(x: Array | float) -> Array:
    """The derivative of ψ, to ten digits: it says how long a step is, not where the top lies."""
    lifted, found = np.asarray(x, np.float64), np.zeros(np.shape(x))
    for _step in range(6):
        found, lifted = found + lifted**-2, lifted + 1
    square = lifted**-2
    series: Array = found + 1 / lifted + square / 2 + square / lifted * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30)))
    return series


def _share_steps(parameters: Array, x: Array, n: Array) -> Steps:
    a, b = parameters
    both, units = a + b, len(x)
    height = gammaln(x + a).sum() + gammaln(n - x + b).sum() - gammaln(n + both).sum() - units * (gammaln(a) + gammaln(b) - gammaln(both))
    of_both = units * psi(both) - psi(n + both).sum()
    slope = np.array([psi(x + a).sum() - units * psi(a) + of_both, psi(n - x + b).sum() - units * psi(b) + of_both])
    shared = units * _trigamma(both) - _trigamma(n + both).sum()
    own = [_trigamma(x + a).sum() - units * _trigamma(a), _trigamma(n - x + b).sum() - units * _trigamma(b)]
    return _by_logarithms(float(height), slope, np.diag(own) + shared, parameters)


def _rate_steps(parameters: Array, x: Array, e: Array) -> Steps:
    a, b = parameters
    units = len(x)
    height = (gammaln(x + a) - (a + x) * np.log(b + e)).sum() + units * (a * np.log(b) - gammaln(a))
    slope = np.array([(psi(x + a) - np.log1p(e / b)).sum() - units * psi(a), units * a / b - ((a + x) / (b + e)).sum()])
    mixed = units / b - (1 / (b + e)).sum()
    bend = np.array(
        [
            [_trigamma(x + a).sum() - units * _trigamma(a), mixed],
            [mixed, -units * a / b**2 + ((a + x) / (b + e) ** 2).sum()],
        ]
    )
    return _by_logarithms(float(height), slope, bend, parameters)


def _by_logarithms(height: float, slope: Array, bend: Array, parameters: Array) -> Steps:
    by_logs = slope * parameters
    return height, by_logs, bend * np.outer(parameters, parameters) + np.diag(by_logs)


def shrunk(prior: Prior, x: Array, n: Array) -> tuple[Array, Array, Array]:
    """Posterior mean and equal-tailed 95 % limits of every unit: shares in 0–1, or events per unit of exposure."""
    first, second = prior.posterior(x, n)
    if prior.kind == "share":
        return first / (first + second), *(betaincinv(first, second, tail) for tail in TAILS)
    return first / second, *(gammaincinv(first, tail) / second for tail in TAILS)


def places(prior: Prior, x: Array, n: Array, higher_is_better: bool, draws: int = 2000) -> tuple[Array, Array]:
    """Where each unit may stand, 1 = best: the 2.5 % and 97.5 % quantiles of its place over draws of all units' true values.

    Source:
        Goldstein & Spiegelhalter 1996 (J R Stat Soc A 159:385); Marshall & Spiegelhalter 1998 (BMJ 316:1701).
    """
    random, lots = np.random.default_rng(0), np.random.default_rng(1)
    first, second = prior.posterior(x, n)
    number = np.min_scalar_type(len(x))  # small numbers sort fast
    place, in_order = np.empty((draws, len(x)), number), np.arange(1, len(x) + 1, dtype=number)[None, :]
    parts = [place[begin : begin + AT_ONCE] for begin in range(0, draws, AT_ONCE)]

    def draw(part: Places) -> Array:
        values: Array = random.beta(first, second, part.shape) if prior.kind == "share" else random.gamma(first, 1 / second, part.shape)
        return values

    def put(part: Places, values: Array) -> None:
        order = np.argsort(-values if higher_is_better else values, axis=1)
        for row in np.flatnonzero(((values == 0) | (values == 1)).sum(axis=1) > 1):  # what was rounded to one value is put by lot
            lot = lots.permutation(len(x))
            order[row] = lot[np.argsort(-values[row, lot] if higher_is_better else values[row, lot], kind="stable")]
        np.put_along_axis(part, order, in_order, axis=1)

    with ThreadPoolExecutor(max_workers=1) as sorting:  # while the next ones are drawn
        list(sorting.map(put, parts, map(draw, parts)))
    every = np.sort(np.ascontiguousarray(place.T), axis=1)
    low, high = (every[:, ceil(tail * draws) - 1].astype(np.float64) for tail in TAILS)
    return low, high
