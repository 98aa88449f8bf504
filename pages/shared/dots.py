"""Value against number of cases, one unnamed grey dot each: the fewer cases, the wider they scatter."""

import polars as pl

from etl.language import _
from metrics.declaration import Metric
from metrics.wording import metric_name
from pages.shared import wording
from pages.shared.axes import axis, clipped, counts
from pages.shared.picture import ACCENT, MARK, Picture, blank, laid_out

HEIGHT = 300

MANY = 500
"""From so many on, dots are smaller and paler, so that they can be told apart."""


def dots(rows: pl.DataFrame, whole: float | None, metric: Metric) -> Picture:
    """One dot per row with a value: no name, no colour, no label, also not on hover.

    Args:
        rows: ``value`` and ``denominator``.
        whole: the whole's value, drawn as a line.
        metric: the rows' metric: a share, a rate or a time.
    """
    known = rows.filter(pl.col("value").is_not_null() & (pl.col("denominator") > 0))
    values = [clipped(metric.kind, value) for value in known["value"]]
    cases = known["denominator"].to_list()
    scale = axis(metric.kind, [*values, whole])
    figure = blank()
    figure.add_scatter(
        x=cases,
        y=values,
        mode="markers",
        marker={"color": MARK, "size": 7, "opacity": 0.6} if len(cases) < MANY else {"color": MARK, "size": 5, "opacity": 0.4},
        hovertext=[
            f"{wording.value(metric.kind, value)} (n = {wording.number(number)})"
            for value, number in zip(known["value"], cases, strict=True)
        ],
        hoverinfo="text",
    )
    if whole is not None:
        height = clipped(metric.kind, whole)
        figure.add_hline(y=height, line={"color": ACCENT, "width": 1.2, "dash": "dot"})
    figure.update_xaxes(**counts(min(cases, default=1), max(cases, default=1)), title_text=_("n, number of cases"))
    figure.update_yaxes(**scale)
    name = metric_name(metric.name)
    return Picture(laid_out(figure, HEIGHT), _("{metric} against number of cases, {n} unnamed dots", metric=name, n=len(cases)))


def how_to_read() -> str:
    """What the picture says, and what it does not."""
    return _("One dot is one officer, without a name: the further left, the fewer cases, and the more a value is chance.")
