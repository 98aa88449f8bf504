"""95 % intervals of shares and rates, for whole columns at once."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

Z95 = 1.959963984540054
"""Φ⁻¹(0.975), unrounded."""

GARWOOD = np.array(
    [
        (0.0, 3.6888794541139363),
        (0.025317807984289876, 5.571643390938899),
        (0.2422092785439649, 7.224687667723961),
        (0.6186721228956013, 8.767273069742327),
        (1.0898653736263249, 10.241588675403698),
        (1.6234863901184204, 11.668332079322669),
        (2.2018942534908508, 13.059474022518685),
        (2.814363051519866, 14.42267536170238),
        (3.4538321767485014, 15.763189220193315),
        (4.115373097378332, 17.08480345141917),
    ]
)
"""Exact limits of a Poisson count of 0 to 9: half the χ² quantiles 0.025 (2k degrees) and 0.975 (2k + 2), so that SciPy is not loaded."""


def wilson(hits: npt.ArrayLike, cases: npt.ArrayLike) -> tuple[Array, Array]:
    """Limits of a share: the score interval without continuity correction.

    Args:
        hits: numerators, whole numbers.
        cases: denominators; where 0 the limits are NaN.

    Returns:
        Lower and upper limits in 0–1, one per case of the input.

    Source:
        Wilson 1927; Newcombe 1998 (Stat Med 17:857), method 3.
    """
    x, n = np.asarray(hits, np.float64), np.asarray(cases, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = 2 * x + Z95**2
        spread = Z95 * np.sqrt(Z95**2 + 4 * x * (n - x) / n)
        lower, upper = (centre - spread) / (2 * (n + Z95**2)), (centre + spread) / (2 * (n + Z95**2))
    # Rounding must not push a limit past 0, 1 or the share itself.
    lower, upper = np.where(x == 0, 0.0, lower), np.where(x == n, 1.0, upper)
    empty = n == 0
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def garwood_byar(events: npt.ArrayLike) -> tuple[Array, Array]:
    """Limits of a Poisson count: exact under 10 events, Byar's approximation from 10 on, as UK public health does.

    Args:
        events: counts, whole numbers.

    Returns:
        Lower and upper limits of the expected count, in events.

    Source:
        Garwood 1936 (Biometrika 28:437); Breslow & Day 1987, p. 69; PHE Technical Guide: Confidence Intervals.
    """
    count = np.asarray(events, np.int64)
    o = np.maximum(count, 1).astype(np.float64)
    p = (count + 1).astype(np.float64)
    byar_lower = o * (1 - 1 / (9 * o) - Z95 / (3 * np.sqrt(o))) ** 3
    byar_upper = p * (1 - 1 / (9 * p) + Z95 / (3 * np.sqrt(p))) ** 3
    exact = GARWOOD[np.minimum(count, 9)]
    few = count < 10
    return np.where(few, exact[..., 0], byar_lower), np.where(few, exact[..., 1], byar_upper)
