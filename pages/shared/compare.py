"""One ward beside up to three others, beside its peer group and beside the whole, figure by figure."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.catalogue import BY_NAME
from metrics.peers import peers
from metrics.scope import Scope
from metrics.wording import metric_name
from pages.shared import address, sources, tables, unit_choice, wording
from pages.shared.cards import Row, by_metric
from pages.shared.one_unit import Unit
from pages.shared.terms import interval_or_why

METRICS = (
    *("received", "on_time", "first_response_median", "first_response_p90", "resolution_median", "reopened"),
    *("compliments_per_1000", "complaints_per_1000", "rating_positive"),
)
MOST = 3
"""Wards beside the one that the page is about."""
JOINED = "."
"""Between codes of wards in the address."""


def draw(version: Version, scope: Scope, ward: Unit) -> pl.DataFrame:
    """Choose wards and draw their figures side by side.

    Args:
        version: the published version.
        scope: who looks.
        ward: the one that the page is about, with the filters.

    Returns:
        The result rows of the wards, of the peer group and of the whole, to download.
    """
    names = unit_choice.ward_names(version, scope, ward.everywhere.wards)
    received = sources.figures(scope, ward.everywhere.query("ward", ("received",)))
    group = peers(received, ward.code)
    others = _others({code: name for code, name in names.items() if code != ward.code})
    codes = (ward.code, *others)
    rows = sources.figures(scope, ward.everywhere.of_wards(codes).query("ward", METRICS), compare=False)
    alike = sources.figures(scope, ward.everywhere.of_wards(tuple(group)).query("all", METRICS))
    whole = sources.figures(scope, ward.everywhere.query("all", METRICS))
    columns = {names.get(code, code): by_metric(rows.filter(pl.col("unit") == code)) for code in codes}
    columns |= {_("Peer group"): by_metric(alike), _("All together"): by_metric(whole)}
    tables.show(table(columns), "compare", _("Figures of several wards side by side"), right=list(columns), name=235)
    many = received.filter(pl.col("unit").is_in(group))["value"]
    st.caption(
        _(
            "Peer group: the {n} wards of the third by number of cases that this ward belongs to, with {low} to {high} questions each.",
            n=wording.number(len(group)),
            low=wording.number(many.min()),  # type: ignore[arg-type]
            high=wording.number(many.max()),  # type: ignore[arg-type]
        )
    )
    tables.folded(_("The peer group by name"), "peer group", partial(st.write, ", ".join(sorted(names.get(code, code) for code in group))))
    return pl.concat([rows, alike.with_columns(unit=pl.lit("peers"), unit_name=pl.lit(_("Peer group"))), whole])


def _others(names: Mapping[str, str]) -> tuple[str, ...]:
    """Choose the wards to compare with; kept in the address as their codes."""
    if "beside" in st.session_state:
        st.session_state["with"] = JOINED.join(st.session_state["beside"])
    asked = [code for code in address.given("with", "").split(JOINED) if code in names][:MOST]
    st.session_state["beside"] = asked
    words = dict(names)
    chosen = st.multiselect(
        _("Beside which wards (up to {n})", n=MOST), list(words), format_func=words.get, key="beside", max_selections=MOST, width=640
    )
    st.session_state["with"] = JOINED.join(chosen)
    address.keep("with", "")
    return tuple(chosen)


def table(columns: Mapping[str, Mapping[str, Row]]) -> pd.DataFrame:
    """One line per figure, one column per ward: the value with its interval and number of cases, or why there is none.

    Args:
        columns: heading -> result row by metric, METRICS.
    """
    lines = [{_("Figure"): metric_name(name)} | {head: _cell(rows[name]) for head, rows in columns.items()} for name in METRICS]
    return pd.DataFrame(lines)


def _cell(row: Row) -> str:
    kind = BY_NAME[row["metric"]].kind
    value = wording.value(kind, row["value"], row["note"])
    if kind == "count":
        return value
    return f"{value} ({interval_or_why(row, kind)}; n = {wording.number(row['denominator'])})"
