"""Funnel limits: the example of Spiegelhalter's appendix, and two worksheets that draw their limits otherwise."""

import numpy as np
from scipy.stats import binom, poisson

from metrics.funnel import Units, limits
from tests.worked.published import Published, data

COVERAGES = {"95": 0.95, "998": 0.998}
BASELINE = 0.80642448
"""The whole's share in PHE's worksheet."""
FUNNELPLOTR = [0.5596924, 0.6108260, 0.6746958, 1.649348, 1.544419, 1.427562]
"""95 % limits of O/E at 15, 20 and 30 expected events: lower ones, upper ones."""


def rows() -> list[Published]:
    return [_appendix(), *(_worksheet(name) for name in COVERAGES), *(_above(name) for name in COVERAGES), _shares(), _confidence()]


def _appendix() -> Published:
    found = _both(np.array([2.5]), 0.998)
    return Published(
        "Spiegelhalter 2005, A.1.1", "O/E, upper 99.8 % limit at E = 2.5", [3.265], *(each[1:] / 2.5 for each in found), EXACT, 3
    )


EXACT = "tails summed one by one"


def _both(expected: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower limits, then upper ones, in events: ours and a second time."""
    ones = np.ones(len(expected))
    low, high = (limit * expected for limit in limits(Units("rate", ones, expected, ones), 0.0, coverage))
    again = np.array([_by_tails(poisson(e).cdf(np.arange(int(3 * e) + 30)), coverage) for e in expected.tolist()])
    return np.concatenate([low, high]), again.T.ravel()


def _by_tails(cumulated: np.ndarray, coverage: float) -> tuple[float, float]:
    """Limits in events, from the chances of 0, 1, 2 … events or fewer."""
    low, high = (
        int(r) - (cumulated[r] - p) / (cumulated[r] - (cumulated[r - 1] if r else 0.0))
        for p in ((1 - coverage) / 2, (1 + coverage) / 2)
        for r in [np.flatnonzero(cumulated >= p)[0]]
    )
    return max(0.0, low), high


def _worksheet(name: str) -> Published:
    sheet = data("funnel_ratio")
    ours, second = _both(sheet[f"lower_{name}"], COVERAGES[name])
    half = len(ours) // 2
    what = f"events on the lower {_percent(name)} limit where the worksheet has 1–716"
    return Published("PHE funnel worksheet", what, sheet["observed"], ours[:half], second[:half], EXACT, 2, agree=1e-8)


def _above(name: str) -> Published:
    sheet = data("funnel_ratio")
    ours, second = _both(sheet[f"upper_{name}"], COVERAGES[name])
    half = len(ours) // 2
    return Published(
        "PHE funnel worksheet",
        f"events on the upper {_percent(name)} limit where the worksheet has 1–716",
        sheet["observed"],
        ours[half:],
        second[half:],
        EXACT,
        2,
        "the worksheet's number is the first one beyond the limit, Spiegelhalter's the last one within: one event",
        agree=1e-8,
    )


def _percent(name: str) -> str:
    return f"{COVERAGES[name]:.1%}".replace(".0%", " %").replace("%", " %").replace("  ", " ")


def _shares() -> Published:
    sheet = data("funnel_share")
    wide = sheet["population"] >= 100
    n = sheet["population"][wide].astype(float)
    drawn = limits(Units("share", n, n * BASELINE, n), 0.0, 0.95)
    again = np.array([_by_tails(binom(int(each), BASELINE).cdf(np.arange(int(each) + 1)), 0.95) for each in n.tolist()])
    return Published(
        "PHE funnel worksheet (shares)",
        "95 % limits of 80.6 %, points, from 102 to 9,998 cases",
        np.concatenate([sheet["lower_95"][wide], sheet["upper_95"][wide]]),
        np.concatenate(drawn) * 100,
        (again.T / n).ravel() * 100,
        EXACT,
        6,
        "the worksheet turns Wilson's interval round, an approximation; exact tails here",
        agree=1e-8,
    )


def _confidence() -> Published:
    expected = np.array([15.0, 20.0, 30.0])
    ours, second = _both(expected, 0.95)
    return Published(
        "FunnelPlotR, tests/testthat/test-poisson_limits.R",
        "O/E, 95 % limits at E = 15, 20, 30",
        FUNNELPLOTR,
        ours / np.tile(expected, 2),
        second / np.tile(expected, 2),
        EXACT,
        6,
        "its limits are the confidence limits of E observed events, not what E expected ones let happen",
        agree=1e-8,
    )
