"""One writer at a time, and given back afterwards."""

import pytest

from etl.errors import BusyError, UserError
from etl.lock import writer_lock


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
