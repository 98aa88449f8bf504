"""Which metric a view shows: chosen by its name in words, kept in the address by its code."""

from collections.abc import Sequence

import streamlit as st

from metrics.catalogue import METRICS
from metrics.declaration import Metric
from metrics.wording import metric_name
from pages.shared import address

COURSE = ("on_time", "first_response_median", "received", "rating_positive")
"""What the overview shows over time: few, for each is computed for every span."""
NEVER_ALONE = ("satisfaction_766",)
"""Silence counts as satisfied there: it is shown only where both ratings stand beside it, so it cannot be chosen."""


def every_metric() -> list[str]:
    """Names of all metrics that may be shown by themselves, in the catalogue's order."""
    return [metric.name for metric in METRICS if metric.name not in NEVER_ALONE]


def from_list(label: str, name: str, default: str, among: Sequence[str]) -> Metric:
    """A list to choose one metric from.

    Args:
        label: what is chosen, in words.
        name: of the parameter in the address.
        default: where nothing is chosen.
        among: names of metrics.
    """
    address.given(name, default, among)
    st.selectbox(label, among, format_func=metric_name, key=name, width=420)
    return named(address.keep(name, default))


def from_row(label: str, name: str, default: str, among: Sequence[str]) -> Metric:
    """As ``from_list``, for a few metrics side by side."""
    address.given(name, default, among)
    st.segmented_control(label, among, format_func=metric_name, key=name, required=True, label_visibility="collapsed", wrap=True)
    return named(address.keep(name, default))


def named(name: str) -> Metric:
    return next(metric for metric in METRICS if metric.name == name)
