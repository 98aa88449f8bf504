"""Where a version's rows are read from: lazily, only the columns and months that a question needs, by Polars.

Instants become whole microseconds since 1970 (Int64) and dates whole days before a definition sees them: such arithmetic is
exact and the same on every engine.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import narwhals as nw
import polars as pl

from etl.tables import snapshot_schema
from etl.versions import Version

Frame = nw.LazyFrame[pl.LazyFrame]
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


def scan(version: Version, table: str, columns: Iterable[str], months: Days | None = None, only: Collection[str] | None = None) -> Frame:
    """A table's rows, to be read when they are collected.

    Args:
        version: what to read from.
        table: a tidy table, or ``units``.
        columns: the columns to read.
        months: only files of the local months between these days; None for all.
        only: only files of these names (``YYYY-MM``, ``all``); None for all.
    """
    wanted = sorted(set(columns))
    schema = snapshot_schema(table)
    files = sorted((version.folder / table).glob("*.parquet"))
    if months is not None:
        first, last = (f"{day.year:04}-{day.month:02}" for day in months)
        files = [file for file in files if file.stem == "all" or first <= file.stem <= last]
    if only is not None:
        files = [file for file in files if file.stem in only]
    empty = pl.LazyFrame(schema={name: schema[name] for name in wanted})
    # A kept version may be older than a column, where nothing is known of it, or younger than the program.
    frame = (
        pl.scan_parquet(files, glob=False, schema=schema, missing_columns="insert", extra_columns="ignore").select(wanted)
        if files
        else empty
    )
    times = [name for name in wanted if isinstance(schema[name], pl.Datetime | pl.Date)]
    return nw.from_native(frame.with_columns(pl.col(times).to_physical()))


def collect(frames: Sequence[Frame]) -> list[pl.DataFrame]:
    """The frames' rows, in no certain order, read together so that what they share is read once."""
    return pl.collect_all([frame.to_native() for frame in frames])


def lazy(rows: pl.DataFrame) -> Frame:
    """Rows in memory, as the definitions take them."""
    return nw.from_native(rows.lazy())


def read(version: Version, table: str, columns: Iterable[str]) -> pl.DataFrame:
    """A small table's rows at once."""
    return collect([scan(version, table, columns)])[0]


def how_many(condition: nw.Expr) -> nw.Expr:
    """How many rows fulfil it. Polars counts flags fastest as they are; Spark, which sums no flags, would cast them here."""
    return condition.sum()
