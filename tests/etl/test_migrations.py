"""A migration is done or not done, never between: killed at its steps, from each schema that there was, on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.record.record import open_record
from etl.record.schema import SCHEMA, migrate, schemas
from etl.settings import read_settings
from tests.etl.killed import kill, steps_of
from tests.numbers import times

KILLS = times(2, 60)
EARLIER = [None, *schemas()[:-1]]
"""Schemas before today's; None: no record at all."""


def migrated(url: str) -> None:
    with open_record(url, write=True):
        pass


def of_schema(url: str, schema: str | None) -> str:
    """A database as a program of then left it, with a load."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if schema:
            migrate(connection, None, schema)
            numbers = "load_id, started_at, finished_at"
            connection.exec_driver_sql(
                f"INSERT INTO loads ({numbers}, state, who, gate, statistics) VALUES (1, 1, 1, '', '', '{{}}', '{{}}')"
            )
    engine.dispose()
    return url


def columns(url: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Columns by table, as the database knows them."""
    engine = sa.create_engine(url)
    found = sa.inspect(engine)
    tables = {
        name: [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)]
        for name in found.get_table_names()
    }
    engine.dispose()
    return tables


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty database; returns its URL."""
    if request.param == "postgresql":
        make = request.getfixturevalue("postgresql")
        return lambda: read_settings({"LANGNGHE_DATABASE_URL": make()}).database_url
    numbers = iter(range(1_000))
    return lambda: f"sqlite:///{tmp_path / f'record{next(numbers)}.sqlite'}"


@pytest.mark.long
@pytest.mark.parametrize("schema", EARLIER)
def test_killed_at_any_step_it_is_the_old_schema_and_the_next_run_makes_the_new_one(
    schema: str | None, database: Callable[[], str]
) -> None:
    old, new = of_schema(database(), schema), database()
    migrated(new)
    steps = steps_of(migrated, of_schema(database(), schema))
    for step in sorted({max(0, steps * (number + 1) // KILLS - 1) for number in range(KILLS)}):
        url = of_schema(database(), schema)
        kill(migrated, url, before=step)
        assert columns(url) in (columns(old), columns(new)), step
        with open_record(url, write=True) as record:
            assert [load["load_id"] for load in record.loads()] == ([1] if schema else [])
        assert columns(url) == columns(new)
    assert EARLIER[-1] != SCHEMA


def test_without_one_transaction_it_would_stand_between(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    kill(migrated, url, before=20, broken=True)
    new = f"sqlite:///{tmp_path / 'new.sqlite'}"
    migrated(new)
    assert columns(url) not in ({}, columns(new))
