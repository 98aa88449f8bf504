"""Kaplan–Meier curves of many units at once: each case is one whole number, and a curve is drawn only where somebody looks."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import narwhals as nw
import numpy as np
import numpy.typing as npt

from metrics.intervals import Array

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TIME_BITS = 35
"""Bits for twice a case's seconds, below its unit: 272 years before its question (a later correction can leave an answer there) and as
many after it."""
ZERO = 1 << TIME_BITS - 1
"""How 0 s is written among these bits."""
UNITS = 1 << 63 - TIME_BITS
"""As many units can be told apart."""


def key(unit: nw.Expr, seconds: nw.Expr, ended: nw.Expr) -> nw.Expr:
    """A case in one whole number: in order of these, cases lie by unit and time, those cut off after the events of the same time.

    Args:
        unit: whole numbers from 0 to UNITS − 1.
        seconds: whole.
        ended: false where the case was cut off then.
    """
    return unit * (1 << TIME_BITS) + seconds * 2 + nw.when(ended).then(nw.lit(ZERO)).otherwise(nw.lit(ZERO + 1))


@dataclass(frozen=True)
class Curves:
    """Survival curves of several units, drawn only where somebody looks.

    Of n cases in order of time, the one before which i went has the factor (n − i − 1) / (n − i) if it ended. Had all of them ended, the
    product up to it would be what remains, over n; so it is that, divided by the factors of those cut off before it. The same holds of
    the sum of Greenwood's terms 1 / (n − i)(n − i − 1). A curve steps down at the last of the cases that ended at one time.

    Source:
        Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, 1.4.1 (log-log); R's ``survfit``.
    """

    keys: Integers
    """Of each case its ``key``, in order."""
    units: npt.NDArray[np.int32]
    """Their numbers, in order."""
    bounds: Integers
    """Where the cases of each unit begin, and where the last one's end."""
    cut: Integers
    """Places of the cases cut off."""
    cut_before: Integers
    """How many of them lie before each unit, and how many there are."""
    factors: Array
    """What those of a unit up to each of them left out of its curve."""
    terms: Array
    """What they left out of its variance."""

    @classmethod
    def of(cls, keys: Integers) -> "Curves":
        """The curves of cases in order of their keys."""
        unit = np.right_shift(keys, TIME_BITS, out=np.empty(len(keys), np.int32), casting="unsafe")
        begins = beginnings(unit)
        bounds = np.append(begins, len(keys))
        cut = np.flatnonzero((keys.astype(np.int8) & 1).view(np.bool_))
        cut_before = np.searchsorted(cut, bounds)
        at_risk = (np.repeat(bounds[1:], np.diff(cut_before)) - cut).astype(np.float64)
        with np.errstate(divide="ignore"):  # nobody comes after the last of a unit
            factors, terms = at_risk / (at_risk - 1), 1 / (at_risk * (at_risk - 1))
        for start, end in pairwise(cut_before):
            np.multiply.accumulate(factors[start:end], out=factors[start:end])
            np.add.accumulate(terms[start:end], out=terms[start:end])
        return cls(keys, unit[begins], bounds, cut, cut_before, factors, terms)

    def seconds(self, place: Integers) -> Integers:
        """The time of the case at a place."""
        return ((self.keys[place] & ((1 << TIME_BITS) - 1)) - ZERO) >> 1

    def steps(self, place: Integers) -> Flags:
        """Whether a curve steps down at a place."""
        here, after = self.keys[place], self.keys[np.minimum(place + 1, len(self.keys) - 1)]
        steps: Flags = (here & 1 == 0) & ((here != after) | (place == len(self.keys) - 1))
        return steps

    def next_step(self, place: Integers) -> Integers:
        """The place of the first step, of whatever unit, after a place; the number of cases where there is none."""
        before = np.searchsorted(self.cut, place, side="right")
        ended = place + 1 - before
        first = ended + np.searchsorted(self.cut - np.arange(len(self.cut)), ended, side="right")
        there = first < len(self.keys)
        first[there] = np.searchsorted(self.keys, self.keys[first[there]], side="right") - 1
        return first

    def fallen(self, unit: Integers, place: Integers) -> tuple[Array, Array]:
        """How far a unit's curve came down up to a place, as −log of what is left, and the standard deviation of that; both only grow
        from step to step."""
        cut = np.searchsorted(self.cut, place, side="right")
        some = cut > self.cut_before[unit]
        factor, term = np.ones(len(place)), np.zeros(len(place))
        factor[some], term[some] = self.factors[cut[some] - 1], self.terms[cut[some] - 1]
        after = self.bounds[unit + 1]
        many, remain = after - self.bounds[unit], after - place - 1
        with np.errstate(divide="ignore", invalid="ignore"):  # of a curve that comes down to 0; the last of a unit, cut off, has none
            return np.abs(np.log(remain / many * factor)), np.sqrt(np.maximum(1 / remain - 1 / many - term, 0.0))

    def side(self, unit: Integers, place: Integers, z: float) -> Array:
        """The same of a side of the band, ``z`` standard deviations of log(−log) away; NaN where the curve is at 0."""
        depth, deviation = self.fallen(unit, place)
        with np.errstate(invalid="ignore"):
            return depth * np.exp(z * deviation / depth) if z else depth

    @cached_property
    def blocks(self) -> tuple[Integers, Integers, Integers, tuple[Array, Array], tuple[Array, Array]]:
        """About as many runs of a unit's places as places in a run: the unit, the first place, the last one, and how far the curve came
        down with each."""
        many = np.diff(self.bounds)
        width = np.sqrt(many).astype(np.int64) + 1
        count = -(-many // width)
        unit = np.repeat(np.arange(len(many)), count)
        number = np.arange(len(unit)) - np.repeat(np.cumsum(count) - count, count)
        first = self.bounds[unit] + number * width[unit]
        last = np.minimum(first + width[unit], self.bounds[unit + 1]) - 1
        return unit, first, last, self.fallen(unit, first), self.fallen(unit, last)


def beginnings(values: Integers) -> Integers:
    """Where the equal ones of values in order begin."""
    begins = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)
