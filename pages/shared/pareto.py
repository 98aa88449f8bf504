"""What most judgements are about: categories in order of their number, with the share that the first of them make up together."""

from typing import Any

import plotly.graph_objects as go
import polars as pl
from pandas.io.formats.style import Styler

from etl.language import _
from pages.shared import wording
from pages.shared.axes import axis
from pages.shared.picture import MARK, Picture, laid_out, plain
from pages.shared.tables import styled
from pages.shared.terms import category_name

LINE, ROOM = 34, 1.35
"""Pixels of one bar; and how much longer than the longest bar the axis is, for the label at its end."""


def pareto(categories: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One kind's categories, most rows first.

    Args:
        categories: the rows of ``metrics.judgements.by_category`` of one unit.
        kind: compliment or complaint.

    Returns:
        One row per category: ``category`` (in words), ``rows``, ``share`` and ``cumulative`` (0–1), ``held``.
    """
    rows = categories.filter(pl.col("kind") == kind).sort("rows", "category", descending=[True, False])
    share = pl.col("rows") / pl.col("rows").sum()
    names = pl.Series("category", [category_name(category) for category in rows["category"]], dtype=pl.String)
    return (
        rows.with_columns(names)
        .with_columns(share=share, cumulative=share.cum_sum())
        .select("category", "rows", "share", "cumulative", "held")
    )


def picture_of(rows: pl.DataFrame, most: int, alt: str) -> Picture:
    """Bars from zero in order, each with its number and the share that it and those above make up.

    Args:
        rows: of ``pareto``.
        most: the longest bar of all that stand beside this picture, so that lengths compare.
        alt: what is seen, in one sentence.
    """
    figure = go.Figure()
    names = [plain(name) for name in rows["category"]]
    labels = [
        f"{wording.number(count)} · {wording.percent(cumulative, 0)}" for count, cumulative in rows.select("rows", "cumulative").iter_rows()
    ]
    places = list(range(rows.height))
    figure.add_bar(
        x=rows["rows"].to_list(), y=places, orientation="h", marker_color=MARK, width=0.62,
        text=labels, textposition="outside", cliponaxis=False, hovertext=names, hoverinfo="text",
    )  # fmt: skip
    scale = axis("count", [0, most], zero=True)
    figure.update_xaxes(tickvals=scale["tickvals"], ticktext=scale["ticktext"], range=[0, max(most, 1) * ROOM], side="top")
    figure.update_yaxes(tickvals=places, ticktext=names, range=[max(rows.height, 1) - 0.4, -0.6], showgrid=False)
    return Picture(laid_out(figure, 44 + LINE * max(rows.height, 1)), alt)


def table_of(rows: pl.DataFrame) -> Styler:
    """The same rows: category, number, share, the shares added up, and how many of them are under review."""
    columns: dict[str, list[Any]] = {_("What it is about"): rows["category"].to_list()}
    numbers = {
        _("Number"): ("rows", wording.number),
        _("Share"): ("share", wording.percent),
        _("Added up"): ("cumulative", wording.percent),
    }
    if rows["held"].sum():
        numbers[_("Under review")] = ("held", wording.number)
    columns |= {heading: rows[name].to_list() for heading, (name, _words) in numbers.items()}
    return styled(columns, {heading: words for heading, (_name, words) in numbers.items()})
