"""What a Parquet file says of itself, read without any library: how many rows, and how large its columns are when unpacked.

Source: Apache Parquet's ``parquet.thrift`` and the compact protocol of Apache Thrift.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.language import _
from etl.sources.inbox import UnreadableError

FOOTER_LIMIT = 16_000_000
_MARK = b"PAR1"
_DEEPEST = 32
_ROWS, _GROUPS, _GROUP_COLUMNS, _GROUP_ROWS, _COLUMN_METADATA, _ENCODINGS, _UNPACKED = 3, 4, 1, 3, 3, 2, 6
_DICTIONARY_ENCODINGS = {2, 8}
_DELTA_BYTE_ARRAY = 7


@dataclass(frozen=True)
class Chunk:
    """One column of one group of rows."""

    column: int
    """Its place among the file's leaf columns."""
    unpacked: int
    """Bytes."""
    has_dictionary: bool
    repeats_the_last: bool
    """Each text may stand for all of the one before it: a few bytes become many."""


@dataclass(frozen=True)
class Footer:
    """The file as a whole."""

    rows: int
    chunks: tuple[Chunk, ...]


def read_footer(path: Path) -> Footer:
    """Read a file's footer.

    Raises:
        UnreadableError: it is no Parquet file, is cut off, damaged or locked.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 8, 0))
        end = file.read()
        length = int.from_bytes(end[:4], "little")
        if end[4:] == b"PARE":
            raise UnreadableError(_("The Parquet file is locked with a key: save it without."))
        if end[4:] != _MARK or length > size - 12:
            raise UnreadableError(_("It is no whole Parquet file: its end is missing."))
        if length > FOOTER_LIMIT:
            raise UnreadableError(_("Its list of columns is larger than {limit} bytes.", limit=FOOTER_LIMIT))
        file.seek(size - 8 - length)
        raw = file.read(length)
    try:
        return _footer(_Compact(raw).struct(0))
    except (LookupError, TypeError, AttributeError, ValueError):
        raise UnreadableError(_("The Parquet file is damaged: its list of columns cannot be read.")) from None


def _footer(fields: dict[int, Any]) -> Footer:
    groups = fields[_GROUPS]
    rows = int(fields[_ROWS])
    if rows < 0 or rows != sum(group[_GROUP_ROWS] for group in groups) or any(group[_GROUP_ROWS] < 0 for group in groups):
        raise ValueError
    columns = [(i, chunk[_COLUMN_METADATA]) for group in groups for i, chunk in enumerate(group[_GROUP_COLUMNS])]
    return Footer(rows, tuple(_chunk(i, column) for i, column in columns))


def _chunk(place: int, column: dict[int, Any]) -> Chunk:
    encodings, unpacked = set(column[_ENCODINGS]), int(column[_UNPACKED])
    if unpacked < 0:
        raise ValueError
    return Chunk(place, unpacked, bool(_DICTIONARY_ENCODINGS & encodings), _DELTA_BYTE_ARRAY in encodings)


class _Compact:
    """Thrift's compact protocol: structs as dictionaries by field number. IndexError where it ends early, ValueError where it is odd."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._place = raw, 0

    def struct(self, depth: int) -> dict[int, Any]:
        """The fields of a struct."""
        if depth > _DEEPEST:
            raise ValueError
        fields: dict[int, Any] = {}
        number = 0
        while kind := self._byte():
            number = number + (kind >> 4) if kind >> 4 else self._zigzag()
            fields[number] = kind & 15 == 1 if kind & 15 in (1, 2) else self._value(kind & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind in (7, 13):
            return self._bytes(8 if kind == 7 else 16)
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            head = self._byte()
            return [self._value(head & 15, depth + 1) for _item in range(self._size(head >> 4 if head >> 4 < 15 else self._varint()))]
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError

    def _size(self, count: int) -> int:
        """A list has at least a byte for each of its items."""
        if count > len(self._raw) - self._place:
            raise ValueError
        return count

    def _bytes(self, count: int) -> bytes:
        self._place += self._size(count)
        return self._raw[self._place - count : self._place]

    def _byte(self) -> int:
        self._place += 1
        return self._raw[self._place - 1]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
