"""The tiles on top of the overview: a figure, what it rests on, its change, and its course over the last spans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from metrics.catalogue import BY_NAME, METRICS
from metrics.trend import charted, with_limits
from metrics.wording import interval, metric_name
from pages.shared import wording
from pages.shared.sparkline import Point, sparkline

Row = Mapping[str, Any]
KIND = {metric.name: metric.kind for metric in METRICS}

ASKED = (
    *("received", "answered", "on_time", "first_response_median", "first_response_p90"),
    *("compliments", "complaints", "rating_positive", "rating_response"),
)
"""The metrics of the tiles that belong to the chosen period."""
OPEN_NOW = ("overdue_open",)
"""What is open at as_of, whenever it was asked."""


@dataclass(frozen=True)
class Card:
    """One tile. All texts are ready to show."""

    label: str
    value: str
    detail: str
    """What the value rests on, and what must stand beside it."""
    change: str | None
    """Against the same span before; None where there is nothing to compare."""
    course: tuple[Point, ...]
    """The value in each finished span with its process limits, in order of time; empty where a span has none."""
    question: str


def by_metric(rows: pl.DataFrame) -> dict[str, Row]:
    """The result rows of one unit by metric."""
    return {row["metric"]: row for row in rows.iter_rows(named=True)}


def cards(
    now: pl.DataFrame, before: pl.DataFrame, open_now: pl.DataFrame, course: pl.DataFrame, whole: pl.DataFrame | None = None
) -> list[Card]:
    """The six tiles.

    Args:
        now: one unit's rows of the chosen period, metrics ASKED.
        before: those of the span before; no rows where the data do not reach back so far.
        open_now: the unit's rows over all time, metrics OPEN_NOW.
        course: the unit's rows of each finished span, in order of time, of any metrics.
        whole: the whole's rows of the chosen period, to stand beside the unit's; None where the unit is the whole.
    """
    row, past, waiting = by_metric(now), by_metric(before), by_metric(open_now)
    common = {} if whole is None else by_metric(whole)

    def card(name: str, detail: str) -> Card:
        return Card(
            metric_name(name),
            _value(row[name]),
            detail + _beside(common.get(name)),
            change(row[name], past.get(name)),
            course_of(course.filter(pl.col("metric") == name), name),
            question(name),
        )

    overdue = waiting["overdue_open"]
    praise, blame = row["compliments"]["value"] or 0, row["complaints"]["value"] or 0
    return [
        card("received", _answered(row["answered"])),
        card("on_time", rests_on(row["on_time"])),
        card(
            "first_response_median",
            _joined(row["first_response_median"], row["first_response_p90"], "90 of 100 within {value}"),
        ),
        Card(metric_name("overdue_open"), wording.number(overdue["value"]), _("whenever asked"), None, (), question("overdue_open")),
        Card(
            _("Compliments · complaints"),
            f"{wording.number(praise)} · {wording.number(blame)}",
            _praise_and_blame(row, past),
            None,
            (),
            f"{question('compliments')} {question('complaints')}",
        ),
        card(
            "rating_positive",
            _joined(row["rating_positive"], row["rating_response"], "{value} of resolved cases were rated"),
        ),
    ]


def course_of(rows: pl.DataFrame, name: str) -> tuple[Point, ...]:
    """One metric's points of the finished spans; none where a span has no value."""
    if rows.height < 2 or rows["value"].null_count():
        return ()
    if not charted(BY_NAME[name]):
        return tuple((value, None, None) for value in rows["value"])
    return tuple(with_limits(rows.with_columns(unfinished=pl.lit(False)), BY_NAME[name]).select("value", "lower", "upper").iter_rows())


def _beside(whole: Row | None) -> str:
    """The whole's value, after what a tile's figure rests on."""
    if whole is None or whole["value"] is None or KIND[whole["metric"]] == "count":
        return ""
    return " · " + _("all: {value}", value=_value(whole))


def _answered(row: Row) -> str:
    """How many of those received are answered; the plain count where a share would be of too few."""
    if row["value"] is None:
        return _("{n} answered by now", n=wording.number(row["numerator"]))
    return _("{share} answered by now", share=_value(row))


def _joined(row: Row, beside: Row, words: str) -> str:
    """What a figure rests on, and the figure that must stand beside it, in ``words`` (a message id)."""
    return " · ".join([rests_on(row), *([] if beside["value"] is None else [_(words, value=_value(beside))])])


def _praise_and_blame(row: Mapping[str, Row], past: Mapping[str, Row]) -> str:
    """How both counts moved against the span before, or what they are where there is none."""
    moved = [change(row[name], past.get(name)) for name in ("compliments", "complaints")]
    if None in moved:
        return _("plain counts, held and repeated ones included")
    return _("compliments {praise}, complaints {blame} against the span before", praise=moved[0], blame=moved[1])


def question(name: str) -> str:
    """The question that a metric answers, in the language in use."""
    return next(metric.question for metric in METRICS if metric.name == name)


def rests_on(row: Row) -> str:
    """Interval and number of cases of one figure: "(91,8–92,8 %; n = 12.345)", or why there is no figure."""
    cases = f"n = {wording.number(row['denominator'])}"
    if row["value"] is None and row["state"] != "ok":
        return f"{wording.state(row['state'])}, {cases}"
    return "; ".join(filter(None, (interval(KIND[row["metric"]], row["lower"], row["upper"]), cases)))


def change(now: Row, before: Row | None) -> str | None:
    """How far a figure moved, signed and in its unit; None where either side has no figure."""
    if before is None or now["value"] is None or before["value"] is None:
        return None
    difference = now["value"] - before["value"]
    kind = KIND[now["metric"]]
    if kind == "share":
        return wording.points(difference)
    if kind == "time":
        return "0" if round(difference) == 0 else ("+" if difference > 0 else "") + wording.duration(difference)
    return wording.signed(difference, 1 if kind == "rate" else 0)


def draw(tiles: list[Card], compared_with: str) -> None:
    """Draw the tiles side by side, as many as fit.

    Args:
        tiles: what ``cards`` returns.
        compared_with: the span before, in words: "so với 30 ngày trước".
    """
    with st.grid(min_column_width=270, gap="medium"):
        for tile in tiles:
            with st.container(gap="xxsmall"):
                st.metric(
                    tile.label,
                    tile.value,
                    delta=tile.change,
                    delta_color="off",
                    delta_arrow=_arrow(tile.change),
                    delta_description=compared_with if tile.change else None,
                    help=tile.question,
                )
                if tile.course:
                    st.image(sparkline(list(tile.course)), alt=_("The course of the figure, and the band of its usual ups and downs"))
                st.caption(tile.detail)


def _value(row: Row) -> str:
    return wording.value(KIND[row["metric"]], row["value"], row["note"])


def _arrow(moved: str | None) -> str:
    return "up" if moved and moved[0] == "+" else "down" if moved and moved[0] == "−" else "off"
