"""Step 1, read: a file's bytes become records of text. Nothing is guessed, padded, cut or converted here."""

import csv
import io
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import polars as pl

from etl.encodings import check_decodes, detect_encoding, needs_tidying, tidy_letters
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
    mend = source.encoding == "auto" and encoding.startswith("utf-8")
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
        records = _CsvRecords(file, delimiter, len(header), mend)
        records.read()
    frame = pl.concat([_frame([], [], len(header)), *records.frames])
    return RawRecords(_headers(header, mend), frame, records.broken, records.cut_off)


def _headers(header: list[str], mend: bool) -> list[str]:
    return tidy_letters(pl.DataFrame({"h": header}), mend)["h"].to_list()


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


class _CsvRecords:
    """Splits a file into records of ``width`` fields; one that is not costs one line, whatever quote it left open."""

    def __init__(self, file: io.TextIOBase, delimiter: str, width: int, mend: bool):
        self._file, self._delimiter, self._width, self._mend = file, delimiter, width, mend
        self.frames: list[pl.DataFrame] = []
        self.broken: list[Broken] = []
        self._number = 0
        self._last_line, self._last_whole = "\n", True
        self._pending: deque[str] = deque()

    @property
    def cut_off(self) -> bool:
        """The last record is no whole one, and no line end follows it."""
        return not self._last_whole and not self._last_line.endswith(("\n", "\r"))

    def read(self) -> None:
        """Read to the end of the file, in blocks of lines."""
        csv.field_size_limit(_FIELD_LIMIT)
        while lines := list(islice(self._file, _CHUNK)):
            numbers: list[int] = []
            rows: list[list[str]] = []
            text = "".join(lines)
            for fields, line in self._quoted(lines) if '"' in text else self._plain(lines):
                self._number += 1
                self._last_line, self._last_whole = line, fields is not None and len(fields) == self._width
                if fields is not None and len(fields) == self._width:
                    numbers.append(self._number)
                    rows.append(fields)
                else:
                    rule = "quoting" if fields is None else "field_count"
                    self.broken.append(Broken(self._number, rule, line.rstrip("\r\n")))
            frame = _frame(numbers, rows, self._width)
            self.frames.append(tidy_letters(frame, self._mend) if needs_tidying(text) else frame)

    def _plain(self, lines: list[str]) -> Iterator[tuple[list[str] | None, str]]:
        """Records of lines without any quote: what is between two delimiters is a field."""
        for line in lines:
            stripped = line.rstrip("\r\n")
            if stripped:
                yield stripped.split(self._delimiter), line

    def _quoted(self, lines: list[str]) -> Iterator[tuple[list[str] | None, str]]:
        """Records of lines with quotes: a field may run over several lines, also past this block."""
        self._pending.extend(lines)
        taken: list[str] = []

        def feed() -> Iterator[str]:
            while len(taken) <= _MOST_LINES:
                line = self._pending.popleft() if self._pending else self._file.readline()
                if not line:
                    return
                taken.append(line)
                yield line

        reader = csv.reader(feed(), delimiter=self._delimiter, strict=True)
        while self._pending:
            taken.clear()
            try:
                fields: list[str] | None = next(reader, [])
            except csv.Error:
                fields = None
            if fields is None or (fields and len(fields) != self._width):
                # a quote left open has swallowed the lines behind it: only the first line is at fault
                self._pending.extendleft(reversed(taken[1:]))
                yield fields if len(taken) == 1 else None, taken[0]
                reader = csv.reader(feed(), delimiter=self._delimiter, strict=True)
            elif fields:
                yield fields, taken[-1]


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
    return RawRecords(_headers(header, mend), tidy_letters(frame, mend), broken, False)


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
