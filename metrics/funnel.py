"""Is a unit further from what is expected than chance and ordinary differences between units explain?

Vectorised over the units of one metric. O: observed events, E: expected events, n: cases (shares).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc, bdtrik, gammaln, ndtr, pdtr, pdtrc, pdtrik, xlog1py, xlogy

from metrics.intervals import Array

Kind = Literal["share", "rate"]
LIMITS = {0.95: 1.959963984540054, 0.998: 3.090232306167813}
"""Two-sided coverage of a funnel's limits, and how many standard deviations that is."""
CLIPPED = 0.1
"""Share of the units at either end whose z is pulled in before the spread is measured."""
FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True)
class Units:
    """The units that are compared."""

    kind: Kind
    observed: Array
    expected: Array
    """Above 0."""
    cases: Array
    """Cases of shares; not looked at for rates."""

    @property
    def chance(self) -> Array:
        """Of shares: the expected share."""
        return np.minimum(self.expected / self.cases, 1)

    def below(self, events: Array) -> Array:
        """The probability of not more than so many events, were the unit as expected."""
        counted = np.maximum(events, 0)
        share = self.kind == "share"
        found: Array = bdtr(counted, self.cases.astype(np.int64), self.chance) if share else pdtr(counted, self.expected)
        return np.where(events < 0, 0.0, found)

    @property
    def transformed(self) -> tuple[Array, Array, Array]:
        """What is observed and what is expected on a scale where the spread does not depend on the level, and its standard deviation."""
        if self.kind == "share":
            n = self.cases
            return np.arcsin(np.sqrt(self.observed / n)), np.arcsin(np.sqrt(self.chance)), 0.5 / np.sqrt(n)
        return np.sqrt(self.observed / self.expected), np.ones_like(self.expected), 0.5 / np.sqrt(self.expected)


def signals(units: Units) -> tuple[Array, npt.NDArray[np.int8]]:
    """Which units stand out: q-values, and 1 above or −1 below where q is at most 0.05 and the 99.8 % limit is passed, else 0.

    Differences between units (τ² > 0) only ever widen what is usual, so whoever stands out must do so by the exact tails too: on the
    transformed scale alone a unit with 40 of 40 lies four standard deviations from 90 %, which happens to one in seventy.
    """
    _phi, tau2 = dispersion(units)
    q = false_discovery(chances(units, tau2))
    far = q <= FALSE_DISCOVERIES
    if tau2 > 0:
        far &= false_discovery(chances(units, 0.0)) <= FALSE_DISCOVERIES
    side, these = np.zeros(len(q), np.int8), Units(units.kind, units.observed[far], units.expected[far], units.cases[far])
    side[far] = beyond(these, tau2)
    if tau2 > 0:
        side[far] *= beyond(these, 0.0) == side[far]
    return q, side


def dispersion(units: Units) -> tuple[float, float]:
    """How much more the units differ than chance lets them.

    Returns:
        φ (mean of the squared z, clipped at their 10 % and 90 % quantiles) and τ², the variance between units on the transformed
        scale (0 where chance is enough).

    Source:
        Spiegelhalter 2005 (Qual Saf Health Care 14:347), additive random effects with winsorised z.
    """
    y, theta, s = units.transformed
    z = (y - theta) / s
    z = np.clip(z, np.quantile(z, CLIPPED), np.quantile(z, 1 - CLIPPED))
    phi, count, w = float(np.mean(z**2)), len(z), 1 / s**2
    between = w.sum() - (w**2).sum() / w.sum()
    return phi, max(0.0, (count * phi - (count - 1)) / between) if between > 0 else 0.0


def limits(units: Units, tau2: float, coverage: float) -> tuple[Array, Array]:
    """Lower and upper funnel limits of each unit: as shares in 0–1, or as O/E.

    Args:
        units: what is compared.
        tau2: τ² of ``dispersion``.
        coverage: 0.95 or 0.998.

    Source:
        τ² = 0: exact tails, interpolated between whole events (Spiegelhalter 2005, Stat Med 24:1185, A.1.1); else normal on the
        transformed scale.
    """
    if tau2 > 0:
        _y, theta, s = units.transformed
        width = LIMITS[coverage] * np.sqrt(s**2 + tau2)
        if units.kind == "share":
            return np.sin(np.maximum(theta - width, 0)) ** 2, np.sin(np.minimum(theta + width, np.pi / 2)) ** 2
        return np.maximum(theta - width, 0) ** 2, (theta + width) ** 2
    tail = (1 - coverage) / 2
    scale = units.cases if units.kind == "share" else units.expected
    lower, upper = (_interpolated(units, p) for p in (tail, 1 - tail))
    most = units.cases if units.kind == "share" else np.inf
    return np.maximum(lower, 0) / scale, np.clip(upper, 0, most) / scale


def _interpolated(units: Units, p: float) -> Array:
    """The number of events below which a share ``p`` of the chance lies, between whole ones by what lies over."""
    guess = bdtrik(p, units.cases, units.chance) if units.kind == "share" else pdtrik(p, units.expected)
    r = np.ceil(np.maximum(np.where(np.isnan(guess), units.cases, guess), 0))
    for _step in range(2):  # the inverse is a real number: the whole one may lie beside it
        r = np.where((r > 0) & (units.below(r - 1) >= p), r - 1, r)
        r = np.where(units.below(r) < p, r + 1, r)
    within, before = units.below(r), units.below(r - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        over = np.where(within > before, (within - p) / (within - before), 0.0)
    found: Array = r - over
    return found


def chances(units: Units, tau2: float) -> Array:
    """The two-sided probability of being as far off as each unit is: mid-P where chance is enough, else normal with τ²."""
    if tau2 > 0:
        y, theta, s = units.transformed
        far: Array = 2 * ndtr(-np.abs(y - theta) / np.sqrt(s**2 + tau2))
        return far
    x, e = units.observed, units.expected
    if units.kind == "share":
        n, p = units.cases, units.chance
        at = np.exp(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + xlogy(x, p) + xlog1py(n - x, -p))
        less = np.where(x > 0, bdtr(np.maximum(x - 1, 0), n.astype(np.int64), p), 0.0)
        more = np.where(x < n, bdtrc(np.minimum(x, n), n.astype(np.int64), p), 0.0)
    else:
        at = np.exp(xlogy(x, e) - e - gammaln(x + 1))
        less, more = np.where(x > 0, pdtr(np.maximum(x - 1, 0), e), 0.0), pdtrc(x, e)
    two_sided: Array = np.minimum(1, 2 * np.minimum(less + at / 2, more + at / 2))
    return two_sided


def false_discovery(p: Array) -> Array:
    """q-values: the share of false alarms to be expected among all units at least as far off (Benjamini & Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(1, np.minimum.accumulate(scaled[::-1])[::-1])
    return q


def beyond(units: Units, tau2: float) -> npt.NDArray[np.int8]:
    """1 above the 99.8 % limit, −1 below it, else 0."""
    low, high = limits(units, tau2, 0.998)
    value = units.observed / (units.cases if units.kind == "share" else units.expected)
    return np.where(value > high, 1, np.where(value < low, -1, 0)).astype(np.int8)
