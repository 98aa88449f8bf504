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
    """Relative to the entry script; its folder is the section of the menu."""

    @property
    def section(self) -> str:
        """The folder, and the key of the menu's section."""
        return self.file.split("/")[0]


PAGES = (
    Entry("overview", "service/overview.py"),
    Entry("wards", "service/wards.py"),
    Entry("ward", "service/ward.py"),
    Entry("officers", "service/officers.py"),
    Entry("officer", "service/officer.py"),
    Entry("cases", "service/cases.py"),
    Entry("feedback", "service/feedback.py"),
    Entry("channels", "service/channels.py"),
    Entry("methods", "trust/methods.py"),
    Entry("quality", "trust/quality.py"),
    Entry("then", "trust/then.py"),
    Entry("refresh", "data/refresh.py"),
    Entry("quarantine", "data/quarantine.py"),
    Entry("loads", "data/loads.py"),
    Entry("gate", "data/gate.py"),
)


def title(name: str) -> str:
    """The page's name in the menu."""
    return {
        "overview": _("Overview"),
        "wards": _("Wards"),
        "ward": _("One ward"),
        "officers": _("Officers"),
        "officer": _("One officer"),
        "cases": _("Cases"),
        "feedback": _("Compliments and complaints"),
        "channels": _("Channels"),
        "methods": _("Methods"),
        "quality": _("Quality"),
        "then": _("Then and now"),
        "refresh": _("Refresh"),
        "quarantine": _("Quarantine"),
        "loads": _("Loads"),
        "gate": _("Quality gate"),
    }[name]


def section_title(section: str) -> str:
    """A section's heading in the menu."""
    return {"service": _("Service"), "trust": _("Trust"), "data": _("Data")}[section]


def pages(scope: Scope) -> dict[str, list[StreamlitPage]]:
    """All pages by the heading of their section, in the menu's order. Those that the viewer's role may not open are hidden, yet known:
    a link to one says so."""
    return {section_title(section): [_page(entry, scope) for entry in PAGES if entry.section == section] for section in SECTIONS}


SECTIONS = tuple(dict.fromkeys(entry.section for entry in PAGES))


def _page(entry: Entry, scope: Scope) -> StreamlitPage:
    return st.Page(
        entry.file,
        title=title(entry.name),
        url_path=entry.name,
        default=entry is PAGES[0],
        visibility="visible" if may_open(entry.name, scope) else "hidden",
    )
