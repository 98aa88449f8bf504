"""Step 1, read: a file's bytes become records of text. Nothing is guessed, padded, cut or converted here."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from etl.language import _, reason_of
from etl.reading.csv_records import read_csv
from etl.reading.json_records import read_json, read_jsonl
from etl.reading.parquet_records import read_parquet
from etl.reading.records import RawRecords, whole
from etl.reading.sheet_records import read_xlsx
from etl.sources.inbox import UnreadableError, opened
from etl.sources.source import Source

_TEXTS = ("csv", "json", "jsonl")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b\x08")
"""How archives begin, and workbooks; no text does."""


def read_records(path: Path, source: Source) -> RawRecords:
    """All records of one file; see ``read_blocks``."""
    return whole(read_blocks(path, source))


def read_blocks(path: Path, source: Source) -> Iterator[RawRecords]:
    """Read one file as its source says: plain text block by block, whatever its length; a workbook or Parquet file as one block.

    Raises:
        UnreadableError: the reason, for people; also after blocks have come.
    """
    readers: dict[str, Callable[[Path, Source], Iterable[RawRecords]]] = {
        "csv": read_csv,
        "xlsx": read_xlsx,
        "json": read_json,
        "jsonl": read_jsonl,
        "parquet": read_parquet,
    }
    with opened(path) as plain:
        written = source.format_of(plain.name)
        if written not in readers:
            raise UnreadableError(_("Files of format {format} cannot be read yet.", format=written or plain.suffix))
        try:
            if written in _TEXTS and _is_packed(plain):
                raise UnreadableError(_("It holds an archive or a workbook, no text: pack a file once only, save a sheet as CSV."))
            yield from readers[written](plain, source)
        except OSError as error:
            raise UnreadableError(_("The file cannot be opened: {reason}.", reason=reason_of(error))) from None
        except UnicodeError:
            raise UnreadableError(_("The file was changed while it was read: load it again.")) from None


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(max(map(len, _PACKED))).startswith(_PACKED)
