"""The course of one figure over the last months as vector graphics: bars from zero for counts, points with intervals for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

import polars as pl
from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from etl.language import _
from metrics.declaration import Metric
from metrics.trend import charted, with_limits
from metrics.wording import metric_name
from pages.report.type import BOLD, GREY, PALE, PLAIN, nfc
from pages.shared import wording
from pages.shared.axes import axis, clipped
from pages.shared.picture import ACCENT, MARK

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 118.0, 36.0, 58.0, 20.0, 16.0
"""Points: of the picture, and of the room around what is drawn."""
SIZE = 6.8
WIDEST = 8.0
"""Points of half a bar."""
FEWEST = 2
"""Months with a value that a band of usual ups and downs needs."""


@dataclass(frozen=True, eq=False)
class Course:
    """What is drawn of one metric. All rows are one a month, in order of time."""

    metric: Metric
    months: Sequence[str]
    """Short names for the axis."""
    rows: pl.DataFrame
    whole: pl.DataFrame | None
    """None for counts: a part is no better for being large."""
    unfinished: bool
    """Whether the last month is."""
    band: bool
    """Whether the usual ups and downs are drawn: of an officer never."""

    def limits(self) -> list[tuple[float | None, float | None]]:
        """Process limits of each month."""
        if not self.band or not charted(self.metric) or self.rows["value"].is_not_null().sum() < FEWEST:
            return [(None, None)] * self.rows.height
        last = pl.int_range(pl.len()) == pl.len() - 1
        rows = self.rows.with_columns(unfinished=last if self.unfinished else pl.lit(False))
        return with_limits(rows, self.metric).select("lower", "upper").rows()


class Picture(Flowable):
    """A course, as wide as it is told to be."""

    def __init__(self, course: Course, width: float) -> None:
        super().__init__()
        self.course, self.width, self.height = course, width, HEIGHT
        kind = course.metric.kind
        self.limits = course.limits()
        beside = [] if course.whole is None else course.whole["value"].to_list()
        every = [*course.rows["value"], *course.rows["lower"], *course.rows["upper"], *beside]
        self.axis = axis(kind, every, zero=kind == "count")

    def draw(self) -> None:
        rows, pen = self.course.rows, self.canv
        pen.setFont(BOLD, 8)
        pen.drawString(0, HEIGHT - 9, nfc(metric_name(self.course.metric.name)))
        self._grid()
        self._band()
        if self.course.metric.kind == "count":
            self._bars(rows["value"].to_list())
        else:
            self._whole()
            self._points(rows)
        self._last(rows["value"].to_list())

    def x(self, place: int) -> float:
        """The middle of a month."""
        return LEFT + (place + 0.5) * (self.width - LEFT - RIGHT) / len(self.course.months)

    def y(self, value: float) -> float:
        """The height of a value; what lies beyond the axis, as a limit may, at its end."""
        low, high = self.axis["range"]
        at = min(max(log10(clipped("time", value) or 1) if self.axis["type"] == "log" else value, low), high)
        return BOTTOM + (HEIGHT - BOTTOM - TOP) * (at - low) / (high - low)

    def _grid(self) -> None:
        pen = self.canv
        pen.setStrokeColor(HexColor(PALE))
        pen.setLineWidth(0.5)
        pen.setFillColor(HexColor(GREY))
        pen.setFont(PLAIN, SIZE)
        for tick, words in zip(self.axis["tickvals"], self.axis["ticktext"], strict=True):
            pen.line(LEFT, self.y(tick), self.width - RIGHT, self.y(tick))
            pen.drawRightString(LEFT - 4, self.y(tick) - 2.2, nfc(words))
        last = len(self.course.months) - 1
        for place, month in enumerate(self.course.months):
            if (last - place) % 3 == 0:
                pen.drawCentredString(self.x(place), BOTTOM - 10, nfc(month))

    def _band(self) -> None:
        known = [(place, low, high) for place, (low, high) in enumerate(self.limits) if low is not None and high is not None]
        if len(known) < FEWEST:
            return
        edge = self.canv.beginPath()
        edge.moveTo(self.x(known[0][0]), self.y(known[0][2]))
        for place, _low, high in known[1:]:
            edge.lineTo(self.x(place), self.y(high))
        for place, low, _high in known[::-1]:
            edge.lineTo(self.x(place), self.y(low))
        edge.close()
        self.canv.setFillColor(HexColor("#eef0f2"))
        self.canv.drawPath(edge, stroke=0, fill=1)

    def _bars(self, values: list[float | None]) -> None:
        pen, half = self.canv, min(0.3 * (self.x(1) - self.x(0)), WIDEST)
        pen.setStrokeColor(HexColor(MARK))
        pen.setFillColor(HexColor(MARK))
        for place, value in enumerate(values):
            hollow = self._open(place)
            pen.rect(self.x(place) - half, self.y(0), 2 * half, self.y(value or 0) - self.y(0), stroke=int(hollow), fill=int(not hollow))

    def _points(self, rows: pl.DataFrame) -> None:
        pen = self.canv
        pen.setStrokeColor(HexColor(MARK))
        drawn = [(place, *row) for place, row in enumerate(rows.select("value", "lower", "upper").iter_rows()) if row[0] is not None]
        pen.setLineWidth(0.6)
        for before, after in pairwise(drawn):
            if after[0] == before[0] + 1:
                pen.line(self.x(before[0]), self.y(before[1]), self.x(after[0]), self.y(after[1]))
        pen.setLineWidth(0.9)
        for place, value, lower, upper in drawn:
            x = self.x(place)
            pen.line(x, self.y(value if lower is None else lower), x, self.y(value if upper is None else upper))
            pen.setFillColor(HexColor("#ffffff" if self._open(place) else MARK))
            pen.circle(x, self.y(value), 2.2, stroke=1, fill=1)

    def _whole(self) -> None:
        if self.course.whole is None:
            return
        pen = self.canv
        known = [(place, value) for place, value in enumerate(self.course.whole["value"]) if value is not None]
        pen.setStrokeColor(HexColor(ACCENT))
        pen.setLineWidth(1)
        pen.setDash(1.5, 2)
        for (place, value), (after, following) in pairwise(known):
            pen.line(self.x(place), self.y(value), self.x(after), self.y(following))
        pen.setDash()
        if known:
            self._end(known[-1][1], ACCENT, _("all"))

    def _last(self, values: list[float | None]) -> None:
        """The last month's value, at its mark."""
        if values and values[-1] is not None:
            self._end(values[-1], "#1f2328", "")

    def _end(self, value: float, colour: str, word: str) -> None:
        pen = self.canv
        pen.setFillColor(HexColor(colour))
        pen.setFont(PLAIN, SIZE)
        x, y = self.width - RIGHT + 3, self.y(value) - 2.2
        own = self.course.rows["value"][-1]
        if word and own is not None and abs(self.y(own) - self.y(value)) < SIZE + 1:  # the two labels would lie on each other
            y = self.y(own) - 2.2 + (SIZE + 1 if value >= own else -SIZE - 1)
        pen.drawString(x, y, nfc(" ".join(filter(None, (word, wording.value(self.course.metric.kind, value))))))

    def _open(self, place: int) -> bool:
        return self.course.unfinished and place == len(self.course.months) - 1
