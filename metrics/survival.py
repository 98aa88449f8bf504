"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.intervals import Z95, Array

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FLAT = 1e-12
"""A curve this near to the wanted share runs flat on it: the quantile is then the middle of the flat."""
STEEPEST = 1.03
"""A curve's standard deviation is never so many times its depth: the most is √½ / log 2 = 1.0201, where one of two has had its event."""
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


def quantiles(cases: pl.DataFrame, shares: Sequence[float]) -> pl.DataFrame:
    """``quantiles_of_keys`` of few cases.

    Args:
        cases: one row per case: ``unit``, ``seconds`` (whole), ``ended`` (false where it was cut off).
        shares: 0–1, for instance 0.5 for the median.

    Returns:
        One row per unit, in their order, with the columns of ``quantiles_of_keys``.
    """
    names = cases["unit"].unique().sort()
    numbered = nw.from_native(cases.with_columns(unit=pl.col("unit").rank("dense").cast(pl.Int64) - 1))
    keys = numbered.select(key(nw.col("unit"), nw.col("seconds"), nw.col("ended"))).to_native().to_series()
    return quantiles_of_keys(keys, shares).with_columns(unit=names)


def quantiles_of_keys(keys: pl.Series, shares: Sequence[float]) -> pl.DataFrame:
    """When a share of the cases has had its event, as R prints it for a ``survfit(..., conf.type = "log-log")``.

    Args:
        keys: of each case its ``key``, in any order.
        shares: 0–1, for instance 0.5 for the median.

    Returns:
        One row per unit, in order of their numbers: ``unit``, ``events``, ``cases``, ``last`` (the largest
        time seen, seconds) and for each share, numbered from 0, ``value_0``, ``lower_0``, ``upper_0`` in seconds (halves where a flat is
        halved; null where the curve does not come down so far).

    Source:
        Brookmeyer & Crowley 1982; R's ``print.survfit`` (its ``quantile`` differs where a curve ends on the height itself: it takes the
        middle between there and the last time seen).
    """
    ordered = np.concatenate([part.to_numpy() for part in keys.get_chunks()])
    ordered.sort()
    unit = np.right_shift(ordered, TIME_BITS, out=np.empty(len(ordered), np.int32), casting="unsafe")
    begins = _beginnings(unit)
    drawn = Curves.of(ordered, np.append(begins, len(ordered)))
    many = np.diff(drawn.bounds)
    found: dict[str, Array | Integers] = {"unit": unit[begins], "events": many - np.diff(drawn.cut_before), "cases": many}
    found["last"] = _seconds(ordered[drawn.bounds[1:] - 1])
    for i, share in enumerate(shares):
        found[f"value_{i}"] = _reached(drawn, 0.0, share)
        # The band's lower curve comes down first: it gives the lower limit of the time.
        found[f"lower_{i}"] = _reached(drawn, Z95, share)
        found[f"upper_{i}"] = _reached(drawn, -Z95, share)
    return pl.DataFrame(found, nan_to_null=True)


def _seconds(keys: Integers) -> Integers:
    """The time in the bits of a case."""
    return ((keys & ((1 << TIME_BITS) - 1)) - ZERO) >> 1


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
    def of(cls, keys: Integers, bounds: Integers) -> "Curves":
        """The curves of the cases between the bounds."""
        cut = np.flatnonzero((keys.astype(np.int8) & 1).view(np.bool_))
        cut_before = np.searchsorted(cut, bounds)
        at_risk = (np.repeat(bounds[1:], np.diff(cut_before)) - cut).astype(np.float64)
        with np.errstate(divide="ignore"):  # nobody comes after the last of a unit
            factors, terms = at_risk / (at_risk - 1), 1 / (at_risk * (at_risk - 1))
        for start, end in pairwise(cut_before):
            np.multiply.accumulate(factors[start:end], out=factors[start:end])
            np.add.accumulate(terms[start:end], out=terms[start:end])
        return cls(keys, bounds, cut, cut_before, factors, terms)

    def seconds(self, place: Integers) -> Integers:
        """The time of the case at a place."""
        return _seconds(self.keys[place])

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


def _reached(drawn: Curves, z: float, share: float) -> Array:
    """When each unit's curve (z = 0) or a side of its band comes down to where a share has had its event: the middle where it runs flat
    there before it falls further, the beginning where it never does; NaN where it never comes down so far."""
    height, deeper = (-log(1 - share + slack) for slack in (FLAT, -FLAT))
    unit, reached = _first(drawn, z, height)
    passed = reached.copy()
    flat = np.flatnonzero(~(drawn.side(unit, passed, z) >= deeper))
    while len(flat):
        following = drawn.next_step(passed[flat])
        over = following >= drawn.bounds[unit[flat] + 1]
        passed[flat] = np.where(over, reached[flat], following)
        flat = flat[~over]
        flat = flat[~(drawn.side(unit[flat], passed[flat], z) >= deeper)]
    found = np.full(len(drawn.bounds) - 1, np.nan)
    found[unit] = (drawn.seconds(reached) + drawn.seconds(passed)) / 2
    return found


def _first(drawn: Curves, z: float, height: float) -> tuple[Integers, Integers]:
    """The units that come down so far, and the place of each one's first step that does. Within a run of places depth and deviation lie
    between those at its ends, and the deviation is below STEEPEST times the depth: most runs need no look inside."""
    unit, first, last, (depth_first, deviation_first), (depth_last, deviation_last) = drawn.blocks
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = deviation_last / depth_first if z > 0 else deviation_first / depth_last
        most = depth_last * np.exp(z * np.fmin(ratio, STEEPEST))
    left = np.flatnonzero(~(most < height - FLAT))
    units, places = [], []
    while len(left):
        block = left[_beginnings(unit[left])]
        many = last[block] - first[block] + 1
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many - first[block], many)
        steps = drawn.steps(place)
        owner, place = np.repeat(unit[block], many)[steps], place[steps]
        there = np.flatnonzero(drawn.side(owner, place, z) >= height)
        there = there[_beginnings(owner[there])]
        units.append(owner[there])
        places.append(place[there])
        left = np.setdiff1d(left, block, assume_unique=True)
        left = left[~np.isin(unit[left], owner[there])]
    none = np.empty(0, np.int64)
    return np.concatenate([none, *units]), np.concatenate([none, *places])


def _beginnings(values: Integers) -> Integers:
    """Where the equal ones of values in order begin."""
    begins = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)
