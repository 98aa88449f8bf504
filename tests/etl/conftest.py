"""A gate for the whole session, and a house for each test of the loader."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.gate import Gate
from tests.etl.house import House


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """Great Expectations takes seconds to import: once is enough."""
    with Gate() as ready:
        yield ready


@pytest.fixture
def house(tmp_path: Path, gate: Gate) -> House:
    """A home with one source of requests, ``log``."""
    made = House(tmp_path, gate)
    made.source("log")
    return made
