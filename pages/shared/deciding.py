"""The decisions about a load that a person takes: what becomes of a held one, and undoing a published one."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from etl.language import _
from pages.shared import commands, ledger, standing
from pages.shared.links import link
from pages.shared.terms import literal


def held() -> None:
    """Each held load: why, and the two ways out. Publishing asks for a reason, which is kept with the load."""
    for place, load in enumerate(standing.held()):
        name = str(load["load_id"])
        with st.container(border=True):
            st.subheader(_("A load is held: {load}", load=name))
            why = literal(standing.why_held(load)) if place else ""  # the newest's stands at the head of the page
            st.write(_("Begun {when}.", when=ledger.when(load.get("started_at"))) + (f" {why}." if why else ""))
            link("data/gate.py", _("Every check of the gate"), load=name)
            reason = st.text_input(_("Reason for publishing it all the same"), key=f"reason {name}", max_chars=500)
            with st.container(horizontal=True):
                publish = st.button(_("Publish with this reason"), key=f"publish {name}", disabled=not reason.strip())
                discard = st.button(_("Discard this load"), key=f"discard {name}")
            if publish and reason.strip():
                commands.start("publish", name, "--reason", reason.strip())
            elif discard:
                commands.start("discard", name)


def undo_last() -> None:
    """Undo the last published load, after a second look."""
    last = next((load for load in standing.loads() if load.get("state") == "published"), None)
    if last is not None:
        with st.expander(_("Undo the last load")):
            undo(last)


def undo(load: Mapping[str, Any]) -> None:
    """Undo a published load, after a second look."""
    name = str(load["load_id"])
    st.write(
        _(
            "Load {load}, begun {when}, version {version}. Undone, all is as if it had never been loaded; its files stay in the inbox.",
            load=name,
            when=ledger.when(load.get("started_at")),
            version=load.get("version") or "?",
        )
    )
    sure = st.checkbox(_("Yes, undo load {load}", load=name), key=f"sure {name}")
    if st.button(_("Undo this load"), key=f"undo {name}", disabled=not sure) and sure:
        commands.start("undo", name)
        st.rerun()  # the progress stands further up
