"""What needs attention now: plain counts, each a link to the page that shows it by ward. No score, no list of people."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from etl.tables import UNKNOWN
from metrics.scope import Scope
from metrics.wording import metric_name, unit_name
from pages.shared import wording
from pages.shared.links import link
from pages.shared.terms import literal

LISTED = 5
"""Wards that are named for one reason."""


@dataclass(frozen=True)
class Item:
    """One thing to look at: what it says (Markdown, names taken letter by letter), and the view that shows it."""

    text: str
    view: tuple[tuple[str, str], ...]
    """Parameters of the page's address."""
    page: str = "service/wards.py"
    why: str = ""
    """What the words rest on; said once under all."""


def items(overdue_by_ward: pl.DataFrame, by_ward: pl.DataFrame, scope: Scope) -> list[Item]:
    """What to look at, the most pressing first; nothing where all is well.

    Args:
        overdue_by_ward: the rows of ``overdue_open`` by ward, over all time.
        by_ward: the rows of ``received`` and ``on_time`` by ward in the chosen period.
        scope: who looks: a ward's overdue cases themselves are shown to those who may see them, to others the ward.
    """
    found = [_below(row) for row in by_ward.filter(pl.col("signal") == "worse").sort("unit").head(LISTED).iter_rows(named=True)]
    found += [
        Item(
            _("{ward}: {n} overdue", ward=literal(unit_name(row["unit"], row["unit_name"])), n=wording.number(row["value"])),
            *_overdue_of(row["unit"], scope),
        )
        for row in overdue_by_ward.filter(pl.col("value") > 0)
        .sort("value", "unit", descending=[True, False])
        .head(LISTED)
        .iter_rows(named=True)
    ]
    few = by_ward.filter((pl.col("metric") == "on_time") & (pl.col("state") == "too_few") & (pl.col("unit") != UNKNOWN)).height
    if few:
        found.append(Item(_("{n} wards have too few cases to compare", n=wording.number(few)), (("metric", "on_time"),)))
    nowhere = by_ward.filter((pl.col("metric") == "received") & (pl.col("unit") == UNKNOWN) & (pl.col("value") > 0))
    if nowhere.height:
        found.append(Item(_("{n} questions without a known ward", n=wording.number(nowhere["value"].item())), (("metric", "received"),)))
    return found


def unusual(heard: pl.DataFrame, waves: pl.DataFrame) -> list[Item]:
    """Channels that fell silent and judgements that wait for a person, where there are any.

    Args:
        heard: the rows of ``metrics.freshness.channels``.
        waves: the rows of ``metrics.judgements.bursts`` over all time.
    """
    silent, held = heard["silent"].sum(), waves["rows"].sum()
    found = []
    if silent:
        found.append(Item(_("Channels fallen silent: {n}", n=wording.number(silent)), (), "service/channels.py"))
    if held:
        view = (("period", "all"), ("ward", ""), ("topic", ""), ("platform", ""))
        found.append(Item(_("{n} judgements under review", n=wording.number(held)), view, "service/feedback.py"))
    return found


def _below(row: dict[str, Any]) -> Item:
    """A ward whose figure is lower than its cases and chance let expect."""
    ward = literal(unit_name(row["unit"], row["unit_name"]))
    why = _("Expected of “{metric}” in this period, for cases of the same kind and beyond chance.", metric=metric_name(row["metric"]))
    return Item(_("{ward}: worse than expected", ward=ward), (("ward", row["unit"]),), "service/ward.py", why)


def _overdue_of(ward: str, scope: Scope) -> tuple[tuple[tuple[str, str], ...], str]:
    """Where a ward's overdue questions are shown."""
    if scope.cases_of is None or ward in scope.cases_of:
        return (("metric", "overdue_open"), ("ward", ward), ("period", "all"), ("officer", "")), "service/cases.py"
    if ward == UNKNOWN:
        return (("metric", "overdue_open"), ("period", "all")), "service/wards.py"
    return (("ward", ward),), "service/ward.py"


def draw(found: list[Item]) -> None:
    """Draw the things to look at as links to what shows them; a calm sentence where there is none."""
    if not found:
        st.write(_("Nothing is overdue, and every ward has enough cases to compare."))
    for item in found:
        link(item.page, item.text, **dict(item.view))
    for why in dict.fromkeys(item.why for item in found if item.why):
        st.caption(why)
