"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.intervals import Z95, Array

Integers = npt.NDArray[np.int64]

FLAT = 1e-12
"""A curve this near to the wanted share runs flat on it: the quantile is then the middle of the flat."""
SECONDS_BITS = 36
"""Enough for two thousand years of seconds: unit, time and ending sort as one whole number."""
ZERO = 1 << (SECONDS_BITS - 1)
"""How 0 s is written among these bits: a later correction can leave an answer before its question, and such a time is below 0."""


def quantiles(cases: pl.DataFrame, shares: Sequence[float]) -> pl.DataFrame:
    """When a share of the cases has had its event, as R prints it for a ``survfit(..., conf.type = "log-log")``.

    Args:
        cases: one row per case: ``unit`` (text, or a whole number under 2²⁶), ``seconds`` (whole), ``ended`` (false where it was cut off).
        shares: 0–1, for instance 0.5 for the median.

    Returns:
        One row per unit, in their order: ``unit``, ``events``, ``cases``, ``last`` (the largest time seen, seconds)
        and for each share, numbered from 0, ``value_0``, ``lower_0``, ``upper_0`` in seconds (halves where a flat is halved; null
        where the curve does not come down so far).

    Source:
        Brookmeyer & Crowley 1982; R's ``print.survfit`` (its ``quantile`` differs where a curve ends on the height itself: it takes the
        middle between there and the last time seen).
    """
    unit = cases["unit"]
    names = None if unit.dtype.is_integer() else unit.unique().sort()
    if names is not None:
        unit = unit.cast(pl.Enum(names)).to_physical()
    keys = unit.cast(pl.Int64).to_numpy() << SECONDS_BITS
    keys += cases["seconds"].to_numpy()
    keys += ZERO
    keys <<= 1
    keys += cases["ended"].not_().cast(pl.Int64).to_numpy()
    keys.sort()
    numbers = keys >> (SECONDS_BITS + 1)
    begins = _beginnings(numbers)
    bounds = np.append(begins, len(keys))
    drawn = Curves.of(keys, bounds)
    many = np.diff(bounds)
    last = _seconds(keys[bounds[1:] - 1])
    found: dict[str, Array | Integers] = {"events": many - np.diff(drawn.cut_before), "cases": many, "last": last}
    for i, share in enumerate(shares):
        found[f"value_{i}"] = _reached(drawn, 0.0, share)
        # The band's lower curve comes down first: it gives the lower limit of the time.
        found[f"lower_{i}"] = _reached(drawn, Z95, share)
        found[f"upper_{i}"] = _reached(drawn, -Z95, share)
    return pl.DataFrame({"unit": numbers[begins] if names is None else names, **found}, nan_to_null=True)


def _seconds(keys: Integers) -> Integers:
    """The time in the bits of unit, time and ending."""
    return ((keys >> 1) & ((1 << SECONDS_BITS) - 1)) - ZERO


