"""Funnel limits: the example of Spiegelhalter's appendix, and two worksheets that draw their limits otherwise; φ; discoveries."""

import numpy as np
from scipy.stats import binom, poisson
from statsmodels.stats.multitest import multipletests

from metrics.funnel import FALSE_DISCOVERIES, Units, dispersion, false_discovery, limits
from tests.metrics import reference_comparison as reference
from tests.worked.published import Published, data

COVERAGES = {"95": 0.95, "998": 0.998}
BASELINE = 0.80642448
"""The whole's share in PHE's worksheet."""
FUNNELPLOTR = [0.5596924, 0.6108260, 0.6746958, 1.649348, 1.544419, 1.427562]
"""95 % limits of O/E at 15, 20 and 30 expected events: lower ones, upper ones."""
SIX = [(100, 108), (150, 112), (180, 165), (80, 95), (120, 100), (225, 220)]
"""Observed and expected events of FunnelPlotR's six units."""
TRIAL = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
"""P-values of fifteen comparisons in one trial."""


def rows() -> list[Published]:
    worksheets = [of(name) for of in (_worksheet, _above) for name in COVERAGES]
    return [_appendix(), *worksheets, _shares(), _confidence(), _phi(), _discoveries()]


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


def _phi() -> Published:
    observed, expected = (np.array(each, dtype=float) for each in zip(*SIX, strict=True))
    ours = dispersion(Units("rate", observed, expected, expected))[0]
    again = reference.spread("rate", [reference.Unit(o, e, e) for o, e in SIX])[0]
    return Published(
        "FunnelPlotR, tests/testthat/test-classes_methods.R",
        "φ of six units' O/E",
        [2.948033],
        [ours],
        [again],
        "the formula written anew",
        6,
        "theirs: logarithms, and of six units none is left out; ours: square roots, the outermost tenths pulled in",
    )


def _discoveries() -> Published:
    ours = (false_discovery(np.array(TRIAL)) <= FALSE_DISCOVERIES).sum()
    again = multipletests(TRIAL, FALSE_DISCOVERIES, method="fdr_bh")[0].sum()
    what = "discoveries at 5 % among the 15 P-values of a trial"
    return Published("Benjamini & Hochberg 1995, p. 295", what, [4], [ours], [again], "statsmodels' multipletests", 0)
