"""Step 2, map: raw columns become input columns, by the source's words; still text."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from etl.language import _
from etl.reading.records import ROW, RawRecords
from etl.sources.inbox import UnreadableError
from etl.sources.source import FILE_NAME, Source
from etl.tables import OWN_NAMESPACE
from etl.text import fold, fold_column, mask, nfc, once_for_each


@dataclass(frozen=True)
class MappedRecords:
    """Selected records: ``row_number`` and one text column per input column of the table, null where missing."""

    frame: pl.DataFrame
    not_selected: int
    absent: list[str]
    """Mapped headers that the file does not have, where the table can do without."""
    own_id: pl.Series | None = None
    """For each row whether its source gives it an id; None where rows have none of one column."""
    captured: pl.Series | None = None
    """For each row the text that says when it was written down, where the source has one."""
    declared: pl.DataFrame | None = None
    """What the records say of how many others there are (``Declared.told``), where the source looks at that."""


def with_file_name(raw: RawRecords, name: str) -> RawRecords:
    """The records with the name of their file as a further column."""
    place = f"c{len(raw.headers)}"
    return replace(raw, frame=raw.frame.with_columns(pl.lit(name, pl.String).alias(place)), headers=[*raw.headers, FILE_NAME])


def map_records(raw: RawRecords, source: Source) -> MappedRecords:
    """Give every input column its text.

    Raises:
        UnreadableError: a column that the table needs is not in the file, or is there twice.
    """
    raw = _with_parts(raw, source)
    places = _places(raw, source)
    frame = raw.frame
    for header, wanted in source.keep.items():
        cell = pl.col(_selecting(header, "keep", raw)).str.strip_chars()
        frame = frame.filter(cell.is_in([nfc(value) for value in wanted]))
    for header, patterns in source.drop.items():
        cell = pl.col(_selecting(header, "drop", raw)).str.strip_chars()
        frame = frame.filter(~pl.any_horizontal(cell.str.contains(pattern) for pattern in patterns).fill_null(False))
    raw_texts = {name: _joined([place for place in found if place]) for name, found in places.items()}
    mapped = frame.select(pl.col(ROW), **raw_texts)
    captured = None
    if source.relative_to is not None:
        written = _cells(raw.headers)(source.relative_to)
        captured = _made(frame, captured=pl.lit(None, pl.String) if written is None else written).to_series()
    own_id = _own_id(mapped, source)
    mapped = _with_ids(mapped, source, captured)
    mapped = mapped.hstack(_compared(frame, raw.headers, source))
    mapped = mapped.with_columns(_translated(mapped[name], source) for name in source.values if name in mapped.columns)
    table_columns = {
        name: (pl.col(name) if name in mapped.columns else pl.lit(None, pl.String)).fill_null(source.defaults.get(name))
        if name in source.defaults
        else (pl.col(name) if name in mapped.columns else pl.lit(None, pl.String))
        for name in source.table.names()
    }
    absent = [
        header for name, headers in source.columns.items() for header, place in zip(headers, places[name], strict=True) if place is None
    ]
    declared = source.declared.told(raw.frame, _cells(raw.headers)) if source.declared else None
    texts = mapped.select(pl.col(ROW), **table_columns)
    return MappedRecords(texts, raw.frame.height - frame.height, absent, own_id, captured, declared)


def _selecting(header: str, key: str, raw: RawRecords) -> str:
    """The column by which rows are selected."""
    place = _place(header, _spellings(raw.headers))
    if place is None:
        raise UnreadableError(_("There is no column {header}, which [{key}] selects by.", header=repr(header), key=key))
    return place


def _with_parts(raw: RawRecords, source: Source) -> RawRecords:
    """The records with the parts as further columns; a part goes before a column of its name."""
    frame, headers = raw.frame, list(raw.headers)
    for name, part in source.parts.items():
        cells = part.made(_cells(headers))
        headers = ["" if fold(header) == fold(name) else header for header in headers]
        if cells is not None:
            frame = frame.with_columns(cells.alias(f"c{len(headers)}"))
            headers.append(name)
    return replace(raw, frame=frame, headers=headers)


def _compared(frame: pl.DataFrame, headers: list[str], source: Source) -> pl.DataFrame:
    return _made(frame, **{name: comparison.made(_cells(headers)) for name, comparison in source.comparisons.items()})


def _made(frame: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Columns as long as the frame, also those that hold nothing but one word."""
    return frame.select(pl.col(ROW), **columns).drop(ROW)


