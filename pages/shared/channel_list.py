"""Every channel with its figures side by side, and what needs attention among them: silence, and members that fell to zero."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st
from pandas.io.formats.style import Styler

from etl.gate.silence import EXPECTED, SILENT_DAYS, USUAL_DAYS
from etl.language import _
from etl.tables import UNKNOWN
from metrics.wording import metric_name, platform_name, unit_name
from pages.shared import wording
from pages.shared.cards import KIND
from pages.shared.ending import end
from pages.shared.links import link
from pages.shared.tables import styled
from pages.shared.terms import literal, worded

FIGURES = (
    *("received", "answered", "first_response_median", "members", "member_growth", "interactions_per_1000_members"),
    *("posts", "views", "corrections", "correction_median"),
)
"""The metrics of a channel's line."""
BESIDE = ("lower", "upper", "denominator", "state", "signal", "note")
NAMED = 8
"""Channels that are named for attention; the rest is left to the table."""


def lines(rows: pl.DataFrame, heard: pl.DataFrame, wards: Mapping[str, str]) -> pl.DataFrame:
    """One line per channel: its names, when it was last heard of, and each figure.

    Args:
        rows: the result rows of FIGURES by channel.
        heard: the rows of ``metrics.freshness.channels``.
        wards: code -> name.

    Returns:
        One row per channel, those that need attention first, then those with most questions: ``channel``, ``name``, ``platform``
        and ``ward`` in words, ``ward_code``, the other columns of ``heard``, and per metric its ``value`` as ``METRIC`` and
        ``METRIC:COLUMN`` for the columns of a result row that say what it rests on (BESIDE).
    """
    wide = rows.select("unit").unique()
    for metric in FIGURES:
        of = rows.filter(pl.col("metric") == metric)
        wide = wide.join(
            of.select("unit", pl.col("value").alias(metric), *(pl.col(name).alias(f"{metric}:{name}") for name in BESIDE)),
            on="unit",
            how="left",
        )
    told = heard.join(wide, left_on="channel", right_on="unit", how="left")
    return told.with_columns(
        ward_code=pl.col("ward"),
        platform=worded(told["platform"], lambda code: _("unknown") if code == UNKNOWN else platform_name(code)),
        ward=worded(told["ward"], lambda code: unit_name(code, wards.get(code, code))),
    ).sort(pl.col("silent") | pl.col("emptied"), pl.col("received").fill_null(0), "channel", descending=[True, True, False])


def stop_where_no_channel(heard: pl.DataFrame) -> None:
    """End the run with what to do next where no channel is known."""
    if heard.is_empty():
        st.info(_("No channel is known with these filters. Data staff load the list of channels, or map the channel column in a source."))
        end()


def answer(whole: Mapping[str, Mapping[str, Any]], heard: pl.DataFrame, period: str) -> str:
    """How many channels there are, how many are silent, what came in and how much of it is answered.

    Args:
        whole: the whole's result rows of FIGURES by metric.
        heard: the rows of ``metrics.freshness.channels``.
        period: in words, to open a sentence with.
    """
    received, answered = whole["received"], whole["answered"]
    parts = [_("{n} questions came in through {channels} channels", n=wording.number(received["value"]), channels=_open(heard))]
    if answered["value"] is not None:
        parts.append(_("{share} of them are answered", share=wording.percent(answered["value"])))
    silent = heard.filter("silent").height
    parts.append(_("fallen silent: {n}", n=wording.number(silent)) if silent else _("no channel has fallen silent"))
    return f"{period}: " + "; ".join(parts) + "."


def _open(heard: pl.DataFrame) -> str:
    return wording.number(heard.filter(~pl.col("closed")).height)


def rule() -> None:
    """Draw when a channel counts as silent."""
    st.caption(
        _(
            "Silent: no question and no post for {days} days or more, in which by its own pace of the {usual} days before at least "
            "{expected} would have come. Nobody may be active there, or its file was not sent. Closed channels are left out.",
            days=SILENT_DAYS,
            usual=USUAL_DAYS,
            expected=EXPECTED,
        )
    )


def attention(told: pl.DataFrame) -> None:
    """Draw the channels to look at, those that were busiest first, each a link to its ward; a calm sentence where there is none.

    Args:
        told: what ``lines`` returns.
    """
    found = told.filter(pl.col("silent") | pl.col("emptied")).sort("pace", "channel", descending=[True, False], nulls_last=True)
    if found.is_empty():
        st.write(_("No channel has fallen silent, and none has lost all its members."))
    for row in found.head(NAMED).iter_rows(named=True):
        with st.container(gap="xxsmall"):
            if row["ward_code"] == UNKNOWN:
                st.markdown(literal(row["name"]))
            else:
                link("service/ward.py", literal(row["name"]), ward=row["ward_code"])
            st.caption(remark(row))
    if found.height > NAMED:
        st.caption(_("{n} more stand first in the table.", n=wording.number(found.height - NAMED)))


def remark(row: Mapping[str, Any]) -> str:
    """What there is to say of a channel, in words; empty where all is well."""
    parts = []
    if row["silent"]:
        parts.append(_("silent for {n} days", n=wording.number(row["quiet_days"])))
    if row["emptied"]:
        parts.append(_("members fell to 0"))
    if row["closed"]:
        parts.append(_("closed"))
    if row["cut_off"]:
        parts.append(wording.state("provisional"))
    return " · ".join(parts)


def table(told: pl.DataFrame) -> Styler:
    """One line per channel: remark, questions and how they were answered, members, posts, corrections, last heard of, where."""
    days = _("Days since last heard of")
    columns: dict[str, list[Any]] = {_("Channel"): told["name"].to_list(), days: told["quiet_days"].to_list()}
    words = {}
    for name in FIGURES:
        if name == "members":  # of the period; where it tells none, the last known are of more use
            columns[_("Members, last known")] = told["last_members"].to_list()
            words[_("Members, last known")] = wording.number
        elif name not in ("views", "member_growth"):
            columns[metric_name(name)] = told[name].to_list()
            words[metric_name(name)] = partial(wording.value, KIND[name])
    columns[_("Remark")] = [remark(row) for row in told.iter_rows(named=True)]
    columns |= {_("Platform"): told["platform"].to_list(), _("Ward"): told["ward"].to_list()}
    return styled(columns, words | {days: wording.number})


def rows_to_offer(told: pl.DataFrame) -> pl.DataFrame:
    """The table's lines to download, with the number of cases behind each share and time."""
    figures = [
        pl.col(column).alias(heading)
        for name in FIGURES
        for column, heading in ((name, metric_name(name)), (f"{name}:denominator", f"{metric_name(name)}, n"))
        if column == name or KIND[name] != "count"
    ]
    last = {"last_asked": _("Last question"), "last_post": _("Last post"), "quiet_days": _("Days since last heard of")}
    last |= {"last_members": _("Members, last known")}
    return told.select(
        pl.col("channel").alias(_("Code")),
        pl.col("name").alias(_("Channel")),
        pl.col("platform").alias(_("Platform")),
        pl.col("ward").alias(_("Ward")),
        pl.Series(_("Remark"), [remark(row) for row in told.iter_rows(named=True)], dtype=pl.String),
        *(pl.col(name).alias(heading) for name, heading in last.items()),
        *figures,
    )