@dataclass(frozen=True)
class Curves:
    """Survival curves of several units, drawn only where somebody looks.

    Of n cases in order of time, the one before which i went has the factor (n − i − 1) / (n − i) if it ended. Had all of them ended, the
    product up to it would be what remains, over n; so it is that, divided by the factors of those cut off before it. The same holds of
    the sum of Greenwood's terms 1 / (n − i)(n − i − 1).

    Source:
        Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, 1.4.1 (log-log); R's ``survfit``.
    """

    keys: Integers
    """Of each case, in order: its unit, how long it took so far and 0 if it ended then, 1 if it was cut off, in bits: those cut off come
    after the events of the same time."""
    bounds: Integers
    """Where the cases of each unit begin, and where the last one's end."""
    steps: Integers
    """Of each time at which cases ended: the place of the last of them."""
    step_bounds: Integers
    """Where the steps of each unit begin, and where the last one's end."""
    cut: Integers
    """Places of the cases cut off."""
    cut_before: Integers
    """How many of them lie before each unit, and how many there are."""
    factors: Array
    """What those of a unit up to each of them left out of its curve."""
    terms: Array
    """What they left out of its variance."""

    @classmethod
    def of(cls, keys: Integers, bounds: Integers) -> "Curves":
        """The curves of the cases between the bounds."""
        was_cut = (keys & 1).astype(np.bool_)
        cut = np.flatnonzero(was_cut)
        cut_before = np.searchsorted(cut, bounds)
        steps = np.flatnonzero(np.append(keys[1:] != keys[:-1], len(keys) > 0) & ~was_cut)
        at_risk = (np.repeat(bounds[1:], np.diff(cut_before)) - cut).astype(np.float64)
        with np.errstate(divide="ignore"):  # nobody comes after the last of a unit
            factors, terms = at_risk / (at_risk - 1), 1 / (at_risk * (at_risk - 1))
        for start, end in pairwise(cut_before):
            np.multiply.accumulate(factors[start:end], out=factors[start:end])
            np.add.accumulate(terms[start:end], out=terms[start:end])
        return cls(keys, bounds, steps, np.searchsorted(steps, bounds), cut, cut_before, factors, terms)

    def seconds(self, step: Integers) -> Integers:
        """The time of a step."""
        return _seconds(self.keys[self.steps[step]])

    def fallen(self, unit: Integers, step: Integers) -> tuple[Array, Array]:
        """How far a unit's curve came down with a step, as −log of what is left, and the standard deviation of that; both only grow."""
        place = self.steps[step]
        cut = np.searchsorted(self.cut, place)
        some = cut > self.cut_before[unit]
        factor, term = np.ones(len(step)), np.zeros(len(step))
        factor[some], term[some] = self.factors[cut[some] - 1], self.terms[cut[some] - 1]
        after = self.bounds[unit + 1]
        many, remain = after - self.bounds[unit], after - place - 1
        with np.errstate(divide="ignore"):  # of a curve that comes down to 0
            return np.abs(np.log(remain / many * factor)), np.sqrt(np.maximum(1 / remain - 1 / many - term, 0.0))

    def side(self, unit: Integers, step: Integers, z: float) -> Array:
        """The same of a side of the band, ``z`` standard deviations of log(−log) away; NaN where the curve is at 0."""
        depth, deviation = self.fallen(unit, step)
        with np.errstate(invalid="ignore"):
            return depth * np.exp(z * deviation / depth) if z else depth

    @cached_property
    def blocks(self) -> tuple[Integers, Integers, Integers, tuple[Array, Array], tuple[Array, Array]]:
        """About as many runs of a unit's steps as steps in a run: the unit, the first step, the last one, and how far it came with each."""
        many = np.diff(self.step_bounds)
        width = np.sqrt(many).astype(np.int64) + 1
        count = -(-many // width)
        unit = np.repeat(np.arange(len(many)), count)
        number = np.arange(len(unit)) - np.repeat(np.cumsum(count) - count, count)
        first = self.step_bounds[unit] + number * width[unit]
        last = np.minimum(first + width[unit], self.step_bounds[unit + 1]) - 1
        return unit, first, last, self.fallen(unit, first), self.fallen(unit, last)


def _reached(drawn: Curves, z: float, share: float) -> Array:
    """When each unit's curve (z = 0) or a side of its band comes down to where a share has had its event: the middle where it runs flat
    there before it falls further, the beginning where it never does; NaN where it never comes down so far."""
    height, deeper = (-log(1 - share + slack) for slack in (FLAT, -FLAT))
    unit, reached = _first(drawn, z, height)
    passed = reached.copy()
    flat = np.flatnonzero(~(drawn.side(unit, passed, z) >= deeper))
    while len(flat):
        passed[flat] += 1
        over = passed[flat] == drawn.step_bounds[unit[flat] + 1]
        passed[flat[over]] = reached[flat[over]]
        flat = flat[~over]
        flat = flat[~(drawn.side(unit[flat], passed[flat], z) >= deeper)]
    found = np.full(len(drawn.bounds) - 1, np.nan)
    found[unit] = (drawn.seconds(reached) + drawn.seconds(passed)) / 2
    return found


def _first(drawn: Curves, z: float, height: float) -> tuple[Integers, Integers]:
    """The units that come down so far, and each one's first step that does. Within a run of steps depth and deviation lie between those
    at its ends, and the deviation is never above the depth: most runs need no look inside."""
    unit, first, last, (depth_first, deviation_first), (depth_last, deviation_last) = drawn.blocks
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = deviation_last / depth_first if z > 0 else deviation_first / depth_last
        most = depth_last * np.exp(z * np.fmin(ratio, 1.0))
    left = np.flatnonzero(most >= height - FLAT)
    units, steps = [], []
    while len(left):
        block = left[_beginnings(unit[left])]
        many = last[block] - first[block] + 1
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many - first[block], many)
        owner = np.repeat(unit[block], many)
        there = np.flatnonzero(drawn.side(owner, step, z) >= height)
        there = there[_beginnings(owner[there])]
        units.append(owner[there])
        steps.append(step[there])
        left = np.setdiff1d(left, block, assume_unique=True)
        left = left[~np.isin(unit[left], owner[there])]
    none = np.empty(0, np.int64)
    return np.concatenate([none, *units]), np.concatenate([none, *steps])


def _beginnings(values: Integers) -> Integers:
    """Where the equal ones of values in order begin."""
    begins = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)
