"""What this account has no right to is one sentence that names it, and nothing looks empty because it cannot be seen."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import cli
from etl.errors import UserError
from tests.etl.house import House, case

OTHERS_FILES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: by which root reads and writes what is not root's."""


@pytest.fixture
def anybody() -> Iterator[None]:
    """As an account that rights hold for: root's way past them is laid down for this test."""
    libc, header, rights = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, rights) == 0
    usual = rights[0]
    rights[0] = usual & ~OTHERS_FILES
    assert libc.capset(header, rights) == 0
    yield
    rights[0] = usual
    assert libc.capset(header, rights) == 0


def said(house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a command that could not begin says."""
    monkeypatch.setenv("LANGNGHE_HOME", str(house.settings.home))
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "en")
    where = ("--inbox", str(house.inbox), "--sources", str(house.sources)) if arguments == ("status",) else ()
    assert cli.main([*arguments, *where]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize("command", [("status",), ("loads",), ("quarantine",), ("undo", "1"), ("backup", "x")])
def test_a_home_of_another_account(
    house: House, command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.source("log")
    house.load("log.csv", [case(1)])
    house.settings.home.chmod(0o000)
    assert f"no right to {house.settings.home}/" in said(house, capsys, monkeypatch, *command)
    house.settings.home.chmod(0o700)


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize("folder", ["inbox", "sources"])
def test_a_folder_that_cannot_be_looked_into_is_not_empty(
    house: House, folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.source("log")
    house.drop("log.csv", [case(1)])
    locked: Path = house.folder / folder
    locked.chmod(0o000)
    assert f"no right to {locked}:" in said(house, capsys, monkeypatch, "status")
    locked.chmod(0o700)


@pytest.mark.usefixtures("anybody")
def test_whoever_watches_is_told_so_too(house: House) -> None:
    house.source("log")
    house.inbox.chmod(0o000)
    with pytest.raises(UserError, match=f"no right to {house.inbox}:"):
        house.refresh()
    house.inbox.chmod(0o700)


@pytest.mark.usefixtures("anybody")
def test_a_folder_within_the_inbox_is_named_and_the_rest_loads(house: House) -> None:
    house.source("log")
    house.drop("log.csv", [case(1)])
    locked = house.drop("ward/log-2.csv", [case(2)]).parent
    locked.chmod(0o000)
    files = {file["path"]: (file["skipped"], file["loaded"]) for file in house.refresh()["files"]}
    assert files == {"log.csv": (None, 1), "ward": ("unreadable", 0)}
    locked.chmod(0o700)
    assert house.refresh()["files"][1]["loaded"] == 1
