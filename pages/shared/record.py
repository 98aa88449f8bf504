"""One officer's record: the sentence it opens with, postings, and what residents said, as counts."""

import pandas as pd
import polars as pl
import streamlit as st

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.wording import category_name
from pages.shared import tables, wording
from pages.shared.beside import expected
from pages.shared.cards import by_metric, rests_on
from pages.shared.one_unit import Asked, overdue_now
from pages.shared.outcomes import outcome_name


def answer(asked: Asked, period: str) -> str:
    """What the officer answered, how much of it on time beside the whole and beside what these cases let expect, what is overdue,
    and what residents said.

    Args:
        asked: the officer's rows and the whole's.
        period: in words, to open a sentence with.
    """
    mine, common = by_metric(asked.now), by_metric(asked.whole)
    on_time, whole = mine["on_time"], common["on_time"]
    parts = [_("{n} questions answered", n=wording.number(mine["answered"]["numerator"]))]
    if on_time["value"] is None:
        parts.append(_("answered on time: {rest}", rest=rests_on(on_time)))
    else:
        share, beside = (wording.value(BY_NAME["on_time"].kind, row["value"]) for row in (on_time, whole))
        said = _("{share} answered on time ({rest}), {whole} all together", share=share, rest=rests_on(on_time), whole=beside)
        parts.append(said if on_time["expected"] is None else said + _(", {value} expected for cases like these", value=expected(on_time)))
    parts.append(overdue_now(asked))
    praise, blame = (mine[name]["value"] or 0 for name in ("compliments", "complaints"))
    parts.append(_("{praise} compliments, {blame} complaints", praise=wording.number(praise), blame=wording.number(blame)))
    if blame:
        parts[-1] += _(", {upheld} of them upheld", upheld=wording.number(mine["upheld_complaints_per_1000"]["numerator"]))
    return f"{period}: " + "; ".join(parts) + "."


def draw_postings(rows: pl.DataFrame) -> None:
    """Draw where the officer is and was posted: ward, from, to.

    Args:
        rows: of ``metrics.officers.postings``.
    """
    st.subheader(_("Postings"))
    if rows.is_empty():
        st.caption(_("No roster tells a posting that you may see."))
        return
    until = [
        _("to this day") if current and end is None else wording.day(end) for end, current in rows.select("ends_on", "current").iter_rows()
    ]
    since = [wording.day(day) for day in rows["starts_on"]]
    tables.show(
        pd.DataFrame({_("Ward"): rows["ward"].to_list(), _("Since"): since, _("Until"): until}), "postings", _("Postings"), 180, name=120
    )


def draw_said(by_category: pl.DataFrame, by_outcome: pl.DataFrame) -> None:
    """Draw what residents praised and blamed, as counts by category, and what became of the complaints; no text is kept.

    Args:
        by_category: of ``metrics.judgements.by_category``.
        by_outcome: of ``metrics.judgements.by_outcome``.
    """
    for kind, heading in (("compliment", _("Compliments")), ("complaint", _("Complaints"))):
        rows = by_category.filter(pl.col("kind") == kind)
        st.subheader(heading)
        if rows.is_empty():
            st.caption(_("None in this period."))
            continue
        columns = {_("What it is about"): [category_name(code) for code in rows["category"]], _("Number"): rows["rows"].to_list()}
        held = {_("Under review"): rows["held"].to_list()} if rows["held"].sum() else {}
        tables.show(pd.DataFrame(columns | held), f"said {kind}", heading, 220)
    if not by_outcome.is_empty():
        became = (f"{outcome_name(outcome)}: {wording.number(rows)}" for outcome, rows in by_outcome.select("outcome", "rows").iter_rows())
        st.caption(_("What became of the complaints: {outcomes}", outcomes=" · ".join(became)))


def notes() -> None:
    """Draw what the record is for, and what it is not."""
    st.caption(meant_for())


def meant_for() -> str:
    """What the record is for, and what it is not."""
    return _(
        "Of complaints only those found to be right stand in a rate. Answers known from the duty roster alone are not counted here. "
        "A record is a reason to look at the cases and to ask; nothing here ranks or decides."
    )
