"""What to know of a file once its rows were laid to those that were known: what was not heard, and what no list knows."""

from collections.abc import Mapping

import polars as pl

from etl.language import _
from etl.reference.wards import Wards
from etl.sources.source import Source
from etl.staging.headings import called, headings
from etl.tables import UNKNOWN
from etl.text import fold, mask
from etl.wording import number

SHOWN, LONGEST = 5, 60
"""Ward texts that are named in one remark, and the letters of each."""


def unheard(source: Source, rows: int) -> str:
    """Of rows without effect (``fates.without_effect``): how many, and what makes them heard."""
    return _(
        "Rows that say something new and change nothing, since they do not say when: {rows}. Fill in {column}, and send them again.",
        rows=number(rows),
        column=called("updated_at", headings(source).get("updated_at")),
    )


def unknown_wards(batch: pl.DataFrame, published: pl.DataFrame, wards: Wards) -> Mapping[int, str]:
    """Ward texts of a load that mean no ward, though they were meant to.

    Args:
        batch: accepted rows of interactions or feedback: file_id, row_number, ward.
        published: the tidy rows that are made anew: file_id, row_number, ward_code.
        wards: the reference table.

    Returns:
        A sentence by file_id, where there is any.
    """
    nowhere = published.filter(pl.col("ward_code") == UNKNOWN).select("file_id", "row_number")
    texts = batch.select("file_id", "row_number", "ward").drop_nulls().join(nowhere, on=["file_id", "row_number"])
    said: dict[int, dict[str, int]] = {}
    for file_id, text, rows in texts.group_by("file_id", "ward").len().sort("len", "ward", descending=[True, False]).iter_rows():
        if fold(text) not in wards.places.no_ward:
            said.setdefault(file_id, {})[text] = rows
    return {file_id: _unknown(rows) for file_id, rows in said.items()}


def _unknown(rows: Mapping[str, int]) -> str:
    named = ", ".join(f"“{mask(text, LONGEST)}”" for text in list(rows)[:SHOWN])
    return _(
        "Rows whose ward no list knows, or knows more than once: {rows}. They count for no ward: {texts}. Write it with its type and "
        "district, and send them again.",
        rows=number(sum(rows.values())),
        texts=named + (" …" if len(rows) > SHOWN else ""),
    )
