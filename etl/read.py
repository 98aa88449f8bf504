"""Step 1, read: a file's bytes become records of text. Nothing is guessed, padded, cut or converted here."""

import csv
import io
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from etl.encodings import check_decodes, detect_encoding, tidy_letters
from etl.inbox import UnreadableError, opened
from etl.language import _
from etl.sources import Source
from etl.text import fold

ROW = "row_number"
_CHUNK = 50_000
_MOST_LINES = 1_000
_FIELD_LIMIT = 1 << 24
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}


@dataclass(frozen=True)
class Broken:
    """A record that is not one: it goes to quarantine with its rule."""

    row_number: int
    rule: str
    value: str


@dataclass(frozen=True)
class RawRecords:
    """A file's records as text.

    ``frame`` has one row per whole record: ``row_number`` (1 = the first record after the header) and the columns
    ``c0, c1, …``, text as written, in NFC; ``headers`` are their names.
    """

    headers: list[str]
    frame: pl.DataFrame
    broken: list[Broken]
    provisional: bool
    """The file seems cut off: its last record is not whole."""

    @property
    def rows(self) -> int:
        return self.frame.height + len(self.broken)


def read_records(path: Path, source: Source) -> RawRecords:
    """Read one file as its source says.

    Raises:
        UnreadableError: the reason, for people.
    """
    readers: dict[str, Callable[[Path, Source], RawRecords]] = {"csv": _read_csv, "xlsx": _read_xlsx}
    if source.format not in readers:
        raise UnreadableError(_("Files of format {format} cannot be read yet.", format=source.format))
    with opened(path) as plain:
        try:
            return readers[source.format](plain, source)
        except OSError as error:
            raise UnreadableError(_("The file cannot be opened: {reason}.", reason=error.strerror or error)) from None


def _read_csv(path: Path, source: Source) -> RawRecords:
    encoding = detect_encoding(path) if source.encoding == "auto" else source.encoding
    check_decodes(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        for _skipped in range(source.header_row):
            file.readline()
        header_line = file.readline()
        while header_line and not header_line.strip():
            header_line = file.readline()
        delimiter = _delimiter(header_line, source)
        try:
            header = next(csv.reader(_continued(header_line, file), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise UnreadableError(_("The header line cannot be read: {reason}.", reason=error)) from None
        if not any(name.strip() for name in header):
            return RawRecords([], _frame([], [], 0), [], False)
        frames, broken, ended_whole = _csv_records(file, delimiter, len(header))
    frame = pl.concat(frames) if frames else _frame([], [], len(header))
    provisional = not ended_whole
    mend = source.encoding == "auto" and encoding.startswith("utf-8")
    names = tidy_letters(pl.DataFrame({"h": header}), mend)["h"].to_list()
    return RawRecords(names, tidy_letters(frame, mend), broken, provisional)


def _continued(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(header_line: str, source: Source) -> str:
    """The declared delimiter, or the one under which most of the source's headers are found."""
    if source.delimiter != "auto":
        return _DELIMITERS[source.delimiter]
    wanted = {fold(header) for headers in source.columns.values() for header in headers}

    def found(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader([header_line], delimiter=delimiter), [])
        return len(wanted & {fold(name) for name in names}), len(names)

    return max(_DELIMITERS.values(), key=found)


def _csv_records(file: io.TextIOBase, delimiter: str, width: int) -> tuple[list[pl.DataFrame], list[Broken], bool]:
    """Split into records of ``width`` fields; one that is not costs one line, whatever quote it left open."""
    frames: list[pl.DataFrame] = []
    broken: list[Broken] = []
    numbers: list[int] = []
    rows: list[list[str]] = []
    taken: list[str] = []
    pending: deque[str] = deque()
    csv.field_size_limit(_FIELD_LIMIT)

    def feed() -> Iterator[str]:
        while len(taken) <= _MOST_LINES:
            line = pending.popleft() if pending else file.readline()
            if not line:
                return
            taken.append(line)
            yield line

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    number = 0
    while True:
        taken.clear()
        fields: list[str] | None
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error:
            fields = None
        if fields == []:
            continue
        number += 1
        if fields is not None and len(fields) == width:
            numbers.append(number)
            rows.append(fields)
            if len(rows) == _CHUNK:
                frames.append(_frame(numbers, rows, width))
                numbers, rows = [], []
            continue
        broken.append(Broken(number, "quoting" if fields is None else "field_count", taken[0].rstrip("\r\n")))
        last_line = taken[0]
        pending.extendleft(reversed(taken[1:]))
        reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    if rows:
        frames.append(_frame(numbers, rows, width))
    cut_off = bool(broken) and broken[-1].row_number == number and not last_line.endswith(("\n", "\r"))
    return frames, broken, not cut_off


def _frame(numbers: list[int], rows: list[list[str]], width: int) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    data = {f"c{i}": pl.Series(column, dtype=pl.String) for i, column in enumerate(columns)}
    return pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64)} | data)


def _read_xlsx(path: Path, source: Source) -> RawRecords:
    from python_calamine import CalamineError, CalamineWorkbook  # only where a workbook is read

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if isinstance(source.sheet, str) and source.sheet not in names:
            raise UnreadableError(_("There is no sheet {name}; there are: {names}.", name=repr(source.sheet), names=", ".join(names)))
        if isinstance(source.sheet, int) and source.sheet >= len(names):
            raise UnreadableError(_("There is no sheet number {number}; there are {count}.", number=source.sheet, count=len(names)))
        sheet = book.get_sheet_by_name(source.sheet) if isinstance(source.sheet, str) else book.get_sheet_by_index(source.sheet)
        table = sheet.to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile) as error:
        raise UnreadableError(_("It is no workbook that can be opened: {reason}.", reason=error)) from None
    cells = [[_text(cell) for cell in row] for row in table[source.header_row :]]
    while cells and not any(cells[0]):
        cells.pop(0)
    header = cells.pop(0) if cells else []
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    records = [row for row in cells if any(cell.strip() for cell in row)]
    whole = [(i, row[:width]) for i, row in enumerate(records, 1) if not any(cell.strip() for cell in row[width:])]
    broken = [Broken(i, "field_count", ";".join(row)) for i, row in enumerate(records, 1) if any(cell.strip() for cell in row[width:])]
    frame = _frame([i for i, _row in whole], [row for _i, row in whole], width)
    mend = source.encoding == "auto"
    return RawRecords(tidy_letters(pl.DataFrame({"h": header}), mend)["h"].to_list(), tidy_letters(frame, mend), broken, False)


def _text(cell: object) -> str:
    """A typed cell as text: dates and numbers need no format, a whole number has no decimals."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
