"""Where a version's rows are read from: lazily, only the columns and months that a question needs, by Polars unless told otherwise.

Instants become whole microseconds since 1970 (Int64) and dates whole days before a definition sees them: such arithmetic is
exact and the same on every engine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import narwhals as nw
import polars as pl

from etl.publishing.versions import Version
from etl.tables import snapshot_schema

Frame = nw.LazyFrame[Any]
Days = tuple[date, date]
"""First and last local day, both included."""

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
LOCAL_OFFSET = timedelta(hours=7)
"""Asia/Ho_Chi_Minh, without change since 1975: long before the first instant a log may hold."""
LOCAL_HOURS = 7 * HOUR
EPOCH = date(1970, 1, 1)


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def local_midnight(day: date) -> int:
    """The first instant of a local day, in microseconds since 1970."""
    return (day.toordinal() - EPOCH.toordinal()) * DAY - LOCAL_HOURS


def local_midnights(day: nw.Expr) -> nw.Expr:
    """The first instant of local days (whole days since 1970), in microseconds since 1970."""
    return day.cast(nw.Int64) * DAY - LOCAL_HOURS


def local_days(instant: nw.Expr) -> nw.Expr:
    """The local day that instants (microseconds) lie in, in whole days since 1970."""
    return (instant + LOCAL_HOURS) // DAY


def local_date(instant: datetime) -> date:
    """The local day that an instant lies in."""
    return (instant.astimezone(UTC) + LOCAL_OFFSET).date()


class Engine(Protocol):
    """What each engine does in its own way. All else is written once, with narwhals."""

    remembers: bool
    """Whether its rows lie in this process, where they may be remembered."""

    def scan(self, files: Sequence[Path], schema: Mapping[str, pl.DataType], wanted: Sequence[str]) -> Frame:
        """These columns of the files of a table with this schema: null where a file is older than a column; instants in
        microseconds since 1970, dates in days."""

    def lazy(self, rows: pl.DataFrame) -> Frame:
        """Rows in memory."""

    def numbered(self, rows: Frame) -> Frame:
        """The same rows with a number for each ``unit``'s text, where that is quicker to group by."""

    def with_numbers(self, rows: Frame) -> Frame:
        """Numbered rows with ``number``: that of their unit's text among the categories of this process, for as long as they are kept."""

    def collect(self, frames: Sequence[Frame]) -> list[pl.DataFrame]:
        """The frames' rows; units as categories of this process."""

    def how_many(self, condition: nw.Expr) -> nw.Expr:
        """How many rows fulfil it; of an amount, its sum."""

    def month(self, instant: nw.Expr) -> nw.Expr:
        """The month, 1 to 12, of instants in microseconds."""


class Polars:
    """In this process."""

    remembers = True

    def scan(self, files: Sequence[Path], schema: Mapping[str, pl.DataType], wanted: Sequence[str]) -> Frame:
        """A kept version may be older than a column, where nothing is known of it, or younger than the program."""
        empty = pl.LazyFrame(schema={name: schema[name] for name in wanted})
        frame = (
            pl.scan_parquet(list(files), glob=False, schema=schema, missing_columns="insert", extra_columns="ignore").select(wanted)
            if files
            else empty
        )
        times = [name for name in wanted if isinstance(schema[name], pl.Datetime | pl.Date)]
        return nw.from_native(frame.with_columns(pl.col(times).to_physical()))

    def lazy(self, rows: pl.DataFrame) -> Frame:
        """As they are."""
        return nw.from_native(rows.lazy())

    def numbered(self, rows: Frame) -> Frame:
        """Numbered while they are read."""
        return rows.with_columns(nw.col("unit").cast(nw.Categorical))

    def with_numbers(self, rows: Frame) -> Frame:
        """It stands for the text already."""
        native: pl.LazyFrame = rows.to_native()
        return nw.from_native(native.with_columns(number=pl.col("unit").to_physical().cast(pl.Int64)))

    def collect(self, frames: Sequence[Frame]) -> list[pl.DataFrame]:
        """Read together, so that what they share is read once."""
        return pl.collect_all([frame.to_native() for frame in frames])

    def how_many(self, condition: nw.Expr) -> nw.Expr:
        """Flags are counted fastest as they are."""
        return condition.sum()

    def month(self, instant: nw.Expr) -> nw.Expr:
        """By the calendar."""
        return instant.cast(nw.Datetime("us")).dt.month()


POLARS = Polars()
_ENGINE: ContextVar[Engine] = ContextVar("engine", default=POLARS)


@contextmanager
def computed_by(engine: Engine) -> Iterator[None]:
    """Whatever is asked in this block is computed by this engine."""
    before = _ENGINE.set(engine)
    try:
        yield
    finally:
        _ENGINE.reset(before)


def scan(version: Version, table: str, columns: Iterable[str], months: Days | None = None, only: Collection[str] | None = None) -> Frame:
    """A table's rows, to be read when they are collected.

    Args:
        version: what to read from.
        table: a tidy table, or ``units``.
        columns: the columns to read.
        months: only files of the local months between these days; None for all.
        only: only files of these names (``YYYY-MM``, ``all``); None for all.
    """
    files = sorted((version.folder / table).glob("*.parquet"))
    if months is not None:
        first, last = (f"{day.year:04}-{day.month:02}" for day in months)
        files = [file for file in files if file.stem == "all" or first <= file.stem <= last]
    if only is not None:
        files = [file for file in files if file.stem in only]
    return _ENGINE.get().scan(files, snapshot_schema(table), sorted(set(columns)))


def remembers() -> bool:
    """Whether rows that are read may be remembered."""
    return _ENGINE.get().remembers


def collect(frames: Sequence[Frame]) -> list[pl.DataFrame]:
    """The frames' rows, in no certain order, read together so that what they share is read once."""
    return _ENGINE.get().collect(frames)


def lazy(rows: pl.DataFrame) -> Frame:
    """Rows in memory, as the definitions take them."""
    return _ENGINE.get().lazy(rows)


def numbered(rows: Frame) -> Frame:
    """The same rows with a number for each ``unit``'s text, where that is quicker to group by."""
    return _ENGINE.get().numbered(rows)


def with_numbers(rows: Frame) -> Frame:
    """Numbered rows with ``number``: that of their unit's text among the categories of this process, for as long as they are kept."""
    return _ENGINE.get().with_numbers(rows)


def read(version: Version, table: str, columns: Iterable[str]) -> pl.DataFrame:
    """A small table's rows at once, by whichever engine the rest is computed."""
    with computed_by(POLARS):
        return collect([scan(version, table, columns)])[0]


def how_many(condition: nw.Expr) -> nw.Expr:
    """How many rows fulfil it; of an amount, its sum."""
    return _ENGINE.get().how_many(condition)


def month(instant: nw.Expr) -> nw.Expr:
    """The month, 1 to 12, of instants in microseconds."""
    return _ENGINE.get().month(instant)
