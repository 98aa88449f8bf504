"""Control charts: what a process that does not change lets expect of its next points, and four signs that it changed."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from metrics.declaration import Kind
from metrics.intervals import Array

Flags = npt.NDArray[np.bool_]
MOVING_RANGE = 1.128
"""Mean moving range of two points, in standard deviations."""
RUN = 7
RULES = ("beyond_limits", "shift", "trend", "two_of_three")
"""A point beyond 3σ; seven in a row on one side; seven rising or falling; two of three beyond 2σ on one side."""


def process(kind: Kind, x: Array, n: Array, value: Array, every_n: Array) -> tuple[float, Array]:
    """The centre line and each point's standard deviation.

    Args:
        kind: share (p′ chart), rate (u′ chart) or time (XmR chart).
        x: events of the points that the process is judged by, in order of time.
        n: their cases, or their exposure.
        value: their values; of times alone.
        every_n: cases of all points, those the process is not judged by too.

    Returns:
        Centre and standard deviation of every point: shares in 0–1, events per unit of exposure, seconds; NaN where unknown.

    Source:
        Laney 2002 (Qual Eng 14:531), p′ and u′; Wheeler 1993, XmR.
    """
    nothing = np.full(len(every_n), np.nan)
    if len(value) == 0:
        return np.nan, nothing
    if kind == "time":
        return float(value.mean()), np.full(len(every_n), _moving_range(value))
    centre = x.sum() / n.sum()
    of_one = np.sqrt(centre * (1 - centre)) if kind == "share" else np.sqrt(centre)
    if of_one == 0:
        return float(centre), np.zeros(len(every_n))
    between = _moving_range((x / n - centre) / (of_one / np.sqrt(n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.where(every_n > 0, of_one / np.sqrt(every_n) * between, np.nan)
    return float(centre), sigma


def _moving_range(points: Array) -> float:
    """The standard deviation that neighbouring points show; NaN of a single one."""
    return float(np.abs(np.diff(points)).mean() / MOVING_RANGE) if len(points) > 1 else np.nan


def rules(value: Array, centre: float, sigma: Array) -> Flags:
    """Which rules each point is part of: one row per rule of RULES, one column per point.

    Source:
        NHS England, Making Data Count.
    """
    with np.errstate(invalid="ignore"):
        beyond = np.abs(value - centre) > 3 * sigma
        side = np.sign(value - centre)
        far = np.where(np.abs(value - centre) > 2 * sigma, side, 0)
    change = np.sign(np.diff(value))
    shift = _part_of_runs(lambda i: abs(side[i : i + RUN].sum()) == RUN, len(value), RUN)
    rising = _part_of_runs(lambda i: abs(change[i : i + RUN - 1].sum()) == RUN - 1, len(value), RUN)
    two = np.zeros(len(value), np.bool_)
    for i in range(len(value) - 2):
        for one_side in (-1, 1):
            ours = far[i : i + 3] == one_side
            two[i : i + 3] |= ours & (ours.sum() >= 2)
    return np.array([beyond, shift, rising, two])


def _part_of_runs(starts: Callable[[int], bool], length: int, run: int) -> Flags:
    """The points of every run of ``run`` points that begins where ``starts`` says so."""
    found = np.zeros(length, np.bool_)
    for i in range(length - run + 1):
        if starts(i):
            found[i : i + run] = True
    return found
