"""The city at a glance: one equal tile a ward, near where it lies, its colour the ward's figure."""

from collections.abc import Mapping
from math import log

import plotly.graph_objects as go
import polars as pl

from etl.language import _
from etl.tables import UNKNOWN
from metrics.declaration import Metric
from metrics.wording import metric_name
from pages.shared.axes import axis
from pages.shared.picture import SHAPES, SIGNALS, Picture, blank, laid_out, plain
from pages.shared.terms import said
from pages.shared.tiles import Place, Tile, tiles

PALE, DEEP = (214, 235, 230), (10, 82, 70)
"""Ends of the one-hue scale: low and high, neither good nor bad."""
LIGHT_INK, DARK_INK = "#ffffff", "#1b1b24"
HATCHED = {"light": ("#e9ebed", "#d0d4d8", "#555b63"), "dark": ("#20272d", "#39424a", "#a7aeb6")}
"""A tile without a figure: ground, hatching, and letters that are read on them; it must not catch the eye."""
KINDS_OF_WARD = ("phường ", "xã ", "thị trấn ", "đặc khu ")
"""Left out in the tiles; the whole name is on hover."""
LETTERS = 9
"""Longest line of a name that a tile holds."""
SIDE, TALLEST, FEWEST = 50, 640, 10
"""Pixels of a tile's height and of the map's; tiles that fit side by side at least, so that one ward is no poster."""
LABELLED = 220
"""Beyond so many wards the tiles carry no names."""


def tile_map(rows: pl.DataFrame, places: Mapping[str, Place | None], metric: Metric, theme: str = "light") -> Picture:
    """Draw every ward's tile; those without a figure to compare are hatched grey.

    Args:
        rows: one result row per ward.
        places: latitude and longitude in degrees by ward code; a ward that is not listed stands below the others.
        metric: the rows' metric.
        theme: light or dark.
    """
    ground, hatch, hatched_ink = HATCHED[theme]
    wards = rows.filter(pl.col("unit") != UNKNOWN)
    square = tiles({code: places.get(code) for code in wards["unit"]})
    shares = _along_scale(wards, metric.kind)
    signalled = wards["signal"].is_not_null().any()
    figure = blank()
    fills, inks, hatches, names, hovers = [], [], [], [], []
    for row, share in zip(wards.iter_rows(named=True), shares, strict=True):
        colour, _mark = SIGNALS.get(row["signal"] or "", (_tint(share), "")) if signalled else (_tint(share), "")
        fills.append(ground if row["value"] is None else colour)
        hatches.append("/" if row["value"] is None else "")
        inks.append(hatched_ink if row["value"] is None else _ink(share) if not signalled else LIGHT_INK)
        names.append("<br>".join(_lines(row["unit_name"], 2 if row["signal"] else 3)))
        hovers.append("<br>".join([f"<b>{plain(row['unit_name'])}</b>", *said(row, metric.kind)]))
    across, down = [square[code][0] for code in wards["unit"]], [square[code][1] for code in wards["unit"]]
    figure.add_bar(
        x=across,
        base=down,
        y=[0.94] * wards.height,
        width=0.94,
        marker={
            "color": fills,
            "line": {"width": 0},
            "pattern": {
                "shape": hatches,
                "bgcolor": [ground] * wards.height,
                "fgcolor": [hatch] * wards.height,
                "fgopacity": 1,
                "size": 6,
                "solidity": 0.25,
                "fillmode": "replace",
            },
        },
        hovertext=hovers,
        hoverinfo="text",
    )
    if signalled:
        signs = [SHAPES.get(signal or "", "circle") for signal in wards["signal"]]
        sizes = [0 if signal is None else 8 for signal in wards["signal"]]
        marker = {"symbol": signs, "size": sizes, "color": LIGHT_INK, "opacity": 1, "line": {"width": 0}}
        above = 0.77 if wards.height <= LABELLED else 0.47
        figure.add_scatter(x=across, y=[place + above for place in down], mode="markers", marker=marker, hoverinfo="skip")
    if wards.height <= LABELLED:
        # Points of their own: of a text that belongs to a bar the browser takes the measure, which takes it longer than all else here.
        heights = [place + (0.35 if signal else 0.47) for place, signal in zip(down, wards["signal"], strict=True)]
        figure.add_scatter(x=across, y=heights, mode="text", text=names, textfont={"color": inks, "size": 11}, hoverinfo="skip")
    _fit(figure, square)
    lines = _extent(square)[1]
    height = min(TALLEST, SIDE * max(lines, 1) + 16)
    figure = laid_out(figure, height, bargap=0)
    return Picture(figure, _("Map of {n} wards, one tile each: {metric}", n=wards.height, metric=metric_name(metric.name)))


