"""Whatever changes what is kept is done or not done: killed at each of its steps, on both databases, and then done by the next run."""

import shutil
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import BusyError, UserError
from etl.gate.gate import Gate
from etl.keeping import decide
from etl.keeping.backup import backup, restore
from etl.keeping.erasure import erase
from etl.keeping.retention import retain
from etl.keeping.rotation import rotate_key
from etl.lock import writer_lock
from etl.publishing import publish
from etl.publishing.versions import current_version
from etl.record.record import open_record
from etl.record.schema import BACKED_UP
from etl.settings import Settings, read_settings
from etl.staging.pseudonym import key_of, pseudonymise, read_key
from tests.etl.house import House, at, case
from tests.etl.killed import kill, steps_of
from tests.numbers import LONG

POINTS = 2
"""At how many of its steps each work is killed in the suite; under LONG, at all."""


def silent(_line: str) -> None:
    """Nobody is told."""


def undone(settings: Settings, _backup: Path) -> object:
    return decide.undo(settings, 2, silent)


def rebuilt(settings: Settings, _backup: Path) -> object:
    return decide.rebuild(settings, silent)


def retained(settings: Settings, _backup: Path) -> object:
    return retain(settings, 24, 30, silent, at("2026-11-15 08:00"))


def erased(settings: Settings, _backup: Path) -> object:
    return erase(settings, ["Lan"], silent)


def rotated(settings: Settings, _backup: Path) -> object:
    return rotate_key(settings, False, silent)


def restored(settings: Settings, path: Path) -> object:
    return restore(settings, path, True, silent)


WORKS = (undone, rebuilt, retained, erased, rotated, restored)
TALK = [
    {"message_id": f"m{n}", "thread_id": "0912345678", "author_role": role, "author": who, "sent_at": f"2026-01-05 0{n}:00", "text": "?"}
    for n, (role, who) in enumerate((("resident", "Lan"), ("page", "Trang")), 1)
]


@dataclass
class Kept:
    """A home that was loaded, and how copies of it are made."""

    house: House
    backup: Path
    copies: Iterator[tuple[Path, str]]

    def copy(self) -> Settings:
        """The settings of a home just like it."""
        folder, url = next(self.copies)
        shutil.copytree(self.house.settings.home, folder)
        return read_settings({"LANGNGHE_HOME": str(folder), "LANGNGHE_DATABASE_URL": url})


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> Kept:
    """Three versions with old rows, residents in every place, a link, a refused row; and a backup of another record."""
    folder = tmp_path_factory.mktemp("kept")
    database = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    house = filled(folder / "house", gate, database() if database else "")
    other = House(folder / "other", gate)
    other.source("log")
    other.settings.home.mkdir()
    shutil.copy(house.settings.home / "key", other.settings.home / "key")
    other.load("log.csv", [case(9, resident="Bình")])
    backup(other.settings, folder / "other.backup", False, silent)
    template = house.settings.database_url if database else ""
    copies = ((folder / f"copy{n}", database(template) if database else "") for n in range(10_000))
    return Kept(house, folder / "other.backup", copies)


def filled(folder: Path, gate: Gate, url: str) -> House:
    house = House(folder, gate, url)
    house.source("log", columns="text link")
    house.source("voice", "feedback")
    house.source("talk", "messages", extra='pseudonyms = ["thread_id"]')
    house.settings = replace(house.settings, keep_text=10_000)
    house.drop("talk.csv", TALK)
    voice = {"kind": "compliment", "received_at": "2026-01-07 08:00", "resident": "Lan"}
    house.drop("voice.csv", [voice | {"feedback_id": "f1"}, voice | {"feedback_id": "old", "received_at": "2024-01-07 08:00"}])
    old = case("old", asked_at="2024-03-01 09:00", resident="Hoa", text="hỏi")
    house.load("log-1.csv", [case(1, resident="Lan", text="mất xe", link="https://example.vn/1"), case(2), old, case("x", asked_at="soon")])
    house.load("log-2.csv", [case(1, answered_at="2026-01-06 09:00"), case(3, resident="Bình")])
    house.load("log-3.csv", [case(4, asked_at="2026-02-05 09:00")])
    return house


