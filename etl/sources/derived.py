"""Raw columns made of others, and input columns that say whether two raw columns hold the same: ``[parts]`` and ``[when]``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.columns import Table
from etl.language import _
from etl.sources.grammar import Grammar
from etl.text import fold, fold_column

ANY = "*"
"""Of a condition: any value, but not none."""


@dataclass(frozen=True)
class Choice:
    """One raw column that a part may come from, or a value that it may have."""

    of: str | None
    pattern: str | None = None
    """A regular expression: its first group is taken; where it does not fit, the column has nothing."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Raw columns and the values, without case and accents, of which each must have one; else the column has nothing."""
    value: str | None = None
    """What it always is; then ``of`` is None."""

    @property
    def headers(self) -> list[str]:
        """The raw headers it looks at."""
        return [*filter(None, [self.of]), *(header for header, _values in self.where)]

    def made(self, cell: Callable[[str], pl.Expr | None]) -> pl.Expr | None:
        """Its cells; None where the file has no such column."""
        found = pl.lit(self.value, pl.String) if self.of is None else cell(self.of)
        if found is None:
            return None
        if self.pattern is not None:
            found = found.str.extract(self.pattern, 1)
        for header, values in self.where:
            asked = cell(header)
            if asked is None:
                return None
            found = pl.when(asked.is_not_null() if ANY in values else fold_column(asked).is_in(values)).then(found)
        return found


@dataclass(frozen=True)
class Part:
    """A further raw column: the first of its choices that a record has."""

    choices: tuple[Choice, ...]

    @property
    def headers(self) -> list[str]:
        """The raw headers it may come from."""
        return [header for choice in self.choices for header in choice.headers]

    def made(self, cell: Callable[[str], pl.Expr | None]) -> pl.Expr | None:
        """Its cells; None where the file has none of its columns.

        Args:
            cell: the trimmed cells of a raw column, null where empty; None where there is no such column.
        """
        cells = [found for choice in self.choices if (found := choice.made(cell)) is not None]
        return pl.coalesce([found.replace("", None) for found in cells]) if cells else None


@dataclass(frozen=True)
class Comparison:
    """An input column by whether two raw columns hold the same; where either is empty, it is missing."""

    same: tuple[str, str]
    then: str
    otherwise: str | None

    def made(self, cell: Callable[[str], pl.Expr | None]) -> pl.Expr:
        """Its cells; ``cell`` as for a part."""
        one, other = (cell(header) for header in self.same)
        if one is None or other is None:
            return pl.lit(None, pl.String)
        return pl.when(one == other).then(pl.lit(self.then)).when(one != other).then(pl.lit(self.otherwise, pl.String))


def read_parts(given: Mapping[str, Any], grammar: Grammar) -> dict[str, Part]:
    """Read the table ``[parts]``."""
    return {name: Part(_choices(name, choices, grammar)) for name, choices in given.items()}


def _choices(name: str, given: Any, grammar: Grammar) -> tuple[Choice, ...]:
    place = f"parts.{name}"
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise grammar.wrong(_("{key} is empty.", key=place))
    return tuple(_choice(place, one, grammar) for one in listed)


def _choice(place: str, given: Any, grammar: Grammar) -> Choice:
    if not isinstance(given, dict):
        (of,) = grammar.texts(place, [given])
        return Choice(of)
    grammar.known(f"{place}.", given, ("of", "pattern", "where", "value"))
    where = _where(f"{place}.where", given.get("where", {}), grammar)
    if "value" in given:
        if len(given) > 1 + ("where" in given):
            raise grammar.wrong(_("{key} has a value: beside it only where can stand.", key=place))
        (value,) = grammar.texts(f"{place}.value", [given["value"]])
        return Choice(None, None, where, value)
    if "of" not in given:
        raise grammar.wrong(_("the key {key} is missing.", key=f"{place}.of"))
    (of,) = grammar.texts(f"{place}.of", [given["of"]])
    if "pattern" not in given:
        return Choice(of, None, where)
    (pattern,) = grammar.texts(f"{place}.pattern", [given["pattern"]])
    if not _has_group(pattern):
        raise grammar.wrong(
            _("{key} = {value} is no regular expression with a group in brackets.", key=f"{place}.pattern", value=repr(pattern))
        )
    return Choice(of, pattern, where)


def _where(place: str, given: Any, grammar: Grammar) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(given, dict):
        raise grammar.wrong(_("{key} must be a table of column = values.", key=place))
    return tuple(
        (header, tuple(fold(value) for value in grammar.texts(f"{place}.{header}", [values] if isinstance(values, str) else values)))
        for header, values in given.items()
    )


def _has_group(pattern: str) -> bool:
    try:
        return len(pl.Series([""]).str.extract_groups(pattern).struct.fields) > 0
    except pl.exceptions.PolarsError:
        return False


def read_comparisons(given: Mapping[str, Any], table: Table, grammar: Grammar) -> dict[str, Comparison]:
    """Read the table ``[when]``."""
    grammar.known("when.", dict(given), table.names())
    return {name: _comparison(f"when.{name}", name, comparison, table, grammar) for name, comparison in given.items()}


def _comparison(place: str, name: str, given: Any, table: Table, grammar: Grammar) -> Comparison:
    if not isinstance(given, dict):
        raise grammar.wrong(_("{key} must be a table with same, then and otherwise.", key=place))
    grammar.known(f"{place}.", given, ("same", "then", "otherwise"))
    for key in ("same", "then"):
        if key not in given:
            raise grammar.wrong(_("the key {key} is missing.", key=f"{place}.{key}"))
    same = grammar.texts(f"{place}.same", given["same"])
    if len(same) != 2:
        raise grammar.wrong(_("{key} compares two columns, not {count}.", key=f"{place}.same", count=len(same)))
    then, otherwise = (
        grammar.tidy_value(table, f"{place}.{key}", name, given[key]) if key in given else None for key in ("then", "otherwise")
    )
    assert then is not None
    return Comparison((same[0], same[1]), then, otherwise)
