"""What a figure does not show by itself: rows that were refused, and months that moved after they were over."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from etl.language import _
from metrics.scope import Scope
from pages.shared import standing, wording
from pages.shared.controls import Filters
from pages.shared.ledger import FATES, when
from pages.shared.load_history import Load, fates
from pages.shared.scope import may_open

MONTHS_NAMED = 6


def draw(scope: Scope, chosen: Filters) -> None:
    """Draw both, where there is anything to tell.

    Args:
        scope: who looks: the page that says by how much and why is named to those who may open it.
        chosen: the period of the figures.
    """
    published = [load for load in standing.loads() if load.get("state") == "published"]
    refused, read = fates(published, "quarantined"), sum(fates(published, name) for name in FATES)
    if refused:
        share = {"n": wording.number(refused), "read": wording.number(read)}
        st.caption(_("Of {read} rows read, {n} were refused when they came: while nobody mends them they are in no figure.", **share))
    moved = {load["load_id"]: _moved(load, chosen) for load in published}
    last = next((load for load in published if moved[load["load_id"]]), None)
    if last is not None:
        months = sorted(set().union(*moved.values()))
        told = {"months": in_words(months), "load": last["load_id"], "when": when(last.get("finished_at"))}
        sentence = _("Figures of {months} moved after the month was over, last by load {load}, {when}.", **told)
        st.caption(sentence + (" " + _("“Then and now” says by how much and why.") if may_open("then", scope) else ""))


def _moved(load: Load, chosen: Filters) -> set[str]:
    """The months of the period, ``YYYY-MM``, in which the load changed what had been published."""
    every = {month for found in (load.get("moved") or {}).values() for month in found}
    return {month for month in every if f"{chosen.from_on:%Y-%m}" <= month <= f"{chosen.to_on:%Y-%m}"}


def in_words(months: Sequence[str]) -> str:
    """Months, the latest first; of many the first and the last."""
    words = [wording.month(date.fromisoformat(f"{month}-01")) for month in months]
    if len(words) > MONTHS_NAMED:
        return _("{n} months from {first} to {last}", n=wording.number(len(words)), first=words[0], last=words[-1])
    return ", ".join(words[::-1])
