"""Kaplan–Meier quantiles and their log-log limits beside what R's ``survfit`` printed."""

import numpy as np
import polars as pl
from statsmodels.duration.survfunc import SurvfuncRight

from metrics.survival import quantiles
from tests.metrics.reference import kaplan_meier
from tests.worked.published import Published, data

R = 'R 4.5, survfit(…, conf.type = "log-log")'
STATSMODELS = "statsmodels' SurvfuncRight"
SHARES = np.arange(1, 20) / 20
NEAR_PRINT = 0.001
MAINTAINED = [(t, True) for t in (9, 13, 18, 23, 31, 34, 48)] + [(t, False) for t in (13, 28, 45, 161)]
NOT_MAINTAINED = [(t, True) for t in (5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45)] + [(16, False)]
TREATED = [(t, True) for t in (6, 6, 6, 7, 10, 13, 16, 22, 23)] + [(t, False) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
PLACEBO = [(t, True) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]
GROUPS = [[(6, True), (8, False), (9, True), (10, False)], [(1, True), (1, False), (6, True)]]
"""R's own test of quantiles: its data by group, without the row that has no status."""
HEIGHTS = (13 / 14, 6 / 7, 2 / 3, 0.5, 9 / 35, 0.1)
LATE = [6, 6, 9, 9, np.nan, np.nan]
EARLY = [1, 1, 3.5, 6, 6, 6]
Spans = list[tuple[int, bool]]


def rows() -> list[Published]:
    lung, aml, lymphoma = data("lung"), data("leukaemia"), data("lymphoma")
    patients = list(zip(lung["time"].tolist(), (lung["status"] == 1).tolist(), strict=True))
    groups = [MAINTAINED, NOT_MAINTAINED]
    both = [*MAINTAINED, *NOT_MAINTAINED]
    return [
        _all_quantiles("leukaemia (23 patients), weeks", aml, both),
        _all_quantiles("lymphoma (240 patients), tenths of a year", lymphoma, rebuilt(lymphoma)),
        _quantiles(R, "lymphoma: median and limits, tenths of a year", [49, 35, 76], rebuilt(lymphoma)),
        _quantiles("R, as documented for lung", "lung (228 patients): median and limits, days", [310, 284, 361], patients),
        _medians("R survival, tests/doaml.Rout.save", "leukaemia by group: medians, weeks", [31, 23], groups),
        _medians("Freireich et al. 1963", "leukaemia under 6-MP and placebo: medians, weeks", [23, 8], [TREATED, PLACEBO]),
        _heights("R survival, tests/quantile.Rout.save", "six quantiles of a curve and of its two groups", [*LATE, *EARLY], GROUPS),
        _heights(
            "R survival, tests/quantile.Rout.save",
            "six quantiles of both groups together",
            [1, 3.5, 6, 9, 9.5, np.nan],
            [GROUPS[0] + GROUPS[1]],
            "the curve ends flat on the height itself: R's `quantile` takes the middle to the last time seen (9.5), its `print` the "
            "beginning (9), as here",
        ),
    ]


def rebuilt(printed: dict[str, np.ndarray]) -> Spans:
    """The cases behind a printed curve: whoever left between two steps is cut off at the first of them, after its events."""
    spans: Spans = []
    at_risk = [*printed["at_risk"].tolist(), 0]
    for step, (time, events) in enumerate(zip(printed["tenths"].tolist(), printed["events"].tolist(), strict=True)):
        spans += [(time, True)] * events + [(time, False)] * (at_risk[step] - events - at_risk[step + 1])
    return spans


def _ours(spans: Spans, share: float) -> list[float]:
    frame = pl.DataFrame({"unit": ["all"] * len(spans), "seconds": [t for t, _ in spans], "ended": [e for _, e in spans]})
    row = quantiles(frame, [share]).row(0, named=True)
    return [np.nan if row[name] is None else row[name] for name in ("value_0", "lower_0", "upper_0")]


def _slowly(spans: Spans, share: float) -> list[float]:
    return [np.nan if number is None else float(number) for number in kaplan_meier(spans, share)]


def _statsmodels(spans: Spans, share: float) -> list[float]:
    """Of curves that do not run flat at the share: there it takes the end of the flat."""
    curve = SurvfuncRight([t for t, _ in spans], [ended for _, ended in spans])
    with np.errstate(divide="ignore", invalid="ignore"):  # where the curve has fallen to 0
        found = [curve.quantile(share), *curve.quantile_ci(share, method="cloglog")]
    return [np.nan if np.isinf(number) else float(number) for number in found]


def _quantiles(source: str, what: str, printed: list[float], spans: Spans) -> Published:
    return Published(source, what, printed, _ours(spans, 0.5), _statsmodels(spans, 0.5), STATSMODELS, 0)


def _medians(source: str, what: str, printed: list[float], groups: list[Spans]) -> Published:
    ours, again = ([how(spans, 0.5)[0] for spans in groups] for how in (_ours, _statsmodels))
    return Published(source, what, printed, ours, again, STATSMODELS, 0)


def _heights(source: str, what: str, printed: list[float], groups: list[Spans], why: str = "") -> Published:
    ours, slowly = ([how(spans, 1 - height)[0] for spans in groups for height in HEIGHTS] for how in (_ours, _slowly))
    return Published(source, what, printed, ours, slowly, "exact fractions", 1, why)


def _all_quantiles(what: str, printed: dict[str, np.ndarray], spans: Spans) -> Published:
    """Every twentieth with its limits, as they are read off the printed curve and band; none where the print is too near to tell."""
    times, *heights = (column for name, column in printed.items() if name not in ("at_risk", "events"))
    near = [np.abs(np.concatenate(heights) - (1 - share)).min() < NEAR_PRINT for share in SHARES]
    shares = [share for share, unclear in zip(SHARES, near, strict=True) if not unclear]
    read = [[_first(times, height <= 1 - share) for height in heights] for share in shares]
    ours, again = (np.array([how(spans, share) for share in shares]).ravel() for how in (_ours, _statsmodels))
    return Published(R, f"{what}: {len(shares)} quantiles with limits", np.array(read).ravel(), ours, again, STATSMODELS, 0)


def _first(times: np.ndarray, reached: np.ndarray) -> float:
    return float(times[reached][0]) if reached.any() else np.nan
