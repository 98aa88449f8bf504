"""A TOML file: what is wrong with one is said in the language in use, by line and column, with what to do."""

import re
import tomllib
from pathlib import Path
from typing import Any

from etl.errors import UserError
from etl.language import _, reason_of

_PLACE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)$")
_TWICE = re.compile("twice|overwrite|[Dd]uplicate|redefine|mutate")
_OF_TEXTS = re.compile("string|Unescaped|hex value|scalar|Illegal")


def read_toml(path: Path) -> dict[str, Any]:
    """What a file of ours says.

    Raises:
        UserError: it cannot be read, or is no TOML.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(_("{path} cannot be read: {reason}.", path=path, reason=reason_of(error))) from None
    return parse_toml(raw, path)


def parse_toml(raw: bytes, shown: Path | str) -> dict[str, Any]:
    """What the bytes of a file say; ``shown`` is what the file is called.

    Raises:
        UserError: they are no TOML.
    """
    text = ""
    try:
        text = raw.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise UserError(_("{path} is not in UTF-8: save it again in that encoding.", path=shown)) from None
    except tomllib.TOMLDecodeError as error:
        line, column = _place(str(error), text)
        facts = {"path": shown, "line": line, "column": column, "advice": _advice(str(error))}
        raise UserError(_("{path} is no TOML file: line {line}, column {column}: {advice}.", **facts)) from None
    except (ValueError, RecursionError):
        raise UserError(_("{path} is no TOML file: a number in it is too long, or a list too deep.", path=shown)) from None


def _place(said: str, text: str) -> tuple[int, int]:
    """Line and column out of what the parser says; else the end of the text."""
    found = _PLACE.search(said)
    return (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, len(text) - text.rfind("\n"))


def _advice(said: str) -> str:
    if _TWICE.search(said):
        return _("what stands there is there already: leave one")
    if _OF_TEXTS.search(said):
        return _("a text ends with the quote that it began with, on the same line, and \\ is written twice")
    return _('a line is key = value, with texts in quotes ("…"), or a [table]')
