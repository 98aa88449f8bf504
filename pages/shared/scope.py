"""Who is looking, and which pages and cases that opens. The one access table of the pages.

Without an identity provider this is a demonstration on the loopback address: a visible switch chooses the role.
"""

from typing import Literal, cast

import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.scope import Scope
from pages.shared import address, sources
from pages.shared.ending import end

DemoRole = Literal["commander", "secretary", "data_staff"]
ROLES: tuple[DemoRole, ...] = ("commander", "secretary", "data_staff")

ACCESS: dict[str, frozenset[str]] = {
    "overview": frozenset(ROLES),
    "wards": frozenset(ROLES),
    "ward": frozenset(ROLES),
    "officers": frozenset({"commander", "secretary"}),
    "officer": frozenset({"commander", "secretary"}),
    "cases": frozenset(ROLES),
    "feedback": frozenset(ROLES),
    "channels": frozenset(ROLES),
    "methods": frozenset(ROLES),
    "quality": frozenset({"commander", "data_staff"}),
    "then": frozenset({"commander", "data_staff"}),
    "refresh": frozenset({"data_staff"}),
    "quarantine": frozenset({"data_staff"}),
    "loads": frozenset({"data_staff"}),
    "gate": frozenset({"data_staff"}),
}
"""Page (its address) -> the roles that may open it. A page that is not listed opens for nobody."""


def role_name(role: str) -> str:
    """The role in words."""
    return {"commander": _("Commander"), "secretary": _("Youth-union secretary"), "data_staff": _("Data staff")}[role]


def role() -> DemoRole:
    """The demonstration's chosen role: the switch's, the address's (``?role=``), else the commander's."""
    return cast(DemoRole, address.given("role", ROLES[0], ROLES))


def _own_ward(version: Version | None) -> frozenset[str]:
    """The demonstration secretary's own ward: the version's first known one."""
    if version is None:
        return frozenset()
    return sources.first_ward(version)


def viewer() -> Scope:
    """The viewer's limits, from the role alone and never from what the page asks for."""
    chosen = role()
    if chosen == "commander":
        return Scope(who="demonstration", role="commander", wards=None, officers_of=None, cases_of=None)
    if chosen == "secretary":
        own = _own_ward(sources.version())
        return Scope(who="demonstration", role="secretary", wards=None, officers_of=own, cases_of=own)
    return Scope(who="demonstration", role="data_staff", wards=None, officers_of=frozenset(), cases_of=None)


def may_open(page: str, scope: Scope) -> bool:
    """Whether the viewer's role opens the page of that address."""
    return scope.role in ACCESS.get(page, frozenset())


def require(page: str) -> Scope:
    """The viewer's scope; the first statement of every page.

    Where the role may not open ``page``, a sentence is shown and the run ends here, before anything is read: also when
    the page was reached past the menu or past the entry script.
    """
    scope = viewer()
    if not may_open(page, scope):
        st.title(_("This page is not open to your role."))
        st.write(_("You are looking as: {role}. Choose another page in the menu.", role=role_name(scope.role)))
        end()
    return scope
