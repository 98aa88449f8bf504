"""Step 1, read: a file's bytes become records of text. Nothing is guessed, padded, cut or converted here."""

from collections.abc import Callable
from pathlib import Path

from etl.csv_records import read_csv
from etl.encodings import tidy_headers, tidy_letters
from etl.inbox import UnreadableError, opened
from etl.json_records import read_json, read_jsonl
from etl.language import _
from etl.parquet_records import read_parquet
from etl.records import Broken, RawRecords, text_frame
from etl.sources import Source
from etl.workbooks import sheet_cells


def read_records(path: Path, source: Source) -> RawRecords:
    """Read one file as its source says.

    Raises:
        UnreadableError: the reason, for people.
    """
    readers: dict[str, Callable[[Path, Source], RawRecords]] = {
        "csv": read_csv,
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
    return RawRecords(tidy_headers(header, mend), tidy_letters(text_frame(numbers, rows, width), mend), broken, False)
