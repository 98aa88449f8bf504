"""What one unit's cases are about, beside the whole's: is it the mix of cases, or how each kind is served?"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.declaration import Metric
from metrics.wording import metric_name, unit_name
from pages.shared import tables, wording
from pages.shared.terms import interval_or_why, literal
from pages.shared.whiskers import Scale, dot

NAME, LONG_NAME = 170, 260
"""Pixels of a topic's and of a channel's name."""
METRICS = ("received", "on_time", "first_response_median")
"""What is asked of every topic."""


def compared(metric: Metric) -> Metric:
    """What is compared topic by topic: the metric itself where it can be, else on time."""
    return metric if metric.name in METRICS and metric.kind != "count" else BY_NAME["on_time"]


def table(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric) -> pd.DataFrame:
    """One line per topic that the unit's cases are about, the most frequent first.

    Args:
        rows: the unit's result rows by topic, of ``received`` and of the metric (a share or a time).
        whole: the whole's, likewise.
        metric: what is compared topic by topic.

    Returns:
        Texts, ready to show, and a picture: topic, questions, their share of the unit's (and of the whole's), the metric's value with
        interval, the whole's value for that topic, and both drawn.
    """
    cases, every = _of(rows, "received"), _of(whole, "received")
    mine, common = _of(rows, metric.name), _of(whole, metric.name)
    own, all_cases = (sum(row["numerator"] for row in part.values()) for part in (cases, every))
    limits = [row[name] for row in mine.values() for name in ("value", "lower", "upper")] + [row["value"] for row in common.values()]
    scale = Scale(metric.kind, limits)
    lines = []
    for topic in sorted((topic for topic, row in cases.items() if row["numerator"]), key=lambda topic: (-cases[topic]["numerator"], topic)):
        row, beside = mine[topic], common.get(topic, {"value": None, "note": None})
        many, there = cases[topic]["numerator"], every.get(topic, {"numerator": 0})["numerator"]
        lines.append(
            {
                _("Topic"): unit_name(topic, row["unit_name"]),
                _("Questions"): wording.number(many),
                _("Share (all)"): f"{wording.percent(many / own, 0)} ({wording.percent(there / all_cases, 0)})",
                metric_name(metric.name): wording.value(metric.kind, row["value"], row["note"]),
                _("95% interval"): interval_or_why(row, metric.kind),
                _("All together"): wording.value(metric.kind, beside["value"], beside["note"]),
                _("Interval (line: all)"): dot(scale, row["value"], row["lower"], row["upper"], beside["value"]),
            }
        )
    return pd.DataFrame(lines)


def draw(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric) -> None:
    """Draw the table of ``table``; a sentence where the unit had no case."""
    if not rows.filter(pl.col("metric") == "received")["value"].sum():
        st.caption(_("No case in this period."))
        return
    right = [_("Questions"), _("Share (all)"), metric_name(metric.name), _("95% interval"), _("All together")]
    tables.show(table(rows, whole, metric), "topics", _("Topics"), right=right, name=NAME)


def draw_channels(rows: pl.DataFrame, unit: pl.DataFrame, metric: Metric) -> None:
    """Draw the channels through which the unit's cases came, with one metric each; the line is the unit's own value.

    Args:
        rows: the unit's result rows by channel, METRICS.
        unit: the unit's result rows, METRICS among them.
        metric: one of them.
    """
    some = rows.filter((pl.col("metric") == "received") & (pl.col("value") > 0))["unit"].implode()
    shown = rows.filter((pl.col("metric") == metric.name) & pl.col("unit").is_in(some))
    if shown.is_empty():
        st.caption(_("No case came through a channel in this period."))
        return
    table = tables.by_unit(shown, unit.filter(pl.col("metric") == metric.name), metric, _("Channel"))
    tables.show(table, "channels", _("Channels"), name=LONG_NAME)


def _of(rows: pl.DataFrame, metric: str) -> dict[str, Mapping[str, Any]]:
    return {row["unit"]: row for row in rows.filter(pl.col("metric") == metric).iter_rows(named=True)}


def clearly_below(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric, told: Callable[[str], str] = literal) -> str:
    """The topic in which the unit lies furthest from the whole on the worse side, its whole interval beyond the whole's value for
    that topic; in words with both values. Empty where there is none, or where neither side is worse.

    Args:
        rows: the unit's result rows by topic.
        whole: the whole's, likewise.
        metric: a share or a time.
        told: how a name from the data is written: as Markdown, unless said otherwise.
    """
    mine, common = _of(rows, metric.name), _of(whole, metric.name)
    sign = {"higher": 1, "lower": -1}.get(metric.better, 0)
    gaps = {}
    for topic, row in mine.items():
        beside = common.get(topic, {"value": None})["value"]
        nearest = row["upper"] if sign > 0 else row["lower"]
        if sign and beside is not None and row["value"] is not None and nearest is not None and sign * (beside - nearest) > 0:
            gaps[topic] = sign * (beside - row["value"]) * (row["denominator"] or 0)
    if not gaps:
        return ""
    topic = max(gaps, key=lambda name: (gaps[name], name))
    value, beside = (wording.value(metric.kind, part[topic]["value"]) for part in (mine, common))
    return _("{topic}: {value}, all together {whole}", topic=told(unit_name(topic, mine[topic]["unit_name"])), value=value, whole=beside)
