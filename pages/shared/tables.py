"""Tables of result rows: numbers sort as numbers and read as words; what is too few to compare is a dash with its count, in grey."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import streamlit as st
from pandas.io.formats.style import Styler

from etl.language import _
from metrics.declaration import Metric
from metrics.wording import interval, metric_name, unit_name
from pages.shared import wording
from pages.shared.order import by_attention
from pages.shared.picture import MARK
from pages.shared.whiskers import WIDTH, Scale, bar, dot

TALL, LINE, NAME, LETTER, THIN, WIDEST = 640, 35, 190, 7, 4, 480
"""Pixels: the tallest table, one of its lines, the room of a name, of a letter, of a thin one, and of the widest text."""
THIN_LETTERS = frozenset(" .,:;-–·()ijlt")


def by_unit(rows: pl.DataFrame, whole: pl.DataFrame, metric: Metric, unit_heading: str) -> Styler:
    """One line per unit: name, n, value, interval as text and as dot with whiskers, state, signal.

    Args:
        rows: one result row per unit.
        whole: the result row of all units together, or none.
        metric: the rows' metric.
        unit_heading: what the units are, in words.

    Returns:
        A table whose cells hold plain numbers (value in the metric's unit) and show them in words; by what needs attention, then by
        name. Value and remark stand first, so that they are seen on a phone.
    """
    kind = metric.kind
    lines = by_attention(rows, metric)
    common = next(iter(whole["value"]), None)
    limits = [*lines["value"], *lines["lower"], *lines["upper"], common]
    scale, longest = Scale(kind, limits), max((value for value in lines["value"] if value is not None), default=0)
    columns: dict[str, list[Any]] = {unit_heading: [unit_name(row["unit"], row["unit_name"]) for row in lines.iter_rows(named=True)]}
    columns[metric_name(metric.name)] = lines["value"].to_list()
    columns |= _remarks(lines)
    if kind == "count":
        columns[_("From zero")] = [bar(longest, value) for value in lines["value"]]
    else:
        columns["n"] = lines["denominator"].to_list()
        columns[_("95% interval")] = [interval(kind, low, high) or wording.NONE for low, high in lines.select("lower", "upper").iter_rows()]
        columns[_("Interval (line: all)")] = [dot(scale, *limits, common) for limits in lines.select("value", "lower", "upper").iter_rows()]
    columns |= _compared(lines)
    figure = partial(wording.value, kind)
    words = {_("Adjusted"): figure, _("Stable estimate"): figure, "n": wording.number, metric_name(metric.name): figure}
    return styled(columns, words)


def _compared(lines: pl.DataFrame) -> dict[str, list[Any]]:
    """The columns of a fair comparison, where one was made."""
    heads = {"adjusted": _("Adjusted"), "shrunk": _("Stable estimate")}
    columns = {head: lines[name].to_list() for name, head in heads.items() if lines[name].is_not_null().any()}
    if lines["rank_low"].is_not_null().any():
        places = lines.select("rank_low", "rank_high").iter_rows()
        columns[_("Range of places")] = [wording.NONE if low is None else f"{low}–{high}" for low, high in places]
    return columns


def by_span(rows: pl.DataFrame, metric: Metric, labels: Sequence[str]) -> Styler:
    """One line per span, latest first: span, n, value, interval, remark; the same rows as the chart over time."""
    kind = metric.kind
    columns: dict[str, list[Any]] = {_("Period"): list(labels)}
    if kind != "count":
        columns["n"] = rows["denominator"].to_list()
    columns[metric_name(metric.name)] = rows["value"].to_list()
    if kind != "count":
        columns[_("95% interval")] = [interval(kind, low, high) or wording.NONE for low, high in rows.select("lower", "upper").iter_rows()]
    columns |= _remarks(rows)
    latest_first = {name: values[::-1] for name, values in columns.items()}
    return styled(latest_first, {"n": wording.number, metric_name(metric.name): partial(wording.value, kind)})


def show(
    table: Styler | pd.DataFrame,
    key: str,
    alt: str,
    tallest: int = TALL,
    *,
    right: Sequence[str] = (),
    fixed: bool = False,
    choose: bool = False,
    name: int = NAME,
    rooms: Mapping[str, int] | None = None,
) -> int | None:
    """Draw a table at the width of its column, as tall as its lines up to ``tallest`` pixels.

    Columns of pictures are told by their content.

    Args:
        table: the lines, in their order.
        key: of the widget.
        alt: what it holds, for screen readers.
        tallest: pixels.
        right: columns of figures written as text.
        fixed: whether its order stays: where columns can be selected no click on a header sorts, and under a key that begins with
            ``fixed`` no header's menu offers to (chrome.js).
        choose: whether a line can be chosen.
        name: pixels of the first column.
        rooms: pixels of other columns, where the longest text may be cut.

    Returns:
        The place of the chosen line; None where none is.
    """
    data = table.data if isinstance(table, Styler) else table
    texts = [head for head in data.columns if pd.api.types.is_string_dtype(data[head])]
    columns: dict[str, Any] = {head: st.column_config.TextColumn(width=_room(data[head])) for head in texts}
    columns |= {head: st.column_config.TextColumn(width=room) for head, room in ({data.columns[0]: name} | dict(rooms or {})).items()}
    columns |= {head: st.column_config.TextColumn(alignment="right", width=_room(data[head])) for head in right if head in data.columns}
    columns |= {head: {**columns.get(head, {}), "help": words} for head, words in _explained().items() if head in data.columns}
    columns |= {head: st.column_config.ImageColumn(width=WIDTH + 20) for head in data.columns if _holds_pictures(data[head])}
    settings = {
        "hide_index": True,
        "key": f"fixed {key}" if fixed else key,
        "alt": alt,
        "column_config": columns,
        "placeholder": wording.NONE,
    }
    height = min(tallest, LINE * (len(data) + 1) + 3)
    modes = [*(["single-row"] if choose else []), *(["single-column"] if fixed else [])]
    if not modes:
        st.dataframe(table, height=height, **settings)
        return None
    lines = st.dataframe(table, height=height, on_select="rerun", selection_mode=modes, **settings).selection.rows
    return lines[0] if lines and lines[0] < len(data) else None


def folded(label: str, key: str, draw: Callable[[], object]) -> None:
    """Draw something behind a click: it is made and sent only while it is open."""
    part = st.expander(label, key=key, on_change="rerun")
    if part.open:
        with part:
            draw()


def _room(column: "pd.Series[Any]") -> int | None:
    """Pixels of a column whose longest text the grid would pass over as an outlier, and cut; None where it finds the width itself."""
    texts = column.astype(str)
    lengths = texts.str.len()
    if not len(lengths) or lengths.max() <= max(12, 1.5 * lengths.mean()):
        return None
    return min(WIDEST, 18 + sum(THIN if letter in THIN_LETTERS else LETTER for letter in texts[lengths.idxmax()]))


def _explained() -> dict[str, str]:
    """What is said under a heading that is shorter than its meaning."""
    return {
        _("Adjusted"): _("Adjusted for case mix"),
        _("Stable estimate"): _("Drawn towards the whole's value, the more the fewer the cases"),
        _("Range of places"): _("Places that chance leaves open, 1 being the best"),
    }


def _holds_pictures(column: "pd.Series[Any]") -> bool:
    return any(isinstance(value, str) and value.startswith("data:image/") for value in column)


def _remarks(rows: pl.DataFrame) -> dict[str, list[Any]]:
    """The column of remarks, where any line has one."""
    remarks = [_remark(row) for row in rows.iter_rows(named=True)]
    return {_("Remark"): remarks} if any(remarks) else {}


def _remark(row: dict[str, Any]) -> str:
    """State and signal in words, with the count where it is too few."""
    words = wording.state(row["state"])
    if row["state"] == "too_few" and row["denominator"] is not None:
        words = _("{state} (n = {n})", state=words, n=wording.number(row["denominator"]))
    return " · ".join(filter(None, (words, wording.signal(row["signal"]))))


def styled(columns: dict[str, list[Any]], words: dict[str, Callable[[Any], str]]) -> Styler:
    """A table that shows numbers in words, with lines without a value in grey.

    Args:
        columns: heading -> cells, in order.
        words: of each column of numbers, how one is written; lines without a number in the last of them are grey.
    """
    frame = pd.DataFrame(columns)
    numbers = [name for name in words if name in frame.columns]
    for name in numbers:
        frame[name] = pd.array([None if value is None else float(value) for value in columns[name]], dtype="Float64")
    grey = frame[numbers[-1]].isna() if numbers else pd.Series(False, index=frame.index)
    style = frame.style.format({name: _in_words(words[name]) for name in numbers}, na_rep=wording.NONE)
    if not grey.any():
        return style
    return style.apply(lambda _column: np.where(grey, f"color: {MARK}", ""))


def _in_words(words: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: wording.NONE if pd.isna(value) else words(value)
