"""A full disk, a locked folder, a clock that is wrong, files and connections that break: what is seen stays whole, the next run heals."""

import ctypes
import os
import resource
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import UserError
from etl.gate.gate import Gate
from etl.publishing import snapshot
from etl.settings import Settings
from tests.etl.house import House, case
from tests.etl.scene import Scene
from tests.etl.warm import Warm

FREE = (0, 32, 96)
"""kB that a disk has left."""
WHERE = pytest.mark.parametrize("where", ["", "snapshots"], ids=["record and snapshots", "snapshots alone"])


@pytest.fixture
def scene(tmp_path: Path, gate: Gate) -> Scene:
    """On SQLite."""
    return Scene(tmp_path, gate, lambda _like="": "")


# -- a full disk --------------------------------------------------------------


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int | None], None]]:
    """What lies in a folder, on a disk of its own where we may mount one; what is yielded leaves so many bytes free on it, or all.
    Elsewhere it lets no file become larger than that."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    mounted = not subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], capture_output=True, check=False).returncode
    shutil.copytree(aside, folder, dirs_exist_ok=True)
    shutil.rmtree(aside)
    filler, limits = folder / "filler", resource.getrlimit(resource.RLIMIT_FSIZE)

    def leave(free: int | None) -> None:
        if not mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits if free is None else (free, limits[1]))
        elif free is None:
            filler.unlink(missing_ok=True)
        else:
            room = os.statvfs(folder)
            filler.write_bytes(bytes(room.f_bavail * room.f_frsize - free))

    try:
        yield leave
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


@WHERE
def test_a_full_disk_changes_nothing_and_the_next_run_heals(where: str, scene: Scene, tmp_path: Path) -> None:
    ends = []
    for free in FREE:
        settings = scene.home(tmp_path / f"home-{free}")
        with small_disk(settings.home / where) as leave:
            leave(free << 10)
            try:
                scene.attempt(settings)
                ends.append(scene.new)
            except UserError:
                ends.append(scene.old)
            leave(None)
            assert scene.look(settings) in (ends[-1], (scene.old[0], scene.new[1]))
            scene.refresh(settings)
    assert scene.old in ends


def test_a_snapshot_written_without_care_would_be_seen(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, write = scene.home(tmp_path / "home"), snapshot._write
    with small_disk(settings.snapshots) as leave:

        def careless(*arguments: Any) -> None:
            try:
                write(*arguments)
            except OSError:
                leave(None)

        monkeypatch.setattr(snapshot, "_write", careless)
        leave(4 << 10)
        scene.attempt(settings)
        with pytest.raises((AssertionError, OSError, pl.exceptions.PolarsError)):
            scene.look(settings)


# -- a folder that nobody may write to ----------------------------------------


def as_anybody() -> None:
    """Root may write anywhere; without that right a folder's mode counts for it too."""
    header, rights = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, rights) == 0


@WHERE
def test_a_locked_folder_is_one_sentence_and_the_next_run_heals(where: str, scene: Scene, warm: Warm, tmp_path: Path) -> None:
    settings = scene.home(tmp_path / "home")
    locked = settings.home / where
    locked.chmod(0o500)
    for file in locked.glob("*.*"):
        file.chmod(0o400)
    refused = warm.run(scene.command(settings, twin="tests.etl.test_faults:as_anybody"))[0]
    assert refused.code == 2, refused
    assert str(locked) in refused.output.splitlines()[-1]
    locked.chmod(0o700)
    for file in locked.glob("*.*"):
        file.chmod(0o600)
    assert scene.look(settings) == scene.old
    scene.refresh(settings)


# -- a clock that is wrong ----------------------------------------------------


