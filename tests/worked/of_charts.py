"""Control charts of a text book, and the rules of the NHS."""

from itertools import pairwise

import numpy as np

from metrics.declaration import Kind
from metrics.process import process, rules
from tests.worked.published import Published, data

MONTGOMERY = "Montgomery, Introduction to Statistical Quality Control"
LANEY = "Laney's p′ and u′ multiply the plain limits by the spread of neighbouring z; divided by it they are equal (next row)"
ATTRIBUTES: dict[str, tuple[str, Kind, float, tuple[float, ...]]] = {
    "p": ("orange juice cans, 30 samples of 50", "share", 50, (0.2313, 0.0524, 0.4102)),
    "c": ("printed circuit boards, 26 samples", "rate", 1, (19.85, 6.48, 33.22)),
    "u": ("personal computers, 20 samples of 5", "rate", 5, (1.93, 0.07, 3.79)),
}
DIGITS = {"p": 4, "c": 2, "u": 2}
ROUNDED = {"c": "the book rounds the centre line to 19.85 before it takes the root"}
AGAIN = "the formula written anew"

NHS = "NHSRplotthedots, tests/testthat/test-ptd_calculate_point_type.R"
SHIFTS = [([1] * 6, []), ([1] * 6 + [-1], []), ([1] * 8 + [-1], [6, 7]), ([-1] * 8 + [1], [6, 7]), ([-1, *[1] * 8, -1], [7, 8])]
"""On which side of the mean the points lie, and the last points of seven in a row."""
TRENDS = [([*range(6)], []), ([1, 2, 3, 3, 4, 5, 6], []), ([*range(7)], [6]), ([2, *range(1, 8), 3], [7]), ([2, *range(7, 0, -1), 3], [7])]
NEAR = [
    ([0] * 3, []),
    ([1, 0, 1], [0, 2]),
    ([0, 1, 1], [1, 2]),
    ([0, 0, 1, 0, 1, 0, 0], [2, 4]),
    ([1, 0, 0, 1], []),
    ([1, 0, 0, 1, 1], [3, 4]),
]
"""Which points are near a limit, and those that are two of three."""


def rows() -> list[Published]:
    return [*(row for chart in ATTRIBUTES for row in _attribute(chart)), _individuals(), _normal(), *_rules()]


def _of(chart: str) -> np.ndarray:
    table = data("charts")
    numbers: np.ndarray = table["number"][table["chart"] == chart]
    return numbers


def _attribute(chart: str) -> list[Published]:
    what, kind, size, (centre, lower, upper) = ATTRIBUTES[chart]
    x = _of(chart)
    n = np.full(len(x), float(size))
    middle, sigma = process(kind, x, n, x / n, n)
    plain = ((middle * (1 - middle) if kind == "share" else middle) / size) ** 0.5
    z = (x / n - middle) / plain
    spread = float(np.mean([abs(after - before) for before, after in pairwise(z)]) / 1.128)
    drawn, again = ([max(0, middle - 3 * each), middle + 3 * each] for each in (float(sigma[0]), plain * spread))
    undone, by_hand = ([middle - 3 * each, middle + 3 * each] for each in (float(sigma[0]) / spread, plain))
    label, digits = f"{chart} chart, {what}: ", DIGITS[chart]
    return [
        Published(MONTGOMERY, f"{label}centre line", [centre], [middle], [x.sum() / n.sum()], AGAIN, digits),
        Published(MONTGOMERY, f"{label}limits", [lower, upper], drawn, again, AGAIN, digits, LANEY),
        Published(MONTGOMERY, f"{label}limits without that spread", [lower, upper], undone, by_hand, AGAIN, digits, ROUNDED.get(chart, "")),
    ]


def _xmr(values: np.ndarray) -> tuple[list[float], list[float]]:
    nothing = np.zeros(0)
    centre, sigma = process("time", nothing, nothing, values, np.zeros(len(values)))
    by_hand = float(np.mean([abs(after - before) for before, after in pairwise(values)]) / 1.128)
    ours, again = ([middle, middle - 3 * s, middle + 3 * s] for middle, s in ((centre, float(sigma[0])), (values.mean(), by_hand)))
    return ours, again


def _individuals() -> Published:
    what = "individuals chart, viscosity of primer paint, 15 batches: centre and limits"
    return Published(MONTGOMERY, what, [33.52, 32.24, 34.80], *_xmr(_of("individuals")), AGAIN, 2, agree=1e-9)


def _normal() -> Published:
    what = "R's first 20 normal numbers of seed 123: mean and process limits"
    return Published(
        "NHSRplotthedots, tests/testthat/_snaps/ptd_spc_standard.md", what, [0.14, -3.01, 3.29], *_xmr(_of("normal")), AGAIN, 2
    )


def _rules() -> list[Published]:
    def in_runs(last: list[int]) -> set[int]:
        return {point for end in last for point in range(end - 6, end + 1)}

    wanted = {
        "seven on one side": ("shift", [(series, in_runs(last)) for series, last in SHIFTS]),
        "seven rising or falling": ("trend", [(series, in_runs(last)) for series, last in TRENDS]),
        "two of three near a limit": ("two_of_three", [([2.5 * near for near in series], set(points)) for series, points in NEAR]),
    }
    found = []
    for name, (rule, cases) in wanted.items():
        theirs = [float(point in points) for series, points in cases for point in range(len(series))]
        ours = [float(fires) for series, _points in cases for fires in _fired(rule, series)]
        found.append(Published(NHS, f"{name}: {len(cases)} series", theirs, ours, theirs, "the published points", 0))
    return found


def _fired(rule: str, series: list[float]) -> np.ndarray:
    place = ("beyond_limits", "shift", "trend", "two_of_three").index(rule)
    fires: np.ndarray = rules(np.array(series, float), 0.0, np.ones(len(series)))[place]
    return fires
