"""What stays of the version before, where the next one is built on it: which rows, in which of its files."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from etl.tables import TIDY_TABLES, snapshot_schema
from etl.threads import Threads
from etl.versions import WHOLE, Version, parts

KEY = ["source", "interaction_id"]


@dataclass(frozen=True)
class Before:
    """What stays of the version before."""

    version: Version | None
    """None: nothing does."""
    keys: pl.DataFrame
    """Of the requests that are made anew: source, interaction_id."""
    anew: frozenset[str]
    """Tables of which every row is made anew."""
    threads: Threads | None = None
    """As they stand, where messages came or went; of their requests those of ``keys`` are made anew."""
    messages: pl.DataFrame | None = None
    """Keys of these messages: source, message_id."""

    def rest(self, table: str, columns: list[str]) -> pl.DataFrame:
        """These columns of the rows that stay, in any order."""
        nothing = pl.DataFrame(schema=snapshot_schema(table)).select(columns)
        return pl.concat([nothing, *(self._rest_of(table, name, columns) for name in self.files(table))])

    def files(self, table: str) -> list[str]:
        """Names of the files of the version before that hold rows that may stay."""
        if self.version is None or table in self.anew:
            return []
        names = sorted(key.split("/")[1] for key in parts(self.version) if key.startswith(f"{table}/"))
        return [] if names == [WHOLE] and TIDY_TABLES[table].month_of else names  # a table of months without any row

    def touches(self, table: str, name: str) -> bool:
        """Whether some row of a file does not stay."""
        return table == "interactions" and name in self._touched

    def rest_of(self, table: str, name: str) -> pl.DataFrame:
        """The rows of a file that stay."""
        return self._rest_of(table, name, list(snapshot_schema(table)))

    def with_rest(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The columns of ``rows``, which were made anew, of all rows that there are."""
        return pl.concat([self.rest(table, rows.columns), rows])

    def _rest_of(self, table: str, name: str, columns: list[str]) -> pl.DataFrame:
        path = self._path(table, name)
        if not self.touches(table, name):
            return pl.read_parquet(path, columns=columns)
        return pl.read_parquet(path, columns=list({*columns, *KEY})).join(self.keys, on=KEY, how="anti").select(columns)

    @cached_property
    def _touched(self) -> set[str]:
        """Files of requests that hold keys that are made anew."""
        found = ((name, pl.read_parquet(self._path("interactions", name), columns=KEY)) for name in self.files("interactions"))
        return {name for name, rows in found if not rows.join(self.keys, on=KEY, how="semi").is_empty()}

    def _path(self, table: str, name: str) -> Path:
        assert self.version is not None
        return self.version.folder / table / f"{name}.parquet"


NOTHING = Before(None, pl.DataFrame(schema=dict.fromkeys(KEY, pl.String())), frozenset(TIDY_TABLES))
"""Nothing stays: everything is folded."""
