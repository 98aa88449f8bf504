"""The cases behind a figure: which figure, which of its cases, and the sentence that says how many there are."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import streamlit as st

from etl.language import _
from etl.publishing.versions import Version, read_version
from metrics.cases import Found, Part
from metrics.cases import cases as find_cases
from metrics.declaration import Metric
from metrics.query import Query
from metrics.scope import Scope
from metrics.wording import metric_name
from pages.shared import address, leaves, wording
from pages.shared.controls import Filters
from pages.shared.terms import literal

A_LEAF = 50
"""Cases on one leaf."""


def parts(metric: Metric) -> dict[Part, str]:
    """Which cases of a figure can be listed, in words; first those that one looks for."""
    above, rest, below = metric.numerator, _("the others of these"), metric.denominator
    if metric.kind == "count" or metric.of != metric.below:
        return {"numerator": above}
    if metric.kind == "time":
        return {"denominator": below, "numerator": _("those that have ended"), "others": _("those that still wait")}
    looked_for: dict[Part, str] = {"others": _("not: {what}", what=above), "numerator": above, "denominator": below}
    if metric.better != "higher":
        looked_for = {"numerator": above, "others": rest, "denominator": below}
    return looked_for


def choose_part(metric: Metric) -> Part:
    """Choose which of a figure's cases are listed."""
    known = parts(metric)
    default = next(iter(known))
    address.given("part", default, known)
    words: Callable[[str], str] = lambda part: known[part]  # type: ignore[index]  # noqa: E731
    if len(known) > 1:
        st.selectbox(_("Which of its cases"), list(known), format_func=words, key="part", width=640)
    return address.keep("part", default)  # type: ignore[return-value]


@lru_cache(maxsize=32)
def _answer(folder: Path, query: Query, metric: str, scope: Scope, part: Part, first: int) -> Found:
    return find_cases(read_version(folder.parent, folder.name), query, metric, "all", scope, part, first, A_LEAF)


def find(version: Version, scope: Scope, chosen: Filters, metric: Metric, part: Part) -> Found:
    """The leaf that is open of the cases behind the figure (``metrics.cases``); kept per version.

    Args:
        version: the published version.
        scope: who looks.
        chosen: the figure's filters, one ward or officer among them.
        metric: the figure.
        part: which of its cases.
    """
    query = chosen.query("all")
    found = _answer(version.folder, query, metric.name, scope, part, 0)
    leaf = leaves.shown("cases", found.total, A_LEAF)
    return found if leaf == 1 else _answer(version.folder, query, metric.name, scope, part, (leaf - 1) * A_LEAF)


def turn_leaves(found: Found) -> None:
    """Draw the numbers of the leaves, where there is more than one."""
    leaves.turn("cases", found.total, A_LEAF)


def answer(found: Found, metric: Metric, part: Part, whose: str, period: str) -> str:
    """How many cases stand behind the figure, and whose.

    Args:
        found: a leaf of them.
        metric: the figure.
        part: which of its cases.
        whose: the ward or officer in words; empty for all.
        period: in words, to open a sentence with.
    """
    opening = f"{period}, {literal(whose)}" if whose else period
    which = f"{metric_name(metric.name)} – {parts(metric)[part]}"
    number = wording.number(found.total)
    said = (
        _("{n} cases ({which})", n=number, which=which)
        if found.of == "interactions"
        else _("{n} judgements ({which})", n=number, which=which)
    )
    return f"{opening}: {said}."


def limits(scope: Scope) -> None:
    """Say so where the viewer may look at the cases of some wards only."""
    if scope.cases_of is not None:
        st.caption(_("Your role looks at the cases of its own ward only; the others are counted in the figures, and not shown."))
