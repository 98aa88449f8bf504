"""The parts of the page of refused rows: the filters, the sentence, the tiles, the rows, and how to send them again."""

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from pages.shared import controls, pareto, picture, refusals, tables, wording
from pages.shared.cards import Card
from pages.shared.ending import end
from pages.shared.ledger import rule_name
from pages.shared.links import link
from pages.shared.terms import literal

MOST = 500
"""Rows on the page; the download has all."""


def filtered(rows: pl.DataFrame) -> pl.DataFrame:
    """Draw the filters in the sidebar (load, file, rule) and return the rows that pass them."""
    with st.sidebar:
        load = controls.choose(_("Load"), "load", _options(rows["load_id"].cast(pl.String), lambda load: load), "")
        file = controls.choose(_("File"), "file", _options(rows["path"], lambda path: path), "")
        rule = controls.choose(_("Rule"), "rule", _options(rows["rule"], rule_name), "")
    return refusals.chosen(rows, load_id=load, path=file, rule=rule)


def _options(values: pl.Series, words: Callable[[str], str]) -> dict[str, str]:
    return {"": _("All")} | {value: words(value) for value in values.unique().sort()}


def stop_where_nothing_is_refused(rows: pl.DataFrame) -> None:
    """End the run with a calm sentence where no row is refused."""
    if rows.is_empty():
        st.info(_("No row is refused: every row that was read is loaded, or says why not in the balance sheet of its load."))
        end()


def answer(waiting: pl.DataFrame, read: int) -> str:
    """How many rows are refused, how much of all that is, and why most of them are.

    Args:
        waiting: of ``refusals.frame``, those that nobody has mended yet.
        read: rows read in all.
    """
    if waiting.is_empty():
        return _("With these filters no refused row waits to be mended.")
    first = refusals.by_rule(waiting).row(0, named=True)
    share = " – " + _("{share} of all rows read", share=wording.percent(waiting.height / read, 2)) if read else ""
    return _(
        "{rows} rows of {files} files are refused{share}; most of them ({n}) because: {rule}.",
        rows=wording.number(waiting.height),
        files=wording.number(waiting["path"].n_unique()),
        share=share,
        n=wording.number(first["rows"]),
        rule=first["category"],
    )


def tiles(waiting: pl.DataFrame, mended: pl.DataFrame, read: int) -> list[Card]:
    """Rows that wait, files they stand in, rows that were mended."""
    of_all = _("of {n} rows read", n=wording.number(read))
    return [
        Card(_("Rows refused"), wording.number(waiting.height), of_all, None, (), _("How many rows wait to be mended?")),
        Card(_("Files"), wording.number(waiting["path"].n_unique()), _("with at least one refused row"), None, (), _("In how many files?")),
        Card(_("Mended"), wording.number(mended.height), _("sent again, or read again"), None, (), _("How many were mended?")),
    ]


def draw_rules(waiting: pl.DataFrame) -> None:
    """The rules that refused rows, most first, as a picture and as a table."""
    rows = refusals.by_rule(waiting)
    st.caption(_("How many · the share that this and those above make up"))
    picture.show(pareto.picture_of(rows, rows["rows"].max(), _("Refused rows by rule")), "rules")
    with st.expander(_("The same figures as a table")):
        tables.show(pareto.table_of(rows, _("Rule")), "rules table", _("Refused rows by rule"))


def draw_files(waiting: pl.DataFrame, loads: list[dict[str, Any]]) -> None:
    """The files that refused rows stand in, most first."""
    rows = refusals.by_file(waiting, loads)
    columns = {
        _("File"): rows["path"].to_list(),
        _("Rows refused"): rows["rows"].to_list(),
        _("Rows read"): rows["read"].to_list(),
        _("Share"): rows["share"].to_list(),
        _("Load"): rows["load_id"].to_list(),
    }
    words = dict.fromkeys((_("Rows read"), _("Load"), _("Rows refused")), wording.number) | {
        _("Share"): lambda share: wording.percent(share, 1)
    }
    tables.show(tables.styled(columns, words), "files table", _("Refused rows by file"), tallest=480)


def how_to_mend() -> None:
    """Draw what to do with a refused row."""
    st.markdown(
        "\n".join(
            f"{place}. {step}"
            for place, step in enumerate(
                (
                    _("Download the rows, of one file by the filter at the side, or choose one below to see its cells."),
                    _("Mend them in the file they came from, each in its place: nothing is changed here."),
                    _("Drop the file into the inbox on the page “Refresh” and refresh: rows that are loaded already stay as they are."),
                    _("A mended row is known again by its own number, or by its place in a file of the same name."),
                    _("Where a whole column or word is refused, its source wants mending, not the rows: then load the file again."),
                ),
                start=1,
            )
        )
    )
    link("data/refresh.py", _("Refresh"))


def draw_rows(shown: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Draw the refused rows, and the cells of the one that is chosen.

    Args:
        shown: of ``refusals.in_words``.
        rows: the same rows, of ``refusals.frame``.
    """
    place = tables.show(shown.head(MOST).to_pandas(), "refused rows", _("Refused rows"), 420, choose=True, name=70)
    if shown.height > MOST:
        st.caption(_("The first {n} are shown; the download has all.", n=wording.number(MOST)))
    if place is None:
        st.caption(_("Choose a row to see its cells; those that could name a resident are masked."))
        return
    chosen = rows.row(place, named=True)
    st.write(literal(f"{chosen['path']} · {_('row {n}', n=wording.number(chosen['row_number']))}: {chosen['message']}"))
    _draw_cells(refusals.cells(chosen["cells"]).items())


def _draw_cells(cells: Iterable[tuple[str, str]]) -> None:
    names, values = zip(*cells, strict=True) if cells else ((), ())
    if not names:
        st.caption(_("The row could not be taken apart into cells: none of it is kept."))
        return
    columns = {_("Column"): list(names), _("Cell, masked"): list(values)}
    tables.show(tables.styled(columns, {}), "cells", _("The cells of the chosen row"))


def draw_mended(shown: pl.DataFrame) -> None:
    """Fold away the rows that were mended, each with the load that did."""
    if not shown.is_empty():
        with st.expander(_("Mended: {n}", n=wording.number(shown.height))):
            tables.show(shown.head(MOST).to_pandas(), "mended rows", _("Mended rows"), name=70)
