"""What waits, by how long: the backlog's ages as bars from zero."""

import polars as pl

from etl.language import _
from metrics.wording import metric_name
from pages.shared import wording
from pages.shared.cards import by_metric
from pages.shared.picture import FAINT, MARK, Picture, blank, laid_out

AGES = ("backlog_0_1d", "backlog_1_3d", "backlog_3_7d", "backlog_7_30d", "backlog_30d_up")
WAITING = ("overdue_open", "backlog", *AGES)
"""What is open at as_of, whenever it was asked."""


def bars(rows: pl.DataFrame) -> Picture:
    """One bar per age, the youngest on top, each with its count.

    Args:
        rows: one unit's result rows over all time, metrics AGES among them.
    """
    counts = by_metric(rows)
    values = [counts[name]["value"] or 0 for name in AGES]
    names = [metric_name(name) for name in AGES]
    figure = blank()
    figure.add_bar(
        x=values,
        y=names,
        orientation="h",
        marker_color=MARK,
        width=0.6,
        text=[wording.number(value) for value in values],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(visible=False, range=[0, max(*values, 1) * 1.35], gridcolor=FAINT)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    said = "; ".join(f"{name}: {wording.number(value)}" for name, value in zip(names, values, strict=True))
    return Picture(laid_out(figure, 210), _("Waiting by age – {ages}", ages=said))
