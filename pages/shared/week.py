"""The hours of the week: when residents ask, and when they are answered, as two heat maps on one scale."""

from functools import partial

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from pages.shared import picture, tables, wording
from pages.shared.picture import Picture, blank, laid_out
from pages.shared.tile_map import DEEP, PALE

HEIGHT = 230
"""Pixels of one map."""
TICKS = (0, 6, 12, 18)


def weekdays() -> list[str]:
    """Short names of the days, from Monday."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def heat_map(rows: pl.DataFrame, column: str, most: int) -> Picture:
    """One colour field per weekday and hour; an hour without any is left blank.

    Args:
        rows: of ``metrics.hours``.
        column: asked or answered.
        most: the count with the deepest colour, so that two maps share one scale.
    """
    days, name = weekdays(), _("Questions") if column == "asked" else _("Answers")
    counts = [rows.filter(pl.col("weekday") == day)[column].to_list() for day in range(1, 8)]
    hover = [
        [f"<b>{days[day]} {hour}–{hour + 1} h</b><br>{name}: {wording.number(count)}" for hour, count in enumerate(line)]
        for day, line in enumerate(counts)
    ]
    figure = blank()
    figure.add_heatmap(
        z=[[count or None for count in line] for line in counts],
        x=list(range(24)),
        y=list(range(7)),
        zmin=0,
        zmax=max(most, 1),
        colorscale=[[0, "rgb({}, {}, {})".format(*PALE)], [1, "rgb({}, {}, {})".format(*DEEP)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertext=hover,
        hoverinfo="text",
        hoverongaps=False,
    )
    figure.update_xaxes(tickvals=[hour - 0.5 for hour in (*TICKS, 24)], ticktext=[f"{hour} h" for hour in (*TICKS, 24)], showgrid=False)
    figure.update_yaxes(tickvals=list(range(7)), ticktext=days, autorange="reversed", showgrid=False)
    return Picture(laid_out(figure, HEIGHT), _("{name} by weekday and hour; busiest: {hour}", name=name, hour=busiest(rows, column)))


def busiest(rows: pl.DataFrame, column: str) -> str:
    """The hour of the week with most, the first of them: "Mon 9–10 h"; a dash where there is none."""
    if not rows[column].sum():
        return wording.NONE
    day, hour = rows.row(int(rows[column].arg_max() or 0))[:2]
    return f"{weekdays()[day - 1]} {hour}–{hour + 1} h"


def draw(rows: pl.DataFrame) -> None:
    """Draw both maps side by side, under each other on a phone, with their table behind a click."""
    if not rows["asked"].sum():
        st.caption(_("No case with a known time in this period."))
        return
    most = int(max(rows["asked"].max() or 0, rows["answered"].max() or 0))  # type: ignore[type-var]
    titles = {"asked": _("Questions, by the hour asked"), "answered": _("Answers, by the hour given")}
    for place, (column, title) in zip(st.columns(2, gap="medium"), titles.items(), strict=True):
        with place:
            st.caption(_("{title}; busiest: {hour}", title=title, hour=busiest(rows, column)))
            picture.show(heat_map(rows, column, most), f"hours {column}")
    st.caption(_("One scale for both: the deepest colour is {n} in one hour of the week, over the whole period.", n=wording.number(most)))
    tables.folded(_("The hours as a table"), "hours as a table", partial(draw_table, rows))


def draw_table(rows: pl.DataFrame) -> None:
    """Draw every hour of the week as a line."""
    tables.show(table(rows), "hours table", _("Questions and answers by weekday and hour"), tallest=360)


def table(rows: pl.DataFrame) -> pd.DataFrame:
    """One line per weekday and hour."""
    days = weekdays()
    return pd.DataFrame(
        {
            _("Weekday"): [days[day - 1] for day in rows["weekday"]],
            _("Hour"): rows["hour"].to_list(),
            _("Questions"): rows["asked"].to_list(),
            _("Answers"): rows["answered"].to_list(),
        }
    )
