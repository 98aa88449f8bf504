"""The head of every page: its question, how recent the data are, and what holds a newer version back."""

import streamlit as st

from etl.language import _
from etl.versions import Version
from pages.shared import wording


def head(title: str, version: Version | None) -> None:
    """Draw the page's question as its title and, under it, ``as_of`` and the data version.

    Args:
        title: the question that the page answers.
        version: the published version, None before the first.
    """
    st.title(title)
    if version is not None:
        st.caption(_("Data to {as_of} · version {version}", as_of=wording.instant(version.as_of), version=version.name))


def nothing_yet(version: Version | None) -> None:
    """End the run with what to do next where no version is published."""
    if version is None:
        st.info(_("No data yet. Data staff: open “Refresh”, drop files in and press “Refresh the data”."))
        st.stop()
