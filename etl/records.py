"""What every reader gives: a file's records as text."""

from dataclasses import dataclass

import polars as pl

ROW = "row_number"


@dataclass(frozen=True)
class Broken:
    """A record that is not one: it goes to quarantine with its rule."""

    row_number: int
    rule: str
    column: str = ""
    """The input column at fault, where it is one."""


@dataclass(frozen=True)
class RawRecords:
    """A file's records as text.

    ``frame`` has one row per whole record: ``row_number`` (1 = the first record after the header) and the columns
    ``c0, c1, …``, text as written, in NFC; ``headers`` are their names: those of the file, or of JSON and Parquet the
    source's names of those that are there.
    """

    headers: list[str]
    frame: pl.DataFrame
    broken: list[Broken]
    provisional: bool
    """The file seems cut off: its last record is not whole."""
    others: tuple[str, ...] = ()
    """Names in the file that the source does not ask for; only some."""

    @property
    def rows(self) -> int:
        return self.frame.height + len(self.broken)


def text_frame(numbers: list[int], rows: list[list[str]], width: int) -> pl.DataFrame:
    """Records, each a list of ``width`` texts, as the frame of ``RawRecords``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    data = {f"c{i}": pl.Series(column, dtype=pl.String) for i, column in enumerate(columns)}
    return pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64)} | data)
