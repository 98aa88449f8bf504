"""The sentence that each page opens with: the answer to its title, computed."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from etl.tables import UNKNOWN
from metrics.declaration import Metric
from metrics.wording import metric_name
from pages.shared import wording
from pages.shared.cards import by_metric, rests_on
from pages.shared.terms import literal

TOP = 5
"""Wards whose share of a count is named."""


def overview(now: pl.DataFrame, by_ward: pl.DataFrame, overdue_by_ward: pl.DataFrame, period: str) -> str:
    """How residents are served: on time, how fast, and which wards are worse than expected; what is overdue where none is compared.

    Args:
        now: the whole's rows of the chosen period.
        by_ward: the rows of ``on_time`` by ward in the chosen period, compared.
        overdue_by_ward: the rows of ``overdue_open`` by ward, over all time.
        period: in words, to open a sentence with.
    """
    row = by_metric(now)
    parts = [_on_time(row)]
    if row["first_response_median"]["value"] is not None:
        parts.append(_("half had a first answer within {time}", time=wording.duration(row["first_response_median"]["value"])))
    compared = by_ward.filter(pl.col("signal").is_not_null())
    if compared.height:
        return f"{period}: " + "; ".join([*parts, _worse(compared.filter(pl.col("signal") == "worse").sort("unit"))]) + "."
    behind = overdue_by_ward.filter((pl.col("value") > 0) & (pl.col("unit") != UNKNOWN)).height
    parts.append(_("{n} wards have overdue questions", n=wording.number(behind)) if behind else _("no ward has an overdue question"))
    return f"{period}: " + "; ".join(parts) + "."


def _worse(rows: pl.DataFrame) -> str:
    """How many wards are worse than expected, and the names of a few."""
    if rows.is_empty():
        return _("no ward is worse than expected")
    names = ", ".join(literal(name) for name in rows["unit_name"].head(TOP))
    if rows.height == 1:
        return _("one ward is worse than expected: {names}", names=names)
    said = {"n": wording.number(rows.height), "names": names}
    return _("{n} wards are worse than expected: {names}", **said) + (" …" if rows.height > TOP else "")


def _on_time(row: Mapping[str, Mapping[str, Any]]) -> str:
    if row["on_time"]["value"] is None:
        received, answered = wording.number(row["received"]["value"]), wording.number(row["answered"]["numerator"])
        return _("{received} questions received, {answered} of them answered", received=received, answered=answered)
    share = wording.value("share", row["on_time"]["value"])
    return _("{share} of questions were answered on time ({rest})", share=share, rest=rests_on(row["on_time"]))


def wards(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric, period: str) -> str:
    """Where the wards stand in one metric: the whole, the middle half, and how many have too few cases.

    Args:
        rows: one result row per ward.
        whole: the result row of all wards together.
        metric: the rows' metric.
        period: in words, to open a sentence with.
    """
    known = rows.filter((pl.col("unit") != UNKNOWN) & pl.col("value").is_not_null())
    name = metric_name(metric.name)
    common = whole.row(0, named=True)
    if metric.kind == "count":
        return f"{period}: {name} – " + _count(known, common)
    parts = [
        _("all together {value} ({rest})", value=wording.value(metric.kind, common["value"], common["note"]), rest=rests_on(common))
        if common["value"] is not None or common["state"] == "ok"
        else _("all together {rest}", rest=rests_on(common))
    ]
    if known.height >= 2 * TOP:
        low, high = (known["value"].quantile(share, "linear") for share in (0.25, 0.75))
        middle = {"low": wording.value(metric.kind, low), "high": wording.value(metric.kind, high)}
        parts.append(_("half of the wards lie between {low} and {high}", **middle))
    differing = known.filter(pl.col("signal").is_in(["better", "worse"])).height
    if known["signal"].is_not_null().any():
        parts.append(_("{n} wards differ from what is expected", n=wording.number(differing)))
    few = rows.filter((pl.col("state") == "too_few") & (pl.col("unit") != UNKNOWN)).height
    if few:
        parts.append(_("{n} wards have too few cases to compare", n=wording.number(few)))
    return f"{period}: {name} – " + "; ".join(parts) + "."


def _count(known: pl.DataFrame, common: Mapping[str, Any]) -> str:
    some = known.filter(pl.col("value") > 0)
    text = _("{n} in {wards} wards", n=wording.number(common["value"]), wards=wording.number(some.height))
    if some.height > 2 * TOP:
        most = some["value"].top_k(TOP).sum() / common["value"]
        text += "; " + _("{share} of them in the {n} wards with most", share=wording.percent(most, 0), n=TOP)
    return text + "."


def say(sentence: str) -> None:
    """Draw the answer under the page's head."""
    st.markdown(f"**{sentence}**")
