"""What a figure rests on, said beside it; texts of the data as a page may show them."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from metrics.wording import interval
from pages.shared import wording


def worded(values: pl.Series, words: Callable[[Any], str]) -> pl.Series:
    """Each value in words; they are asked for once for each distinct value, however many rows there are."""
    distinct = values.unique()
    return values.replace_strict(distinct, [words(value) for value in distinct], return_dtype=pl.String)


def interval_or_why(row: Mapping[str, Any], kind: str) -> str:
    """A result row's interval; why there is none where it has no value; a dash for a count."""
    return interval(kind, row["lower"], row["upper"]) or (wording.state(row["state"]) if row["value"] is None else "") or wording.NONE


def remark(row: Mapping[str, Any]) -> str:
    """What is to be known of a value that is there: under review, or provisional; else empty."""
    return "" if row["value"] is None else wording.state(row["state"])


def said(row: Mapping[str, Any], kind: str) -> list[str]:
    """All that a result row says, line by line: value, interval, cases, state and signal; never a value without its cases."""
    cases = None if kind == "count" else row["denominator"]
    lines = (
        wording.value(kind, row["value"], row["note"]),
        interval(kind, row["lower"], row["upper"]),
        "" if cases is None else f"n = {wording.number(cases)}",
        wording.state(row["state"]),
        wording.signal(row["signal"]),
    )
    return [line for line in lines if line]


def literal(text: str) -> str:
    """Text from the data as Markdown shows it letter by letter: nothing in it becomes a link, a picture or a formula."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&" else sign for sign in text.replace("\n", " "))
