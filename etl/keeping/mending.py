"""Refused rows that were mended and sent again, in whatever file: which of them an accepted row takes the place of."""

import re

import polars as pl

from etl.staging.pseudonym import row_marks
from etl.staging.stage import StagedFile

_SENT_AGAIN = re.compile(r" ?\(\d+\)(?=(\.[^./]*)?$)")
"""What programs put behind a name that is there already: "questions (2).csv"."""
_PACKED = re.compile(r"\.(gz|zip)$", re.IGNORECASE)
_PLACE = ["file_id", "row_number"]


def mended(waiting: pl.DataFrame, file: StagedFile, key: bytes) -> pl.DataFrame:
    """The refused rows of earlier loads whose places are taken by rows of a newer file of the same source.

    A row is known again by its own id; where it has none, or that was what was wrong with it, by its place in a file of the same
    name, unless that file refuses the same cells once more.

    Args:
        waiting: refused rows: file_id, row_number, path, source, rule, row, key (``row_marks``).
        file: the newer one.
        key: of the pseudonyms.

    Returns:
        ``file_id`` and ``row_number`` of the refused rows.
    """
    ours = waiting.filter(pl.col("source") == file.source.name)
    by_id, by_place = ours.filter(pl.col("key").is_not_null()), ours.filter(pl.col("key").is_null())
    if by_id.height and file.source.table.own_key:
        by_id = by_id.filter(pl.col("key").is_in(row_marks(file.good[file.source.table.own_key].unique(), key).implode()))
    same_name = [path for path in by_place["path"].unique() if _name(path) == _name(str(file.file.relative))]
    there = pl.col("path").is_in(same_name) & pl.col("row_number").is_in(file.good["row_number"].implode())
    refused_again = file.refused.filter(pl.col("row") != "{}")
    by_place = by_place.filter(there).join(refused_again, on=["rule", "row"], how="anti")
    return pl.concat([by_id.select(_PLACE), by_place.select(_PLACE)])


def _name(path: str) -> str:
    """A file's path without what tells only that it was packed or sent again."""
    return _SENT_AGAIN.sub("", _PACKED.sub("", path))
