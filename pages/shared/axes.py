"""Axes for people: ticks at round numbers and human times, written in the language in use."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from etl.language import _
from etl.wording import DAY, HOUR, MINUTE
from pages.shared import wording

COARSE = (MINUTE, 15 * MINUTE, HOUR, 8 * HOUR, DAY, 7 * DAY, 30 * DAY)
FINE = (
    *(15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 20 * MINUTE, 30 * MINUTE, 45 * MINUTE),
    *(HOUR, 90 * MINUTE, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, 16 * HOUR),
    *(DAY, 1.5 * DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 10 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY),
)
SHORTEST = 15.0
"""Seconds: a log axis has no zero, so anything shorter is drawn here."""
STEPS, SIDE_BY_SIDE = 6, 8
"""Of an axis at most; and ticks that a phone holds."""


def axis(kind: str, values: Sequence[float | None], zero: bool = False) -> dict[str, Any]:
    """Settings of a plotly axis that holds ``values``.

    Args:
        kind: the metric's kind: count, share, rate or time (seconds; on a log axis).
        values: all that must lie within, limits of intervals too; None is passed over.
        zero: whether the axis must start at zero, as it must under bars.

    Returns:
        type, range, tickvals and ticktext.
    """
    known = [value for value in values if value is not None]
    if kind == "time":
        return _times([max(value, SHORTEST) for value in known] or [MINUTE, HOUR])
    low, high = min(known, default=0.0), max(known, default=1.0)
    whole = kind == "count"
    if zero or low < high / 3:
        low = min(low, 0.0)
    step = _step(high - low, 0.001 if kind == "share" else 1 if whole else 0.1)
    first, last = floor(low / step + 1e-9), max(ceil(high / step - 1e-9), floor(low / step + 1e-9) + 1)
    if kind == "share":
        last = min(last, ceil(1 / step - 1e-9)) if high <= 1 else last
        first = max(first, 0)
        first = first if first < last else last - 1
    ticks = [index * step for index in range(first, last + 1)]
    margin = 0.0 if zero else 0.02 * (ticks[-1] - ticks[0])
    return {
        "type": "linear",
        "range": [ticks[0] - margin, ticks[-1] + margin],
        "tickvals": ticks,
        "ticktext": [_tick(kind, tick, step) for tick in ticks],
    }


def counts(least: float, most: float) -> dict[str, Any]:
    """Settings of a log axis of counts: ticks at 1, 2 and 5 times a power of ten, at the powers alone where those would not stand side by
    side on a phone."""
    low, high = least / 1.6, most * 1.6
    ticks = [factor * 10**power for power in range(8) for factor in (1, 2, 5) if low <= factor * 10**power <= high]
    if len(ticks) > SIDE_BY_SIDE:
        ticks = [tick for tick in ticks if str(tick).startswith("1")]
    return {
        "type": "log",
        "range": [log10(low), log10(high)],
        "tickvals": ticks,
        "ticktext": [wording.number(tick) for tick in ticks],
    }


def clipped(kind: str, value: float | None) -> float | None:
    """``value`` where it can be drawn: times stay above the log axis's start."""
    return max(value, SHORTEST) if kind == "time" and value is not None else value


def _times(values: list[float]) -> dict[str, Any]:
    low, high = min(values) / 1.15, max(values) * 1.15
    ticks = [tick for tick in COARSE if low <= tick <= high]
    if len(ticks) < 3:
        ticks = [tick for tick in FINE if low <= tick <= high]
    if len(ticks) < 2:
        below = max((tick for tick in FINE if tick <= low), default=FINE[0])
        above = min((tick for tick in FINE if tick >= high), default=FINE[-1])
        ticks = sorted({below, *ticks, above})
        low, high = min(low, below), max(high, above)
    while len(ticks) > STEPS + 1:
        ticks = ticks[::2]
    return {
        "type": "log",
        "range": [log10(low), log10(high)],
        "tickvals": ticks,
        "ticktext": [_short(tick) for tick in ticks],
    }


def _short(seconds: float) -> str:
    """A tick's time without needless zeros: "2 giờ", not "2 giờ 00"; "7 ngày", not "7,0 ngày"."""
    if seconds == DAY:
        return _("1 day")
    for unit, words in ((DAY, "{n} days"), (HOUR, "{n} h")):
        if seconds >= unit and seconds % (unit / 2) == 0:
            return _(words, n=wording.number(seconds / unit, 0 if seconds % unit == 0 else 1))
    return wording.duration(seconds)


def _step(span: float, least: float) -> float:
    """The smallest round step that needs at most STEPS of them."""
    if span <= 0:
        return least if least >= 1 else least * 10
    power = 10.0 ** floor(log10(span / STEPS))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= STEPS)
    return max(step, least)


def _tick(kind: str, value: float, step: float) -> str:
    unit = step * 100 if kind == "share" else step
    digits = max(0, -floor(log10(unit) + 1e-9))
    return wording.percent(value, digits) if kind == "share" else wording.number(value, digits)
