"""A dot with its interval on a common scale, as a picture small enough for a table's cell."""

from math import log
from urllib.parse import quote

from pages.shared.axes import clipped
from pages.shared.picture import ACCENT, MARK

WIDTH, HEIGHT, EDGE = 116, 24, 6
"""Pixels of a cell's picture, and of the room left at either end for the dot."""


class Scale:
    """One scale for all cells of a column: from the lowest limit to the highest; times by their logarithm."""

    def __init__(self, kind: str, values: list[float | None], room: float = 0.0) -> None:
        """Span ``values`` (in the unit of the metric's kind; None is passed over), with ``room`` on either side as a share of the span."""
        self._kind = kind
        known = [self._drawn(value) for value in values if value is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        self._low, self._high = low - room * (high - low), high + room * (high - low)

    def _drawn(self, value: float) -> float:
        return log(clipped(self._kind, value) or 1) if self._kind == "time" else value

    def place(self, value: float) -> float:
        """Pixels from the left edge of the picture."""
        if self._high == self._low:
            return WIDTH / 2
        share = (self._drawn(value) - self._low) / (self._high - self._low)
        return EDGE + (WIDTH - 2 * EDGE) * min(max(share, 0.0), 1.0)


def dot(scale: Scale, value: float | None, lower: float | None, upper: float | None, whole: float | None) -> str | None:
    """One cell's picture as a data address (it needs no request); None where there is no value.

    Args:
        scale: the column's.
        value: the dot.
        lower: where the whisker begins; None for none on that side. So too ``upper``.
        whole: where the thin line of all units together stands; None for none.
    """
    if value is None:
        return None
    middle = HEIGHT / 2
    parts = [] if whole is None else [_line(scale.place(whole), 2, scale.place(whole), HEIGHT - 2, ACCENT, 1.5)]
    if lower is not None or upper is not None:
        left, right = (scale.place(value if limit is None else limit) for limit in (lower, upper))
        parts.append(_line(left, middle, right, middle, MARK, 2))
    parts.append(f"<circle cx='{scale.place(value):.1f}' cy='{middle:.0f}' r='4' fill='{MARK}'/>")
    return _address(parts)


def bar(longest: float, value: float | None) -> str | None:
    """One count as a bar from zero, as a data address; None where there is no count.

    Args:
        longest: the column's highest count.
        value: the count.
    """
    if value is None:
        return None
    width = 0 if longest <= 0 else (WIDTH - EDGE) * value / longest
    return _address([f"<rect y='6' width='{width:.1f}' height='{HEIGHT - 12}' fill='{MARK}'/>"])


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return f"<path d='M{x1:.1f} {y1:.0f}L{x2:.1f} {y2:.0f}' stroke='{colour}' stroke-width='{width}'/>"


def _address(parts: list[str]) -> str:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}'>{''.join(parts)}</svg>"
    return "data:image/svg+xml;utf8," + quote(svg, safe="<>/=:;,.' ")
