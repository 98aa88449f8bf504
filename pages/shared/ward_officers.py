"""The officers of one ward: by name where the viewer may know them, else as a number."""

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.scope import Scope
from pages.shared import people, sources, tables, ways, wording
from pages.shared.controls import Filters

METRICS = ("received", "answered", "compliments", "complaints")


def draw(version: Version, scope: Scope, chosen: Filters) -> None:
    """Draw who had cases of the ward in the period, in a roster's order; for others how many are posted there.

    Args:
        version: the published version.
        scope: who looks.
        chosen: the filters, with the ward.
    """
    st.subheader(_("The ward's officers"))
    rows = counts(version, scope, chosen)
    number = people.posted(version, scope, chosen.ward[0])
    if number:
        st.caption(_("{n} officers are posted here at the data's date.", n=wording.number(number)))
    if rows.is_empty():
        named = any(scope.may_see_officers_of(ward) for ward in chosen.ward)
        st.write(
            _("No officer had a case here in this period.") if named else _("Your role sees the officers of this ward as a number only.")
        )
        return
    line = tables.show(
        _table(rows), "ward officers", _("The ward's officers with their counts"), right=_headings(), fixed=True, choose=True
    )
    ways.follow(line, "service/officer.py", [{"officer": officer} for officer in rows["officer_id"]])


def counts(version: Version, scope: Scope, chosen: Filters) -> pl.DataFrame:
    """One row per officer whom the viewer may see by name and who had a case or a judgement in the ward: who, and the counts."""
    rows = sources.figures(scope, chosen.query("officer", METRICS), compare=False)
    wide = rows.filter(pl.col("unit") != UNKNOWN).pivot(
        "metric", on_columns=METRICS, index="unit", values="numerator", aggregate_function="sum"
    )
    listed = people.officers(version, scope).join(wide, left_on="officer_id", right_on="unit", how="inner", maintain_order="left")
    return listed.filter(pl.sum_horizontal(METRICS) > 0)


def _headings() -> list[str]:
    return [_("Questions"), _("Answers"), _("Compliments"), _("Complaints")]


def _table(rows: pl.DataFrame) -> pd.DataFrame:
    who = {_("Officer"): rows["name"].to_list(), _("Badge"): [badge or wording.NONE for badge in rows["badge"]]}
    return pd.DataFrame(
        who | {head: [wording.number(count) for count in rows[name]] for head, name in zip(_headings(), METRICS, strict=True)}
    )
