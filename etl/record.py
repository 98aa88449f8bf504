"""The record: every accepted row version, append-only, with its loads, files and refused rows. The only module that knows SQL.

Instants are stored as microseconds since 1970 UTC, dates as YYYY-MM-DD: the same on every database.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.errors import BusyError, UserError
from etl.language import _
from etl.tables import INPUT_TABLES, KEYED, RESIDENTS

SCHEMA = "0005"
"""The migration that makes the tables below: change them, and write the next one (docs/operations.md)."""
MIGRATIONS = Path(__file__).parent / "migrations"
WRITER = 0x4C4E
"""PostgreSQL's lock of whoever writes, whatever home it does so from; it ends with the connection."""
_METADATA = sa.MetaData()
_LOADS = sa.Table(
    "loads",
    _METADATA,
    sa.Column("load_id", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),  # published, held, undone, discarded
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("finished_at", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("requested_as_of", sa.BigInteger),
    sa.Column("latest_at", sa.BigInteger),
    sa.Column("version", sa.String(20)),
    sa.Column("reason", sa.Text),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("statistics", sa.Text, nullable=False),
)
_FILES = sa.Table(
    "files",
    _METADATA,
    sa.Column("file_id", sa.Integer, primary_key=True),
    sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id"), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("source", sa.String(200)),
    sa.Column("definition", sa.String(64)),
    sa.Column("table_name", sa.String(40)),
    sa.Column("verbatim", sa.Boolean, nullable=False),
    sa.Column("by_content", sa.Boolean, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    *(sa.Column(fate, sa.Integer, nullable=False) for fate in ("rows", "loaded", "updated", "unchanged", "duplicate")),
    *(sa.Column(fate, sa.Integer, nullable=False) for fate in ("quarantined", "not_selected")),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("pseudonyms", sa.Text, nullable=False, server_default=""),  # columns that hold them beside KEYED, with a space between
    sa.CheckConstraint("rows = loaded + updated + unchanged + duplicate + quarantined + not_selected", name="account_closes"),
)
_QUARANTINE = sa.Table(
    "quarantine",
    _METADATA,
    sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id"), nullable=False, index=True),
    sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("column", sa.String(60), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("key", sa.String(64)),  # of the row's own id (etl/mending.py)
    sa.Column("fixed_in", sa.Integer),  # the load that brought the row which takes its place; where that load stands
)
_VERSIONS = sa.Table(
    "versions",
    _METADATA,
    sa.Column("version", sa.String(20), primary_key=True),
    sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id")),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    sa.Column("checksum", sa.String(64), nullable=False),
    sa.Column("published_at", sa.BigInteger, nullable=False),
    sa.Column("references", sa.String(64), nullable=False),
)
_KEYS = sa.Table(
    "keys",
    _METADATA,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.String(64), nullable=False),
)
_ERASED = sa.Table("erased", _METADATA, sa.Column("pseudonym", sa.String(64), primary_key=True))
_TEXTS = sa.Table(
    "texts",
    _METADATA,
    sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), primary_key=True),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("kept_at", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
_SQL_TYPES: dict[str, Any] = {"instant": sa.BigInteger, "date": sa.String(10), "integer": sa.BigInteger, "boolean": sa.Boolean}


_LOOKED_UP = {"interactions": ("interaction_id",)}
"""Columns by which few of many row versions are asked for."""


def _rows_table(name: str) -> sa.Table:
    """The accepted row versions of one input table."""
    return sa.Table(
        f"{name}_rows",
        _METADATA,
        sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), primary_key=True),
        sa.Column("row_number", sa.Integer, primary_key=True),
        *(
            sa.Column(column.name, _SQL_TYPES.get(column.kind, sa.Text), nullable=column.name not in INPUT_TABLES[name].key)
            for column in INPUT_TABLES[name].kept
        ),
        sa.Column("bare", sa.BigInteger, nullable=False),
        *(sa.Index(f"{name}_of_id", column) for column in _LOOKED_UP.get(name, ())),
        sqlite_with_rowid=False,
    )


