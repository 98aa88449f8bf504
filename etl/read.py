"""Step 1, read: a file's bytes become records of text. Nothing is guessed, padded, cut or converted here."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import polars as pl

from etl.encodings import LOST, needs_tidying, reading_of, tidy_letters
from etl.inbox import UnreadableError, opened
from etl.json_records import read_json, read_jsonl
from etl.language import _
from etl.parquet_records import read_parquet
from etl.records import ROW, Broken, RawRecords
from etl.sources import Source
from etl.text import fold
from etl.workbooks import sheet_cells

_CHUNK = 50_000
_FEW = 64
"""Lines that are read at once where nothing is wrong with them; one that is wrong makes only so many be read with care."""
_MOST_LINES = 1_000
_FIELD_LIMIT = 1 << 24
_LONGEST_HEADER = 1_000
_LONGEST_TITLE = 20
"""Lines that a cell above the header may have."""
_OPEN = re.compile(r"""(?:^|[,;\t|])"(?:[^"]|"")*$""")
"""At the end of a line a quote is open."""
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}


def read_records(path: Path, source: Source) -> RawRecords:
    """Read one file as its source says.

    Raises:
        UnreadableError: the reason, for people.
    """
    readers: dict[str, Callable[[Path, Source], RawRecords]] = {
        "csv": _read_csv,
        "xlsx": _read_xlsx,
        "json": read_json,
        "jsonl": read_jsonl,
        "parquet": read_parquet,
    }
    with opened(path) as plain:
        written = source.format_of(plain.name)
        if written not in readers:
            raise UnreadableError(_("Files of format {format} cannot be read yet.", format=written or plain.suffix))
        try:
            return readers[written](plain, source)
        except OSError as error:
            raise UnreadableError(_("The file cannot be opened: {reason}.", reason=error.strerror or error)) from None
        except UnicodeError:
            raise UnreadableError(_("The file was changed while it was read: load it again.")) from None


def _read_csv(path: Path, source: Source) -> RawRecords:
    encoding, errors = reading_of(path, source.encoding)
    mend = source.encoding == "auto" and encoding.startswith("utf")
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        for _skipped in range(source.header_row):
            _skip_row(file)
        header_line = file.readline()
        while header_line and not header_line.strip():
            header_line = file.readline()
        delimiter = _delimiter(header_line, source)
        try:
            header = next(csv.reader(chain([header_line], file), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise UnreadableError(_("The header line cannot be read: {reason}.", reason=error)) from None
        if any(len(name) > _LONGEST_HEADER for name in header):
            raise UnreadableError(_("The header line is none: a name in it has more than {count} letters.", count=_LONGEST_HEADER))
        if LOST.search("".join(header)):
            raise UnreadableError(_("The header line holds bytes that are no letters in {encoding}.", encoding=encoding))
        records = _CsvRecords(file, delimiter, len(header), mend, damaged=errors != "strict")
        records.read()
    frame = pl.concat([_frame([], [], len(header)), *records.frames])
    return RawRecords(_headers(header, mend), frame, records.broken, records.cut_off)


def _skip_row(file: io.TextIOBase) -> None:
    """Pass one row: a title in quotes may run over several lines."""
    if _OPEN.search(file.readline()):
        second = file.tell()
        if not any(line.count('"') % 2 for line in islice(iter(file.readline, ""), _LONGEST_TITLE)):
            file.seek(second)  # never closed: the quote stood for itself


def _headers(header: list[str], mend: bool) -> list[str]:
    names = tidy_letters(pl.DataFrame({"h": header}, schema={"h": pl.String}), mend)["h"].to_list()
    return [name.lstrip("\ufeff") for name in names]  # the mark of a file that was made of another


def _delimiter(header_line: str, source: Source) -> str:
    """The declared delimiter, or the one under which most of the source's headers are found."""
    if source.delimiter != "auto":
        return _DELIMITERS[source.delimiter]
    wanted = {fold(header) for header in source.headers}

    def found(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([header_line], delimiter=delimiter), [])
        except csv.Error:
            names = []
        return len(wanted & {fold(name) for name in names if len(name) <= _LONGEST_HEADER}), len(names)

    return max(_DELIMITERS.values(), key=found)