class Yesterday(datetime):
    """A clock that is a day behind."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) - timedelta(days=1)


@contextmanager
def a_day_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        for module in ("refresh", "load", "publishing.publish"):
            patch.setattr(f"etl.{module}.datetime", Yesterday)
        yield


def test_a_clock_that_went_back_a_day_changes_nothing(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = scene.home(tmp_path / "home")
    with a_day_back(monkeypatch):
        scene.refresh(settings)
    scene.refresh(settings)


def test_what_was_asked_just_now_is_taken_by_a_clock_that_is_a_day_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    house.load("log-1.csv", [case(1, asked_at=now)])
    with a_day_back(monkeypatch):
        back = house.load("log-2.csv", [case(2, asked_at=now)])
    after = house.load("log-3.csv", [case(3, asked_at=now)])
    assert [load["version"] for load in house.loads()] == ["000001", "000002", "000003"]
    assert back["as_of"] == after["as_of"]
    assert house.table("interactions").height == 3


# -- a file that is replaced --------------------------------------------------


def test_a_file_replaced_while_it_is_read_is_loaded_by_the_next_run(house: House, gate: Gate, tmp_path: Path) -> None:
    calm = House(tmp_path / "calm", gate)
    calm.source("log")
    cases = {"log-1.csv": [case(1)], "log-2.csv": [case(2, topic="theft"), case(3)]}
    for name, rows in cases.items():
        calm.drop(name, rows)
        house.drop(name, rows)
    house.drop("log-2.csv", [case(2)])

    class Said(list[str]):
        def append(self, line: str) -> None:
            if "to read: 2" in line:  # their digests are taken, and none is read yet
                house.drop("log-2.csv", cases["log-2.csv"])
            super().append(line)

    house.said = Said()
    first = house.refresh()
    assert [file["skipped"] for file in first["files"]] == [None, "unreadable"]
    house.said = []
    assert house.refresh()["checksum"] == calm.refresh()["checksum"]


# -- a connection that is cut -------------------------------------------------


@contextmanager
def cut_at_commit(settings: Settings, heard: bool) -> Iterator[Settings]:
    """The settings by way of a connection that breaks when the load is committed: before the database has heard of it, or after that
    but before its answer has come back."""
    url = sa.make_url(settings.database_url)
    name = ".s.PGSQL.5432"
    with TemporaryDirectory(prefix="cut-") as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/{name}")
        listening.listen()

        def serve() -> None:
            client, _address = listening.accept()
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(f"{url.query['host']}/{name}")
                back = threading.Thread(target=_pump, args=(server, client))
                back.start()
                while asked := client.recv(1 << 16):
                    if b"COMMIT\0" in asked:
                        client.shutdown(socket.SHUT_RDWR)
                        if heard:
                            server.sendall(asked)
                            back.join()  # its answer has come, and goes nowhere
                        break
                    server.sendall(asked)
                server.shutdown(socket.SHUT_RDWR)
                back.join()

        serving = threading.Thread(target=serve)
        serving.start()
        yield replace(settings, database_url=url.update_query_dict({"host": folder}).render_as_string(hide_password=False))
        serving.join()


def _pump(server: socket.socket, client: socket.socket) -> None:
    """Bring answers back as long as anybody wants them."""
    with suppress(OSError):
        while answer := server.recv(1 << 16):
            client.sendall(answer)


@pytest.mark.parametrize("heard", [False, True], ids=["before the database heard of it", "before its answer"])
def test_a_connection_cut_at_the_commit_is_healed(heard: bool, gate: Gate, tmp_path: Path, postgresql: Callable[..., str]) -> None:
    scene = Scene(tmp_path, gate, postgresql)
    settings = scene.home(tmp_path / "home")
    with cut_at_commit(settings, heard) as cut, pytest.raises(UserError):
        scene.attempt(cut)
    assert scene.look(settings) == (scene.old[0], scene.new[1] if heard else scene.old[1])
    scene.refresh(settings)


def test_without_healing_it_would_show(gate: Gate, tmp_path: Path, postgresql: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(tmp_path, gate, postgresql)
    settings = scene.home(tmp_path / "home")
    with cut_at_commit(settings, heard=True) as cut, pytest.raises(UserError):
        scene.attempt(cut)
    monkeypatch.setattr("etl.refresh.heal", lambda *_arguments: None)
    with pytest.raises(AssertionError, match="not what an undisturbed run gives"):
        scene.refresh(settings)
