"""Records out of JSON and JSON lines: one row of text a record, with what its path says of the records around it."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from etl.language import _
from etl.reading.encodings import LOST, needs_tidying, reading_of, tidy_letters
from etl.reading.json_document import Document, Level
from etl.reading.json_text import CutOffError, Twice, value_of
from etl.reading.reach import NESTED, Around, Fault, Reach
from etl.reading.records import ROW, Broken, RawRecords, is_block, next_lines
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.text import fold, mask

_NAMES_SHOWN = 20


def read_jsonl(path: Path, source: Source) -> Iterator[RawRecords]:
    """Read a file of one JSON object a line."""
    encoding, errors = reading_of(path, source.encoding)
    records = _Records(source, encoding)
    root = Level.of(source.records)
    cut_off = False
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        while block := next_lines(file):
            for line in block:
                if not line.isspace():
                    cut_off = not records.add_line(line, root) and not line.endswith(("\n", "\r"))
            yield records.block()
    yield records.last(provisional=cut_off)


def read_json(path: Path, source: Source) -> Iterator[RawRecords]:
    """Read a file that is one JSON document. Of one that was cut off the whole entries are records, and the last is none.

    Raises:
        UnreadableError: it is no JSON, has no list where the source says, or was cut off before an entry or what rows are told apart by.
    """
    encoding, errors = reading_of(path, source.encoding)
    records, root = _Records(source, encoding), Level.of(source.records)
    around: Around = []
    cut_off = False
    if records.looks_around:  # also at what stands behind the lists
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            around = [(0, records.checked(*_around_lists(Document(file), root)))]
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        document = Document(file)
        if root.holds_records and not document.is_list and not document.is_empty:
            if not source.records and document.is_object:
                message = _(
                    'The file is one object: say with records where its list of records is, or format = "jsonl" if each line is one.'
                )
                raise UnreadableError(message)
            records.add_document(document.whole(), root)
            yield records.block()
        elif not document.is_empty:
            begun = 0
            try:
                for entry, level in document.entries(root):
                    records.add_entry(entry, level, [] if document.is_list else around)
                    if is_block(document.letters - begun, records.height):
                        begun = document.letters
                        yield records.block()
            except CutOffError:
                cut_off = True
                if not records.add_cut(document.is_entry_cut):
                    raise
            if not document.lists:
                raise UnreadableError(_no_list(source.records, document))
            yield records.block()
    yield records.last(cut_off)


def _around_lists(document: Document, root: Level) -> tuple[Twice, list[Level] | None]:
    """What stands around the lists of a document, which is read to its end for it; of one that was cut off also the lists found."""
    try:
        if not (document.is_empty or document.is_list or root.holds_records):
            for _entry in document.entries(root):
                pass
    except CutOffError:
        return document.outside, document.lists
    return document.outside, None


def _telling_apart(source: Source) -> set[str]:
    """The headers, without case and accents, that rows are told apart by: all, where a row may have no key of its own."""
    if not all(source.table.column(name).required for name in source.table.key):
        return set(map(fold, source.headers))
    headers = {fold(header) for name in source.table.key for header in source.columns.get(name, ())}
    for name, part in reversed(source.parts.items()):  # a part may use those before it
        headers |= set(map(fold, part.headers)) if fold(name) in headers else set()
    return headers


def _no_list(paths: tuple[str, ...], document: Document) -> str:
    there = ", ".join(repr(mask(key)) for key in islice(document.outside, _NAMES_SHOWN))
    return _("There is no list {path} in the file; it has: {keys}.", path=" / ".join(map(repr, paths)), keys=there)


class _Records:
    """Takes records one by one and makes blocks of text of them."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._paths = source.headers
        self._told_apart_by = _telling_apart(source)
        self._column_of = {header: name for name, headers in source.columns.items() for header in headers}
        self._reach = Reach(self._paths)
        self._mend = source.encoding == "auto" and encoding.startswith("utf")
        self._number = 0
        self._numbers: list[int] = []
        self._rows: list[list[Any]] = []
        self._broken: list[Broken] = []
        self._is_sound = False
        """Some record is whole."""
        self._schema = {ROW: pl.Int64()} | {f"c{i}": pl.String() for i in range(len(self._paths))}

    @property
    def height(self) -> int:
        """Records taken since the last block."""
        return len(self._rows)

    @property
    def looks_around(self) -> bool:
        """Whether what stands around the lists of a document is asked for."""
        return bool(self._reach.outer)

    def checked(self, outside: Twice, lists: list[Level] | None) -> Twice:
        """What stands around the lists of a document; each value that is asked for is one.

        Args:
            outside: what stands there.
            lists: those before the place where the document was cut off: what is not there may have stood behind it.
        """
        for i in self._reach.outer:
            path, value = self._paths[i], self._reach.value(i, outside)
            _column, faults = _texts((value,))
            if faults:
                raise UnreadableError(_("What stands at {path} is no single value.", path=repr(path)))
            if value is None and lists is not None and fold(path) in self._told_apart_by:
                names = tuple(map(fold, path.removeprefix("/").split(".")))
                if not any(names[: len(level.path)] == level.path for level in lists):
                    raise UnreadableError(
                        _("It was cut off before {path}, which its records are told apart by: send it again.", path=repr(path))
                    )
        return outside

    def add_line(self, line: str, root: Level) -> bool:
        """Take a line; False if it is no whole JSON."""
        try:
            value = value_of(line.lstrip("\ufeff"))
        except ValueError:
            self._break("letters" if LOST.search(line) else "no_json_object")
            return False
        except RecursionError:
            self._break("nested_too_deep")
            return True
        self.add_document(value, root)
        return True

    def add_document(self, value: Any, root: Level) -> None:
        """Take the records of a line, or of a document that is a record itself."""
        if root.holds_records:
            self._add(value, root, [])
        elif not isinstance(value, dict):
            self._break("no_json_object")
        self._add_inner(value, root, [])

    def add_entry(self, entry: Any, level: Level, around: Around) -> None:
        """Take an entry of a list, and the records within it."""
        if level.holds_records:
            self._add(entry, level, around)
        self._add_inner(entry, level, around)

    def add_cut(self, within_entry: bool) -> bool:
        """Take the end of a document that was cut off, perhaps within an entry; False where none before it was whole."""
        if not self._number:
            return False
        if within_entry:
            self._break("no_json_object")
        return True

    def _add_inner(self, entry: Any, level: Level, around: Around) -> None:
        if not level.inner or not isinstance(entry, dict):
            return
        within = [*around, (len(level.path), entry)]
        for inner in level.inner.values():
            self._add_lists(self._reach.inner(entry, inner), inner, within)

    def _add_lists(self, value: Any, level: Level, around: Around) -> None:
        if isinstance(value, list):
            for entry in value:
                self.add_entry(entry, level, around)
        elif isinstance(value, dict) and not level.holds_records:
            for inner in level.inner.values():
                self._add_lists(self._reach.inner(value, inner), inner, around)
        elif value is not None:
            self._break(value.rule if isinstance(value, Fault) else "no_json_object")

    def _add(self, record: Any, level: Level, around: Around) -> None:
        if not isinstance(record, dict):
            self._break("no_json_object")
            return
        self._number += 1
        self._numbers.append(self._number)
        self._rows.append(self._reach.values(record, level, around))

    def _break(self, rule: str) -> None:
        self._number += 1
        self._broken.append(Broken(self._number, rule))

    def block(self) -> RawRecords:
        """What was taken since the block before."""
        frame = self._frame()
        self._is_sound |= not frame.is_empty()
        broken = sorted(self._broken, key=lambda broken: broken.row_number)
        self._numbers, self._rows, self._broken = [], [], []
        return RawRecords(self._paths, frame, broken)

    def _frame(self) -> pl.DataFrame:
        """The rows as text; those with a fault go to the broken ones."""
        if not self._rows:
            return pl.DataFrame(schema=self._schema)
        faults: dict[int, Broken] = {}
        columns = []
        for i, values in enumerate(zip(*self._rows, strict=True)):
            column, found = _texts(values)
            columns.append(column.alias(f"c{i}"))
            for place, rule in found.items():
                path = self._paths[i]
                faults.setdefault(place, Broken(self._numbers[place], rule, self._column_of.get(path, ""), path))
        frame = pl.DataFrame([pl.Series(ROW, self._numbers, dtype=pl.Int64), *columns])
        if faults:
            self._broken += faults.values()
            frame = frame.filter(~pl.Series(range(frame.height)).is_in(list(faults)))
        tidy = any(needs_tidying(column.drop_nulls().to_list()) for column in frame.iter_columns() if column.dtype == pl.String)
        return tidy_letters(frame, self._mend) if tidy else frame

    def last(self, provisional: bool) -> RawRecords:
        """The end: which of the paths are there; all, where no record is whole."""
        present = sorted(self._reach.present) if self._is_sound or not self._number else range(len(self._paths))
        nothing = RawRecords(self._paths, pl.DataFrame(schema=self._schema), [])
        headers = [self._paths[i] for i in present]
        return RawRecords(headers, nothing.under(headers), [], provisional, tuple(islice(self._reach.seen, _NAMES_SHOWN)))


def _texts(values: tuple[Any, ...]) -> tuple[pl.Series, dict[int, str]]:
    """The values as texts, and those that are none: their places and rules."""
    if set(map(type, values)) <= {str, type(None)}:
        with suppress(UnicodeEncodeError):
            return pl.Series(values, dtype=pl.String), {}
    faults: dict[int, str] = {}
    texts = [_text(value, place, faults) for place, value in enumerate(values)]
    return pl.Series(texts, dtype=pl.String), faults


def _text(value: Any, place: int, faults: dict[int, str]) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            faults[place] = "letters"
            return None
        return value
    if value is not None:
        faults[place] = value.rule if isinstance(value, Fault) else NESTED.rule
    return None
