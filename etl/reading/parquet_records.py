"""Records out of Parquet: only the columns that are asked for, only after a look at how large unpacking makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from etl.language import _
from etl.reading.encodings import needs_tidying, tidy_letters
from etl.reading.parquet_footer import Chunk, Footer, read_footer
from etl.reading.parquet_text import texts_of
from etl.reading.reach import TWICE, first_step, folded_keys
from etl.reading.records import ROW, Broken, RawRecords
from etl.sources.inbox import UNPACKED_LIMIT, UnreadableError
from etl.sources.source import Source

CELL_LIMIT = 100_000_000
"""Rows times columns: a column that holds one value takes no room in a file, and all of it in memory."""
TEXT_LIMIT = 1_000_000_000
"""Bytes of all cells: a dictionary may repeat a long text in every row."""
_CHUNK = 50_000
_NAMES_SHOWN = 20
_GROWN_AT_ONCE = 30_000_000
"""Bytes that a few rows may become whose texts may each repeat the one before."""


def read_parquet(path: Path, source: Source) -> list[RawRecords]:
    """Read a Parquet file as one block.

    Raises:
        UnreadableError: it is none, is damaged, locked or too large, or holds a column of a type that no text can be made of.
    """
    footer = read_footer(path)
    with _reasons():
        return [_read(path, footer, source)]


@contextmanager
def _reasons() -> Iterator[None]:
    import pyarrow as pa  # only where such a file is read: it takes a quarter of a second

    try:
        yield
    except (pa.ArrowException, ValueError, LookupError, OverflowError, MemoryError, OSError):
        message = _("It is no Parquet file that can be read: it is damaged, or its texts are not in UTF-8; write it anew.")
        raise UnreadableError(message) from None


def _read(path: Path, footer: Footer, source: Source) -> RawRecords:
    from pyarrow import parquet

    with parquet.ParquetFile(path, memory_map=False) as file:
        schema, leaves = file.schema_arrow, [file.schema.column(place).path for place in range(len(file.schema))]
    columns = {header: found for header in source.headers if (found := _column(header, schema))}
    chosen = {place for place, leaf in enumerate(leaves) if any(_is_within(leaf, way) for way in columns.values())}
    chunks = [chunk for chunk in footer.chunks if chunk.column in chosen]
    _check_size(footer.rows, len(columns), chunks)
    repeated = {leaves[chunk.column] for chunk in chunks if chunk.has_dictionary}
    growing = [chunk.unpacked for chunk in chunks if chunk.repeats_the_last]
    rows_at_once = max(1, min(_CHUNK, _GROWN_AT_ONCE // max(1, *growing))) if growing else _CHUNK
    batches = _Batches(columns, source)
    with parquet.ParquetFile(path, memory_map=False, read_dictionary=sorted(repeated), coerce_int96_timestamp_unit="us") as file:
        for batch in file.iter_batches(rows_at_once, columns=[".".join(way) for way in columns.values()], use_threads=False):
            batches.add(batch)
    if batches.rows != footer.rows:
        raise UnreadableError(
            _("It is damaged: it promises {promised} records and holds {found}.", promised=footer.rows, found=batches.rows)
        )
    return RawRecords(list(columns), pl.concat(batches.frames), batches.broken, False, tuple(schema.names[:_NAMES_SHOWN]))


class _Batches:
    """Takes a file's rows batch by batch and makes frames of text of them."""

    def __init__(self, columns: dict[str, tuple[str, ...]], source: Source) -> None:
        self._columns, self._mend = columns, source.encoding == "auto"
        self._names = {header: name for name, headers in source.columns.items() for header in headers}
        self._bytes = 0
        self.rows = 0
        empty = {ROW: pl.Int64()} | {f"c{i}": pl.String() for i in range(len(columns))}
        self.frames = [pl.DataFrame(schema=empty)]
        self.broken: list[Broken] = []

    def add(self, batch: Any) -> None:
        """Take an Arrow batch."""
        batch.validate(full=True)
        numbers = pl.Series(ROW, range(self.rows + 1, self.rows + batch.num_rows + 1), dtype=pl.Int64)
        self.rows += batch.num_rows
        cells, faults = [], dict[int, Broken]()
        for i, (header, way) in enumerate(self._columns.items()):
            texts, found = texts_of(batch, way, header)
            self._bytes += int(texts.str.len_bytes().cast(pl.UInt64).sum())
            if self._bytes > TEXT_LIMIT:
                raise UnreadableError(_("Unpacked, its texts take more than {limit} bytes: split the file.", limit=TEXT_LIMIT))
            cells.append(texts.alias(f"c{i}"))
            for place, rule in found:
                faults.setdefault(place, Broken(numbers[place], rule, self._names.get(header, ""), header))
        frame = pl.DataFrame([numbers, *cells])
        if any(needs_tidying(texts.drop_nulls().unique().to_list()) for texts in cells):
            frame = tidy_letters(frame, self._mend)
        self.frames.append(frame.filter(~pl.Series(range(frame.height)).is_in(list(faults))) if faults else frame)
        self.broken += [faults[place] for place in sorted(faults)]


def _check_size(rows: int, width: int, chunks: list[Chunk]) -> None:
    """Refuse by what the file says of itself, before anything of it is unpacked."""
    if rows * max(width, 1) > CELL_LIMIT:
        raise UnreadableError(_("Its table has {cells} cells, more than {limit}: split the file.", cells=rows * width, limit=CELL_LIMIT))
    if sum(chunk.unpacked for chunk in chunks) > UNPACKED_LIMIT:
        raise UnreadableError(_("Unpacked, the file is larger than {limit} bytes: split it.", limit=UNPACKED_LIMIT))


def _column(header: str, schema: Any) -> tuple[str, ...]:
    """The names that lead to the column of that header, through structs; none where there is no such column."""
    import pyarrow as pa

    way: list[str] = []
    fields, rest = list(schema), header
    while rest:
        names = [field.name for field in fields]
        name, rest = first_step(rest, tuple(names), folded_keys(tuple(names)))
        if name is TWICE or names.count(name) > 1:
            raise UnreadableError(_("The column {header} is there {count} times.", header=repr(header), count=max(names.count(name), 2)))
        if name is None:
            return ()
        way.append(name)
        found = fields[names.index(name)].type
        if not rest or not pa.types.is_struct(found):
            break
        fields = list(found)
    return tuple(way) if not rest or _holds_several(found) else ()


def _holds_several(found: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(found) and not pa.types.is_struct(found))


def _is_within(leaf: str, way: tuple[str, ...]) -> bool:
    path = ".".join(way)
    return leaf == path or leaf.startswith(path + ".")
