"""A new version's rows are in memory before anybody asks for them."""

import asyncio
import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metrics.memory import Memory
from pages.server import warming
from tests.conftest import MakeVersion

CASE = {"asked_at": datetime(2026, 3, 2, 5, tzinfo=UTC), "ward_code": "w1", "channel_id": "c1"}


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path))
    fresh = Memory()
    monkeypatch.setattr("metrics.memory.MEMORY", fresh)
    return fresh


def test_a_version_is_read_once(memory: Memory, make_version: MakeVersion) -> None:
    assert warming.warm(None) is None
    first = make_version(interactions=[CASE])
    assert warming.warm(None) == first.folder
    assert memory.size() > 0
    memory._frames.clear()
    assert warming.warm(first.folder) == first.folder
    assert memory.size() == 0
    second = make_version(interactions=[CASE, CASE])
    assert warming.warm(first.folder) == second.folder


def test_a_version_that_cannot_be_read_stops_nobody(memory: Memory, make_version: MakeVersion) -> None:
    broken = make_version(interactions=[CASE])
    next((broken.folder / "interactions").iterdir()).write_bytes(b"")
    assert warming.warm(None) is None
    assert memory.size() == 0


def test_it_follows_while_the_server_runs(memory: Memory, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "EVERY_SECONDS", 0.01)

    async def serve() -> None:
        async with warming.kept_warm():
            make_version(interactions=[CASE])
            for _wait in range(500):
                if memory.size():
                    return
                await asyncio.sleep(0.01)

    asyncio.run(serve())
    assert memory.size() > 0


@pytest.mark.usefixtures("memory")
def test_what_is_there_at_the_start_is_not_looked_through_for_garbage_again() -> None:
    async def serve() -> int:
        async with warming.kept_warm():
            return gc.get_freeze_count()

    assert asyncio.run(serve()) > 0
    assert gc.get_freeze_count() == 0
