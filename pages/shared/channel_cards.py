"""The tiles of the page of channels: how many there are, how large, how busy, and how fast rumours are corrected."""

import polars as pl

from etl.language import _
from metrics.wording import metric_name
from pages.shared import wording
from pages.shared.cards import KIND, Card, Row, by_metric, change, question, rests_on


def tiles(now: pl.DataFrame, before: pl.DataFrame, heard: pl.DataFrame) -> list[Card]:
    """The six tiles.

    Args:
        now: the whole's rows of ``channel_list.FIGURES`` in the chosen period.
        before: those of the span before; no rows where the data do not reach back so far.
        heard: the rows of ``metrics.freshness.channels``.
    """
    row, past = by_metric(now), by_metric(before)

    def card(name: str, detail: str) -> Card:
        value = wording.value(KIND[name], row[name]["value"], row[name]["note"])
        return Card(metric_name(name), value, detail, change(row[name], past.get(name)), (), question(name))

    active = heard.filter(~pl.col("closed"))
    cut_off = f" · {wording.state('provisional')}" if heard["cut_off"].any() else ""
    quiet = _("{n} silent, {closed} closed", n=wording.number(heard["silent"].sum()), closed=wording.number(heard["closed"].sum()))
    return [
        Card(_("Channels"), wording.number(active.height), quiet, None, (), _("How many groups, pages, accounts, portals and hotlines?")),
        card("members", _growth(row["member_growth"]) + cut_off),
        card("posts", _("{n} views", n=wording.number(row["views"]["value"])) + cut_off),
        card("received", _("{share} answered by now", share=_share(row["answered"]))),
        card("first_response_median", rests_on(row["first_response_median"])),
        card("correction_median", _corrected(row) + cut_off),
    ]


def _share(answered: Row) -> str:
    return wording.percent(answered["value"]) if answered["value"] is not None else wording.NONE


def _growth(growth: Row) -> str:
    if growth["value"] is None:
        return wording.state(growth["state"])
    return _("{n} per 1,000 in the period", n=wording.signed(growth["value"], 1))


def _corrected(row: dict[str, Row]) -> str:
    return _("{n} corrections published; {rest}", n=wording.number(row["corrections"]["value"]), rest=rests_on(row["correction_median"]))
