"""One writer at a time, and given back afterwards."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import BusyError, UserError
from etl.lock import writer_lock
from tests.etl.house import House, case


@pytest.fixture
def usual_mask() -> Iterator[int]:
    """What this machine lets others do, most often."""
    before = os.umask(0o022)
    yield 0o022
    os.umask(before)


def test_two_writers_do_not_meet(tmp_path) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "new" / "home"
    with writer_lock(home), pytest.raises(BusyError) as refused, writer_lock(home):
        pass
    assert refused.value.exit_code == 4
    with writer_lock(home):
        pass


def test_a_home_that_is_a_file_is_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "home").write_text("")
    with pytest.raises(UserError, match="LANGNGHE_HOME"), writer_lock(tmp_path / "home"):
        pass


def test_two_homes_do_not_wait_for_each_other(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with writer_lock(tmp_path / "a"), writer_lock(tmp_path / "b"):
        pass


def test_what_is_made_under_it_only_its_owner_can_read(house: House, usual_mask: int) -> None:
    house.source("sheet")
    house.load("sheet.csv", [case(1)])
    made = [house.settings.home, *house.settings.home.rglob("*")]
    assert {"record.sqlite", "key", "refresh.lock", "version.json", "all.parquet"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o077] == []
    assert os.umask(usual_mask) == usual_mask


def test_a_home_that_is_there_keeps_its_rights(tmp_path: Path, usual_mask: int) -> None:
    with writer_lock(tmp_path / "home"):
        pass
    (tmp_path / "home").chmod(0o750)
    with pytest.raises(BusyError), writer_lock(tmp_path / "home"), writer_lock(tmp_path / "home"):
        pass
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o750
    assert os.umask(usual_mask) == usual_mask
