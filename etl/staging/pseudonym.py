"""Step 5, pseudonymise: residents' names, ids and links become keyed digests before anything is stored.

A plain hash would not do: every Vietnamese mobile number can be hashed in minutes. The key lies outside the database, and
this is the only module that knows it.
"""

import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import polars as pl

from etl.errors import UserError
from etl.language import _, reason_of

KEY_BYTES = 32
_SEVERAL = b"keys:"
"""A key that was rotated: this, then the hexadecimal of each key it is made of, the innermost first, with commas between."""
_MARK = b"mark of a key"
_BLOCK = 64
"""Bytes that SHA-256 takes at once."""


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
            raise UserError(_("The key file {path} cannot be read: {reason}.", path=named, reason=reason_of(error))) from None
    path = home / "key"
    if not path.exists():
        _write_key(path, secrets.token_hex(KEY_BYTES).encode())
    return _long_enough(path.read_bytes().strip(), str(path))


def has_key(home: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a key, or one is named; else the next refresh makes one."""
    return bool(environment.get("LANGNGHE_KEY") or environment.get("LANGNGHE_KEY_FILE")) or (home / "key").exists()


def put_key(home: Path, key: bytes, environment: Mapping[str, str] = os.environ) -> bool:
    """Put a key that was kept elsewhere where it is looked for, unless there is one; whether it was put there."""
    if has_key(home, environment):
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


def add_round(home: Path, key: bytes, environment: Mapping[str, str] = os.environ) -> bytes:
    """Put a new outermost key around ``key``, in its file, in one step.

    Raises:
        UserError: the key comes from LANGNGHE_KEY, which only its owner can change, or its file cannot be written.
    """
    if environment.get("LANGNGHE_KEY"):
        raise UserError(
            _(
                "LANGNGHE_KEY is yours to change: set it to `keys:` and the hexadecimal of the old and of the new key with a comma "
                "between, then run this again."
            )
        )
    named = environment.get("LANGNGHE_KEY_FILE")
    path = Path(named).resolve() if named else home / "key"
    rounds = [*_rounds(key), secrets.token_hex(KEY_BYTES).encode()]
    fresh = _SEVERAL + b",".join(each.hex().encode() for each in rounds)
    try:
        _write_key(path, fresh)
    except OSError as error:
        raise UserError(_("{path} cannot be written: {reason}.", path=path, reason=reason_of(error))) from None
    return fresh


def key_marks(key: bytes) -> list[str]:
    """What tells each of a key's rounds from other keys, and says nothing of it; the innermost first."""
    return [hmac.digest(each, _MARK, "sha256").hex() for each in _rounds(key)]


def key_of(key: bytes, marks: list[str]) -> bytes | None:
    """The inner rounds of ``key`` that have these marks; None where it is another key."""
    rounds = _rounds(key)[: len(marks)]
    if key_marks(key)[: len(marks)] != marks:
        return None
    return key if len(_rounds(key)) == len(marks) else _SEVERAL + b",".join(each.hex().encode() for each in rounds)


def wrapped(pseudonyms: list[str], key: bytes, inner: bytes) -> list[str]:
    """Pseudonyms that the rounds of ``inner`` made, as all rounds of ``key`` would have made them."""
    return list(map(_through(_rounds(key)[len(_rounds(inner)) :]), pseudonyms))


def _through(rounds: list[bytes]) -> Callable[[str], str]:
    """What makes the pseudonym of a value. HMAC begins and ends with the key: hashed once for all values, that halves their time."""
    keyed = []
    for key in rounds:
        block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        keyed.append([sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C)])

    def through(value: str) -> str:
        for inner, outer in keyed:
            inside, outside = inner.copy(), outer.copy()
            inside.update(value.encode())
            outside.update(inside.digest())
            value = outside.hexdigest()
        return value

    return through


def _rounds(key: bytes) -> list[bytes]:
    """The keys that a key is made of, the innermost first."""
    if not key.startswith(_SEVERAL):
        return [key]
    try:
        return [bytes.fromhex(each.decode().strip()) for each in key.removeprefix(_SEVERAL).split(b",")]
    except ValueError:
        return [key]


def _long_enough(key: bytes, place: str) -> bytes:
    if any(len(each) < KEY_BYTES for each in _rounds(key)):
        raise UserError(_("The key in {place} is shorter than {bytes} bytes.", place=place, bytes=KEY_BYTES))
    return key


def pseudonymise(column: pl.Series, key: bytes) -> pl.Series:
    """HMAC-SHA-256 of each value (in NFC and trimmed, as mapped), in hexadecimal, by each round of the key in turn; null stays null.

    Source: RFC 2104.
    """
    distinct = column.drop_nulls().unique().to_list()
    pseudonyms = dict(zip(distinct, map(_through(_rounds(key)), distinct), strict=True))
    return column.replace_strict(pseudonyms, default=None, return_dtype=pl.String) if pseudonyms else column


def row_marks(ids: pl.Series, key: bytes) -> pl.Series:
    """Keyed digests that tell rows of equal ids: a refused row's id may hold anything, so it is not kept as it stands. No resident's
    pseudonym is among them."""
    return pseudonymise(ids.to_frame().select(pl.format("row\x1f{}", ids.name).alias(ids.name)).to_series(), key)
