"""JSON as it is written: numbers keep their digits, a key that stands twice is remembered, and a long document is never held whole."""

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from etl.inbox import UnreadableError
from etl.language import _
from etl.text import fold

_SPACE = re.compile(r"[ \t\r\n]*")


class Twice(dict[str, Any]):
    """An object in which a key stands more than once: which value is meant nobody knows."""

    doubled: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    keys = [key for key, _value in pairs]
    twice = Twice(made)
    twice.doubled = frozenset(key for key in made if keys.count(key) > 1) if len(keys) < 1_000 else frozenset(made)
    return twice


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str)


def value_of(text: str) -> Any:
    """The one value that ``text`` writes; numbers are texts, and so are ``NaN`` and ``Infinity``, which are no JSON.

    Raises:
        ValueError: it is no JSON, or more than one value.
        RecursionError: it is nested too deep.
    """
    value, end = _DECODER.raw_decode(text, _after_space(text, 0))
    if _after_space(text, end) < len(text):
        raise ValueError
    return value


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


class Level:
    """A place in a document where lists of records may lie, and those within its entries."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.holds_records = False
        self.inner: dict[str, Level] = {}

    @classmethod
    def of(cls, paths: tuple[str, ...]) -> "Level":
        """The document's own level. The path ``.`` is the document itself; without any it is, too."""
        root = cls(())
        for path in paths or (".",):
            level = root
            for name in path.split(".") if path != "." else ():
                level = level.inner.setdefault(fold(name), cls((*level.path, fold(name))))
            level.holds_records = True
        return root

    def levels(self) -> Iterator["Level"]:
        """This one and all within."""
        yield self
        for level in self.inner.values():
            yield from level.levels()


class Document:
    """A JSON text, walked from list entry to list entry: only one entry is held at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.outside = Twice()
        """What stands around the lists."""
        self.lists: list[Level] = []
        """Where lists were found."""

    @property
    def is_list(self) -> bool:
        """Whether the document as a whole is one list."""
        return self._at(_after_space(self._text, 0)) == "["

    def whole(self) -> Any:
        """The document as one value.

        Raises:
            UnreadableError: names line and column where it is no JSON.
        """
        with self._reasons():
            value, place = _DECODER.raw_decode(self._text, _after_space(self._text, 0))
            self._end(place)
            return value

    def entries(self, root: Level) -> Iterator[tuple[Any, Level]]:
        """Every entry of the first list on the way to each level's records.

        Raises:
            UnreadableError: names line and column where it is no JSON.
        """
        with self._reasons():
            self._end((yield from self._walk(_after_space(self._text, 0), root, self.outside)))

    def _walk(self, place: int, level: Level, around: Twice) -> Generator[tuple[Any, Level], None, int]:
        if self._at(place) == "[":
            self.lists.append(level)
            return (yield from self._list(place, level))
        if self._at(place) == "{" and not level.holds_records:
            return (yield from self._members(place, level, around))
        value, end = _DECODER.raw_decode(self._text, place)
        if level.holds_records and value is not None:
            raise UnreadableError(_("What stands at {path} is no list of records.", path=repr(".".join(level.path))))
        self.lists += [level] if level.holds_records else []
        return end

    def _list(self, place: int, level: Level) -> Generator[tuple[Any, Level], None, int]:
        place = _after_space(self._text, place + 1)
        if self._at(place) == "]":
            return place + 1
        while True:
            entry, place = _DECODER.raw_decode(self._text, place)
            yield entry, level
            place = self._next(place, "]")
            if self._at(place - 1) == "]":
                return place
            place = _after_space(self._text, place)

    def _members(self, place: int, level: Level, around: Twice) -> Generator[tuple[Any, Level], None, int]:
        place = _after_space(self._text, place + 1)
        if self._at(place) == "}":
            return place + 1
        while True:
            if self._at(place) != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, place)
            key, place = _DECODER.raw_decode(self._text, place)
            place = _after_space(self._text, place)
            if self._at(place) != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", self._text, place)
            place = _after_space(self._text, place + 1)
            if key in around:
                around.doubled |= {key}
            if inner := level.inner.get(fold(key)):
                if key in around:
                    raise UnreadableError(_("The key {key} is there twice: which list is meant?", key=repr(key)))
                around[key] = Twice()
                place = yield from self._walk(place, inner, around[key])
            else:
                value, place = _DECODER.raw_decode(self._text, place)
                around[key] = None if isinstance(value, list) else value
            place = self._next(place, "}")
            if self._at(place - 1) == "}":
                return place
            place = _after_space(self._text, place)

    def _at(self, place: int) -> str:
        return self._text[place : place + 1]

    def _next(self, place: int, close: str) -> int:
        """The place behind the comma or the closing sign."""
        place = _after_space(self._text, place)
        if self._at(place) not in (",", close) or place >= len(self._text):
            raise json.JSONDecodeError("Expecting ',' delimiter", self._text, place)
        return place + 1

    def _end(self, place: int) -> None:
        place = _after_space(self._text, place)
        if place < len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, place)

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        try:
            yield
        except json.JSONDecodeError as error:
            message = _("It is no JSON: line {line}, column {column}: {reason}.", line=error.lineno, column=error.colno, reason=error.msg)
            raise UnreadableError(message) from None
        except RecursionError:
            raise UnreadableError(_("It is no JSON that can be read: it is nested too deep.")) from None
