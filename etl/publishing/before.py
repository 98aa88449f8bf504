"""What stays of the version before, where the next one is built on it: which rows, in which of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.publishing.threads import Threads
from etl.publishing.versions import WHOLE, Version, parts
from etl.tables import TIDY_TABLES, snapshot_schema

KEY = ["source", "interaction_id"]


@dataclass(frozen=True)
class Before:
    """What stays of the version before."""

    version: Version | None
    """None: nothing does."""
    keys: Mapping[str, pl.DataFrame]
    """Keys of the rows that are made anew, of tables of which others stay; of messages of those that came or went."""
    anew: frozenset[str]
    """Tables of which every row is made anew."""
    threads: Threads | None = None
    """As they stand, where messages came or went; of their requests those of ``keys`` are made anew."""
    _known: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False)
    """What ``_touched`` found."""

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
        return table in self.keys and name in self._touched(table)

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
        keys = self.keys[table]
        return pl.read_parquet(path, columns=list({*columns, *keys.columns})).join(keys, on=keys.columns, how="anti").select(columns)

    def _touched(self, table: str) -> set[str]:
        """Files of a table that hold keys that are made anew."""
        if table not in self._known:
            keys = self.keys[table]
            names = [] if keys.is_empty() else self.files(table)
            found = ((name, pl.read_parquet(self._path(table, name), columns=keys.columns)) for name in names)
            self._known[table] = {name for name, rows in found if not rows.join(keys, on=keys.columns, how="semi").is_empty()}
        return self._known[table]

    def _path(self, table: str, name: str) -> Path:
        assert self.version is not None
        return self.version.folder / table / f"{name}.parquet"


NOTHING = Before(None, {}, frozenset(TIDY_TABLES))
"""Nothing stays: everything is folded."""
