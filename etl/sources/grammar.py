"""What every key of a source's TOML file is checked for: each mistake is named where it stands, with the nearest known word."""

from pathlib import Path
from typing import Any

import polars as pl

from etl.columns import Table
from etl.errors import UserError
from etl.language import _
from etl.text import fold, nearest

TRUE_WORDS = ("true", "1", "yes", "có", "x")
FALSE_WORDS = ("false", "0", "no", "không", "")


def is_pattern(pattern: str) -> bool:
    """Whether a regular expression can be used."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError:
        return False
    return True


class Grammar:
    """The checks of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wrong(self, message: str) -> UserError:
        """The error that says what is wrong with the file."""
        return UserError(f"{self.path}: {message}")

    def known(self, place: str, given: dict[str, Any], known: Any) -> None:
        """Every key of ``given`` is known; else the nearest one that is, is named, however far."""
        for key in given:
            if key not in known:
                near = repr(nearest(key, known, least=0))
                raise self.wrong(_("the key {key} is unknown.", key=repr(place + key)) + _(" Did you mean {near}?", near=near))

    def one_of(self, key: str, value: str, known: Any) -> str:
        """``value``, if it is known."""
        if value not in known:
            near = nearest(value, known)
            hint = _(" Did you mean {near}?", near=repr(near)) if near else ""
            choices = ", ".join(known)
            raise self.wrong(_("{key} = {value} is none of {choices}.", key=key, value=repr(value), choices=choices) + hint)
        return value

    def texts(self, key: str, given: Any) -> tuple[str, ...]:
        """A list of texts that are not empty."""
        if not isinstance(given, list) or not given or not all(isinstance(item, str) and item for item in given):
            raise self.wrong(_("{key} must be a list of texts, at least one.", key=key))
        return tuple(given)

    def tidy_value(self, table: Table, place: str, name: str, value: Any) -> str:
        """A value as the table's column of that name may hold it."""
        column = table.column(name)
        if isinstance(value, str) and not value.strip():
            raise self.wrong(_("{key} is empty.", key=place))
        if column.kind == "boolean":
            if isinstance(value, bool):
                return str(value).lower()
            return self.one_of(place, fold(str(value)), [fold(word) for word in TRUE_WORDS + FALSE_WORDS if word])
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self.wrong(_("{key} = {value} has the wrong type.", key=place, value=repr(value)))
        return self.one_of(place, str(value), column.values) if column.kind == "listed" else str(value)
