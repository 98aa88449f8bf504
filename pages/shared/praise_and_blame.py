"""What residents praise and blame: the sentence, the tiles, the categories and the course of the page that shows it."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st
from pandas.io.formats.style import Styler

from etl.language import _
from metrics.wording import metric_name
from pages.shared import charts, pareto, picture, tables, wording
from pages.shared.cards import Card, Row, by_metric, change, course_of, question, rests_on
from pages.shared.ending import end
from pages.shared.metric_choice import named
from pages.shared.outcomes import decision_rests_on, how_decided
from pages.shared.picture import Picture
from pages.shared.terms import literal

METRICS = ("compliments", "complaints", "formal", "praise_share")
KINDS = {"compliment": "compliments", "complaint": "complaints"}
"""Kind of judgement -> the metric that counts it."""


def kind_name(kind: str) -> str:
    """A kind of judgement in words."""
    return {"compliment": _("Compliments"), "complaint": _("Complaints"), "rating": _("Ratings")}[kind]


def heading(kind: str) -> str:
    """What a column of the page is about."""
    return {"compliment": _("What is praised"), "complaint": _("What is blamed")}[kind]


def stop_where_nobody_judged(now: pl.DataFrame) -> None:
    """End the run with what to do next where nobody praised or blamed in the period."""
    if not now["numerator"].sum():
        st.info(_("Nobody praised or complained in this period with these filters. Choose a longer period or fewer filters."))
        end()


def answer(now: pl.DataFrame, categories: pl.DataFrame, decision: Row, period: str) -> str:
    """What is praised and blamed most, and how long a decision takes.

    Args:
        now: the whole's rows of METRICS in the chosen period.
        categories: the rows of ``by_category``.
        decision: what ``outcomes.decision_row`` returns.
        period: in words, to open a sentence with.
    """
    row = by_metric(now)
    parts = [
        _(
            "{praise} compliments and {blame} complaints",
            praise=wording.number(row["compliments"]["value"]),
            blame=wording.number(row["complaints"]["value"]),
        )
    ]
    for kind, words in (("compliment", _("praised most: {what} ({share})")), ("complaint", _("blamed most: {what} ({share})"))):
        first = pareto.pareto(categories, kind).filter(pl.col("share").is_not_null()).head(1).select("category", "share").iter_rows()
        parts += [words.format(what=literal(what), share=wording.percent(share, 0)) for what, share in first]
    if decision["value"] is not None:
        parts.append(
            _(
                "half of the complaints are decided within {time} (n = {n})",
                time=wording.duration(decision["value"]),
                n=wording.number(decision["denominator"]),
            )
        )
    return f"{period}: " + "; ".join(parts) + "."


def tiles(now: pl.DataFrame, before: pl.DataFrame, course: pl.DataFrame, outcomes: pl.DataFrame, decision: Row) -> list[Card]:
    """The six tiles.

    Args:
        now: the whole's rows of METRICS in the chosen period.
        before: those of the span before; no rows where the data do not reach back so far.
        course: those of each finished span, in order of time.
        outcomes: the rows of ``by_outcome``.
        decision: what ``outcomes.decision_row`` returns.
    """
    row, past = by_metric(now), by_metric(before)

    def counted(name: str, detail: str) -> Card:
        moved, points = change(row[name], past.get(name)), course_of(course.filter(pl.col("metric") == name), name)
        return Card(metric_name(name), wording.number(row[name]["value"]), detail, moved, points, question(name))

    def plain(label: str, value: str, detail: str, asks: str) -> Card:
        return Card(label, value, detail, None, (), asks)

    every = _("plain count, held and repeated ones included")
    share = row["praise_share"]
    waiting = outcomes.filter(pl.col("outcome") == "pending")["rows"]
    pending = waiting.item() if len(waiting) else 0
    median = _("Time to a decision, median")
    return [
        counted("compliments", every),
        counted("complaints", every),
        plain(metric_name("praise_share"), wording.value("share", share["value"]), _share_rests_on(share), question("praise_share")),
        plain(median, wording.value("time", decision["value"], decision["note"]), decision_rests_on(decision), how_decided()),
        plain(_("Not yet decided"), wording.number(pending), _("complaints of this period"), _("How many complaints still wait?")),
        plain(metric_name("formal"), wording.number(row["formal"]["value"]), _("follow the legal procedure"), question("formal")),
    ]


def _share_rests_on(share: Row) -> str:
    held = wording.state(share["state"]) if share["state"] == "under_review" else ""
    return " · ".join(filter(None, (rests_on(share), held)))


def draw_categories(categories: pl.DataFrame, kind: str) -> None:
    """One kind's categories as a picture and as a table; a sentence where there is none."""
    rows = pareto.pareto(categories, kind)
    if rows.is_empty():
        st.write(_("None in this period."))
        return
    st.caption(_("How many · the share that this and those above make up"))
    picture.show(pareto.picture_of(rows, categories["rows"].max() or 0, heading(kind)), f"categories {kind}")
    tables.show(pareto.table_of(rows, _("What it is about")), f"categories {kind} table", _("The same figures as a table"), name=150)


def side_by_side(course: pl.DataFrame, labels: list[str]) -> dict[str, Picture]:
    """Compliments and complaints over time, in two pictures of one scale."""
    pictures = {}
    for kind, name in KINDS.items():
        pictures[kind] = charts.over_time(course.filter(pl.col("metric") == name), named(name), labels)
    longest = max((figure.figure.layout.yaxis for figure in pictures.values()), key=lambda scale: scale.range[1])
    for drawn in pictures.values():
        drawn.figure.update_yaxes(range=longest.range, tickvals=longest.tickvals, ticktext=longest.ticktext)
    return pictures


def draw_table(course: pl.DataFrame, labels: list[str]) -> None:
    """Draw the same figures as the pictures over time, behind a click."""
    title = _("The same figures as a table")
    tables.folded(title, "course figures", partial(tables.show, by_span(course, labels), "course table", title))


def by_span(course: pl.DataFrame, labels: list[str]) -> Styler:
    """One line per span, latest first: compliments, complaints, and the share of compliments among both."""
    columns: dict[str, list[Any]] = {_("Period"): labels[::-1]}
    for name in ("compliments", "complaints", "praise_share"):
        columns[metric_name(name)] = course.filter(pl.col("metric") == name)["value"].to_list()[::-1]
    counts = {metric_name(name): wording.number for name in ("compliments", "complaints")}
    return tables.styled(columns, {metric_name("praise_share"): wording.percent} | counts)
