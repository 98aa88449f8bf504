"""The record: every accepted row version, append-only, with its loads, files and versions; ``refused.py`` and ``residents.py`` are the
other parts of it, ``schema.py`` its tables. No other module knows SQL.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.errors import BusyError, UserError
from etl.language import _
from etl.record.refused import RefusedRows
from etl.record.residents import Residents
from etl.record.schema import FILES, LOADS, METADATA, ROWS, SCHEMA, VERSIONS, migrate, schema_of, stored_type, unlike
from etl.record.transaction import ROWS_A_PAGE, ROWS_AT_ONCE, in_words
from etl.tables import INPUT_TABLES

_OF_EVERY_ROW = ("file_id", "row_number", "bare")
WRITER = 0x4C4E
"""PostgreSQL's lock of whoever writes, whatever home it does so from; it ends with the connection."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """UTC microseconds since 1970 of an instant with its offset."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(value: int | None) -> datetime | None:
    """The instant of UTC microseconds since 1970."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)


class Record(RefusedRows, Residents):
    """One open transaction on the record. Reading needs no lock; whoever writes holds the home's lock."""

    def __init__(self, connection: sa.Connection):
        super().__init__(connection)
        self.keep = True
        """Set to False, nothing of the transaction is kept: a dry run."""
        self.once_kept: list[Callable[[], None]] = []
        """What is to be done as soon as all is committed, while nobody else may write."""

    # -- loads ---------------------------------------------------------------

    def new_load(self, **columns: Any) -> int:
        """Add a load and return its id. Ids are never used twice: an undone or discarded load keeps its own."""
        load_id = (self._connection.scalar(sa.select(sa.func.max(LOADS.c.load_id))) or 0) + 1
        self._connection.execute(LOADS.insert().values(load_id=load_id, **columns))
        return load_id

    def change_load(self, load_id: int, **columns: Any) -> None:
        """Set columns of one load."""
        self._connection.execute(LOADS.update().where(LOADS.c.load_id == load_id).values(**columns))

    def close_load(self, load_id: int, gate: dict[str, Any], statistics: dict[str, Any], **columns: Any) -> None:
        """Set what is known of a load once it is done."""
        self.change_load(load_id, gate=json.dumps(gate), statistics=json.dumps(statistics), **columns)

    def loads(self) -> list[dict[str, Any]]:
        """All loads, oldest first; ``gate`` and ``statistics`` as read from JSON."""
        rows = self._connection.execute(sa.select(LOADS).order_by(LOADS.c.load_id)).mappings()
        return [dict(row) | {"gate": json.loads(row["gate"]), "statistics": json.loads(row["statistics"])} for row in rows]

    # -- files ---------------------------------------------------------------

    def next_file_id(self) -> int:
        """The id that the next file gets."""
        return (self._connection.scalar(sa.select(sa.func.max(FILES.c.file_id))) or 0) + 1

    def add_file(self, **columns: Any) -> None:
        """Add a file with its fates; the database refuses an account that does not close."""
        self._connection.execute(FILES.insert().values(**columns))

    def change_file(self, file_id: int, **columns: Any) -> None:
        """Set columns of one file."""
        self._connection.execute(FILES.update().where(FILES.c.file_id == file_id).values(**columns))

    def files(self) -> list[dict[str, Any]]:
        """All files of all loads with their load's ``state``, in the order in which they were loaded."""
        joined = sa.select(FILES, LOADS.c.state).join(LOADS).order_by(FILES.c.file_id)
        return [dict(row) for row in self._connection.execute(joined).mappings()]

    # -- rows ----------------------------------------------------------------

    def add_rows(self, table: str, rows: pl.DataFrame) -> None:
        """Append accepted row versions: file_id, row_number, the columns that are kept of them, bare."""
        self._bulk(ROWS[table], rows.select(ROWS[table].columns.keys()))

    def rows(self, table: str, files: list[int], ids: pl.Series | None = None, columns: Collection[str] = ()) -> pl.DataFrame:
        """The row versions of ``files``: file_id, row_number, the columns that are kept of them (or ``columns``), bare; only those with
        one of ``ids`` in the column of that name, where given."""
        target = ROWS[table]
        schema = {column.name: _STORED.get(column.kind, pl.String()) for column in INPUT_TABLES[table].kept}
        schema |= dict.fromkeys(_OF_EVERY_ROW, pl.Int64())
        read = [column for column in target.columns if column.name in (*(columns or schema), *_OF_EVERY_ROW)]
        query = sa.select(*read)
        frames = [pl.DataFrame(schema={column.name: schema[column.name] for column in read})]
        if ids is None:
            frames += self._pages(query, sorted(files), schema)
        else:
            wanted = _as_stored(ids.unique()).to_frame()
            asked = (self._among(target.c[ids.name], some.to_series()) for some in wanted.iter_slices(ROWS_A_PAGE))
            frames += [self._columns(query.where(some), schema) for some in asked]
        rows = pl.concat(frames)
        return _from_stored(table, rows if ids is None else rows.filter(pl.col("file_id").is_in(files)))

    def height(self, table: str, files: list[int]) -> int:
        """How many row versions files brought."""
        rows = ROWS[table]
        return self._connection.scalar(sa.select(sa.func.count()).select_from(rows).where(rows.c.file_id.in_(files))) or 0

    # -- whole tables --------------------------------------------------------

    def contents(self, table: str) -> Iterator[pl.DataFrame]:
        """All that one of the tables BACKED_UP holds, as it is stored, some rows at a time."""
        target = METADATA.tables[table]
        schema = {column.name: stored_type(column) for column in target.columns}
        query = sa.select(target).order_by(*target.primary_key.columns)
        result = self._connection.execute(query, execution_options={"stream_results": True})
        for rows in result.partitions(ROWS_AT_ONCE * 10):
            columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
            yield pl.DataFrame({name: pl.Series(values, dtype=dtype) for (name, dtype), values in columns})

    def begin_anew(self, schema: str) -> None:
        """Remove everything, and stand as empty as that migration makes a record: to be filled, then brought ``up_to_date``."""
        METADATA.drop_all(self._connection)
        self._connection.exec_driver_sql("DROP TABLE alembic_version")
        migrate(self._connection, None, schema)

    def fill(self, table: str, contents: pl.DataFrame) -> None:
        """Add to a table what ``contents`` gave, under the same schema.

        Raises:
            LookupError: there is no such table, or it has other columns.
        """
        try:
            there = sa.Table(table, sa.MetaData(), autoload_with=self._connection, resolve_fks=False)
        except sa.exc.NoSuchTableError:
            raise LookupError(table) from None
        if set(there.columns.keys()) != set(contents.columns):
            raise LookupError(table)
        self._bulk(there, contents)

    def bring_up_to_date(self) -> None:
        """Run the migrations that are still to come, in the open transaction."""
        migrate(self._connection, schema_of(self._connection))

    # -- versions ------------------------------------------------------------

    def new_version(self, **columns: Any) -> None:
        """Add a published version."""
        self._connection.execute(VERSIONS.insert().values(**columns))

    def change_version(self, version: str, **columns: Any) -> None:
        """Set columns of one version."""
        self._connection.execute(VERSIONS.update().where(VERSIONS.c.version == version).values(**columns))

    def versions(self) -> list[dict[str, Any]]:
        """All versions, oldest first."""
        return [dict(row) for row in self._connection.execute(sa.select(VERSIONS).order_by(VERSIONS.c.version)).mappings()]

    def drop_version(self, version: str) -> None:
        """Take back a version that the gate did not let pass."""
        self._connection.execute(VERSIONS.delete().where(VERSIONS.c.version == version))

    def latest_version(self) -> dict[str, Any] | None:
        """The version published last, or None."""
        row = self._connection.execute(sa.select(VERSIONS).order_by(VERSIONS.c.version.desc()).limit(1)).mappings().first()
        return dict(row) if row else None


