"""Fair comparison a second time: plain Python and SciPy's distributions, from the definitions; slow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import asin, pi, sin, sqrt
from typing import Any

import numpy as np
from scipy.optimize import minimize, root
from scipy.special import betaln, gammaln, psi
from scipy.stats import beta, binom, false_discovery_control, gamma, norm, poisson

Cell = tuple[str, ...]


@dataclass
class Unit:
    """Events, expected events and cases of one unit."""

    o: float
    e: float
    n: float


def expected(cells: Mapping[str, Mapping[Cell, tuple[int, int]]], whole: Mapping[Cell, tuple[int, int]]) -> dict[str, float]:
    """Unit → expected events; ``cells`` and ``whole`` hold (cases, events)."""
    rates: dict[Cell, float] = {}
    left = dict(whole)
    for kept in range(len(next(iter(whole))), -1, -1):
        pools: dict[Cell, list[Cell]] = defaultdict(list)
        for cell in left:
            pools[cell[:kept]].append(cell)
        for pool in pools.values():
            cases, events = (sum(left[cell][side] for cell in pool) for side in (0, 1))
            if cases >= 20 or kept == 0:
                rates |= dict.fromkeys(pool, events / cases if cases else 0.0)
        if kept == 0 and left and not any(cases for cases, _events in left.values()):
            extra = sum(events for _cases, events in left.values()) / sum(cases for cases, _events in whole.values())
            rates = {cell: rate + extra for cell, rate in rates.items()}
        left = {cell: counts for cell, counts in left.items() if cell not in rates}
    return {unit: sum(counts[0] * rates[cell] for cell, counts in of.items()) for unit, of in cells.items()}


def spread(kind: str, units: Sequence[Unit]) -> tuple[float, float]:
    """φ and τ²."""
    z = [(y - theta) / s for y, theta, s in (transformed(kind, unit) for unit in units)]
    low, high = np.quantile(z, [0.1, 0.9])
    phi = sum(min(max(each, low), high) ** 2 for each in z) / len(z)
    w = [1 / transformed(kind, unit)[2] ** 2 for unit in units]
    return phi, max(0.0, (len(z) * phi - (len(z) - 1)) / (sum(w) - sum(each**2 for each in w) / sum(w)))


def transformed(kind: str, unit: Unit) -> tuple[float, float, float]:
    if kind == "share":
        return asin(sqrt(unit.o / unit.n)), asin(sqrt(min(1.0, unit.e / unit.n))), 1 / (2 * sqrt(unit.n))
    return sqrt(unit.o / unit.e), 1.0, 1 / (2 * sqrt(unit.e))


def limits(kind: str, unit: Unit, tau2: float, coverage: float = 0.998) -> tuple[float, float]:
    """In events."""
    tail = (1 - coverage) / 2
    if tau2 > 0:
        _y, theta, s = transformed(kind, unit)
        width = norm.isf(tail) * sqrt(s**2 + tau2)
        if kind == "share":
            return sin(max(0, theta - width)) ** 2 * unit.n, sin(min(pi / 2, theta + width)) ** 2 * unit.n
        return max(0, theta - width) ** 2 * unit.e, (theta + width) ** 2 * unit.e
    law = binom(int(unit.n), unit.e / unit.n) if kind == "share" else poisson(unit.e)
    found = []
    for p in (tail, 1 - tail):
        r = 0
        while law.cdf(r) < p:
            r += 1
        found.append(r - (law.cdf(r) - p) / (law.cdf(r) - law.cdf(r - 1)))
    return max(0.0, found[0]), found[1]


def chance(kind: str, unit: Unit, tau2: float) -> float:
    if tau2 > 0:
        y, theta, s = transformed(kind, unit)
        return float(2 * norm.sf(abs(y - theta) / sqrt(s**2 + tau2)))
    law = binom(int(unit.n), unit.e / unit.n) if kind == "share" else poisson(unit.e)
    at = law.pmf(unit.o)
    return min(1.0, 2 * min(law.cdf(unit.o) - at / 2, law.sf(unit.o) + at / 2))


def signals(kind: str, better: str, units: Sequence[Unit]) -> tuple[list[float], list[str]]:
    tau2 = spread(kind, units)[1]
    q = false_discovery_control([chance(kind, unit, tau2) for unit in units])
    words = []
    for each, unit in zip(q, units, strict=True):
        low, high = limits(kind, unit, tau2)
        above, below = unit.o > high and each <= 0.05, unit.o < low and each <= 0.05
        good, bad = (above, below) if better == "higher" else (below, above)
        words.append("better" if good else "worse" if bad else "none")
    return list(q), words


def prior(kind: str, x: Any, n: Any) -> tuple[float, float] | None:
    """The hyper-parameters by a search without derivatives, then by the root of the score; None at the boundary."""

    def loss(logs: Any) -> float:
        a, b = np.exp(logs)
        if kind == "share":
            return float(-(betaln(x + a, n - x + b) - betaln(a, b)).sum())
        return float(-(gammaln(x + a) - gammaln(a) + a * np.log(b) - (a + x) * np.log(b + n)).sum())

    def score(logs: Any) -> Any:
        a, b = np.exp(logs)
        if kind == "share":
            return [
                a * (psi(x + a) - psi(n + a + b) - psi(a) + psi(a + b)).sum(),
                b * (psi(n - x + b) - psi(n + a + b) - psi(b) + psi(a + b)).sum(),
            ]
        return [a * (psi(x + a) - psi(a) + np.log(b / (b + n))).sum(), b * (a / b - (a + x) / (b + n)).sum()]

    mean = x.sum() / n.sum()
    common = (x * np.log(mean) + ((n - x) * np.log(1 - mean) if kind == "share" else -mean * n)).sum()
    options = {"xatol": 1e-11, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000}
    starts = [np.log([mean * k, (1 - mean) * k if kind == "share" else k]) for k in (n.mean() / 5, n.mean() * 5)]
    best = min((minimize(loss, start, method="Nelder-Mead", options=options) for start in starts), key=lambda found: found.fun)
    a, b = np.exp(root(score, best.x, tol=1e-13).x)
    return None if 2 * (-best.fun - common) < 0.01 or max(a, b) > 1e6 else (a, b)


def shrunk(kind: str, found: tuple[float, float], x: float, n: float) -> tuple[float, float, float]:
    a, b = found
    law = beta(x + a, n - x + b) if kind == "share" else gamma(x + a, scale=1 / (n + b))
    return law.mean(), law.ppf(0.025), law.ppf(0.975)
