"""An open transaction on the record, and the way in which many rows are written at once."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import sqlalchemy as sa

ROWS_AT_ONCE = 10_000
"""Rows that are made the driver's tuples at once: a whole file of them would take more memory than all that is read ahead."""


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


def some_of(values: pl.Series) -> Iterator[list[Any]]:
    """So many values at a time as a query may name."""
    for start in range(0, values.len(), ROWS_AT_ONCE):
        yield values.slice(start, ROWS_AT_ONCE).to_list()
