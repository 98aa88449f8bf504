"""Every page of the application: its address, its file, its name in the menu, and whom it serves."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from etl.language import _
from metrics.scope import Scope
from pages.shared.scope import may_open


@dataclass(frozen=True)
class Entry:
    """One page. ``name`` is the address and the key of the access table."""

    name: str
    file: str
    """Relative to the entry script."""


PAGES = (
    Entry("overview", "service/overview.py"),
    Entry("wards", "service/wards.py"),
    Entry("refresh", "data/refresh.py"),
    Entry("methods", "trust/methods.py"),
)


def title(name: str) -> str:
    """The page's name in the menu."""
    return {"overview": _("Overview"), "wards": _("Wards"), "refresh": _("Refresh"), "methods": _("Methods")}[name]


def pages(scope: Scope) -> list[StreamlitPage]:
    """All pages, in the menu's order. Those that the viewer's role may not open are hidden, yet known: a link to one says so."""
    return [
        st.Page(
            entry.file,
            title=title(entry.name),
            url_path=entry.name,
            default=entry is PAGES[0],
            visibility="visible" if may_open(entry.name, scope) else "hidden",
        )
        for entry in PAGES
    ]
