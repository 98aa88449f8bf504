"""What each figure means, written from the catalogue."""

import unicodedata
from collections.abc import Sequence

import streamlit as st

from etl.language import _
from metrics.catalogue import METRICS
from metrics.declaration import Metric
from metrics.definitions import example, exclusions, formula
from metrics.wording import metric_name


def found(search: str) -> list[Metric]:
    """The metrics whose name or definition holds every word of ``search``, with or without accents; all for no word."""
    words = _folded(search).split()
    return [metric for metric in METRICS if all(word in _folded(_whole_text(metric)) for word in words)]


def _whole_text(metric: Metric) -> str:
    return " ".join((metric.name, metric_name(metric.name), metric.question, metric.numerator, metric.denominator))


def _folded(text: str) -> str:
    """Without case and accents."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def sentence(metric: Metric) -> str:
    """The question that a metric answers, and how."""
    how = formula(metric)
    return f"{metric.question} {how[0].upper()}{how[1:]}."


def _rate(metric: Metric) -> str:
    return _("rate per 1,000") if metric.measure == "per_1000" else _("rate per duty day")


def facts(metric: Metric) -> str:
    """Kind, direction, minimum, interval and version, in one line."""
    kind = {"count": _("count"), "share": _("share"), "rate": _rate(metric), "time": _("time")}[metric.kind]
    better = {"higher": _("higher is better"), "lower": _("lower is better"), "neutral": _("neither high nor low is better")}[metric.better]
    method = {
        "count": _("no interval: it counts all that was logged"),
        "share": _("95% interval: Wilson"),
        "rate": _("95% interval: exact Poisson under 10 events, else Byar"),
        "time": _("95% interval: Kaplan–Meier, log-log band"),
    }[metric.kind]
    least = _("shown from n = {n}", n=metric.minimum) if metric.minimum else _("shown from the first case")
    parts = (kind, better, least, method, metric.source, _("version {n}", n=metric.version))
    return " · ".join(part for part in parts if part)


def draw(metrics: Sequence[Metric]) -> None:
    """Draw each metric's definition under an anchor of its name, so that a link can lead to it."""
    if not metrics:
        st.info(_("No figure is called that. Try one word, with or without accents."))
    for metric in metrics:
        with st.container(gap="xxsmall"):
            st.subheader(metric_name(metric.name), anchor=metric.name)
            st.write(sentence(metric))
            st.caption(_("Left out: {what}.", what="; ".join(exclusions(metric))))
            st.caption(_("For instance: {example}", example=example(metric)))
            st.caption(f"{facts(metric)} · `{metric.name}`")