_ROWS = {name: _rows_table(name) for name in INPUT_TABLES}
BACKED_UP = tuple(table.name for table in _METADATA.sorted_tables if table is not _TEXTS)
"""What a backup holds, each table after those it refers to: all but kept texts, whose days would not end there."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """UTC microseconds since 1970 of an instant with its offset."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(value: int | None) -> datetime | None:
    """The instant of UTC microseconds since 1970."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)


class Record:
    """One open transaction on the record. Reading needs no lock; whoever writes holds the home's lock."""

    def __init__(self, connection: sa.Connection):
        self._connection = connection
        self.keep = True
        """Set to False, nothing of the transaction is kept: a dry run."""
        self.once_kept: list[Callable[[], None]] = []
        """What is to be done as soon as all is committed, while nobody else may write."""

    # -- loads ---------------------------------------------------------------

    def new_load(self, **columns: Any) -> int:
        """Add a load and return its id. Ids are never used twice: an undone or discarded load keeps its own."""
        load_id = (self._connection.scalar(sa.select(sa.func.max(_LOADS.c.load_id))) or 0) + 1
        self._connection.execute(_LOADS.insert().values(load_id=load_id, **columns))
        return load_id

    def change_load(self, load_id: int, **columns: Any) -> None:
        """Set columns of one load."""
        self._connection.execute(_LOADS.update().where(_LOADS.c.load_id == load_id).values(**columns))

    def close_load(self, load_id: int, gate: dict[str, Any], statistics: dict[str, Any], **columns: Any) -> None:
        """Set what is known of a load once it is done."""
        self.change_load(load_id, gate=json.dumps(gate), statistics=json.dumps(statistics), **columns)

    def loads(self) -> list[dict[str, Any]]:
        """All loads, oldest first; ``gate`` and ``statistics`` as read from JSON."""
        rows = self._connection.execute(sa.select(_LOADS).order_by(_LOADS.c.load_id)).mappings()
        return [dict(row) | {"gate": json.loads(row["gate"]), "statistics": json.loads(row["statistics"])} for row in rows]

    # -- files ---------------------------------------------------------------

    def next_file_id(self) -> int:
        """The id that the next file gets."""
        return (self._connection.scalar(sa.select(sa.func.max(_FILES.c.file_id))) or 0) + 1

    def add_file(self, **columns: Any) -> None:
        """Add a file with its fates; the database refuses an account that does not close."""
        self._connection.execute(_FILES.insert().values(**columns))

    def change_file(self, file_id: int, **columns: Any) -> None:
        """Set columns of one file."""
        self._connection.execute(_FILES.update().where(_FILES.c.file_id == file_id).values(**columns))

    def files(self) -> list[dict[str, Any]]:
        """All files of all loads with their load's ``state``, in the order in which they were loaded."""
        joined = sa.select(_FILES, _LOADS.c.state).join(_LOADS).order_by(_FILES.c.file_id)
        return [dict(row) for row in self._connection.execute(joined).mappings()]

    # -- rows ----------------------------------------------------------------

    def add_rows(self, table: str, rows: pl.DataFrame) -> None:
        """Append accepted row versions: file_id, row_number, the columns that are kept of them, bare."""
        self._bulk(_ROWS[table], rows.select(_ROWS[table].columns.keys()))

    def rows(self, table: str, files: list[int], ids: pl.Series | None = None) -> pl.DataFrame:
        """The row versions of ``files``: file_id, row_number, the columns that are kept of them, bare; only those with one
        of ``ids`` in the column of that name, where given."""
        target = _ROWS[table]
        names = target.columns.keys()
        schema = {column.name: _STORED.get(column.kind, pl.String()) for column in INPUT_TABLES[table].kept}
        schema |= dict.fromkeys(("file_id", "row_number", "bare"), pl.Int64())
        column, some = (target.c.file_id, [files]) if ids is None else (target.c[ids.name], _some(ids.unique()))
        query = sa.select(target).where(column.in_(sa.bindparam("some", expanding=True)))
        frames = [pl.DataFrame(schema={name: schema[name] for name in names})]
        for values in some:
            result = self._connection.execute(query, {"some": values})
            while chunk := result.cursor.fetchmany(50_000):  # the driver's own tuples: SQLAlchemy's rows take twice the time
                columns = zip(names, zip(*chunk, strict=True), strict=True)
                frames.append(pl.DataFrame({name: _column(values, schema[name]) for name, values in columns}))
        rows = pl.concat(frames)
        return _from_stored(table, rows if ids is None else rows.filter(pl.col("file_id").is_in(files)))

    def height(self, table: str, files: list[int]) -> int:
        """How many row versions files brought."""
        rows = _ROWS[table]
        return self._connection.scalar(sa.select(sa.func.count()).select_from(rows).where(rows.c.file_id.in_(files))) or 0

    def add_texts(self, texts: pl.DataFrame) -> None:
        """Keep redacted texts of rows: file_id, row_number, kept_at, text."""
        self._bulk(_TEXTS, texts.select(_TEXTS.columns.keys()))

    def texts(self) -> list[dict[str, Any]]:
        """The redacted texts that are kept, in the order in which they came."""
        query = sa.select(_TEXTS).order_by(_TEXTS.c.file_id, _TEXTS.c.row_number)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def remove_texts_before(self, limit: int) -> int:
        """Remove the texts that came before ``limit``; how many went."""
        return self._connection.execute(_TEXTS.delete().where(_TEXTS.c.kept_at < limit)).rowcount

    def add_refused(self, rows: pl.DataFrame) -> None:
        """Append refused rows: load_id, file_id, row_number, rule, column, value, row, key."""
        self._bulk(_QUARANTINE, rows.select(column.name for column in _QUARANTINE.columns if column.name != "fixed_in"))

    def refused(self, load_id: int | None = None) -> list[dict[str, Any]]:
        """Refused rows of one load, or of all loads that stand, with their file's path, in file and row order."""
        query = (
            sa.select(_QUARANTINE, _FILES.c.path)
            .join(_FILES, _FILES.c.file_id == _QUARANTINE.c.file_id)
            .join(_LOADS, _LOADS.c.load_id == _QUARANTINE.c.load_id)
        )
        query = (
            query.where(_QUARANTINE.c.load_id == load_id) if load_id is not None else query.where(_LOADS.c.state.in_(("published", "held")))
        )
        query = query.order_by(_QUARANTINE.c.load_id, _FILES.c.path, _QUARANTINE.c.row_number)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def waiting(self, sources: Iterable[str]) -> pl.DataFrame:
        """Refused rows of these sources whose places no row of a published load has taken yet: file_id, row_number, path, source, rule,
        row, key."""
        fixing = _LOADS.alias()
        columns = [_QUARANTINE.c[name] for name in ("file_id", "row_number", "rule", "row", "key")] + [_FILES.c.path, _FILES.c.source]
        query = sa.select(*columns).join(_FILES, _FILES.c.file_id == _QUARANTINE.c.file_id)
        query = query.join(_LOADS, _LOADS.c.load_id == _QUARANTINE.c.load_id).join(
            fixing, fixing.c.load_id == _QUARANTINE.c.fixed_in, isouter=True
        )
        query = query.where(_FILES.c.source.in_(list(sources)), _LOADS.c.state.in_(("published", "held")))
        query = query.where(sa.func.coalesce(fixing.c.state, "") != "published")
        rows = [tuple(row) for row in self._connection.execute(query)]
        schema = {column.name: _stored_type(column) for column in columns}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def mend(self, load_id: int, rows: pl.DataFrame) -> None:
        """Say of refused rows (file_id, row_number) that rows of this load take their places."""
        for (file_id,), of_file in rows.partition_by("file_id", as_dict=True).items():
            for some in of_file.iter_slices(_ROWS_AT_ONCE // 20):
                there = (_QUARANTINE.c.file_id == file_id, _QUARANTINE.c.row_number.in_(some["row_number"].to_list()))
                self._connection.execute(_QUARANTINE.update().where(*there).values(fixed_in=load_id))

    def _bulk(self, table: sa.Table, rows: pl.DataFrame) -> None:
        """Many rows at once, by the driver's own fastest way."""
        if rows.is_empty():
            return
        instants = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
        dates = [name for name, dtype in rows.schema.items() if dtype == pl.Date]
        rows = rows.with_columns(pl.col(instants).dt.epoch("us"), pl.col(dates).cast(pl.String))
        names = ", ".join(f'"{name}"' for name in rows.columns)
        if self._connection.dialect.name == "postgresql":
            driver: Any = self._connection.connection.driver_connection
            with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)") as copy:
                for some in rows.iter_slices(_ROWS_AT_ONCE):
                    copy.write(some.write_csv(include_header=False, quote_style="non_numeric"))  # quoted: empty; bare: missing
            return
        places = ", ".join("?" * rows.width)
        insert = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # names are declared, not given
        for some in rows.iter_slices(_ROWS_AT_ONCE):
            self._connection.exec_driver_sql(insert, list(zip(*(column.to_list() for column in some), strict=True)))

    # -- what may no longer be kept ------------------------------------------

    def remove_before(self, table: str, column: str, limit: int | str, whole: str | None = None) -> int:
        """Remove the row versions whose ``column`` lies before ``limit`` (as stored), whatever became of their load.

        Args:
            table: an input table.
            column: of it.
            limit: the first value that stays.
            whole: a column whose rows of one value and source stay or go together, by the first of them.

        Returns:
            How many row versions went.
        """
        rows = _ROWS[table]
        old = rows.c[column] < limit
        if whole:
            place = sa.select(_FILES.c.source, rows.c[whole]).select_from(rows.join(_FILES))
            doomed = place.group_by(_FILES.c.source, rows.c[whole]).having(sa.func.min(rows.c[column]) < limit).subquery()
            of_file = sa.select(_FILES.c.source).where(_FILES.c.file_id == rows.c.file_id).correlate(rows).scalar_subquery()
            old = sa.tuple_(of_file, rows.c[whole]).in_(sa.select(doomed.c.source, doomed.c[whole]))
        removed = self._connection.execute(rows.delete().where(old)).rowcount
        self._forget_orphans()
        return removed

    def remove_refused_before(self, limit: int) -> int:
        """Remove the refused rows of loads that were done before ``limit``; how many went."""
        old = sa.select(_LOADS.c.load_id).where(_LOADS.c.finished_at < limit)
        return self._connection.execute(_QUARANTINE.delete().where(_QUARANTINE.c.load_id.in_(old))).rowcount

    def erased(self) -> list[str]:
        """Pseudonyms of the residents who were erased."""
        return list(self._connection.scalars(sa.select(_ERASED.c.pseudonym)))

    def add_erased(self, pseudonyms: Iterable[str]) -> None:
        """Remember pseudonyms of residents who were erased; none of them is known yet."""
        if rows := [{"pseudonym": pseudonym} for pseudonym in pseudonyms]:
            self._connection.execute(_ERASED.insert(), rows)

    def forget_residents(self, pseudonyms: list[str]) -> int:
        """Take residents out of all row versions, with the links to what they wrote and the texts; how many row versions named them."""
        forgotten = 0
        for table, rows in _ROWS.items():
            for name in RESIDENTS:
                if name not in rows.c:
                    continue
                theirs = rows.c[name].in_(pseudonyms)
                same = sa.exists().where(theirs, rows.c.file_id == _TEXTS.c.file_id, rows.c.row_number == _TEXTS.c.row_number)
                self._connection.execute(_TEXTS.delete().where(same))
                values = {column: None for column in (name, "link") if column in _ROWS[table].c}
                forgotten += self._connection.execute(rows.update().where(theirs).values(values)).rowcount
        return forgotten

    def _forget_orphans(self) -> None:
        """Remove kept texts whose rows are gone."""
        there = [sa.exists().where(rows.c.file_id == _TEXTS.c.file_id, rows.c.row_number == _TEXTS.c.row_number) for rows in _ROWS.values()]
        self._connection.execute(_TEXTS.delete().where(~sa.or_(*there)))

    # -- pseudonyms ----------------------------------------------------------

    def key_marks(self) -> list[str]:
        """The marks of the keys that the pseudonyms were made with, the innermost first."""
        return list(self._connection.scalars(sa.select(_KEYS.c.mark).order_by(_KEYS.c.position)))

    def set_key_marks(self, marks: list[str]) -> None:
        """Set the marks."""
        self._connection.execute(_KEYS.delete())
        self._connection.execute(_KEYS.insert(), [{"position": position, "mark": mark} for position, mark in enumerate(marks)])

    def replace_pseudonyms(self, others: Callable[[list[str]], list[str]]) -> int:
        """Put another in the place of every pseudonym.

        Args:
            others: given different pseudonyms, those that take their places.

        Returns:
            How many different pseudonyms there are.
        """
        places = [*self._pseudonyms(), (_ERASED.c.pseudonym, sa.true())]
        found: set[str] = set()
        for column, where in places:
            found.update(self._connection.scalars(sa.select(column).where(where, column.is_not(None)).distinct()))
        old = sorted(found)
        exchange = sa.Table(
            "exchange", sa.MetaData(), sa.Column("old", sa.Text, primary_key=True), sa.Column("new", sa.Text), prefixes=["TEMPORARY"]
        )
        exchange.create(self._connection)
        self._bulk(exchange, pl.DataFrame({"old": old, "new": others(old)}, schema={"old": pl.String(), "new": pl.String()}))
        for column, where in places:
            new = sa.select(exchange.c.new).where(exchange.c.old == column).scalar_subquery()
            self._connection.execute(column.table.update().where(where, column.is_not(None)).values({column.name: new}))
        exchange.drop(self._connection)
        return len(old)

    def _pseudonyms(self) -> Iterator[tuple[sa.Column[Any], sa.ColumnElement[bool]]]:
        """Where pseudonyms stand: columns of row versions, and which rows of theirs."""
        of_files: dict[tuple[str, str], list[int]] = {}
        for file_id, table, names in self._connection.execute(sa.select(_FILES.c.file_id, _FILES.c.table_name, _FILES.c.pseudonyms)):
            for name in names.split():
                of_files.setdefault((table, name), []).append(file_id)
        yield _QUARANTINE.c.key, sa.true()
        for table, names in KEYED.items():
            for name in names:
                of_files.pop((table, name), None)
                yield _ROWS[table].c[name], sa.true()
        for (table, name), files in of_files.items():
            yield _ROWS[table].c[name], _ROWS[table].c.file_id.in_(files)

    # -- whole tables --------------------------------------------------------

    def contents(self, table: str) -> Iterator[pl.DataFrame]:
        """All that one of the tables BACKED_UP holds, as it is stored, some rows at a time."""
        target = _METADATA.tables[table]
        schema = {column.name: _stored_type(column) for column in target.columns}
        query = sa.select(target).order_by(*target.primary_key.columns)
        result = self._connection.execute(query, execution_options={"stream_results": True})
        for rows in result.partitions(_ROWS_AT_ONCE * 10):
            columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
            yield pl.DataFrame({name: pl.Series(values, dtype=dtype) for (name, dtype), values in columns})

    def begin_anew(self, schema: str) -> None:
        """Remove everything, and stand as empty as that migration makes a record: to be filled, then brought ``up_to_date``."""
        _METADATA.drop_all(self._connection)
        self._connection.exec_driver_sql("DROP TABLE alembic_version")
        _migrate(self._connection, None, schema)

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
        _migrate(self._connection, _schema(self._connection))

    # -- versions ------------------------------------------------------------

    def new_version(self, **columns: Any) -> None:
        """Add a published version."""
        self._connection.execute(_VERSIONS.insert().values(**columns))

    def change_version(self, version: str, **columns: Any) -> None:
        """Set columns of one version."""
        self._connection.execute(_VERSIONS.update().where(_VERSIONS.c.version == version).values(**columns))

    def versions(self) -> list[dict[str, Any]]:
        """All versions, oldest first."""
        return [dict(row) for row in self._connection.execute(sa.select(_VERSIONS).order_by(_VERSIONS.c.version)).mappings()]

    def drop_version(self, version: str) -> None:
        """Take back a version that the gate did not let pass."""
        self._connection.execute(_VERSIONS.delete().where(_VERSIONS.c.version == version))

    def latest_version(self) -> dict[str, Any] | None:
        """The version published last, or None."""
        row = self._connection.execute(sa.select(_VERSIONS).order_by(_VERSIONS.c.version.desc()).limit(1)).mappings().first()
        return dict(row) if row else None