def state(settings: Settings) -> tuple[Any, Any]:
    """All that the record holds but when and under which name, and the tables that pages show."""
    with open_record(settings.database_url) as record:
        digests = {file[name] for file in record.files() for name in ("sha256", "definition")}
        tables = {table: list(record.contents(table)) for table in BACKED_UP if table not in ("versions", "keys")}
        texts = [(text["file_id"], text["row_number"], text["text"]) for text in record.texts()]
    unlike = ("finished_at", "version")
    rows = {table: [row for some in found for row in some.drop(unlike, strict=False).iter_rows()] for table, found in tables.items()}
    version = current_version(settings.snapshots)
    assert version
    shown = {table: pl.read_parquet(version.glob(table)).sort("file_id", "row_number").rows() for table in ("interactions", "feedback")}
    return without_key(rows | {"texts": texts}, digests), without_key(shown, digests)


def without_key(tables: dict[str, list[tuple[Any, ...]]], digests: set[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Each pseudonym as the number of its first appearance."""
    numbers: dict[str, int] = {}

    def plain(value: Any) -> Any:
        is_pseudonym = isinstance(value, str) and len(value) == 64 and value not in digests
        return numbers.setdefault(value, len(numbers)) if is_pseudonym else value

    return {table: [tuple(map(plain, row)) for row in rows] for table, rows in tables.items()}


def kept_links(settings: Settings) -> list[int]:
    """Of each version that is kept: how many cases have a link, and how many are of 2024."""
    folders = sorted(folder for folder in settings.snapshots.glob("0*"))
    cases = [pl.read_parquet(folder / "interactions" / "*.parquet") for folder in folders]
    return [rows["link"].count() + 10 * rows.filter(pl.col("asked_at") < at("2025-01-01 00:00")).height for rows in cases][:3]


def knows(settings: Settings, resident: str) -> bool:
    """Whether the key that is there still finds a resident in the record."""
    with open_record(settings.database_url) as record:
        key = key_of(read_key(settings.home), record.key_marks())
        assert key, "the record's pseudonyms were made with the key that is there"
        pseudonym = pseudonymise(pl.Series([resident]), key)[0]
        return pseudonym in record.rows("interactions", [file["file_id"] for file in record.files()])["resident"].to_list()


def points(steps: int) -> list[int]:
    """Steps to be killed at: all, or the last but some and others evenly before."""
    return list(range(steps)) if LONG else sorted({steps * (n + 1) // POINTS - 1 for n in range(POINTS)})


@pytest.mark.long
@pytest.mark.parametrize("work", WORKS)
def test_killed_at_any_step_it_is_done_or_not_and_the_next_run_does_it(kept: Kept, work: Callable[..., object]) -> None:
    settings = kept.copy()
    old = state(settings)
    steps = steps_of(work, settings, kept.backup)
    new, new_links = state(settings), kept_links(settings)
    for step in points(steps):
        settings = kept.copy()
        kill(work, settings, kept.backup, before=step)
        record, version = state(settings)
        assert record in (old[0], new[0]), (work, step)
        assert version in (old[1], new[1]), (work, step)
        assert knows(settings, "Bình"), (work, step)
        try:
            work(settings, kept.backup)
        except UserError:
            assert record == new[0], "it is done: nothing is left to be undone"
            rebuilt(settings, kept.backup)
        assert state(settings) == new, (work, step)
        assert kept_links(settings) == new_links, (work, step)


@pytest.mark.parametrize("work", [retained, restored])
def test_without_one_transaction_it_would_stand_between(kept: Kept, work: Callable[..., object]) -> None:
    settings = kept.copy()
    old = state(settings)[0]
    steps = steps_of(work, settings, kept.backup)
    new = state(settings)[0]

    def between(step: int) -> bool:
        settings = kept.copy()
        kill(work, settings, kept.backup, before=step, broken=True)
        try:
            return state(settings)[0] not in (old, new)
        except (UserError, sa.exc.ProgrammingError):
            return work is restored  # not even its tables are whole

    assert any(map(between, range(steps)))


def refreshed(settings: Settings, house: House) -> object:
    other = copy(house)
    other.settings = settings
    return other.load("log-9.csv", [case(9)])


@pytest.mark.parametrize("work", [*WORKS, refreshed])
def test_what_was_made_is_shown_before_anybody_else_may_write(
    kept: Kept, work: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, shown, show = kept.copy(), [], publish.activate

    def activate(*arguments: Any) -> None:
        with pytest.raises(BusyError), writer_lock(settings.home):
            pass
        show(*arguments)
        shown.append(arguments)

    monkeypatch.setattr(publish, "activate", activate)
    work(settings, kept.house if work is refreshed else kept.backup)
    assert len(shown) == 1
