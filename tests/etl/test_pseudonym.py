"""Step 5: residents become keyed digests, and the key is made once, long enough and its owner's alone."""

import hashlib
import hmac
import stat
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.staging.pseudonym import pseudonymise, read_key


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_a_pseudonym_is_the_hmac_of_the_value(length: int) -> None:
    key = b"k" * length
    found = pseudonymise(pl.Series("resident", ["Trần Thị Lan", None, "Trần Thị Lan"]), key).to_list()
    expected = hmac.new(key, "Trần Thị Lan".encode(), hashlib.sha256).hexdigest()
    assert found == [expected, None, expected]
    assert pseudonymise(pl.Series("resident", ["Trần Thị Lan"]), b"j" * 32).to_list() != [expected]


def test_missing_residents_stay_missing() -> None:
    assert pseudonymise(pl.Series("resident", [None, None], dtype=pl.String), b"k" * 32).to_list() == [None, None]


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = read_key(tmp_path, {})
    assert len(key) >= 32
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_key(tmp_path, {}) == key


def test_a_key_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda _file: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            read_key(tmp_path, {})
    assert not (tmp_path / "key").exists()
    assert len(read_key(tmp_path, {})) >= 32
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_given_key_comes_first_and_a_short_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("f" * 40 + "\n")
    assert read_key(tmp_path, {"LANGNGHE_KEY_FILE": str(tmp_path / "mine")}) == b"f" * 40
    assert read_key(tmp_path, {"LANGNGHE_KEY": "e" * 32, "LANGNGHE_KEY_FILE": "x"}) == b"e" * 32
    for environment in ({"LANGNGHE_KEY": "e" * 31}, {"LANGNGHE_KEY_FILE": str(tmp_path / "nowhere")}):
        with pytest.raises(UserError) as error:
            read_key(tmp_path, environment)
        assert "e" * 31 not in str(error.value)
    assert not (tmp_path / "key").exists()