class _CsvRecords:
    """Splits a file into records of ``width`` fields; one that is not costs one line, whatever quote it left open."""

    def __init__(self, file: io.TextIOBase, delimiter: str, width: int, mend: bool, damaged: bool):
        self._file, self._delimiter, self._width, self._mend, self._damaged = file, delimiter, width, mend, damaged
        self.frames: list[pl.DataFrame] = []
        self.broken: list[Broken] = []
        self._number = 0
        self._last_line, self._last_rule = "\n", ""
        self._block: list[str] = []
        self._open_at_end = False
        self._pending: deque[str] = deque()

    @property
    def cut_off(self) -> bool:
        """The last record is no whole one, and no line end follows it or it ends within quotes."""
        return bool(self._last_rule) and (self._open_at_end or not self._last_line.endswith(("\n", "\r")))

    def read(self) -> None:
        """Read to the end of the file, in blocks of lines."""
        while block := list(islice(self._file, _CHUNK)):
            self._block = block
            frame = self._one_by_one() if self._damaged or any('"' in line for line in block) else self._at_once()
            self.frames.append(tidy_letters(frame, self._mend) if needs_tidying(self._block) else frame)

    def _at_once(self) -> pl.DataFrame:
        """The records of a block without any quote: what is between two delimiters is a field."""
        lines = pl.Series(self._block, dtype=pl.String).str.strip_chars_end("\r\n")
        lines = lines.filter(lines != "")
        if lines.is_empty():
            return _frame([], [], self._width)
        whole = lines.str.count_matches(self._delimiter, literal=True) == self._width - 1
        numbers = pl.Series(ROW, range(self._number + 1, self._number + len(lines) + 1), dtype=pl.Int64)
        self.broken += [Broken(number, "field_count") for number in numbers.filter(~whole)]
        self._number += len(lines)
        self._last_line = self._block[-1]
        self._last_rule = "" if whole[-1] else "field_count"
        fields = lines.filter(whole).str.split_exact(self._delimiter, self._width - 1).struct.unnest()
        fields.columns = [f"c{i}" for i in range(self._width)]
        return fields.insert_column(0, numbers.filter(whole))

    def _one_by_one(self) -> pl.DataFrame:
        """The records of a block with quotes or with bytes that are no letters."""
        numbers: list[int] = []
        rows: list[list[str]] = []
        for fields, line in self._records():
            self._number += 1
            self._last_line, self._last_rule = line, self._broken_rule(fields)
            if fields is None or self._last_rule:
                self.broken.append(Broken(self._number, self._last_rule))
            else:
                numbers.append(self._number)
                rows.append(fields)
        return _frame(numbers, rows, self._width)

    def _broken_rule(self, fields: list[str] | None) -> str:
        """The rule that a record breaks, or nothing."""
        if fields is None:
            return "quoting"
        if len(fields) != self._width:
            return "field_count"
        return "letters" if self._damaged and any(LOST.search(field) for field in fields) else ""

    def _records(self) -> Iterator[tuple[list[str] | None, str]]:
        """Each record's fields, or None, and its last line: a field may run over lines, also past this block, which grows by them."""
        self._pending.extend(self._block)
        while self._pending:
            few = list(islice(self._pending, _FEW))
            whole = None if self._damaged else self._whole(few)
            if whole is None:
                yield from self._with_care(len(self._pending) - len(few))
                continue
            for _line in few:
                self._pending.popleft()
            self._open_at_end = False
            for fields in whole:
                yield fields, few[-1]

    def _whole(self, lines: list[str]) -> list[list[str]] | None:
        """The records of a few lines that are all as they should be; None where one is not, or is open at the end."""
        try:
            records = [fields for fields in csv.reader(lines, delimiter=self._delimiter, strict=True) if fields]
        except csv.Error:
            return None
        return records if all(len(fields) == self._width for fields in records) else None

    def _with_care(self, left: int) -> Iterator[tuple[list[str] | None, str]]:
        """Record by record, until not more than ``left`` lines wait."""
        taken: list[str] = []

        def feed() -> Iterator[str]:
            while len(taken) <= _MOST_LINES:
                if self._pending:
                    line = self._pending.popleft()
                else:
                    line = self._file.readline()
                    if not line:
                        self._open_at_end = True
                        return
                    self._block.append(line)
                taken.append(line)
                yield line

        reader = csv.reader(feed(), delimiter=self._delimiter, strict=True)
        while len(self._pending) > left:
            taken.clear()
            self._open_at_end = False
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
    cells = sheet_cells(path, source.sheet, source.times)[source.header_row :]
    while cells and not any(cells[0]):
        cells.pop(0)
    header = cells.pop(0) if cells else []
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    numbers: list[int] = []
    rows: list[list[str]] = []
    broken: list[Broken] = []
    for number, row in enumerate((row for row in cells if any(cell.strip() for cell in row)), 1):
        if any(cell.strip() for cell in row[width:]):
            broken.append(Broken(number, "field_count"))
        else:
            numbers.append(number)
            rows.append(row[:width])
    mend = source.encoding == "auto"
    return RawRecords(_headers(header, mend), tidy_letters(_frame(numbers, rows, width), mend), broken, False)
