"""Records that say how many others there are: a post its comments. What is declared is held against what was captured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.language import _
from etl.sources.grammar import Grammar


@dataclass(frozen=True)
class Declared:
    """Raw columns: a record whose ``of`` is k says by ``count`` how many records have k as their ``counted``."""

    of: str
    count: str
    counted: str

    @property
    def headers(self) -> tuple[str, str, str]:
        """The raw headers that it looks at."""
        return (self.of, self.count, self.counted)

    def told(self, frame: pl.DataFrame, cell: Callable[[str], pl.Expr | None]) -> pl.DataFrame:
        """What records say of others, and which of these there are: one row per record that declares or is declared, with ``of``,
        ``declared`` (null where it is not said here) and ``captured``.

        Args:
            frame: records of a file.
            cell: the trimmed cells of a raw column; None where there is no such column.
        """
        nothing = pl.lit(None, pl.String)
        of, count, counted = (nothing if cells is None else cells for cells in map(cell, self.headers))
        number = count.str.extract("^([0-9]{1,9})$", 1).cast(pl.Int64)
        declared = frame.select(of=of, declared=number, captured=pl.lit(0, pl.Int64)).drop_nulls()
        captured = frame.select(of=counted, declared=pl.lit(None, pl.Int64), captured=pl.lit(1, pl.Int64)).drop_nulls("of")
        return summed([declared, captured])


def summed(told: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """What parts of a file tell (``Declared.told``) as one."""
    return pl.concat(told).group_by("of").agg(pl.col("declared").max(), pl.col("captured").sum())


def shortfall(told: pl.DataFrame) -> tuple[int, int] | None:
    """How many records are declared and how many of these were captured; None where all are there, or nothing is declared.

    More than declared counts as all: what one record has too many of does not make up for what another lacks.
    """
    there = pl.min_horizontal("declared", "captured")
    declared, captured = told.drop_nulls().select(pl.col("declared").sum(), there.sum().alias("there")).row(0)
    return (declared, captured) if captured < declared else None


def read_declared(given: Mapping[str, Any], grammar: Grammar) -> Declared:
    """Read the table ``[declared]``."""
    keys = ("of", "count", "counted")
    grammar.known("declared.", dict(given), keys)
    for key in keys:
        if key not in given:
            raise grammar.wrong(_("the key {key} is missing.", key=f"declared.{key}"))
    return Declared(*(grammar.texts(f"declared.{key}", [given[key]])[0] for key in keys))
