"""The head of every page: its question, how recent the data are, and what holds a newer version back."""

import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from pages.shared import standing, wording
from pages.shared.ending import end
from pages.shared.terms import literal


def head(title: str, version: Version | None) -> None:
    """Draw the page's question as its title and, under it, ``as_of``, the data version and the demonstration's mark.

    Args:
        title: the question that the page answers.
        version: the published version, None before the first.
    """
    st.title(title, anchor=False)
    mark = _("Demonstration, on this machine only")
    if version is None:
        st.caption(mark)
        return
    as_of = wording.instant(version.as_of)
    st.caption(_("Data to {as_of} · version {version}", as_of=as_of, version=version.name) + " · " + mark)
    held = standing.held()
    if held:
        why = literal(standing.why_held(held[0]))
        newest = held[0] == standing.loads()[0]
        words = _("the newest load is held by the quality gate") if newest else _("load {load} is still held by the quality gate")
        sentence = _("Data to {as_of}", as_of=as_of) + "; " + words.format(load=held[0]["load_id"])
        st.warning(f"{sentence}: {why}." if why else f"{sentence}.")


def nothing_yet(version: Version | None) -> None:
    """End the run with what to do next where no version is published."""
    if version is None:
        st.info(_("No data yet. Data staff open the page “Refresh”, drop files in and press “Refresh the data”."))
        end()
