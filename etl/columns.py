"""What a declared table is: its columns, what each may hold, and what one row stands for. The tables themselves: ``etl.tables``."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["id", "text", "instant", "date", "integer", "real", "boolean", "listed"]
INSTANT = pl.Datetime("us", "UTC")
DTYPES: dict[str, pl.DataType] = {
    "id": pl.String(),
    "text": pl.String(),
    "listed": pl.String(),
    "instant": INSTANT,
    "date": pl.Date(),
    "integer": pl.Int64(),
    "real": pl.Float64(),
    "boolean": pl.Boolean(),
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and what it may hold."""

    name: str
    kind: Kind = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    """For kind ``listed``: all that it may hold."""
    minimum: int | None = None
    maximum: int | None = None
    doc: str = ""

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: what one row stands for, what tells rows apart, and its columns in order."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    month_of: str | None = None
    """Tidy tables kept in one file a month: the instant whose local month it is."""
    derived: tuple[Column, ...] = ()
    """Of input tables: what staging adds to the columns that a log brings."""

    @property
    def kept(self) -> tuple[Column, ...]:
        """Of input tables: what the record keeps of a row: all but its text, and what staging adds."""
        return (*(column for column in self.columns if column.name != "text"), *self.derived)

    @property
    def own_key(self) -> str | None:
        """Of input tables: the column that alone tells rows of a source apart; None where several do."""
        return self.key[0] if len(self.key) == 1 else None

    def column(self, name: str) -> Column:
        """The column of that name (KeyError if there is none)."""
        return {column.name: column for column in self.columns}[name]

    def names(self, *kinds: Kind) -> list[str]:
        """Names of the columns, in order; only those of ``kinds`` where given."""
        return [column.name for column in self.columns if not kinds or column.kind in kinds]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {column.name: column.dtype for column in self.columns}
