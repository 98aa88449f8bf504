"""Which ward or which officer a page is about: chosen by name in the sidebar, kept in the address by its code."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.query import WARD_MAPS, WardMap
from metrics.scope import Scope
from metrics.wording import unit_name
from pages.shared import address, people, sources, wording
from pages.shared.controls import Filters
from pages.shared.order import alphabetical

NOBODY = ""
"""The choice of all, or of none yet."""


def ward(version: Version | None, scope: Scope) -> tuple[str, str]:
    """Choose one ward of the chosen map: the viewer's own where there is one, else the first by name.

    Returns:
        Code and name; both empty where the data name no ward.
    """
    known = {} if version is None else ward_names(version, scope, _chosen_map())
    if not known:
        return NOBODY, ""
    own = [code for code in known if scope.officers_of is not None and code in scope.officers_of]
    default = next(iter(own or known))
    return _chosen(_("Ward"), "ward", known, default, always=True)


def ward_or_all(version: Version, scope: Scope) -> tuple[str, ...]:
    """Choose one ward of the chosen map, the cases whose ward nobody knows, or all (nothing)."""
    known = {NOBODY: _("All")} | ward_names(version, scope, _chosen_map()) | _unknown(scope)
    code, _name = _chosen(_("Ward"), "ward", known, NOBODY)
    return (code,) if code else ()


def _unknown(scope: Scope) -> dict[str, str]:
    """The ward of the cases whose ward nobody knows, where there are any."""
    return {code: name for code, name in sources.names(scope, "ward", _chosen_map()).items() if code == UNKNOWN}


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


def whose(version: Version, scope: Scope, chosen: Filters) -> str:
    """The chosen ward and officer in words, or the wards whose cases the viewer may look at; empty where all are meant."""
    wards, officers = ward_names(version, scope, chosen.wards), people.names(version, scope)
    seen = chosen.ward or tuple(sorted(scope.cases_of or ()))
    return ", ".join([officers.get(code, code) for code in chosen.officer] + [unit_name(code, wards.get(code, code)) for code in seen])


def _chosen(label: str, name: str, options: Mapping[str, str], default: str, always: bool = False) -> tuple[str, str]:
    address.given(name, default, options)
    with st.sidebar:
        st.selectbox(label, list(options), format_func=lambda code: options.get(code, code), key=name)
    code = address.keep(name, default, always)
    return code, options[code]


def _chosen_map() -> WardMap:
    """The ward map that the filters will show: which ward is meant is chosen before them."""
    return "then" if address.given("map", "current", WARD_MAPS) == "then" else "current"


def ward_names(version: Version, scope: Scope, wards: WardMap) -> dict[str, str]:
    """Code -> name of a map's wards that the viewer may see, by name; wards of one name are told apart."""
    names = {code: name for code, name in sources.names(scope, "ward", wards).items() if code != UNKNOWN}
    often = Counter(names.values())
    told = {code: _told(version, code, name) if often[name] > 1 else name for code, name in names.items()}
    return dict(sorted(told.items(), key=lambda item: alphabetical(item[1])))


def told_apart(rows: pl.DataFrame, version: Version) -> pl.DataFrame:
    """One metric's result rows by ward, those of one name told apart in ``unit_name``."""
    often = Counter(rows["unit_name"])
    names = [_told(version, code, name) if often[name] > 1 else name for code, name in rows.select("unit", "unit_name").iter_rows()]
    return rows.with_columns(pl.Series("unit_name", names, dtype=pl.String))


def _told(version: Version, code: str, name: str) -> str:
    """A ward's name with its district; with its first day where it is in none, as today's wards are."""
    district, first = _districts(version.glob("wards")).get(code, (None, None))
    return f"{name} ({district or (_('from {day}', day=wording.day(first)) if first else code)})"


@lru_cache(maxsize=4)
def _districts(pattern: str) -> dict[str, tuple[str | None, date | None]]:
    wards = pl.scan_parquet(Path(pattern)).select("ward_code", "district", "valid_from").collect()
    return {code: (district, first) for code, district, first in wards.iter_rows()}
