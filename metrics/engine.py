"""Where a version's rows are read from: lazily, only the columns and months that a question needs, by Polars.

Instants become whole microseconds since 1970 (Int64) before a definition sees them: such arithmetic is exact and the
same on every engine.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import narwhals as nw
import polars as pl

from etl.tables import snapshot_schema
from etl.versions import Version

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
LOCAL_OFFSET = timedelta(hours=7)
"""Asia/Ho_Chi_Minh, without change since 1975: long before the first instant a log may hold."""


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def local_midnight(day: date) -> int:
    """The first instant of a local day, in microseconds since 1970."""
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC) - LOCAL_OFFSET)


def local_date(instant: datetime) -> date:
    """The local day that an instant lies in."""
    return (instant.astimezone(UTC) + LOCAL_OFFSET).date()


def scan(version: Version, table: str, columns: Iterable[str], months: tuple[date, date] | None = None) -> nw.LazyFrame[pl.LazyFrame]:
    """A table's rows, to be read when they are collected.

    Args:
        version: what to read from.
        table: a tidy table, or ``units``.
        columns: the columns to read.
        months: only files of the local months between these days; None for all.
    """
    wanted = sorted(set(columns))
    schema = snapshot_schema(table)
    files = sorted((version.folder / table).glob("*.parquet"))
    if months is not None:
        first, last = (f"{day.year:04}-{day.month:02}" for day in months)
        files = [file for file in files if file.stem == "all" or first <= file.stem <= last]
    empty = pl.LazyFrame(schema={name: schema[name] for name in wanted})
    frame = pl.scan_parquet(files, glob=False).select(wanted) if files else empty
    instants = [name for name in wanted if isinstance(schema[name], pl.Datetime)]
    return nw.from_native(frame.with_columns(pl.col(instants).to_physical()))


def collect(frames: Sequence[nw.LazyFrame[pl.LazyFrame]]) -> list[pl.DataFrame]:
    """The frames' rows, in no certain order, read together so that what they share is read once."""
    return pl.collect_all([frame.to_native() for frame in frames])


def read(version: Version, table: str, columns: Iterable[str]) -> pl.DataFrame:
    """A small table's rows at once."""
    return collect([scan(version, table, columns)])[0]


def how_many(condition: nw.Expr) -> nw.Expr:
    """How many rows fulfil it. Polars counts flags fastest as they are; Spark, which sums no flags, would cast them here."""
    return condition.sum()
