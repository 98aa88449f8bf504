"""A manifest beside a file, ``NAME.manifest.toml`` with ``rows`` and ``sha256``: what the file is when all of it has come."""

import errno
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from etl.errors import UserError
from etl.language import _, reason_of
from etl.text import nearest
from etl.toml_file import parse_toml

ENDING = ".manifest.toml"
_LONGEST = 10_000
"""Bytes of a manifest."""


@dataclass(frozen=True)
class Manifest:
    """What a file must be. What is not said is None."""

    rows: int | None = None
    """Records, refused ones included."""
    sha256: str | None = None
    """Of the file as it lies there, packed or not; in small letters."""


def open_plain(path: Path) -> BufferedReader:
    """Open a file for reading, and nothing else: no link is followed, no pipe or device waited for.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return os.fdopen(opened, "rb")


def read_manifest(file: Path) -> Manifest:
    """Read the manifest of ``file``; one that is not there says nothing.

    Raises:
        UserError: it is no TOML, or has another key or value; the sentence names it.
    """
    path = file.with_name(file.name + ENDING)
    try:
        with open_plain(path) as written:
            raw = written.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    except (FileNotFoundError, NotADirectoryError):
        return Manifest()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # the file's own is so long that it can have none
            return Manifest()
        raise UserError(_("{path} cannot be read: {reason}.", path=path.name, reason=reason_of(error))) from None
    given = parse_toml(raw, path.name)
    known = tuple(Manifest.__dataclass_fields__)
    for key in given:
        if key not in known:
            near = nearest(key, known, least=0)
            raise UserError(_("{file}: unknown key {key}; the nearest known one is {near}.", file=path.name, key=repr(key), near=near))
    rows, sha256 = given.get("rows"), given.get("sha256")
    if isinstance(rows, bool) or not isinstance(rows, int | None) or not isinstance(sha256, str | None):
        raise UserError(_("{file}: rows is a whole number and sha256 a text.", file=path.name))
    return Manifest(rows, sha256.strip().lower() if sha256 else None)
