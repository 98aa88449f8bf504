"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.intervals import Z95, Array

Integers = npt.NDArray[np.int64]

FLAT = 1e-12
"""A curve this near to the wanted share runs flat on it: the quantile is then the middle of the flat."""
NEVER = np.iinfo(np.int64).max
SECONDS_BITS = 36
"""Enough for two thousand years of seconds: unit, time and ending sort as one whole number."""
ZERO = 1 << (SECONDS_BITS - 1)
"""How 0 s is written among these bits: a later correction can leave an answer before its question, and such a time is below 0."""


@dataclass(frozen=True)
class Curves:
    """Survival curves of several units, one after the other: one entry per unit and time with events."""

    unit: Integers
    seconds: Integers
    survival: Array
    log_low: Array
    """Logarithm of the log-log 95 % band; NaN where the curve is at 0."""
    log_high: Array


def curves(keys: Integers, number: Integers) -> Curves:
    """Survival curves with their log-log 95 % bands.

    Args:
        keys: of each case, in order: its unit, how long it took so far (whole seconds above -ZERO) and 0 if it ended then, 1 if it
            was cut off, in bits: those cut off come after the events of the same time.
        number: how many cases each unit has.

    Source:
        Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, 1.4.1 (log-log); R's ``survfit``.
    """
    happened = np.flatnonzero((keys & 1) == 0)
    steps = keys[happened] >> 1
    first = _beginnings(steps)
    events = np.diff(first, append=len(steps))
    steps, starts = steps[first], happened[first]
    of = steps >> SECONDS_BITS
    # Sorted, a case's place says how many of its unit came before it: the rest is at risk.
    at_risk = np.cumsum(number)[of] - starts
    remain = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        survival, variance = _accumulated(of, remain / at_risk, events / at_risk / remain)
        logarithm = np.log(survival)
        width = np.exp(Z95 * np.sqrt(variance) / -logarithm)
        log_low, log_high = logarithm * width, logarithm / width
    return Curves(of, _seconds(steps), survival, log_low, log_high)


def _seconds(steps: Integers) -> Integers:
    """The time in the bits of unit and time."""
    return (steps & ((1 << SECONDS_BITS) - 1)) - ZERO


def _beginnings(values: Integers) -> Integers:
    """Where the equal ones of values in order begin."""
    begins = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def _accumulated(of: Integers, factors: Array, terms: Array) -> tuple[Array, Array]:
    """The running product of the factors and the running sum of the terms within each unit."""
    bounds = np.append(_beginnings(of), len(of))
    for start, end in pairwise(bounds):
        np.cumprod(factors[start:end], out=factors[start:end])
        np.cumsum(terms[start:end], out=terms[start:end])
    return factors, terms


def quantiles(cases: pl.DataFrame, shares: Sequence[float]) -> pl.DataFrame:
    """When a share of the cases has had its event, as R prints it for a ``survfit(..., conf.type = "log-log")``.

    Args:
        cases: one row per case: ``unit`` (text or an Enum), ``seconds`` (whole), ``ended`` (false where it was cut off).
        shares: 0–1, for instance 0.5 for the median.

    Returns:
        One row per unit, or per category of the Enum: ``unit``, ``events``, ``cases``, ``last`` (the largest time seen, seconds)
        and for each share, numbered from 0, ``value_0``, ``lower_0``, ``upper_0`` in seconds (halves where a flat is halved; null
        where the curve does not come down so far).

    Source:
        Brookmeyer & Crowley 1982; R's ``print.survfit`` (its ``quantile`` differs where a curve ends on the height itself: it takes the
        middle between there and the last time seen).
    """
    kind = cases["unit"].dtype
    if not isinstance(kind, pl.Enum):
        kind = pl.Enum(cases["unit"].unique().sort())
    names, coded = kind.categories, cases["unit"].cast(kind)
    unit = coded.to_physical().cast(pl.Int64).to_numpy()
    seconds, ended = cases["seconds"].to_numpy(), cases["ended"].to_numpy()
    number = np.bincount(unit, minlength=len(names))
    keys = seconds + ZERO
    keys <<= 1
    keys |= ~ended
    keys |= unit << (SECONDS_BITS + 1)
    keys.sort()
    drawn = curves(keys, number)
    last = _seconds(np.append(keys, 0)[np.cumsum(number) - 1] >> 1)
    found: dict[str, object] = {"unit": names, "events": np.bincount(unit[ended], minlength=len(names)), "cases": number, "last": last}
    for i, share in enumerate(shares):
        found[f"value_{i}"] = _reached(drawn, drawn.survival, len(names), 1 - share + FLAT, 1 - share - FLAT)
        # The band's lower curve comes down first: it gives the lower limit of the time.
        for name, curve in (("lower", drawn.log_low), ("upper", drawn.log_high)):
            found[f"{name}_{i}"] = _reached(drawn, curve, len(names), log(1 - share + FLAT), log(1 - share - FLAT))
    return pl.DataFrame(found, nan_to_null=True)


def _reached(drawn: Curves, curve: Array, units: int, above: float, below: float) -> Array:
    """When each unit's curve comes down to a height (given with its tolerance above and below): the middle where it runs flat
    there before it falls further, the beginning where it never does; NaN where it never comes down so far."""
    reached = _first(drawn, curve <= above, units)
    passed = _first(drawn, curve < below, units)
    flat_to = np.where(passed == NEVER, reached, passed)
    return np.where(reached == NEVER, np.nan, (reached + flat_to.astype(np.float64)) / 2)


def _first(drawn: Curves, condition: npt.NDArray[np.bool_], units: int) -> Integers:
    """Each unit's first time that fulfils the condition; NEVER where none does."""
    where = np.flatnonzero(condition)
    start, end = np.searchsorted(drawn.unit, np.arange(units)), np.searchsorted(drawn.unit, np.arange(units), side="right")
    found = np.append(where, len(condition))[np.searchsorted(where, start)]
    return np.where(found < end, np.append(drawn.seconds, NEVER)[found], NEVER)
