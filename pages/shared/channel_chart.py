"""Channels by their size: one dot a channel, its members along, one figure up; those that need attention are marked and named."""

from typing import Any

import polars as pl

from etl.language import _
from metrics.declaration import Metric
from metrics.wording import metric_name
from pages.shared import wording
from pages.shared.axes import axis, clipped, counts
from pages.shared.cards import Row
from pages.shared.channel_list import BESIDE, remark
from pages.shared.charts import whiskers
from pages.shared.picture import ACCENT, FAINT, MARK, Picture, blank, laid_out, plain
from pages.shared.terms import said

FIGURES = ("received", "answered", "first_response_median", "posts", "corrections")
"""What can stand against the members."""
HEIGHT = 400


def by_size(told: pl.DataFrame, metric: Metric) -> Picture:
    """One metric of every channel against its members; channels without known members or without a value are left out.

    Args:
        told: what ``channel_list.lines`` returns.
        metric: one of its figures.
    """
    shown = told.filter((pl.col("last_members") > 0) & pl.col(metric.name).is_not_null())
    marked = shown.filter(pl.col("silent") | pl.col("emptied"))
    figure, name = blank(), metric_name(metric.name)
    for rows, colour, symbol in ((shown.filter(~(pl.col("silent") | pl.col("emptied"))), MARK, "circle"), (marked, ACCENT, "x")):
        figure.add_scatter(
            x=rows["last_members"].to_list(),
            y=[clipped(metric.kind, value) for value in rows[metric.name]],
            error_y=_whiskers(rows, metric),
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 9, "opacity": 0.75 if symbol == "circle" else 1},
            hovertext=[_hover(row, metric, name) for row in rows.iter_rows(named=True)],
            hoverinfo="text",
            cliponaxis=False,
        )
    members = shown["last_members"].to_list()
    figure.update_xaxes(**counts(min(members, default=1), max(members, default=10)), title=_("Members, last known"))
    limits = [value for name in ("", ":lower", ":upper") for value in shown[f"{metric.name}{name}"]]
    figure.update_yaxes(**_from_zero(axis(metric.kind, limits, zero=metric.kind == "count")))
    return Picture(
        laid_out(figure, HEIGHT),
        _("{metric} of {n} channels against their members", metric=metric_name(metric.name), n=wording.number(shown.height)),
    )


def left_out(told: pl.DataFrame, metric: Metric) -> str:
    """What a cross means, how many channels the picture does not show, and why; empty where there is nothing to say."""
    without = told.filter(pl.col("last_members").is_null() | (pl.col("last_members") <= 0)).height
    few = told.filter((pl.col("last_members") > 0) & pl.col(metric.name).is_null()).height
    marked = told.filter(pl.col("silent") | pl.col("emptied")).height
    legend = _("✕: silent, or without members now; named beside.") + " " if marked else ""
    parts = []
    if without:
        parts.append(_("{n} channels without known members are not drawn", n=wording.number(without)))
    if few:
        parts.append(_("{n} have too few cases for this figure", n=wording.number(few)))
    return legend + ("; ".join(parts) + "." if parts else "")


def _from_zero(scale: dict[str, Any]) -> dict[str, Any]:
    """The axis with room for whole dots at 0."""
    low, high = scale["range"]
    return scale | {"range": [-0.03 * high, high]} if low == 0 else scale


def _whiskers(rows: pl.DataFrame, metric: Metric) -> dict[str, object]:
    limits = rows.select(value=metric.name, lower=f"{metric.name}:lower", upper=f"{metric.name}:upper")
    return whiskers(limits, metric.kind) | {"color": FAINT}


def _hover(row: Row, metric: Metric, name: str) -> str:
    figure = {"value": row[metric.name]} | {part: row[f"{metric.name}:{part}"] for part in BESIDE}
    value, *rest = said(figure, metric.kind)
    lines = [f"<b>{plain(row['name'])}</b>", f"{name}: {value}", *rest]
    return "<br>".join([*lines, _("{n} members", n=wording.number(row["last_members"])), *filter(None, [plain(remark(row))])])
