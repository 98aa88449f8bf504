"""An open transaction on the record, the ways in which many rows are written and read at once, and how a database's end is told."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.errors import UserError
from etl.language import _

ROWS_AT_ONCE = 10_000
"""Rows that are made the driver's tuples at once: a whole file of them would take more memory than all that is read ahead."""
ROWS_A_PAGE = 100_000
"""Rows that are read at once, and keys that are looked up at once."""


@contextmanager
def in_words() -> Iterator[None]:
    """What only whoever runs the machine can mend is one sentence.

    Raises:
        UserError: the database cannot be reached, or its file is damaged or another program's.
    """
    try:
        yield
    except sa.exc.DatabaseError as error:
        reason = _(str(error.orig or error).splitlines()[0])  # SQLite's have their words in the catalogue
        if isinstance(error, sa.exc.OperationalError):
            says = _("The record cannot be opened ({reason}): check LANGNGHE_DATABASE_URL and the folder's rights.", reason=reason)
        elif type(error) is sa.exc.DatabaseError:  # SQLite's alone
            says = _("The record's file is damaged or no database ({reason}): restore a backup with another LANGNGHE_HOME.", reason=reason)
        else:
            raise
        raise UserError(says) from error


class Transaction:
    """What all parts of the record stand on."""

    def __init__(self, connection: sa.Connection):
        self._connection = connection

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
                for some in rows.iter_slices(ROWS_AT_ONCE):
                    copy.write(some.write_csv(include_header=False, quote_style="non_numeric"))  # quoted: empty; bare: missing
            return
        places = ", ".join("?" * rows.width)
        insert = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # names are declared, not given
        for some in rows.iter_slices(ROWS_AT_ONCE):
            self._connection.exec_driver_sql(insert, list(zip(*(column.to_list() for column in some), strict=True)))

    def _pages(self, rows: sa.Select[Any], files: list[int], schema: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
        """The rows of files, with these types, so many at a time as there is room for."""
        file_id, row_number = rows.selected_columns["file_id"], rows.selected_columns["row_number"]
        place = ["file_id", "row_number"]
        last = (0, 0)
        while files:
            further = rows.where(self._among(file_id, pl.Series(files)), sa.tuple_(file_id, row_number) > last)
            page = self._columns(further.order_by(file_id, row_number).limit(ROWS_A_PAGE), schema)
            yield page
            if page.height < ROWS_A_PAGE:
                return
            last = page.select(place).sort(place).row(-1)
            files = [file for file in files if file >= last[0]]  # those before are not looked through again

    def _columns(self, rows: sa.Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """What a query gives, with these types: the database itself writes each column as one JSON list, which is read in a third of the
        time that the driver's tuples take."""
        chosen = rows.subquery().c
        listed = sa.func.json_agg if self._connection.dialect.name == "postgresql" else sa.func.json_group_array
        columns = (sa.cast(column, sa.Integer) if isinstance(column.type, sa.Boolean) else column for column in chosen)
        texts = self._connection.execute(sa.select(*(sa.cast(listed(column), sa.Text) for column in columns))).one()
        return pl.DataFrame([_from_json(text or "[]", schema[name]).alias(name) for name, text in zip(chosen.keys(), texts, strict=True)])

    def _among(self, column: sa.ColumnElement[Any], values: pl.Series) -> sa.ColumnElement[bool]:
        """Whether a column has one of these values, however many they are: a query may name so many parameters and no more."""
        text = sa.literal(json.dumps(values.to_list()), sa.Text)
        if self._connection.dialect.name == "postgresql":
            each = sa.func.json_array_elements_text(sa.cast(text, sa.JSON)).table_valued("value")
        else:
            each = sa.func.json_each(text).table_valued("value")
        return column.in_(sa.select(sa.cast(each.c.value, column.type)))


def _from_json(text: str, dtype: pl.DataType) -> pl.Series:
    """A list as the database wrote it; booleans are 0 and 1."""
    read = pl.Int64() if dtype == pl.Boolean else dtype
    values: pl.Series = pl.Series([text]).str.json_decode(pl.List(read)).item()
    return values.cast(dtype)
