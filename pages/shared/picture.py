"""A chart as it is shown: figure, sentence for screen readers, and the look that all charts share."""

from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

ACCENT = "#1e8574"
"""What is chosen, and the one hue of a scale that judges nothing; the theme's own."""
BETTER = "#2f7ac6"
WORSE = "#c8661b"
MARK = "#7f858d"
"""Grey that is read on white and on near-black alike (3.7 : 1 and 4.9 : 1)."""
FAINT = "rgba(127, 133, 141, 0.28)"
SIGNALS = {"better": (BETTER, "▲"), "worse": (WORSE, "▼"), "none": (MARK, "●")}
"""Signal -> colour and the shape beside it: never colour alone."""
SHAPES = {"better": "triangle-up", "worse": "triangle-down"}
"""The same shapes as marks of a chart; all others are circles."""

Width = int | Literal["stretch"]
CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "scrollZoom": False, "doubleClick": False}

_AXIS = {"fixedrange": True, "gridcolor": FAINT, "gridwidth": 1, "zeroline": False, "automargin": True}
LOOK = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "showlegend": False,
    "dragmode": False,
    "hovermode": "closest",
    "font": {"size": 14},
    "hoverlabel": {"font": {"size": 14}, "align": "left"},
    "xaxis": _AXIS,
    "yaxis": _AXIS,
}
"""Given to a figure at its start: plotly checks settings ten times slower when they come later."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, and what it shows in one sentence."""

    figure: go.Figure
    alt: str


def show(picture: Picture, key: str, width: Width = "stretch") -> None:
    """Draw a picture, ``width`` pixels wide or as wide as its column."""
    st.plotly_chart(picture.figure, key=key, config=CONFIG, alt=picture.alt, width=width)


def theme() -> str:
    """The browser's theme: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def plain(text: str) -> str:
    """Text from the data as plotly draws it letter by letter: no tag in it, no link."""
    return escape(text, quote=False)


def blank() -> go.Figure:
    """An empty figure with the common look: no frame, thin grid, room for labels, no zooming by accident."""
    return go.Figure(layout=LOOK)


def laid_out(figure: go.Figure, height: int, **settings: Any) -> go.Figure:
    """Give a figure made from ``blank`` its height in pixels, and further settings."""
    figure.update_layout(height=height, **settings)
    return figure
