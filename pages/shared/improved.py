"""Which wards improved or worsened against the span before, beside what chance and the fall-back to the mean alone would give."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from metrics.comparison import comparable
from metrics.declaration import Metric
from metrics.improvement import improvement
from metrics.scope import Scope
from metrics.wording import unit_name
from pages.shared import address, sources, tables, wording
from pages.shared.controls import Filters
from pages.shared.downloads import offer


def draw(scope: Scope, chosen: Filters, metric: Metric) -> None:
    """Draw a choice, kept in the address, and behind it the sentence and the table; nothing for figures by which wards are not compared."""
    if not comparable(metric, "ward") or metric.better == "neutral":
        return
    views = {"now": _("This period alone"), "before": _("Which wards improved or worsened?")}
    address.given("against", "now", views)
    st.segmented_control(_("Compared"), list(views), format_func=views.get, key="against", required=True, label_visibility="collapsed")
    if address.keep("against", "now") == "now":
        return
    rows = sources.ask(improvement, scope, chosen.query("ward", (metric.name,)))
    if rows.is_empty():
        st.write(_("Fewer than five wards have a figure both in this period and in the whole of the one before: nothing can be compared."))
        return
    st.write(answer(rows, metric, chosen))
    table = lines(rows, metric)
    tables.show(tables.styled(table, {}), "improved table", _("Change of each ward"), right=list(table)[1:6])
    st.caption(
        _(
            "After an extreme month the next is usually less so, whatever anybody did. “Fall-back alone” is the change to be expected of a "
            "ward at which nothing happened but what happened everywhere; 95 of 100 such wards change within the range beside it. Values "
            "are adjusted for the mix of cases."
        )
    )
    offer(rows, _("Change of each ward"), scope)


def answer(rows: pl.DataFrame, metric: Metric, chosen: Filters) -> str:
    """How many wards changed more than is to be expected, and what the lowest tenth did by itself, in two sentences."""
    counts = {signal: wording.number(rows.filter(pl.col("signal") == signal).height) for signal in ("improved", "worsened")}
    before = chosen.before()
    head = _(
        "Against {before}: {improved} of {total} wards improved and {worsened} worsened by more than chance and fall-back explain.",
        before=wording.days(before.from_on, before.to_on),
        total=wording.number(rows.height),
        **counts,
    )
    worst = rows.sort("before", descending=metric.better == "lower").head(max(1, rows.height // 10))
    means = [worst[name].mean() for name in ("change", "fall_back")]
    moved, expected = (_moved(metric, mean if isinstance(mean, float) else 0.0) for mean in means)
    tail = _(
        "The tenth that stood worst moved by {moved} on average; {expected} was to be expected of it anyhow.",
        moved=moved,
        expected=expected,
    )
    return f"{head} {tail}"


def lines(rows: pl.DataFrame, metric: Metric) -> dict[str, list[Any]]:
    """The table's columns in words: wards whose change stands out first, then by name."""
    value, moved = partial(wording.value, metric.kind), partial(_moved, metric)
    words = {"improved": _("improved"), "worsened": _("worsened"), "none": wording.NONE}
    ordered = rows.sort(pl.col("signal") == "none", "unit_name", "unit")
    return {
        _("Ward"): [unit_name(unit, name) for unit, name in ordered.select("unit", "unit_name").iter_rows()],
        _("Before"): [value(each) for each in ordered["before"]],
        _("After"): [value(each) for each in ordered["after"]],
        _("Change"): [moved(each) for each in ordered["change"]],
        _("Fall-back alone"): [moved(each) for each in ordered["fall_back"]],
        _("Chance and fall-back"): [f"{moved(low)} … {moved(high)}" for low, high in ordered.select("lower", "upper").iter_rows()],
        _("Remark"): [words[signal] for signal in ordered["signal"]],
    }


def _moved(metric: Metric, difference: float) -> str:
    return wording.points(difference) if metric.kind == "share" else wording.signed(difference, 1)
