"""What the record keeps of residents, pseudonyms and redacted texts, and what of it may no longer be kept."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.record.schema import ERASED, FILES, KEYS, QUARANTINE, ROWS, TEXTS
from etl.record.transaction import Transaction
from etl.tables import KEYED, RESIDENTS


class Residents(Transaction):
    """All of the record that is about a person who is no officer."""

    # -- texts ---------------------------------------------------------------

    def add_texts(self, texts: pl.DataFrame) -> None:
        """Keep redacted texts of rows: file_id, row_number, kept_at, text."""
        self._bulk(TEXTS, texts.select(TEXTS.columns.keys()))

    def texts(self) -> list[dict[str, Any]]:
        """The redacted texts that are kept, in the order in which they came."""
        query = sa.select(TEXTS).order_by(TEXTS.c.file_id, TEXTS.c.row_number)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def remove_texts_before(self, limit: int) -> int:
        """Remove the texts that came before ``limit``; how many went."""
        return self._connection.execute(TEXTS.delete().where(TEXTS.c.kept_at < limit)).rowcount

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
        rows = ROWS[table]
        old = rows.c[column] < limit
        if whole:
            place = sa.select(FILES.c.source, rows.c[whole]).select_from(rows.join(FILES))
            doomed = place.group_by(FILES.c.source, rows.c[whole]).having(sa.func.min(rows.c[column]) < limit).subquery()
            of_file = sa.select(FILES.c.source).where(FILES.c.file_id == rows.c.file_id).correlate(rows).scalar_subquery()
            old = sa.tuple_(of_file, rows.c[whole]).in_(sa.select(doomed.c.source, doomed.c[whole]))
        removed = self._connection.execute(rows.delete().where(old)).rowcount
        self._forget_orphans()
        return removed

    def erased(self) -> list[str]:
        """Pseudonyms of the residents who were erased."""
        return list(self._connection.scalars(sa.select(ERASED.c.pseudonym)))

    def add_erased(self, pseudonyms: Iterable[str]) -> None:
        """Remember pseudonyms of residents who were erased; none of them is known yet."""
        if rows := [{"pseudonym": pseudonym} for pseudonym in pseudonyms]:
            self._connection.execute(ERASED.insert(), rows)

    def forget_residents(self, pseudonyms: list[str]) -> int:
        """Take residents out of all row versions, with the links to what they wrote and the texts; how many row versions named them."""
        forgotten = 0
        for table, rows in ROWS.items():
            for name in RESIDENTS:
                if name not in rows.c:
                    continue
                theirs = rows.c[name].in_(pseudonyms)
                same = sa.exists().where(theirs, rows.c.file_id == TEXTS.c.file_id, rows.c.row_number == TEXTS.c.row_number)
                self._connection.execute(TEXTS.delete().where(same))
                values = {column: None for column in (name, "link") if column in ROWS[table].c}
                forgotten += self._connection.execute(rows.update().where(theirs).values(values)).rowcount
        return forgotten

    def _forget_orphans(self) -> None:
        """Remove kept texts whose rows are gone."""
        there = [sa.exists().where(rows.c.file_id == TEXTS.c.file_id, rows.c.row_number == TEXTS.c.row_number) for rows in ROWS.values()]
        self._connection.execute(TEXTS.delete().where(~sa.or_(*there)))

    # -- pseudonyms ----------------------------------------------------------

    def key_marks(self) -> list[str]:
        """The marks of the keys that the pseudonyms were made with, the innermost first."""
        return list(self._connection.scalars(sa.select(KEYS.c.mark).order_by(KEYS.c.position)))

    def set_key_marks(self, marks: list[str]) -> None:
        """Set the marks."""
        self._connection.execute(KEYS.delete())
        self._connection.execute(KEYS.insert(), [{"position": position, "mark": mark} for position, mark in enumerate(marks)])

    def replace_pseudonyms(self, others: Callable[[list[str]], list[str]]) -> int:
        """Put another in the place of every pseudonym.

        Args:
            others: given different pseudonyms, those that take their places.

        Returns:
            How many different pseudonyms there are.
        """
        places = [*self._pseudonyms(), (ERASED.c.pseudonym, sa.true())]
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
        for file_id, table, names in self._connection.execute(sa.select(FILES.c.file_id, FILES.c.table_name, FILES.c.pseudonyms)):
            for name in names.split():
                of_files.setdefault((table, name), []).append(file_id)
        yield QUARANTINE.c.key, sa.true()
        for table, names in KEYED.items():
            for name in names:
                of_files.pop((table, name), None)
                yield ROWS[table].c[name], sa.true()
        for (table, name), files in of_files.items():
            yield ROWS[table].c[name], ROWS[table].c.file_id.in_(files)
