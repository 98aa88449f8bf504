"""What becomes of complaints, how long that takes, and what waits for a person to look: sudden waves of praise or blame."""

from collections.abc import Mapping

import polars as pl
import streamlit as st
from pandas.io.formats.style import Styler

from etl.language import _
from etl.tables import UNKNOWN
from metrics.small_cells import FEWEST
from metrics.wording import interval, unit_name
from pages.shared import tables, wording
from pages.shared.cards import Row
from pages.shared.links import link
from pages.shared.tables import styled
from pages.shared.terms import literal
from pages.shared.whiskers import bar

NAMED = 5
"""Wards that a link leads to."""


def outcome_name(outcome: str) -> str:
    """What became of a complaint, in words."""
    return {
        "upheld": _("Found to be right"),
        "not_upheld": _("Found not to be right"),
        "resolved": _("Settled without a finding"),
        "pending": _("Not yet decided"),
        "unknown": _("Decided, result not told"),
    }.get(outcome, outcome)


def decision_row(times: pl.DataFrame) -> Row:
    """The one row of ``time_to_decision`` of the whole; no_data where no complaint has a clock."""
    nothing = {"value": None, "lower": None, "upper": None, "numerator": 0, "denominator": 0, "state": "no_data", "note": None}
    return times.row(0, named=True) if times.height else nothing


def decision_rests_on(decision: Row) -> str:
    """What the time to a decision rests on: interval and number of complaints, or why there is no time."""
    cases = f"n = {wording.number(decision['denominator'])}"
    if decision["state"] != "ok":
        return f"{wording.state(decision['state'])}, {cases}"
    return "; ".join(filter(None, (interval("time", decision["lower"], decision["upper"]), cases)))


def how_decided() -> str:
    """The question that the time to a decision answers."""
    return _("How long do half of the complaints wait from receipt to a decision? Those still undecided are counted in, as waiting.")


def _outcomes_table(outcomes: pl.DataFrame) -> Styler:
    """What became of the complaints: outcome, number, share of all, a bar from zero."""
    rows = outcomes["rows"].to_list()
    columns = {
        _("Outcome"): [outcome_name(outcome) for outcome in outcomes["outcome"]],
        _("Number"): rows,
        _("Share"): (outcomes["rows"] / outcomes["of"]).to_list(),
        _("From zero"): [bar(outcomes["rows"].max() or 0, count) for count in rows],
    }
    return styled(columns, {_("Share"): wording.percent, _("Number"): wording.number})


def wave_name(kind: str) -> str:
    """What came in a wave, in words."""
    return {"compliment": _("Compliments"), "complaint": _("Complaints"), "rating": _("Ratings")}[kind]


def what_became(outcomes: pl.DataFrame) -> None:
    """Draw what became of the complaints of the period."""
    st.subheader(_("What became of the complaints"))
    if outcomes.is_empty():
        st.write(_("None in this period."))
        return
    tables.show(_outcomes_table(outcomes), "outcomes table", _("What became of the complaints"))


def under_review(bursts: pl.DataFrame, wards: Mapping[str, str]) -> None:
    """Draw the waves that wait for a person; nothing where there is none."""
    if bursts.is_empty():
        return
    st.subheader(_("Under review"))
    st.write(
        _(
            "Far more in one day than the 90 days before let expect. Until a person has looked, they stand in the counts above, "
            "and in no rate or share."
        )
    )
    tables.show(_bursts_table(bursts, wards), "bursts table", _("Under review"))
    known = bursts.filter(pl.col("ward") != UNKNOWN)["ward"].unique(maintain_order=True)
    for ward in known.head(NAMED):
        link("service/ward.py", _("Look at {ward}", ward=literal(wards.get(ward, ward))), ward=ward)


def _bursts_table(bursts: pl.DataFrame, wards: Mapping[str, str]) -> Styler:
    """What is held until a person has looked: day, ward, kind, rows, voices."""
    columns = {
        _("Day"): [wording.day(day) for day in bursts["day"]],
        _("Ward"): [unit_name(ward, wards.get(ward, ward)) for ward in bursts["ward"]],
        _("Kind"): [wave_name(kind) for kind in bursts["kind"]],
        _("Number"): bursts["rows"].to_list(),
        _("Voices"): bursts["voices"].to_list(),
    }
    return styled(columns, dict.fromkeys((_("Number"), _("Voices")), wording.number))


def notes(some_hidden: bool) -> None:
    """What the counts leave out, where formal complaints go, and what is hidden from the viewer."""
    if some_hidden:
        st.caption(_("—: fewer than {n}, or hidden so that such a number cannot be worked out; your role sees only larger ones.", n=FEWEST))
    st.caption(
        _(
            "Formal complaints and denunciations are counted apart: each is passed on to the procedure that the law lays down, and "
            "enters no share, rate or comparison. Withdrawn judgements are not counted."
        )
    )
