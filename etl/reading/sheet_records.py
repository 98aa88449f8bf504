"""Records of text out of one sheet of a workbook, with a header of one row or of several with merged cells."""

from itertools import groupby
from pathlib import Path

from etl.reading.encodings import tidy_headers, tidy_letters
from etl.reading.records import Broken, RawRecords, text_frame
from etl.reading.workbooks import Sheet, read_sheet
from etl.sources.source import Source
from etl.tcvn3 import is_tcvn3, letters_of_font
from etl.text import fold

_ROWS_SEARCHED = 50
"""Rows among which the header is looked for: above it stand titles."""
_BELOW = " / "
"""Joins what stands below one another in a header of several rows."""


def read_xlsx(path: Path, source: Source) -> list[RawRecords]:
    """Read a sheet as one block; a row is a record where any cell holds something.

    Raises:
        UnreadableError: it is no workbook, or has no such sheet.
    """
    sheet = read_sheet(path, source.sheet, source.typed_times)
    if is_tcvn3(source.encoding):
        sheet = Sheet([[letters_of_font(cell) for cell in row] for row in sheet.cells], sheet.merged)
    begin = _begin(sheet, source)
    header = _header(sheet, begin, source.header_rows)
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    numbers: list[int] = []
    rows: list[list[str]] = []
    broken: list[Broken] = []
    below = sheet.cells[begin + source.header_rows :]
    for number, row in enumerate((row for row in below if any(cell.strip() for cell in row)), 1):
        if any(cell.strip() for cell in row[width:]):
            broken.append(Broken(number, "field_count"))
        else:
            numbers.append(number)
            rows.append(row[:width])
    mend = source.encoding == "auto"
    return [RawRecords(tidy_headers(header, mend), tidy_letters(text_frame(numbers, rows, width), mend), broken)]


def _begin(sheet: Sheet, source: Source) -> int:
    """The header's first row: from the declared on the first one not empty, or of all near the top the one with most of the source's."""
    if source.header_row is not None:
        return next((row for row in range(source.header_row, len(sheet.cells)) if any(sheet.cells[row])), len(sheet.cells))
    wanted = {fold(header) for header in source.headers}
    rows = range(min(len(sheet.cells), _ROWS_SEARCHED))
    return max(rows, key=lambda row: len(wanted & {fold(name) for name in _header(sheet, row, source.header_rows)}), default=0)


def _header(sheet: Sheet, begin: int, count: int) -> list[str]:
    """The names of the columns; one merged cell stands in each column and row that it spans."""
    rows = [list(row) for row in sheet.cells[begin : begin + count]]
    if count == 1:
        return rows[0] if rows else []
    for (top, left), (bottom, right) in sheet.merged:
        for row in range(max(top, begin), min(bottom + 1, begin + len(rows))):
            rows[row - begin][left : right + 1] = [sheet.cells[top][left]] * len(rows[row - begin][left : right + 1])
    return [_BELOW.join(name for name, _same in groupby(map(str.strip, column)) if name) for column in zip(*rows, strict=True)]
