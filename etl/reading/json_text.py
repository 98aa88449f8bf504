"""JSON as it is written: numbers keep their digits, a key that stands twice is remembered, and a long text is read on as needed."""

import json
import re
from typing import Any, TextIO

from etl.language import _
from etl.sources.inbox import UnreadableError

LONGEST_VALUE = 100_000_000
"""Letters of one record, or of what stands beside the lists."""
_BLOCK = 1 << 20
_LONGEST_SIGN = len(r"\ud83d\ude00")
"""What may have been cut in two at the end of a block."""
_SPACE = re.compile(r"[ \t\r\n]*")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity", ".0", "e+0", "e-0", "E+0", "E-0")
"""A text that ends within one of these may have gone on."""
_HALF_A_SIGN = re.compile("u[0-9a-fA-F]{0,4}")


class CutOffError(UnreadableError):
    """The text ends before what it writes is whole; up to there it is JSON."""


class Twice(dict[str, Any]):
    """An object in which a key stands more than once: which value is meant nobody knows."""

    doubled: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    twice, seen = Twice(made), set[str]()
    twice.doubled = frozenset(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
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


class Window:
    """The part of a JSON text that is being looked at; it is read on as needed, and what was passed is let go."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text, self._place = file.read(_BLOCK).lstrip("\ufeff"), 0
        self.letters = len(self._text)
        """Read so far."""
        self._lines, self._column = 0, 0
        """Line ends let go, and letters behind the last of them."""

    def next_sign(self) -> str:
        """The next letter that is no space, or nothing at the end."""
        while True:
            self._place = _after_space(self._text, self._place)
            if self._place < len(self._text) or not self._read_on():
                return self._text[self._place : self._place + 1]

    def take(self, signs: str) -> str:
        """Pass over the next sign, which must be one of these."""
        sign = self.next_sign()
        if not sign or sign not in signs:
            raise self._wrong(f"Expecting '{signs[0]}' delimiter", self._place)
        self._place += 1
        return sign

    def key(self) -> str:
        """Pass over a member's key."""
        if self.next_sign() != '"':
            raise self._wrong("Expecting property name enclosed in double quotes", self._place)
        return str(self.value())

    def value(self) -> Any:
        """Pass over a value."""
        self.next_sign()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                at_end = error.pos > len(self._text) - _LONGEST_SIGN or error.msg.startswith("Unterminated")
                if not at_end or not self._read_on():
                    raise self._wrong(error.msg, error.pos) from None
            except RecursionError:
                raise UnreadableError(_("It is no JSON that can be read: it is nested too deep.")) from None
            else:
                # a number may go on behind what was read
                if end <= len(self._text) - _LONGEST_SIGN or not self._read_on():
                    self._place = end
                    return value

    def end(self) -> None:
        """Nothing but space follows."""
        if self.next_sign():
            raise self._wrong("Extra data", self._place)

    def _read_on(self) -> bool:
        """Read a block, or as much as is held, so that a long value is not begun too often; False at the file's end."""
        held = len(self._text) - self._place
        if held > LONGEST_VALUE:
            raise UnreadableError(_("One record in it has more than {limit} letters.", limit=LONGEST_VALUE))
        block = self._file.read(max(_BLOCK, held))
        if not block:
            return False
        lines, column = self._passed(self._place)
        self._lines += lines
        self._column = column
        self._text, self._place = self._text[self._place :] + block, 0
        self.letters += len(block)
        return True

    def _passed(self, place: int) -> tuple[int, int]:
        """Line ends before a place in what is held, and letters between the last line end and it."""
        last = self._text.rfind("\n", 0, place)
        return self._text.count("\n", 0, place), place - last - 1 if last >= 0 else self._column + place

    def _wrong(self, reason: str, place: int) -> UnreadableError:
        rest = self._text[place:]
        may_go_on = any(word.startswith(rest) for word in _WORDS) or reason.startswith("Unterminated")
        may_go_on |= reason.startswith("Invalid \\u") and bool(_HALF_A_SIGN.fullmatch(rest))
        kind = CutOffError if may_go_on and not self._file.read(1) else UnreadableError
        lines, column = self._passed(place)
        line = self._lines + lines + 1
        return kind(_("It is no JSON: line {line}, column {column}: {reason}.", line=line, column=column + 1, reason=_(reason)))
