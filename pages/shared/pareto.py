"""Categories in order of their number, with the share that the first of them make up together: of judgements, of refused rows."""

from typing import Any

import polars as pl
from pandas.io.formats.style import Styler

from etl.language import _
from metrics.wording import category_name
from pages.shared import wording
from pages.shared.axes import axis
from pages.shared.picture import MARK, Picture, blank, laid_out, plain
from pages.shared.tables import styled

LINE, LETTER = 34, 6.5
"""Pixels of one bar, and of a letter of the label at its end: the longest bar leaves room for it, however narrow the picture is."""


def pareto(categories: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One kind's categories, most rows first.

    Args:
        categories: the rows of ``metrics.judgements.by_category`` of one unit.
        kind: compliment or complaint.

    Returns:
        One row per category: ``category`` (in words), ``rows``, ``share`` and ``cumulative`` (0–1), ``held``.
    """
    rows = categories.filter(pl.col("kind") == kind)
    names = pl.Series("category", [category_name(category) for category in rows["category"]], dtype=pl.String)
    return added_up(rows.with_columns(names))


def added_up(rows: pl.DataFrame) -> pl.DataFrame:
    """Categories in words, most first, with their shares added up; what is hidden stands last and has no share.

    Args:
        rows: one row per category: ``category``, ``rows`` (null where hidden); ``of`` where the sum is known though some are hidden,
            ``held`` where there is any.
    """
    whole = pl.col("of") if "of" in rows.columns else pl.col("rows").sum()
    held = pl.col("held") if "held" in rows.columns else pl.lit(0, pl.Int64).alias("held")
    ordered = rows.sort("rows", "category", descending=[True, False], nulls_last=True).with_columns(share=pl.col("rows") / whole)
    return ordered.with_columns(cumulative=pl.col("share").cum_sum()).select("category", "rows", "share", "cumulative", held)


def picture_of(rows: pl.DataFrame, most: int, alt: str) -> Picture:
    """Bars from zero in order, each with its number and the share that it and those above make up.

    Args:
        rows: of ``added_up``; what is hidden is left out.
        most: the longest bar of all that stand beside this picture, so that lengths compare.
        alt: what is seen, in one sentence.
    """
    figure, rows = blank(), rows.filter(pl.col("rows").is_not_null())
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
    every = 1 + len(scale["tickvals"]) // 5  # no more labels than stand side by side in half a page
    ticks = {"tickvals": scale["tickvals"][::every], "ticktext": scale["ticktext"][::every]}
    figure.update_xaxes(**ticks, range=[0, max(most, 1)], side="top")
    figure.update_yaxes(tickvals=places, ticktext=names, range=[max(rows.height, 1) - 0.4, -0.6], showgrid=False)
    room = LETTER * len(f"{wording.number(most)} · {wording.percent(1.0, 0)}")
    return Picture(laid_out(figure, 44 + LINE * max(rows.height, 1), margin_r=room), alt)


def table_of(rows: pl.DataFrame, heading: str) -> Styler:
    """The same rows: category (under ``heading``), number, share, the shares added up, and how many of them are under review."""
    columns: dict[str, list[Any]] = {heading: rows["category"].to_list()}
    numbers = {
        _("Number"): ("rows", wording.number),
        _("Share"): ("share", wording.percent),
        _("Added up"): ("cumulative", wording.percent),
    }
    if rows["held"].sum():
        numbers[_("Under review")] = ("held", wording.number)
    columns |= {head: rows[name].to_list() for head, (name, _words) in numbers.items()}
    return styled(columns, {head: words for head, (_name, words) in numbers.items()})