def legend(rows: pl.DataFrame, metric: Metric) -> Picture:
    """The scale of the tiles, as a thin strip with its values; for a frame with at least one value."""
    low, high = _ends(rows)
    scale = axis(metric.kind, [low, high], zero=metric.kind == "count")
    steps = 60
    values = [_between(low, high, step / steps, metric.kind) for step in range(steps + 1)]
    figure = blank()
    figure.add_scatter(
        x=values,
        y=[0] * len(values),
        mode="markers",
        marker={"symbol": "square", "size": 12, "color": [_tint(step / steps) for step in range(steps + 1)]},
        hoverinfo="skip",
    )
    figure.update_xaxes(**scale, showgrid=False)
    figure.update_yaxes(visible=False)
    laid_out(figure, 54).update_layout(margin={"l": 24, "r": 24, "t": 0, "b": 26})
    return Picture(figure, _("Scale from {low} to {high}", low=scale["ticktext"][0], high=scale["ticktext"][-1]))


def _extent(square: Mapping[str, Tile]) -> tuple[int, int]:
    return max((column for column, _row in square.values()), default=-1) + 1, max((row for _column, row in square.values()), default=-1) + 1


def _fit(figure: go.Figure, square: Mapping[str, Tile]) -> None:
    columns, lines = _extent(square)
    spare = max(FEWEST - columns, 0) / 2
    figure.update_xaxes(visible=False, range=[-0.5 - spare, columns - 0.5 + spare])
    figure.update_yaxes(visible=False, range=[0, max(lines, 1)])


def _ends(rows: pl.DataFrame) -> tuple[float, float]:
    """Lowest and highest value that the scale spans, without ``unknown``."""
    values = rows.filter(pl.col("unit") != UNKNOWN)["value"].drop_nulls()
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)  # type: ignore[arg-type]


def _along_scale(rows: pl.DataFrame, kind: str) -> list[float]:
    """Where each value stands between the lowest (0) and the highest (1); times by their logarithm."""
    low, high = _ends(rows)
    if low == high:
        return [0.5] * rows.height
    if kind == "time":
        return [log(max(value or 1, 1) / max(low, 1)) / log(max(high, 2) / max(low, 1)) for value in rows["value"]]
    return [((value if value is not None else low) - low) / (high - low) for value in rows["value"]]


def _between(low: float, high: float, share: float, kind: str) -> float:
    return max(low, 1) * (max(high, 1) / max(low, 1)) ** share if kind == "time" else low + (high - low) * share


def _tint(share: float) -> str:
    bounded = min(max(share, 0.0), 1.0)
    return "rgb({}, {}, {})".format(*(round(pale + (deep - pale) * bounded) for pale, deep in zip(PALE, DEEP, strict=True)))


def _ink(share: float) -> str:
    return LIGHT_INK if share > 0.7 else DARK_INK  # where both read about equally well


def _lines(name: str, most: int) -> list[str]:
    """A name broken into at most so many lines, as a tile holds them; the rest is on hover."""
    lines: list[str] = []
    for word in _without_kind(name).replace(" - ", " ").split():
        if lines and len(lines[-1]) + 1 + len(word) <= LETTERS:
            lines[-1] += " " + word
        else:
            lines.append(word[: LETTERS + 2])
    return [plain(line) for line in (lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + "…"])]


def _without_kind(name: str) -> str:
    kind = next((kind for kind in KINDS_OF_WARD if name.casefold().startswith(kind)), "")
    return name[len(kind) :]
