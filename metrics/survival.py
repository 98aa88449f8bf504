"""How long it takes, with those who still wait counted in: Kaplan–Meier quantiles of all units at once."""

from collections.abc import Sequence
from math import log

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.curves import Curves, Integers, beginnings, key
from metrics.intervals import Z95, Array

FLAT = 1e-12
"""A curve this near to the wanted share runs flat on it: the quantile is then the middle of the flat."""
STEEPEST = 1.03
"""A curve's standard deviation is never so many times its depth: the most is √½ / log 2 = 1.0201, where one of two has had its event."""


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
    drawn = Curves.of(ordered)
    many = np.diff(drawn.bounds)
    found: dict[str, npt.NDArray[np.number]] = {"unit": drawn.units, "events": many - np.diff(drawn.cut_before), "cases": many}
    found["last"] = drawn.seconds(drawn.bounds[1:] - 1)
    for i, share in enumerate(shares):
        found[f"value_{i}"] = _reached(drawn, 0.0, share)
        # The band's lower curve comes down first: it gives the lower limit of the time.
        found[f"lower_{i}"] = _reached(drawn, Z95, share)
        found[f"upper_{i}"] = _reached(drawn, -Z95, share)
    return pl.DataFrame(found, nan_to_null=True)


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
        block = left[beginnings(unit[left])]
        many = last[block] - first[block] + 1
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many - first[block], many)
        steps = drawn.steps(place)
        owner, place = np.repeat(unit[block], many)[steps], place[steps]
        there = np.flatnonzero(drawn.side(owner, place, z) >= height)
        there = there[beginnings(owner[there])]
        units.append(owner[there])
        places.append(place[there])
        left = np.setdiff1d(left, block, assume_unique=True)
        left = left[~np.isin(unit[left], owner[there])]
    none = np.empty(0, np.int64)
    return np.concatenate([none, *units]), np.concatenate([none, *places])
