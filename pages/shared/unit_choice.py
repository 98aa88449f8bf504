"""Which ward or which officer a page is about: chosen by name in the sidebar, kept in the address by its code."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import polars as pl
import streamlit as st

from etl.language import _
from etl.tables import UNKNOWN
from etl.versions import Version
from metrics.query import Query
from metrics.scope import Scope
from pages.shared import address, people, sources
from pages.shared.order import alphabetical

NOBODY = ""
"""The choice of all, or of none yet."""


def ward(version: Version | None, scope: Scope) -> tuple[str, str]:
    """Choose one ward of the chosen map: the viewer's own where there is one, else the first by name.

    Returns:
        Code and name; both empty where the data name no ward.
    """
    known = ward_names(version, scope)
    if not known:
        return NOBODY, ""
    own = [code for code in known if scope.officers_of is not None and code in scope.officers_of]
    default = next(iter(own or known))
    return _chosen(_("Ward"), "ward", known, default, always=True)


def ward_or_all(version: Version, scope: Scope) -> tuple[str, ...]:
    """Choose one ward of the chosen map, or all (nothing)."""
    code, _name = _chosen(_("Ward"), "ward", {NOBODY: _("All")} | ward_names(version, scope), NOBODY)
    return (code,) if code else ()


def officer(version: Version | None, scope: Scope) -> tuple[str, str]:
    """Choose one of the officers whom the viewer may see by name; nobody until somebody is chosen.

    Returns:
        Id, and name with badge and ward; both empty where nobody is chosen.
    """
    known = {} if version is None else people.names(version, scope)
    code, name = _chosen(_("Officer"), "officer", {NOBODY: _("Choose an officer")} | known, NOBODY)
    return code, name if code else ""


def officer_or_all(version: Version, scope: Scope) -> tuple[str, ...]:
    """Choose one of the officers whom the viewer may see by name, or all (nothing)."""
    known = people.names(version, scope)
    code, _name = _chosen(_("Officer"), "officer", {NOBODY: _("All")} | known, NOBODY) if known else (NOBODY, "")
    return (code,) if code else ()


def _chosen(label: str, name: str, options: Mapping[str, str], default: str, always: bool = False) -> tuple[str, str]:
    address.given(name, default, options)
    with st.sidebar:
        st.selectbox(label, list(options), format_func=lambda code: options.get(code, code), key=name)
    code = address.keep(name, default, always)
    return code, options[code]


def ward_names(version: Version | None, scope: Scope) -> dict[str, str]:
    """Code -> name of the wards that the viewer may see, by name; wards of one name are told apart by their district."""
    if version is None:
        return {}
    chosen_map = address.given("map", "current", ("current", "then"))
    rows = sources.figures(scope, Query(by="ward", metrics=("received",), wards="then" if chosen_map == "then" else "current"))
    names = {code: name for code, name in rows.select("unit", "unit_name").iter_rows() if code != UNKNOWN}
    often, district = Counter(names.values()), _districts(version.glob("wards"))
    told = {code: f"{name} ({district.get(code) or code})" if often[name] > 1 else name for code, name in names.items()}
    return dict(sorted(told.items(), key=lambda item: alphabetical(item[1])))


@lru_cache(maxsize=4)
def _districts(pattern: str) -> dict[str, str | None]:
    return dict(pl.scan_parquet(Path(pattern)).select("ward_code", "district").collect().iter_rows())
