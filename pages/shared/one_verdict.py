"""The parts of the page of the gate: the sentence, the tiles, what holds or warns, and every check."""

import streamlit as st

from etl.gate import verdicts
from etl.language import _
from pages.shared import tables, wording
from pages.shared.cards import Card
from pages.shared.ending import end
from pages.shared.links import link
from pages.shared.load_history import Load
from pages.shared.terms import literal

TALLEST = 900


def answer(load: Load) -> str:
    """Whether the load was fit to be shown, and why not."""
    gate = load.get("gate") or {}
    number, held, warned = load["load_id"], verdicts.holding(gate), len(verdicts.warning(gate))
    if not gate.get("checks"):
        return _("Load {load} brought no rows: there was nothing to judge.", load=number)
    if held:
        words = {
            "held": _("The gate holds load {load} back: {reasons}."),
            "published": _("The gate held load {load} back, and a person published it: {reasons}."),
        }.get(str(load.get("state")), _("The gate held load {load} back: {reasons}."))
        return words.format(load=number, reasons=verdicts.reasons(gate))
    if warned:
        return _("Load {load} passed the gate, with {n} to look at.", load=number, n=wording.number(warned))
    return _("Load {load} passed the gate: nothing stood out.", load=number)


def stop_where_nothing_was_judged(load: Load) -> None:
    """End the run where no check ran."""
    if not (load.get("gate") or {}).get("checks"):
        end()


def tiles(load: Load) -> list[Card]:
    """How many checks ran, hold the load, and warn."""
    gate = load["gate"]
    ran = len(gate["checks"]) + len(gate.get("warnings") or [])
    return [
        Card(_("Checks"), wording.number(ran), _("looked at the load as a whole"), None, (), _("How many checks ran?")),
        Card(_("Hold the load"), wording.number(len(verdicts.holding(gate))), _("until a person decides"), None, (), _("How many failed?")),
        Card(_("Warnings"), wording.number(len(verdicts.warning(gate))), _("hold nothing back"), None, (), _("How many only warn?")),
    ]


def draw_reasons(load: Load) -> None:
    """Draw each failed check with what it may mean, and the ways on."""
    gate = load["gate"]
    for heading, checks in ((_("What holds it"), verdicts.holding(gate)), (_("To look at"), verdicts.warning(gate))):
        if checks:
            st.subheader(heading)
            st.markdown("\n".join(f"- **{literal(verdicts.said(check))}.** {verdicts.advice(check)}" for check in checks))
    if load.get("state") == "held":
        link("data/refresh.py", _("Publish or discard it on the page “Refresh”"))
    if any(_kind(check).startswith("quarantined") for check in verdicts.holding(gate)):
        link("data/quarantine.py", _("Its refused rows"), load=str(load["load_id"]))


def _kind(check: verdicts.Check) -> str:
    return verdicts.parts(str(check.get("name")))[0]


def draw_checks(load: Load) -> None:
    """Draw every check."""
    rows = verdicts.table(load["gate"])
    tables.show(rows.to_pandas(), "checks", _("Checks of the quality gate"), TALLEST, right=(_("Observed"), _("Limit")), name=240)
    st.caption(_("The limits stand in data/gate.toml. Great Expectations looked at every row that was to be published."))
