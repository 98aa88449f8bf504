"""The cells of one sheet of a workbook as text, taken only after a look at how large unpacking makes it."""

import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from etl.language import _
from etl.sources.inbox import ARCHIVE_ERRORS, RATIO_LIMIT, UNPACKED_LIMIT, UnreadableError
from etl.text import mask, nfc

CELL_LIMIT = 5_000_000
"""Cells from A1 to the last row and column: the reader allocates them all, and one cell in the last corner makes 17 thousand million."""
MEMBER_LIMIT = 200
_OLD_OR_LOCKED = bytes.fromhex("d0cf11e0a1b11ae1")
_NAMES_SHOWN = 20
_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 16
_ATTRIBUTES = rb"""((?:\s(?:[^<>"']|"[^"]*"|'[^']*')*?)?)"""
_TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)" + _ATTRIBUTES + rb"(/?)>")
_FAILED = re.compile(rb"""(\st\s*=\s*)(["'])e\2""")
"""The type of a cell whose formula failed: the reader leaves it empty, as if nothing stood there."""
_COUNT = re.compile(rb"""(?:uniqueC|c)ount\s*=\s*["']\+?0*([0-9]{7,})["']""")
"""A number of things to come, for which the reader makes room beforehand."""
_DIRECTIVE = re.compile(r"%(.)")
_WHOLE = 2.0**53
"""Below this every whole number is exact."""
_PLACE = re.compile(rb"""(?<![\w.-])r\s*=\s*["']([A-Za-z]{0,20})([0-9]{0,20})["']""")


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet from its first row and column, each row of one width; and the first and last cell of those that are merged."""

    cells: list[list[str]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    """Rows and columns from 0; what a merged cell says stands in its first."""


def read_sheet(path: Path, wanted: str | int, times: Sequence[str] = ()) -> Sheet:
    """Read a sheet.

    Args:
        path: an .xlsx file.
        wanted: the sheet's name or index.
        times: formats of times; a typed one is written by the first that can hold it, as the same sheet saved as CSV would have
            it, so that a row is the same row in either. Without one it is written as ISO 8601.

    Raises:
        UnreadableError: it is no workbook, is locked, damaged or too large, or has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # only where a workbook is read

    try:
        with zipfile.ZipFile(path) as archive:
            failed = _check_size(archive, path.stat().st_size)
            given = _with_failures_as_text(archive) if failed else path
        with CalamineWorkbook.from_object(given) as book:
            names = book.sheet_names
            if isinstance(wanted, str):
                wanted = next((name for name in names if nfc(name) == nfc(wanted)), wanted)
            if isinstance(wanted, str) and wanted not in names:
                there = ", ".join(map(mask, names[:_NAMES_SHOWN]))
                raise UnreadableError(_("There is no sheet {name}; there are: {names}.", name=repr(wanted), names=there))
            if isinstance(wanted, int) and wanted >= len(names):
                raise UnreadableError(_("There is no sheet number {number}; there are {count}.", number=wanted, count=len(names)))
            sheet = book.get_sheet_by_name(wanted) if isinstance(wanted, str) else book.get_sheet_by_index(wanted)
            cells = [[_text(cell, times) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            return Sheet(cells, list(sheet.merged_cell_ranges or ()))
    except (CalamineError, *ARCHIVE_ERRORS):
        raise UnreadableError(_reason(path)) from None


def _reason(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        if file.read(8) == _OLD_OR_LOCKED:
            return _("The workbook is locked with a password or in the old format .xls: save it as .xlsx without a password.")
    return _("It is no workbook that can be opened: it is damaged, cut off or of another kind; save it as .xlsx once more.")


def _check_size(archive: zipfile.ZipFile, packed_bytes: int) -> bool:
    """Refuse what is too large; whether the formula of any cell failed."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBER_LIMIT or unpacked > min(UNPACKED_LIMIT, max(packed_bytes, 10_000) * RATIO_LIMIT):
        raise UnreadableError(_("Unpacked, the workbook is too large: save the sheet as CSV."))
    names = archive.namelist()
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UnreadableError(_("It is a workbook of another format: save it as .xlsx."))
    any_failed = False
    for member in members:
        cells, failed = _rectangle(archive, member)
        any_failed |= failed
        if cells > CELL_LIMIT:
            raise UnreadableError(
                _(
                    "A sheet's filled cells span {cells} cells, more than {limit}: delete what lies far from the table, or save it as CSV.",
                    cells=cells,
                    limit=CELL_LIMIT,
                )
            )
    return any_failed


def _with_failures_as_text(archive: zipfile.ZipFile) -> io.BytesIO:
    """The workbook with what failed formulas show (``#N/A``) as text, as the same sheet saved as CSV has it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in archive.namelist():
            new.writestr(name, _TAG.sub(lambda tag: _FAILED.sub(rb"\1\2str\2", tag[0]) if tag[1] == b"c" else tag[0], archive.read(name)))
    out.seek(0)
    return out


def _rectangle(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, bool]:
    """The number of cells from A1 to the last filled row and column of one sheet, or announced by it, read as a stream; and whether the
    formula of any failed."""
    row = column = last_row = last_column = announced = 0
    failed = False
    with archive.open(member) as stream:
        rest = b""
        while block := stream.read(_BLOCK):
            text = rest + block
            end = 0
            for tag in _TAG.finditer(text):
                end = tag.end()
                kind, attributes, closed = tag.groups()
                place = max(_PLACE.finditer(attributes), key=_far, default=None)  # of several the farthest: who knows which is obeyed
                if kind == b"row":
                    row, column = int(place[2]) if place and place[2] else row + 1, 0
                    continue
                if place and place[2]:
                    row, column = int(place[2]), _column_number(place[1])
                else:
                    column += 1
                failed |= _FAILED.search(attributes) is not None
                if not closed:
                    last_row, last_column = max(last_row, row), max(last_column, column)
            announced = max([announced, *(int(count[1]) for count in _COUNT.finditer(text))])
            rest = text[max(end, len(text) - _LONGEST_TAG) :]
    return max(last_row * last_column, announced), failed


def _far(place: re.Match[bytes]) -> int:
    return int(place[2] or 0) * (_column_number(place[1]) or 1)


def _column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _text(cell: object, times: Sequence[str]) -> str:
    """A typed cell as text: dates and numbers need no format, a whole number has no decimals."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _WHOLE else repr(cell)
    if isinstance(cell, (date, datetime)):
        return time_text(cell, times)
    if isinstance(cell, time):
        return cell.isoformat()
    return str(cell)


def time_text(cell: date, times: Sequence[str]) -> str:
    """A typed time as the first format writes it that holds all of it: seconds only where it has some or no format goes without."""
    if not isinstance(cell, datetime):
        wanted = ["dmY"]
    elif cell.microsecond:
        wanted = []
    else:
        wanted = ["dmYHMS"] if cell.second else ["dmYHM", "dmYHMS"]
    for directives in wanted:
        for pattern in times:
            if sorted(_DIRECTIVE.findall(pattern)) == sorted(directives):
                return cell.strftime(pattern)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
