"""What the record is made of: its SQL tables, and the migrations that make them and bring those of an earlier program up to date.

Instants are stored as microseconds since 1970 UTC, dates as YYYY-MM-DD: the same on every database.
"""

from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.errors import UserError
from etl.language import _
from etl.tables import INPUT_TABLES

SCHEMA = "0006"
"""The migration that makes the tables below: change them, and write the next one (docs/operations.md)."""
MIGRATIONS = Path(__file__).parent / "migrations"
METADATA = sa.MetaData()
LOADS = sa.Table(
    "loads",
    METADATA,
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
FILES = sa.Table(
    "files",
    METADATA,
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
QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id"), nullable=False, index=True),
    sa.Column("file_id", sa.Integer, sa.ForeignKey("files.file_id"), nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("column", sa.String(60), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("key", sa.String(64)),  # of the row's own id (etl/keeping/mending.py)
    sa.Column("fixed_in", sa.Integer),  # the load that brought the row which takes its place; where that load stands
    sa.Column("heading", sa.Text),  # what the file calls the column
)
VERSIONS = sa.Table(
    "versions",
    METADATA,
    sa.Column("version", sa.String(20), primary_key=True),
    sa.Column("load_id", sa.Integer, sa.ForeignKey("loads.load_id")),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    sa.Column("checksum", sa.String(64), nullable=False),
    sa.Column("published_at", sa.BigInteger, nullable=False),
    sa.Column("references", sa.String(64), nullable=False),
)
KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.String(64), nullable=False),
)
ERASED = sa.Table("erased", METADATA, sa.Column("pseudonym", sa.String(64), primary_key=True))
TEXTS = sa.Table(
    "texts",
    METADATA,
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
        METADATA,
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


ROWS = {name: _rows_table(name) for name in INPUT_TABLES}
BACKED_UP = tuple(table.name for table in METADATA.sorted_tables if table is not TEXTS)
"""What a backup holds, each table after those it refers to: all but kept texts, whose days would not end there."""


def stored_type(column: sa.Column[Any]) -> pl.DataType:
    if isinstance(column.type, sa.Boolean):
        return pl.Boolean()
    return pl.Int64() if isinstance(column.type, sa.Integer) else pl.String()


def schema_of(connection: sa.Connection) -> str | None:
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


def unlike(known: str | None) -> UserError:
    """What to do about a record that has another schema than this program."""
    if known is None or known in schemas():
        return UserError(
            _(
                "The record has schema {known}, this program needs {needed}: run `python -m etl refresh`, which brings it up to date.",
                known=known,
                needed=SCHEMA,
            )
        )
    return UserError(_("The record was made by a newer version of this program (schema {known}): use that one.", known=known))


def migrate(connection: sa.Connection, known: str | None, schema: str = SCHEMA) -> None:
    """Bring the schema up to date within the open transaction: it is the old one or the new one, never between."""
    from alembic import command

    if known is not None and known not in schemas():
        raise unlike(known)
    migrations = _migrations()
    migrations.attributes["connection"] = connection
    command.upgrade(migrations, schema)