def _cells(headers: list[str]) -> Callable[[str], pl.Expr | None]:
    """The trimmed cells of a raw column by its header."""
    spellings = _spellings(headers)

    def cells(header: str) -> pl.Expr | None:
        place = _place(header, spellings)
        return _joined([place]) if place else None

    return cells


def _places(raw: RawRecords, source: Source) -> dict[str, list[str | None]]:
    spellings = _spellings(raw.headers)
    places = {name: [_place(header, spellings) for header in wanted] for name, wanted in source.columns.items()}
    for column in source.table.columns:
        if column.required and column.name in places and not any(places[column.name]) and column.name not in source.defaults:
            raise UnreadableError(_missing(column.name, places, raw, source))
    return places


def _missing(column: str, places: dict[str, list[str | None]], raw: RawRecords, source: Source) -> str:
    """What to say of a column that is not there; a line without any known header may be a record: it is not shown."""
    header = " + ".join(map(repr, source.columns[column]))
    if not any(place for found in places.values() for place in found):
        if source.records:
            return _("There is no {header} ({column}), nor any other of the source's: is records right?", header=header, column=column)
        return _(
            "There is no column {header} ({column}), nor any other of the source's: is header_row right, and in a workbook sheet?",
            header=header,
            column=column,
        )
    names = [name for name in [*raw.headers, *raw.others] if name]
    shown = ", ".join(repr(mask(name.strip())) for name in list(dict.fromkeys(names))[:20])
    return _("There is no column {header} ({column}); the header line has: {headers}.", header=header, column=column, headers=shown)


Spellings = tuple[list[str], list[str]]


def _spellings(headers: list[str]) -> Spellings:
    """The headers as they are written, and without case and accents."""
    return [nfc(header) for header in headers], [fold(header) for header in headers]


def _place(header: str, spellings: Spellings) -> str | None:
    """The column under ``header``: the one so written, else the one that reads the same without case and accents."""
    for wanted, given in zip((nfc(header), fold(header)), spellings, strict=True):
        count = given.count(wanted)
        if count > 1:
            raise UnreadableError(_("The column {header} is there {count} times.", header=repr(header), count=count))
        if count:
            return f"c{given.index(wanted)}"
    return None


def _joined(places: list[str]) -> pl.Expr:
    """The non-empty cells of ``places``, trimmed, joined with one space; null where all are empty."""
    if not places:
        return pl.lit(None, pl.String)
    cells = [pl.col(place).str.strip_chars().replace("", None) for place in places]
    if len(cells) == 1:
        return cells[0]
    joined = pl.concat_str(cells, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _translated(texts: pl.Series, source: Source) -> pl.Series:
    """Raw values that the source has words for become tidy values, or missing where the word says so; the others stay."""
    raw = pl.col(texts.name)
    words = {word: tidy or None for word, tidy in source.values[texts.name].items()}
    return once_for_each(texts, fold_column(raw).replace_strict(words, default=raw, return_dtype=pl.String))


def _own_id(mapped: pl.DataFrame, source: Source) -> pl.Series | None:
    """Which rows have an id in the file, before any is made."""
    key = source.table.own_key
    if key is None or key in source.pseudonyms:
        return None
    return mapped[key].is_not_null() if key in mapped.columns else pl.repeat(False, mapped.height, eager=True)


def _with_ids(mapped: pl.DataFrame, source: Source, captured: pl.Series | None) -> pl.DataFrame:
    """Rows without an id of their own get the digest of their content, so that the same row sent twice is one row.

    To the content belongs when it was written down, where words such as "yesterday" may stand in it.
    """
    key = source.table.key[0]
    if source.table.name not in OWN_NAMESPACE or source.table.column(key).required:
        return mapped
    if key not in mapped.columns:
        mapped = mapped.with_columns(pl.lit(None, pl.String).alias(key))
    without = mapped[key].is_null()
    if not without.any():
        return mapped
    columns = sorted(name for name in mapped.columns if name not in (ROW, key))
    content = mapped.select(columns) if captured is None else mapped.select(columns).with_columns(captured)
    columns, content = content.columns, content.filter(without)
    digests = [
        hashlib.sha256(
            # the length keeps a text that holds separators from looking like two cells
            "\x1e".join(f"{name}\x1f{len(text)}\x1f{text}" for name, text in zip(columns, row, strict=True) if text is not None).encode()
        ).hexdigest()
        for row in content.iter_rows()
    ]
    ids = mapped[key].to_list()
    made = iter(digests)
    return mapped.with_columns(pl.Series(key, [next(made) if value is None else value for value in ids], dtype=pl.String))
