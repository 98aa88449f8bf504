"""The files of a snapshot: its tables cut into local months, each file with the digests of its content."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from etl.publishing.before import NOTHING, Before
from etl.publishing.versions import WHOLE
from etl.tables import SERVING_COLUMNS, SERVING_TABLES, TIDY_TABLES
from etl.times import local_date

TIDY = 64
"""A tidy table's digest begins with that of its tidy columns."""


@dataclass(frozen=True)
class Cut:
    """One file to be: a table, or one local month of it. Its rows are taken out only when they are asked for."""

    table: str
    name: str
    _frame: pl.DataFrame
    _chosen: pl.Series | None = None
    _before: Before = NOTHING

    def rows(self) -> pl.DataFrame:
        """Sorted by key."""
        rows = self._frame if self._chosen is None else self._frame.filter(self._chosen)
        if self._before.version:
            rows = pl.concat([rows, self._before.rest_of(self.table, self.name)])
        return rows.sort((TIDY_TABLES | SERVING_TABLES)[self.table].key)


@dataclass(frozen=True)
class Part:
    """One Parquet file of a snapshot."""

    table: str
    name: str
    height: int
    digest: str
    """Of every column: two parts of equal digest are one file on disk."""
    tidy: str
    """Of the tidy columns; empty where there are no tidy rows."""


def cuts(tables: Mapping[str, pl.DataFrame], before: Before = NOTHING) -> list[Cut]:
    """The files to be made of rows that are made anew and of those that stay, in order; other files of ``before`` stay as they are."""
    found = []
    for name, frame in tables.items():
        old = before.files(name)
        month_of = TIDY_TABLES[name].month_of if name in TIDY_TABLES else None
        if not old and (month_of is None or frame.is_empty()):
            found.append(Cut(name, WHOLE, frame))
        elif month_of:
            months = frame.select(local_date(pl.col(month_of)).dt.truncate("1mo")).to_series()
            first_days = {f"{day:%Y-%m}": day for day in months.unique()}
            names = sorted({*first_days, *(file for file in old if before.touches(name, file))})
            found += [
                Cut(name, month, frame, months == first_days.get(month, date.max), before if month in old else NOTHING) for month in names
            ]
        elif not frame.is_empty() or before.touches(name, WHOLE):
            found.append(Cut(name, WHOLE, frame, None, before))
    return found


def part_of(cut: Cut, rows: pl.DataFrame) -> Part:
    """What one file will be.

    Args:
        cut: which.
        rows: its rows, sorted by key.
    """
    if cut.table not in TIDY_TABLES:
        return Part(cut.table, cut.name, rows.height, _digest(rows), "")
    tidy = _digest(rows.select(TIDY_TABLES[cut.table].names()))
    serving = [column.name for column in SERVING_COLUMNS.get(cut.table, ())]
    return Part(cut.table, cut.name, rows.height, tidy + (_digest(rows.select(serving)) if serving else ""), tidy if rows.height else "")


def kept_part(table: str, name: str, height: int, digest: str) -> Part:
    """A file that is there, of which its digest is known."""
    return Part(table, name, height, digest, digest[:TIDY] if height and table in TIDY_TABLES else "")


def checksum(parts: Iterable[Part]) -> str:
    """A digest of all tidy rows: the same whatever the order of files, loads and rows in them."""
    lines = sorted(f"{part.table}/{part.name} {part.tidy}\n" for part in parts if part.tidy)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digest(rows: pl.DataFrame) -> str:
    """SHA-256 of the cells, column by column: which are missing, and what the others hold."""
    digest = hashlib.sha256(str(rows.height).encode())
    for column in rows:
        digest.update(column.is_null().cast(pl.UInt8).to_numpy().tobytes())
        if column.dtype == pl.String:
            digest.update(column.str.len_bytes().fill_null(0).to_numpy().tobytes())
            digest.update(column.str.join("").item().encode())
        else:
            digest.update(column.to_physical().cast(pl.Float64 if column.dtype.is_float() else pl.Int64).fill_null(0).to_numpy().tobytes())
    return digest.hexdigest()
