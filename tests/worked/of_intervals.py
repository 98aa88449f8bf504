"""Intervals of shares and rates: Newcombe's table and the worksheets of UK public health."""

import numpy as np
from scipy.stats import binomtest, chi2
from statsmodels.stats.rates import confint_poisson

from metrics.intervals import garwood_byar, wilson
from tests.worked.published import Numbers, Published, data

NEWCOMBE = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
PHE = {(35078, 41980): (0.83201210, 0.83910324), (65, 100): (0.55254443, 0.73635752)}


def rows() -> list[Published]:
    shares = [_share("Newcombe 1998, table I, method 3", case, limits, 4) for case, limits in NEWCOMBE.items()]
    shares += [_share("PHEindicatormethods, phe_proportion", case, limits, 8) for case, limits in PHE.items()]
    sheet = data("funnel_ratio")
    few, many = sheet["observed"] < 10, sheet["observed"] >= 10
    worst = np.arange(10, 20_000)
    return [
        *shares,
        Published(
            "PHE funnel worksheet; Garwood 1936",
            "95 % limits of 1–9 events",
            _limits(sheet, few),
            _ours(sheet["observed"][few]),
            np.concatenate(confint_poisson(sheet["observed"][few], 1, method="exact-c")),
            "statsmodels' confint_poisson",
            5,
        ),
        Published(
            "PHE funnel worksheet",
            "95 % limits of 10–716 events, relative to the exact ones",
            np.ones(2 * many.sum()),
            np.array(_ours(sheet["observed"][many])) / _limits(sheet, many),
            byar(sheet["observed"][many]) / _limits(sheet, many),
            "Byar's formula written anew",
            5,
            "Byar's approximation from ten events on, as PHE itself uses for rates; the worksheet's limits are exact",
        ),
        Published(
            "PHE Technical Guide: Confidence Intervals (2018), p. 1",
            "Byar's method is within 0.2 % of the exact limits from ten events on",
            [0.002],
            [np.abs(np.array(_ours(worst)) / exact(worst) - 1).max()],
            [np.abs(byar(worst) / exact(worst) - 1).max()],
            "SciPy's χ²",
            3,
        ),
    ]


def _share(source: str, case: tuple[int, int], limits: tuple[float, float], digits: int) -> Published:
    hits, cases = case
    found = binomtest(hits, cases).proportion_ci(method="wilson")
    ours = [float(limit) for limit in wilson(hits, cases)]
    return Published(source, f"{hits} of {cases}", limits, ours, [found.low, found.high], "SciPy's binomtest", digits)


def _limits(sheet: dict[str, np.ndarray], rows_of: np.ndarray) -> np.ndarray:
    """An expected number beside which so many observed ones lie on the limit is the other limit of that many."""
    return np.concatenate([sheet["upper_95"][rows_of], sheet["lower_95"][rows_of]])


def _ours(events: np.ndarray) -> Numbers:
    return np.concatenate(garwood_byar(events))


def exact(events: np.ndarray) -> np.ndarray:
    """Garwood's limits, lower ones first."""
    return np.concatenate([chi2.ppf(0.025, 2 * events) / 2, chi2.ppf(0.975, 2 * events + 2) / 2])


def byar(events: np.ndarray) -> np.ndarray:
    """Byar's limits, lower ones first."""
    z = np.sqrt(chi2.ppf(0.95, 1))
    low, high = events.astype(float), events + 1.0
    return np.concatenate([low * (1 - 1 / (9 * low) - z / 3 / low**0.5) ** 3, high * (1 - 1 / (9 * high) + z / 3 / high**0.5) ** 3])
