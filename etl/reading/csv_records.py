"""Records of text out of delimited text: whole lines all at once, and with care the few that are not."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.language import _
from etl.reading.encodings import LOST, needs_tidying, reading_of, tidy_headers, tidy_letters
from etl.reading.records import ROW, Broken, RawRecords, next_lines, text_frame
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.text import fold

_MOST_LINES = 1_000
"""Lines that one record may run over."""
_FIELD_LIMIT = 1 << 24
_LONGEST_HEADER = 1_000
_LONGEST_TITLE = 20
"""Lines that a cell above the header may have."""
_OPEN = re.compile(r"""(?:^|[,;\t|])"(?:[^"]|"")*$""")
"""At the end of a line a quote is open."""
_TOLD = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
"""A first line that tells Excel the delimiter."""
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
_QUOTED = '"(?:[^"]|"")*"'


def read_csv(path: Path, source: Source) -> Iterator[RawRecords]:
    """Read a file of delimited text.

    Raises:
        UnreadableError: its header line is none.
    """
    encoding, errors = reading_of(path, source.encoding)
    mend = source.encoding == "auto" and encoding.startswith("utf")
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        for _skipped in range(source.header_row or 0):
            _skip_row(file)
        header_line = file.readline()
        while header_line and not header_line.strip():
            header_line = file.readline()
        if told := _TOLD.fullmatch(header_line):
            header_line = file.readline()
        delimiter = told[1] if told and source.delimiter == "auto" else _delimiter(header_line, source)
        try:
            header = next(csv.reader(chain([header_line], file), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise UnreadableError(_("The header line cannot be read: {reason}.", reason=_(str(error)))) from None
        if any(len(name) > _LONGEST_HEADER for name in header):
            raise UnreadableError(_("The header line is none: a name in it has more than {count} letters.", count=_LONGEST_HEADER))
        if LOST.search("".join(header)):
            raise UnreadableError(
                _("The header line holds bytes that are no letters in {encoding}: save the sheet as CSV in UTF-8.", encoding=encoding)
            )
        headers = tidy_headers(header, mend)
        records = _Records(file, delimiter, len(header), mend, damaged=errors != "strict")
        for frame, broken in records.blocks():
            yield RawRecords(headers, frame, broken)
    yield RawRecords(headers, text_frame([], [], len(header)), [], records.cut_off, unended=records.unended)


def _skip_row(file: TextIO) -> None:
    """Pass one row: a title in quotes may run over several lines."""
    if _OPEN.search(file.readline()):
        second = file.tell()
        if not any(line.count('"') % 2 for line in islice(iter(file.readline, ""), _LONGEST_TITLE)):
            file.seek(second)  # never closed: the quote stood for itself


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


@dataclass(frozen=True)
class _Lines:
    """Lines of a block, and what each is if a record begins with it."""

    text: pl.Series
    """Without line ends."""
    blank: npt.NDArray[np.bool_]
    """No record at all."""
    closed: npt.NDArray[np.bool_]
    """Every quote that it opens it closes: it is one record, or blank."""
    full: npt.NDArray[np.bool_]
    """Closed, and with as many fields as the header."""


class _Records:
    """Splits a file into records of ``width`` fields; one that is not costs one line, whatever quote it left open."""

    def __init__(self, file: TextIO, delimiter: str, width: int, mend: bool, damaged: bool):
        self._file, self._delimiter, self._width, self._mend, self._damaged = file, delimiter, width, mend, damaged
        self._broken: list[Broken] = []
        self._number = 0
        self._block: list[str] = []
        self._place = 0
        """Of the next line in the block."""
        self._last_line, self._last_rule = "\n", ""
        self._open_at_end = False

    @property
    def cut_off(self) -> bool:
        """The last record is no whole one, and no line end follows it or it ends within quotes."""
        return bool(self._last_rule) and (self._open_at_end or self.unended)

    @property
    def unended(self) -> bool:
        """No line end follows the last record."""
        return not self._last_line.endswith(("\n", "\r"))

    def blocks(self) -> Iterator[tuple[pl.DataFrame, list[Broken]]]:
        """Read to the end of the file, in blocks of lines: the records of each, and those that are none."""
        while block := next_lines(self._file):
            self._block, self._place, self._broken = block, 0, []
            frame = self._records(self._looked_at())
            yield tidy_letters(frame, self._mend) if needs_tidying(self._block) else frame, self._broken

    def _looked_at(self) -> _Lines:
        """The block's lines; of a damaged file none is closed, so that each of its letters is looked at."""
        if self._damaged:
            nothing = np.zeros(len(self._block), np.bool_)
            return _Lines(pl.Series([], dtype=pl.String), nothing, nothing, nothing)
        text = pl.Series(self._block, dtype=pl.String).str.strip_chars_end("\r\n")
        quotes = text.str.contains('"', literal=True).to_numpy()
        delimiters = text.str.count_matches(self._delimiter, literal=True).to_numpy().copy()
        quoted = text.filter(pl.Series(quotes))
        between = re.escape(self._delimiter)
        field = rf'(?:[^"{between}]*|{_QUOTED})'
        closed = np.ones(len(text), np.bool_)
        closed[quotes] = quoted.str.contains(rf"^{field}(?:{between}{field})*$").to_numpy()
        delimiters[quotes] = quoted.str.replace_all(_QUOTED, "").str.count_matches(self._delimiter, literal=True).to_numpy()
        blank = (text == "").to_numpy()
        return _Lines(text, blank, closed, closed & ~blank & (delimiters == self._width - 1))

    def _records(self, lines: _Lines) -> pl.DataFrame:
        """The records of a block: a field may run over lines, also past the block, which grows by them."""
        pauses = np.append(np.flatnonzero(~lines.closed), len(self._block))
        places: list[npt.NDArray[np.intp]] = []
        numbers: list[npt.NDArray[np.int64]] = []
        careful_numbers: list[int] = []
        careful: list[list[str]] = []
        while self._place < len(self._block):
            pause = int(pauses[np.searchsorted(pauses, self._place)]) if self._place < pauses[-1] else self._place
            if pause > self._place:
                found, their = self._run(lines, pause)
                places.append(found)
                numbers.append(their)
                continue
            for fields in self._with_care(lines):
                careful_numbers.append(self._number)
                careful.append(fields)
        whole = _split(lines.text, places, self._delimiter, self._width)
        whole = whole.insert_column(0, pl.Series(ROW, np.concatenate(numbers) if numbers else [], pl.Int64))
        if not careful:
            return whole
        return pl.concat([whole, text_frame(careful_numbers, careful, self._width)]).sort(ROW)

    def _run(self, lines: _Lines, end: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Take closed lines up to a place: where the full ones stand, and their numbers."""
        here = self._place + np.flatnonzero(~lines.blank[self._place : end])
        self._place, self._open_at_end = end, False
        if not len(here):
            return here, here
        full = lines.full[here]
        number = np.arange(self._number + 1, self._number + 1 + len(here))
        self._broken += [Broken(int(each), "field_count") for each in number[~full]]
        self._number = int(number[-1])
        self._last_line, self._last_rule = self._block[end - 1], "" if full[-1] else "field_count"
        return here[full], number[full]

    def _with_care(self, lines: _Lines) -> Iterator[list[str]]:
        """Take record after record until the next line is a closed one; yields the fields of those that are whole."""
        taken: list[str] = []

        def feed() -> Iterator[str]:
            while len(taken) <= _MOST_LINES:
                if self._place == len(self._block):
                    line = self._file.readline()
                    if not line:
                        self._open_at_end = True
                        return
                    self._block.append(line)
                taken.append(self._block[self._place])
                self._place += 1
                yield taken[-1]

        reader = csv.reader(feed(), delimiter=self._delimiter, strict=True)
        closed = lines.closed
        while self._place < len(self._block) and not (self._place < len(closed) and closed[self._place]):
            taken.clear()
            self._open_at_end = False
            try:
                fields: list[str] | None = next(reader, [])
            except csv.Error:
                fields = None
            if fields == []:
                continue
            last = taken[-1]
            if fields is None or len(fields) != self._width:
                # a quote left open has swallowed the lines behind it: only the first line is at fault
                fields = fields if len(taken) == 1 else None
                self._place -= len(taken) - 1
                last = taken[0]
                reader = csv.reader(feed(), delimiter=self._delimiter, strict=True)
            self._number += 1
            self._last_line, self._last_rule = last, self._broken_rule(fields)
            if fields is None or self._last_rule:
                self._broken.append(Broken(self._number, self._last_rule))
            else:
                yield fields

    def _broken_rule(self, fields: list[str] | None) -> str:
        """The rule that a record breaks, or nothing."""
        if fields is None:
            return "quoting"
        if len(fields) != self._width:
            return "field_count"
        return "letters" if self._damaged and any(LOST.search(field) for field in fields) else ""


def _split(text: pl.Series, places: list[npt.NDArray[np.intp]], delimiter: str, width: int) -> pl.DataFrame:
    """The fields of lines that each are one record of that width."""
    schema = {f"c{i}": pl.String() for i in range(width)}
    lines = text.gather(np.concatenate(places)) if places else text.clear()
    if lines.is_empty():
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        lines.str.join("\n").item().encode(),
        has_header=False,
        separator=delimiter,
        schema=schema,
        empty_string_is_null=False,
        extra_columns="raise",
        missing_columns="raise",
    )
