"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
AT_ONCE = 1 << 17
"""Cases whose curves are drawn in one go: few enough to stay near the processor."""
NEVER = np.iinfo(np.int64).max
SECONDS_BITS = 36
"""Enough for two thousand years of seconds: unit, time and ending sort as one whole number."""
ZERO = 1 << (SECONDS_BITS - 1)
"""How 0 s is written among these bits: a later correction can leave an answer before its question, and such a time is below 0."""


@dataclass(frozen=True)
class Curves:
    """Survival curves of several units, one after the other: one entry per unit and time with events."""

    bounds: Integers
    """Where the entries of each unit begin, and where the last one's end."""
    seconds: Integers
    survival: Array
    log_low: Array
    """Logarithm of the log-log 95 % band; NaN where the curve is at 0."""
    log_high: Array


def curves(keys: Integers, bounds: Integers) -> Curves:
    """Survival curves with their log-log 95 % bands.

    Args:
        keys: of each case, in order: its unit, how long it took so far (whole seconds above -ZERO) and 0 if it ended then, 1 if it
            was cut off, in bits: those cut off come after the events of the same time.
        bounds: where the cases of each unit begin, and where the last one's end.

    Source:
        Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, 1.4.1 (log-log); R's ``survfit``.
    """
    happened = np.flatnonzero((keys & 1) == 0)
    steps = keys[happened] >> 1
    first = _beginnings(steps)
    events = np.diff(first, append=len(steps))
    steps, starts = steps[first], happened[first]
    of_unit = np.searchsorted(starts, bounds)
    # Sorted, a case's place says how many of its unit came before it: the rest is at risk.
    at_risk = np.repeat(bounds[1:], np.diff(of_unit)) - starts
    remain = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        survival, variance = _accumulated(of_unit, remain / at_risk, events / at_risk / remain)
        logarithm = np.log(survival)
        width = np.exp(Z95 * np.sqrt(variance) / -logarithm)
        log_low, log_high = logarithm * width, logarithm / width
    return Curves(of_unit, _seconds(steps), survival, log_low, log_high)


def _seconds(steps: Integers) -> Integers:
    """The time in the bits of unit and time."""
    return (steps & ((1 << SECONDS_BITS) - 1)) - ZERO


def _beginnings(values: Integers) -> Integers:
    """Where the equal ones of values in order begin."""
    begins = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def _accumulated(bounds: Integers, factors: Array, terms: Array) -> tuple[Array, Array]:
    """The running product of the factors and the running sum of the terms within each unit."""
    for start, end in pairwise(bounds):
        np.cumprod(factors[start:end], out=factors[start:end])
        np.cumsum(terms[start:end], out=terms[start:end])
    return factors, terms


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
    if not unit.dtype.is_integer():
        unit = unit.cast(pl.Enum(unit.unique().sort())).to_physical()
    keys = cases["seconds"].to_numpy() + ZERO
    keys <<= 1
    keys |= ~cases["ended"].to_numpy()
    keys |= unit.cast(pl.Int64).to_numpy() << (SECONDS_BITS + 1)
    keys.sort()
    number = keys >> (SECONDS_BITS + 1)
    begins = _beginnings(number)
    bounds = np.append(begins, len(keys))
    cuts = np.unique(np.searchsorted(bounds[:-1], range(0, len(keys) + 1, AT_ONCE)))
    batches = [bounds[first : after + 1] for first, after in pairwise([*cuts, len(begins)])]
    with ThreadPoolExecutor(max_workers=2) as pool:  # numpy lets others work while it does
        parts = list(pool.map(lambda some: _quantiles(keys[some[0] : some[-1]], some - some[0], shares), batches))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    named = pl.Series("unit", number[begins]) if unit is cases["unit"] else cases["unit"].unique().sort()
    return pl.DataFrame({"unit": named, **found}, nan_to_null=True)


def _quantiles(keys: Integers, bounds: Integers, shares: Sequence[float]) -> dict[str, Array | Integers]:
    """The columns of ``quantiles`` but ``unit``, of the units between the bounds."""
    drawn, cases = curves(keys, bounds), np.diff(bounds)
    cut_off = np.searchsorted(np.flatnonzero(keys & 1), bounds)
    last = _seconds(keys[bounds[1:] - 1] >> 1)
    found: dict[str, Array | Integers] = {"events": cases - np.diff(cut_off), "cases": cases, "last": last}
    for i, share in enumerate(shares):
        found[f"value_{i}"] = _reached(drawn, drawn.survival, 1 - share + FLAT, 1 - share - FLAT)
        # The band's lower curve comes down first: it gives the lower limit of the time.
        for name, curve in (("lower", drawn.log_low), ("upper", drawn.log_high)):
            found[f"{name}_{i}"] = _reached(drawn, curve, log(1 - share + FLAT), log(1 - share - FLAT))
    return found


def _reached(drawn: Curves, curve: Array, above: float, below: float) -> Array:
    """When each unit's curve comes down to a height (given with its tolerance above and below): the middle where it runs flat
    there before it falls further, the beginning where it never does; NaN where it never comes down so far."""
    reached = _first(drawn, curve <= above)
    passed = _first(drawn, curve < below)
    flat_to = np.where(passed == NEVER, reached, passed)
    return np.where(reached == NEVER, np.nan, (reached + flat_to.astype(np.float64)) / 2)


def _first(drawn: Curves, condition: npt.NDArray[np.bool_]) -> Integers:
    """Each unit's first time that fulfils the condition; NEVER where none does."""
    where = np.flatnonzero(condition)
    found = np.append(where, len(condition))[np.searchsorted(where, drawn.bounds[:-1])]
    return np.where(found < drawn.bounds[1:], np.append(drawn.seconds, NEVER)[found], NEVER)
