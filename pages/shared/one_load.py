"""One load looked at closely: its files, its gate, what it changed in the published figures, and taking it back."""

import streamlit as st

from etl.errors import UserError
from etl.language import _
from etl.publishing.versions import Version, read_version, version_before
from etl.settings import read_settings
from metrics.changes import EVERYTHING, months
from metrics.scope import Scope
from pages.shared import controls, deciding, downloads, ledger, loading, then_and_now
from pages.shared.left_out import in_words
from pages.shared.links import link
from pages.shared.load_history import Load, state_name
from pages.shared.terms import literal


def choose(loads: list[Load]) -> Load:
    """Choose one load, kept in the address; the newest where none is chosen."""
    names = {
        str(load["load_id"]): f"{load['load_id']} · {ledger.when(load.get('started_at'))} · {state_name(str(load.get('state')))}"
        for load in loads
    }
    name = controls.choose(_("Load"), "load", names, next(iter(names)))
    return next(load for load in loads if str(load["load_id"]) == name)


def draw(load: Load, scope: Scope) -> None:
    """Draw one load: why it is where it is, its balance sheet, its gate, and the way to take it back."""
    if load.get("reason"):
        st.write(_("Published with this reason: {reason}", reason=literal(str(load["reason"]))))
    sheet = ledger.balance(list(load.get("files") or []))
    if sheet.height:
        st.write(literal(ledger.summary(list(load["files"]))))
        loading.counted(sheet, _("Balance sheet per file"))
        downloads.offer(sheet, _("Load {load}", load=load["load_id"]), scope)
    loading.gate(load)
    if load.get("state") == "held":
        link("data/refresh.py", _("Publish or discard it on the page “Refresh”"))


def take_back(load: Load) -> None:
    """Where the load is published: undo it, after a second look."""
    if load.get("state") == "published":
        with st.expander(_("Undo load {load}", load=load["load_id"])):
            deciding.undo(load)


def changed(load: Load, scope: Scope) -> None:
    """Draw what the load changed in the whole's figures, and in which months, where both versions are kept."""
    after = _version(load)
    before = version_before(after) if after else None
    if load.get("version") is None:
        st.write(_("It published no version: it changed no figure."))
    elif after is None or (before is None and int(after.name) > 1):
        st.write(_("Its version, or the one before, is no longer kept: what it changed cannot be shown."))
    elif before is None:
        st.write(_("It was the first: before it there was no figure."))
    else:
        moved = then_and_now.compare(before, after, scope, EVERYTHING)
        st.write(_touched(months(before, after)))
        then_and_now.draw(moved)
        st.caption(_("All time, everything together.") + " " + then_and_now.rests_on(moved))
        then_and_now.explain(moved)


def _version(load: Load) -> Version | None:
    try:
        return read_version(read_settings().snapshots, str(load.get("version")))
    except UserError:
        return None


def _touched(months: dict[str, list[str]]) -> str:
    """Which months the load touched, in words."""
    names = {"interactions": _("questions asked in {months}"), "feedback": _("judgements received in {months}")}
    parts = [names[table].format(months=in_words(found)) for table, found in months.items() if found]
    return _("It changed rows of: {what}.", what="; ".join(parts)) if parts else _("It changed no question and no judgement.")
