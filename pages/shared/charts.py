"""Charts of result rows: points with intervals for shares, rates and times, bars from zero for counts."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go
import polars as pl

from etl.language import _
from metrics.declaration import Metric
from metrics.wording import metric_name, unit_name
from pages.shared import wording
from pages.shared.axes import axis, clipped
from pages.shared.order import ordered
from pages.shared.picture import ACCENT, FAINT, MARK, SHAPES, SIGNALS, Picture, blank, laid_out, plain
from pages.shared.terms import said

NAMED = 40
"""Up to so many units each has a line with its name; beyond, units stand side by side and are named on hover."""
LINE, END = 24, 84
"""Pixels: height of one named line, and room for the label at the whole's line."""


def over_time(rows: pl.DataFrame, metric: Metric, labels: Sequence[str], whole: pl.DataFrame | None = None) -> Picture:
    """One metric of one unit, span after span; a span that has not ended is drawn hollow.

    Args:
        rows: one result row per span, in order of time.
        metric: the rows' metric.
        labels: each span in words, short enough for an axis.
        whole: the whole's rows of the same spans, for a thin line beside; counts have none.
    """
    kind = metric.kind
    figure = blank()
    values = [clipped(kind, value) for value in rows["value"]]
    beside = [] if whole is None or kind == "count" else [clipped(kind, value) for value in whole["value"]]
    scale = axis(kind, [*values, *rows["lower"], *rows["upper"], *beside], zero=kind == "count")
    if beside:
        line = {"color": ACCENT, "width": 1.5, "dash": "dot"}
        figure.add_scatter(x=labels, y=beside, mode="lines", line=line, hoverinfo="skip")
        _end_label(figure, kind, labels, beside)
    hover = [_hover(label, row, kind) for row, label in zip(rows.iter_rows(named=True), labels, strict=True)]
    open_ended = [state == "provisional" for state in rows["state"]]
    if kind == "count":
        shapes = ["/" if still else "" for still in open_ended]
        marker = {"color": MARK, "pattern": {"shape": shapes, "fillmode": "replace", "size": 6}, "line": {"width": 0}}
        figure.add_bar(x=labels, y=values, marker=marker, width=0.6, hovertext=hover, hoverinfo="text")
    else:
        figure.add_scatter(
            x=labels,
            y=values,
            error_y=whiskers(rows, kind),
            mode="lines+markers",
            line={"color": FAINT, "width": 1.5},
            marker={
                "color": MARK,
                "size": 9,
                "symbol": ["circle-open" if still else "circle" for still in open_ended],
                "line": {"color": MARK, "width": 2},
            },
            hovertext=hover,
            hoverinfo="text",
        )
    figure.update_xaxes(type="category", showgrid=False, autotickangles=[0, 60], nticks=7)
    figure.update_yaxes(**scale)
    laid_out(figure, 280).update_layout(margin_r=END if beside else 8)
    return Picture(figure, _("{metric}, {n} spans in order of time", metric=metric_name(metric.name), n=len(labels)))


def _end_label(figure: go.Figure, kind: str, labels: Sequence[str], values: Sequence[float | None]) -> None:
    """The whole's line, labelled at its end."""
    known = [place for place, value in enumerate(values) if value is not None]
    if known:
        last = values[known[-1]] or 0
        at = log10(last) if kind == "time" else last
        text = _("All: {value}", value=wording.value(kind, last)).replace(": ", ":<br>", 1)
        figure.add_annotation(
            x=labels[known[-1]], y=at, xanchor="left", xshift=10, text=text, align="left", font={"color": ACCENT}, showarrow=False
        )


def between_units(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric) -> Picture:
    """One metric of all units that have a figure, in order of value, with the whole's value as a thin line.

    Args:
        rows: one result row per unit; those without a value are left out.
        whole: the result row of all units together, or none.
        metric: the rows' metric.
    """
    kind = metric.kind
    shown = ordered(rows.filter(pl.col("value").is_not_null()), metric)
    names = [plain(unit_name(row["unit"], row["unit_name"])) for row in shown.iter_rows(named=True)]
    hover = [_hover(name, row, kind) for row, name in zip(shown.iter_rows(named=True), names, strict=True)]
    values = [clipped(kind, value) for value in shown["value"]]
    common = next((value for value in whole["value"] if value is not None and kind != "count"), None)
    scale = axis(kind, [*values, *shown["lower"], *shown["upper"], common], zero=kind == "count")
    lying = shown.height <= NAMED
    places = list(range(shown.height))
    along, error = ({"x": values, "y": places}, "error_x") if lying else ({"x": places, "y": values}, "error_y")
    figure = blank()
    if kind == "count":
        figure.add_bar(**along, orientation="h" if lying else "v", marker_color=MARK, width=0.7, hovertext=hover, hoverinfo="text")
    else:
        colours, shapes = _signs(shown["signal"])
        figure.add_scatter(
            **along,
            **{error: whiskers(shown, kind)},
            mode="markers",
            marker={"color": colours, "symbol": shapes, "size": 9 if lying else 6},
            hovertext=hover,
            hoverinfo="text",
        )
    _whole_line(figure, kind, common, lying)
    if lying:
        figure.update_xaxes(**scale, side="top")
        figure.update_yaxes(tickvals=places, ticktext=names, range=[max(shown.height, 1) - 0.4, -0.6], showgrid=False)
    else:
        figure.update_yaxes(**scale)
        figure.update_xaxes(showticklabels=False, showgrid=False, range=[-1, shown.height])
    height = 60 + LINE * (max(shown.height, 1) + 1) if lying else 340
    laid_out(figure, height).update_layout(
        margin_r=8 if lying or common is None else END, margin_b=44 if lying and common is not None else 8
    )
    return Picture(figure, _("{metric} of {n} wards, in order of value", metric=metric_name(metric.name), n=shown.height))


def _whole_line(figure: go.Figure, kind: str, common: float | None, lying: bool) -> None:
    """The whole's value, labelled at the line's end."""
    if common is None:
        return
    place = clipped(kind, common)
    text = _("All: {value}", value=wording.value(kind, common)).replace(": ", ":<br>", 1)
    line = {"type": "line", "line": {"color": ACCENT, "width": 1.2, "dash": "dot"}}
    at = log10(place) if kind == "time" else place
    if lying:
        figure.add_shape(x0=place, x1=place, y0=0, y1=1, yref="paper", **line)
        figure.add_annotation(x=at, y=0, yref="paper", yanchor="top", text=text, showarrow=False)
    else:
        figure.add_shape(y0=place, y1=place, x0=0, x1=1, xref="paper", **line)
        figure.add_annotation(y=at, x=1, xref="paper", xanchor="left", align="left", text=text, showarrow=False)


def whiskers(rows: pl.DataFrame, kind: str) -> dict[str, object]:
    """Lengths from each value to its limits; nothing on a side that has no limit."""
    above, below = [], []
    for value, lower, upper in rows.select("value", "lower", "upper").iter_rows():
        drawn, low, high = (clipped(kind, limit) for limit in (value, lower, upper))
        above.append(high - drawn if drawn is not None and high is not None else 0)
        below.append(drawn - low if drawn is not None and low is not None else 0)
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "color": MARK, "thickness": 1.2, "width": 0}


def _signs(signals: pl.Series) -> tuple[list[str], list[str]]:
    colours = [SIGNALS.get(signal or "none", SIGNALS["none"])[0] for signal in signals]
    return colours, [SHAPES.get(signal or "", "circle") for signal in signals]


def _hover(name: str, row: Mapping[str, Any], kind: str) -> str:
    return "<br>".join([f"<b>{name}</b>", *said(row, kind)])
