"""What every reader gives: a file's records as text, block by block."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

import polars as pl

ROW = "row_number"
BLOCK = 1 << 24
"""Letters of plain text that are read at once: however long a file is, no more of it is held."""
BLOCK_ROWS = 50_000
"""Records that are, however short they are."""


@dataclass(frozen=True)
class Broken:
    """A record that is not one: it goes to quarantine with its rule."""

    row_number: int
    rule: str
    column: str = ""
    """The input column at fault, where it is one."""
    header: str = ""
    """The raw column at fault, as the source names it, where it is one."""


@dataclass(frozen=True)
class RawRecords:
    """A block of a file's records as text, or all of them.

    ``frame`` has one row per whole record: ``row_number`` (1 = the first record after the header) and the columns
    ``c0, c1, …``, text as written, in NFC; ``headers`` are their names: those of the file, or of JSON and Parquet the
    source's. What is known at the file's end stands in its last block: which of the source's names are there, whether it seems cut
    off, and what else is in it.
    """

    headers: list[str]
    frame: pl.DataFrame
    broken: list[Broken]
    provisional: bool = False
    """The file seems cut off: its last record is not whole."""
    others: tuple[str, ...] = ()
    """Names in the file that the source does not ask for; only some."""
    unended: bool = False
    """No line end follows the last record: its last cell may not be whole."""

    @property
    def rows(self) -> int:
        return self.frame.height + len(self.broken)

    def under(self, headers: list[str]) -> pl.DataFrame:
        """The frame with these of its headers only."""
        if headers == self.headers:
            return self.frame
        return self.frame.select(ROW, **{f"c{i}": pl.col(f"c{self.headers.index(header)}") for i, header in enumerate(headers)})


def whole(blocks: Iterable[RawRecords]) -> RawRecords:
    """All blocks of a file as one."""
    blocks = list(blocks)
    last = blocks[-1]
    frame = pl.concat([block.under(last.headers) for block in blocks])
    return RawRecords(last.headers, frame, [broken for block in blocks for broken in block.broken], last.provisional, last.others)


def is_block(letters: int, records: int) -> bool:
    """Whether so much is enough to go on with."""
    return letters >= BLOCK or records >= BLOCK_ROWS


def next_lines(file: TextIO) -> list[str]:
    """The lines of a text's next block; none at its end."""
    lines: list[str] = []
    letters = 0
    while not is_block(letters, len(lines)) and (more := file.readlines(max(BLOCK >> 6, 1))):
        lines += more
        letters += sum(map(len, more))
    return lines


def text_frame(numbers: list[int], rows: list[list[str]], width: int) -> pl.DataFrame:
    """Records, each a list of ``width`` texts, as the frame of ``RawRecords``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    data = {f"c{i}": pl.Series(column, dtype=pl.String) for i, column in enumerate(columns)}
    return pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64)} | data)
