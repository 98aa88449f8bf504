"""Step 5, pseudonymise: residents' names, ids and links become keyed digests before anything is stored.

A plain hash would not do: every Vietnamese mobile number can be hashed in minutes. The key lies outside the database, and
this is the only module that knows it.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.errors import UserError
from etl.language import _

KEY_BYTES = 32


def read_key(home: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key: LANGNGHE_KEY, or the file LANGNGHE_KEY_FILE, else ``HOME/key``, made at first use and readable by its owner only.

    Raises:
        UserError: the key is shorter than 32 bytes, or its file cannot be read.
    """
    if given := environment.get("LANGNGHE_KEY", ""):
        return _long_enough(given.encode(), "LANGNGHE_KEY")
    if named := environment.get("LANGNGHE_KEY_FILE", ""):
        try:
            return _long_enough(Path(named).read_bytes().strip(), named)
        except OSError as error:
            raise UserError(_("The key file {path} cannot be read: {reason}.", path=named, reason=error.strerror)) from None
    path = home / "key"
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _long_enough(path.read_bytes().strip(), str(path))
    with os.fdopen(made, "wb") as file:
        file.write(secrets.token_hex(KEY_BYTES).encode())
    return path.read_bytes()


def put_key(home: Path, key: bytes, environment: Mapping[str, str] = os.environ) -> bool:
    """Put a key that was kept elsewhere where it is looked for, unless there is one; whether it was put there."""
    if environment.get("LANGNGHE_KEY") or environment.get("LANGNGHE_KEY_FILE") or (home / "key").exists():
        return False
    _write_key(home / "key", key)
    return True


def _write_key(path: Path, key: bytes) -> None:
    """Write a key file in one step, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _long_enough(key: bytes, place: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise UserError(_("The key in {place} is shorter than {bytes} bytes.", place=place, bytes=KEY_BYTES))
    return key


def pseudonymise(column: pl.Series, key: bytes) -> pl.Series:
    """HMAC-SHA-256 of each value (in NFC and trimmed, as mapped), in hexadecimal; null stays null.

    Source: RFC 2104.
    """
    distinct = column.drop_nulls().unique().to_list()
    pseudonyms = {value: hmac.digest(key, value.encode(), "sha256").hex() for value in distinct}
    return column.replace_strict(pseudonyms, default=None, return_dtype=pl.String) if pseudonyms else column
