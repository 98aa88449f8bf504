"""A migration is done or not done, never between: killed at its statements one after the other, on both databases."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.record import SCHEMA, open_record
from etl.settings import ROOT, read_settings
from tests.numbers import times

KILLS = times(4, 60)
PROGRAM = """
import os, signal, sys
import sqlalchemy as sa
from etl import record

left = int(sys.argv[2])

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def count(connection, cursor, statement, *_rest):
    global left
    if statement.lstrip().startswith(("CREATE", "INSERT", "UPDATE", "ALTER", "DROP")):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

if sys.argv[3] == "broken":  # each statement by itself, as Alembic leaves it on SQLite when nobody opens a transaction
    sa.event.listen(sa.Engine, "after_cursor_execute", lambda connection, *_rest: connection.connection.dbapi_connection.commit())

with record.open_record(sys.argv[1], write=True):
    pass
print(left)
"""


def migrate(url: str, until: int, mode: str = "whole") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, url, str(until), mode]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def tables(url: str) -> list[str]:
    engine = sa.create_engine(url)
    found = sa.inspect(engine).get_table_names()
    engine.dispose()
    return sorted(found)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty database; returns its URL."""
    if request.param == "postgresql":
        make = request.getfixturevalue("postgresql")
        return lambda: read_settings({"LANGNGHE_DATABASE_URL": make()}).database_url
    numbers = iter(range(1_000))
    return lambda: f"sqlite:///{tmp_path / f'record{next(numbers)}.sqlite'}"


@pytest.mark.long
def test_killed_at_any_statement_it_is_the_old_schema_and_the_next_run_makes_the_new_one(database: Callable[[], str]) -> None:
    whole = database()
    statements = 10_000 - int(migrate(whole, 10_000).stdout)
    assert statements > 10
    for number in range(KILLS):
        url = database()
        killed = migrate(url, number * statements // KILLS)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert tables(url) == []
        with open_record(url, write=True) as record:
            assert record.loads() == []
        assert tables(url) == tables(whole)
    assert SCHEMA


def test_without_one_transaction_it_would_stand_between(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    migrate(url, 6, "broken")
    assert tables(url) != []