def _as_stored(values: pl.Series) -> pl.Series:
    return values.cast(pl.String) if values.dtype == pl.Date else values


_STORED: dict[str, pl.DataType] = {"instant": pl.Int64(), "integer": pl.Int64(), "boolean": pl.Boolean()}


def _from_stored(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    declared = [column for column in INPUT_TABLES[table].kept if column.name in rows.columns]
    return rows.with_columns(
        *(pl.from_epoch(pl.col(column.name), "us").dt.replace_time_zone("UTC") for column in declared if column.kind == "instant"),
        *(pl.col(column.name).str.to_date("%Y-%m-%d") for column in declared if column.kind == "date"),
    )


_READ_ONLY = {"postgresql_readonly": True}


def _engine(url: str, **options: Any) -> sa.Engine:
    try:
        return sa.create_engine(url, hide_parameters=True, **options)  # an error must not quote what was to be stored
    except (sa.exc.ArgumentError, ImportError, ValueError):
        example = "postgresql://USER:PASSWORD@HOST/DATABASE"
        raise UserError(_("LANGNGHE_DATABASE_URL names no database: write it as {example}, or leave it out.", example=example)) from None


@contextmanager
def open_record(url: str, write: bool = False) -> Iterator[Record]:
    """Open the record; what is written is committed when the block ends without an error, and not at all otherwise.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL.
        write: makes the tables where there are none, and waits for no one: the caller holds the home's lock.

    Raises:
        BusyError: another home is writing to this database.
        UserError: the database cannot be reached, or its schema is another program version's.
    """
    sqlite = url.startswith("sqlite")
    # Whoever reads sees one state from the first query to the last: SQLite's readers always do.
    engine = _engine(url) if sqlite or write else _engine(url, isolation_level="REPEATABLE READ", execution_options=_READ_ONLY)
    if sqlite:
        sa.event.listen(engine, "connect", _sqlite_settings if write else _sqlite_settings_to_read)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN"))
    try:
        with in_words(), engine.connect() as connection:
            if write and not sqlite and not _locked(connection):
                raise BusyError(_("Another refresh is running: wait until it has finished, then try again."))
            known = schema_of(connection)
            if known != SCHEMA and not write:
                raise unlike(known)
            if known != SCHEMA:
                migrate(connection, known)
                connection.commit()
            connection.rollback()
            with connection.begin() as transaction:
                record = Record(connection)
                yield record
                if not record.keep:
                    transaction.rollback()
            for act in record.once_kept:
                act()
    finally:
        engine.dispose()


def reclaim(url: str) -> None:
    """Give back the room of what was removed, so that no byte of it is left in the database's tables; PostgreSQL writes them anew."""
    engine = _engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in METADATA.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
    engine.dispose()


def record_exists(url: str) -> bool:
    """Whether anything was ever loaded."""
    engine = _engine(url)
    if engine.dialect.name == "sqlite" and not (engine.url.database and Path(engine.url.database).exists()):
        return False
    try:
        with in_words(), engine.connect() as connection:
            return schema_of(connection) is not None
    finally:
        engine.dispose()


def _locked(connection: sa.Connection) -> bool:
    """Whether the database's lock is ours now. A writer that was killed holds it until its server process has noticed."""
    for _try in range(20):
        if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(WRITER))):
            return True
        time.sleep(0.1)
    return False


def _sqlite_settings(connection: Any, _entry: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event decides, not the driver
    cursor = connection.cursor()
    durable = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
    for pragma in (*durable, "cache_size=-64000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_settings_to_read(connection: Any, entry: object) -> None:
    _sqlite_settings(connection, entry)
    connection.execute("PRAGMA query_only=ON")
