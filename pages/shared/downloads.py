"""The download of what is shown, through our own route: a link works only for the browser session it was drawn in."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
import streamlit as st
import xlsxwriter

from etl.language import _
from etl.text import defused
from metrics.scope import Scope
from pages.server import sessions, shelf
from pages.shared import wording

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

_LONGEST_CELL = 32_767
A4 = 9
"""A spreadsheet's number of that size of paper."""


def _cell(value: Any) -> Any:
    """A value as a spreadsheet can hold it: local time without offset, no NaN, lists as text."""
    if isinstance(value, datetime):
        return value.astimezone(wording.LOCAL).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return value


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The rows as CSV: comma, UTF-8 with BOM (Vietnamese Excel knows it by that), no live formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([defused(name) for name in frame.columns])
    for row in frame.iter_rows():
        writer.writerow([defused(value) for value in map(_cell, row)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


@dataclass(frozen=True, eq=False)
class Sheet:
    """The rows of one sheet of a workbook."""

    frame: pl.DataFrame
    kinds: Sequence[str] = ()
    """Of each row the kind of its metric, by which its figures are written; none where they are plain numbers."""
    plain: Sequence[str] = ()
    """Columns of decimal numbers that are no figures in their metric's unit."""
    prose: bool = False
    """Whether it holds sentences to read, and nothing to filter."""


FIGURES = {"share": "0.0%", "rate": "#,##0.0", "time": "#,##0", "count": "#,##0"}
"""Kind of metric -> how a spreadsheet writes its figures; times are seconds."""


def xlsx_bytes(frame: pl.DataFrame) -> bytes:
    """The rows as one XLSX sheet; text is text: never a formula, never a link."""
    return workbook({"": Sheet(frame)})


def workbook(sheets: Mapping[str, Sheet], made: datetime | None = None) -> bytes:
    """Sheets by their names as one XLSX file; text is text: never a formula, never a link.

    Args:
        sheets: name, or nothing where there is one -> rows.
        made: the instant (UTC) that the file says it was made at; now where left out.
    """
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        if made is not None:
            book.set_properties({"created": made.replace(tzinfo=None)})
        for name, sheet in sheets.items():
            _write(book, name, sheet)
    return file.getvalue()


def _write(book: xlsxwriter.Workbook, name: str, rows: Sheet) -> None:
    frame, sheet = rows.frame, book.add_worksheet(name or None)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        pl.Date: book.add_format({"num_format": "dd/mm/yyyy"}),
        pl.Datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
    }
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    if rows.prose:
        sheet.set_column(0, 0, 110, book.add_format({"text_wrap": True}))
        sheet.write_column(0, 0, [frame.columns[0], *frame.to_series()])
        return
    figures = {kind: book.add_format({"num_format": written}) for kind, written in FIGURES.items()} if rows.kinds else {}
    for place, (head, dtype) in enumerate(frame.schema.items()):
        cells = [_cell(value) for value in frame[head].to_list()]
        sheet.write_string(0, place, head[:_LONGEST_CELL], bold)
        longest = max([len(head) * 0.8, *(len(str(value)) for value in cells[:200] if value is not None)])
        sheet.set_column(place, place, min(60, max(8, longest + 2)))
        style = formats.get(dtype.base_type())
        is_figure = figures and dtype == pl.Float64 and head not in rows.plain
        for row, value in enumerate(cells, start=1):
            if isinstance(value, str):
                sheet.write_string(row, place, value[:_LONGEST_CELL])
            elif value is not None:
                sheet.write(row, place, value, figures[rows.kinds[row - 1]] if is_figure else style)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 1)
    if frame.width:
        sheet.autofilter(0, 0, max(1, frame.height), frame.width - 1)


def _fingerprint(frame: pl.DataFrame) -> str:
    return f"{frame.columns} {frame.height} {frame.hash_rows(0).sum() if frame.width else 0}"


def _file_name(name: str, ending: str) -> str:
    return (re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", name).strip(" .")[:120] or "langnghe") + ending


def offer(frame: pl.DataFrame, name: str, scope: Scope) -> None:
    """Draw the links "XLSX" and "CSV" to exactly these rows.

    Args:
        frame: the rows as shown, with the headers as shown; numbers as numbers, dates as dates.
        name: of the file, without ending, in words; accents are fine.
        scope: who sees these rows; two roles in one browser never share a link.
    """
    files = {"XLSX": (XLSX, partial(xlsx_bytes, frame)), "CSV": (CSV, partial(csv_bytes, frame))}
    offer_files(_("Download what is shown:"), files, name, f"{scope.role} {_fingerprint(frame)}")


def offer_files(label: str, files: Mapping[str, tuple[str, Callable[[], bytes]]], name: str, content: str) -> None:
    """Draw links to files that are made when they are asked for.

    Args:
        label: what is offered, in words.
        files: ending, in capitals -> media type, and what makes the bytes.
        name: of the files, without ending, in words; accents are fine.
        content: tells these files from others of their name: who sees them, and what is in them.
    """
    session = sessions.verified(st.context.cookies.get(sessions.COOKIE))
    if session is None:
        st.caption(_("Reload the page to download these rows."))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(label, width="content")
        for ending, (media_type, build) in files.items():
            token = shelf.lay(session, content, _file_name(name, "." + ending.lower()), media_type, build)
            st.link_button(ending, f"/download/{token}", type="tertiary", key=f"download {ending} {name}")
