"""Refused rows in the record: why each was, and which row took its place."""

from collections.abc import Iterable
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.record.schema import FILES, LOADS, QUARANTINE, stored_type
from etl.record.transaction import ROWS_AT_ONCE, Transaction


class RefusedRows(Transaction):
    """The record's quarantine."""

    def add_refused(self, rows: pl.DataFrame) -> None:
        """Append refused rows: load_id, file_id, row_number, rule, column, heading, value, row, key."""
        self._bulk(QUARANTINE, rows.select(column.name for column in QUARANTINE.columns if column.name != "fixed_in"))

    def refused(self, load_id: int | None = None) -> list[dict[str, Any]]:
        """Refused rows of one load, or of all loads that stand, with their file's path, in file and row order."""
        query = (
            sa.select(QUARANTINE, FILES.c.path)
            .join(FILES, FILES.c.file_id == QUARANTINE.c.file_id)
            .join(LOADS, LOADS.c.load_id == QUARANTINE.c.load_id)
        )
        query = (
            query.where(QUARANTINE.c.load_id == load_id) if load_id is not None else query.where(LOADS.c.state.in_(("published", "held")))
        )
        query = query.order_by(QUARANTINE.c.load_id, FILES.c.path, QUARANTINE.c.row_number)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def waiting(self, sources: Iterable[str]) -> pl.DataFrame:
        """Refused rows of these sources whose places no row of a published load has taken yet: file_id, row_number, path, source, rule,
        row, key."""
        fixing = LOADS.alias()
        columns = [QUARANTINE.c[name] for name in ("file_id", "row_number", "rule", "row", "key")] + [FILES.c.path, FILES.c.source]
        query = sa.select(*columns).join(FILES, FILES.c.file_id == QUARANTINE.c.file_id)
        query = query.join(LOADS, LOADS.c.load_id == QUARANTINE.c.load_id).join(
            fixing, fixing.c.load_id == QUARANTINE.c.fixed_in, isouter=True
        )
        query = query.where(FILES.c.source.in_(list(sources)), LOADS.c.state.in_(("published", "held")))
        query = query.where(sa.func.coalesce(fixing.c.state, "") != "published")
        rows = [tuple(row) for row in self._connection.execute(query)]
        schema = {column.name: stored_type(column) for column in columns}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def mend(self, load_id: int, rows: pl.DataFrame) -> None:
        """Say of refused rows (file_id, row_number) that rows of this load take their places."""
        for (file_id,), of_file in rows.partition_by("file_id", as_dict=True).items():
            for some in of_file.iter_slices(ROWS_AT_ONCE // 20):
                there = (QUARANTINE.c.file_id == file_id, QUARANTINE.c.row_number.in_(some["row_number"].to_list()))
                self._connection.execute(QUARANTINE.update().where(*there).values(fixed_in=load_id))

    def remove_refused_before(self, limit: int) -> int:
        """Remove the refused rows of loads that were done before ``limit``; how many went."""
        old = sa.select(LOADS.c.load_id).where(LOADS.c.finished_at < limit)
        return self._connection.execute(QUARANTINE.delete().where(QUARANTINE.c.load_id.in_(old))).rowcount