def _some(values: pl.Series) -> Iterator[list[Any]]:
    """So many values at a time as a query may name."""
    for start in range(0, values.len(), _ROWS_AT_ONCE):
        yield values.slice(start, _ROWS_AT_ONCE).to_list()


_ROWS_AT_ONCE = 10_000
"""Rows that are made the driver's tuples at once: a whole file of them would take more memory than all that is read ahead."""
_STORED: dict[str, pl.DataType] = {"instant": pl.Int64(), "integer": pl.Int64(), "boolean": pl.Boolean()}


def _stored_type(column: sa.Column[Any]) -> pl.DataType:
    if isinstance(column.type, sa.Boolean):
        return pl.Boolean()
    return pl.Int64() if isinstance(column.type, sa.Integer) else pl.String()


def _column(values: tuple[Any, ...], dtype: pl.DataType) -> pl.Series:
    """One column as the driver gave it; SQLite's booleans are 0 and 1."""
    if dtype == pl.Boolean:
        return pl.Series([None if value is None else bool(value) for value in values], dtype=dtype)
    return pl.Series(values, dtype=dtype)


def _from_stored(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    declared = INPUT_TABLES[table].kept
    return rows.with_columns(
        *(pl.from_epoch(pl.col(column.name), "us").dt.replace_time_zone("UTC") for column in declared if column.kind == "instant"),
        *(pl.col(column.name).str.to_date("%Y-%m-%d") for column in declared if column.kind == "date"),
    )


_READ_ONLY = {"postgresql_readonly": True}
_engine = partial(sa.create_engine, hide_parameters=True)  # an error must not quote what was to be stored


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
        with engine.connect() as connection:
            if write and not sqlite and not _locked(connection):
                raise BusyError(_("Another refresh is running: wait until it has finished, then try again."))
            known = _schema(connection)
            if known != SCHEMA and not write:
                raise UserError(_("The record has schema {known}, this program needs {needed}: run a refresh.", known=known, needed=SCHEMA))
            if known != SCHEMA:
                _migrate(connection, known)
                connection.commit()
            connection.rollback()
            with connection.begin() as transaction:
                record = Record(connection)
                yield record
                if not record.keep:
                    transaction.rollback()
            for act in record.once_kept:
                act()
    except (sa.exc.OperationalError, sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UserError(
            _("The record cannot be opened ({reason}): check LANGNGHE_DATABASE_URL and the folder's rights.", reason=reason)
        ) from error
    finally:
        engine.dispose()


def reclaim(url: str) -> None:
    """Give back the room of what was removed, so that no byte of it is left in the database's tables; PostgreSQL writes them anew."""
    engine = _engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in _METADATA.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
    engine.dispose()


def record_exists(url: str) -> bool:
    """Whether anything was ever loaded."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not (parsed.database and Path(parsed.database).exists()):
        return False
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return _is_made(connection)
    except sa.exc.OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        raise UserError(
            _("The record cannot be opened ({reason}): check LANGNGHE_DATABASE_URL and the folder's rights.", reason=reason)
        ) from error
    finally:
        engine.dispose()


def _locked(connection: sa.Connection) -> bool:
    """Whether the database's lock is ours now. A writer that was killed holds it until its server process has noticed."""
    for _try in range(20):
        if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(WRITER))):
            return True
        time.sleep(0.1)
    return False


def _is_made(connection: sa.Connection) -> bool:
    return _schema(connection) is not None


def _schema(connection: sa.Connection) -> str | None:
    """The migration that made the record what it is; None where there is no record."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    known: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return known


def schemas() -> list[str]:
    """Every schema that a record had, the oldest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()][::-1]


def _migrations() -> Any:
    from alembic.config import Config

    migrations = Config()
    migrations.set_main_option("script_location", str(MIGRATIONS))
    return migrations


def _migrate(connection: sa.Connection, known: str | None, schema: str = SCHEMA) -> None:
    """Bring the schema up to date within the open transaction: it is the old one or the new one, never between."""
    from alembic import command

    if known is not None and known not in schemas():
        raise UserError(_("The record was made by a newer version of this program (schema {known}): use that one.", known=known))
    migrations = _migrations()
    migrations.attributes["connection"] = connection
    command.upgrade(migrations, schema)


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
