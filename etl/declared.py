"""Records that say how many others there are: a post its comments. What is declared is held against what was captured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.grammar import Grammar
from etl.language import _


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

    def shortfall(self, frame: pl.DataFrame, cell: Callable[[str], pl.Expr | None]) -> tuple[int, int] | None:
        """How many records are declared and how many of these were captured; None where all are there, or nothing is declared.

        More than declared counts as all: what one record has too many of does not make up for what another lacks.

        Args:
            frame: all records of a file.
            cell: the trimmed cells of a raw column; None where there is no such column.
        """
        of, count, counted = (cell(header) for header in self.headers)
        if of is None or count is None:
            return None
        declared = frame.select(of=of, count=count.str.extract("^([0-9]{1,9})$", 1).cast(pl.Int64)).drop_nulls()
        declared = declared.group_by("of").agg(pl.col("count").max())
        captured = frame.select(of=pl.lit(None, pl.String) if counted is None else counted).drop_nulls().group_by("of").len()
        beside = declared.join(captured, on="of", how="left").with_columns(pl.col("len").fill_null(0))
        total, there = beside.select(pl.col("count").sum(), pl.min_horizontal("count", "len").sum().alias("there")).row(0)
        return (total, there) if there < total else None


def read_declared(given: Mapping[str, Any], grammar: Grammar) -> Declared:
    """Read the table ``[declared]``."""
    keys = ("of", "count", "counted")
    grammar.known("declared.", dict(given), keys)
    for key in keys:
        if key not in given:
            raise grammar.wrong(_("the key {key} is missing.", key=f"declared.{key}"))
    return Declared(*(grammar.texts(f"declared.{key}", [given[key]])[0] for key in keys))
