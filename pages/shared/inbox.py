"""The inbox as the data staff see it: what lies there and which source would read it, and files dropped in."""

import hashlib
import os
import secrets
import stat
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from etl.errors import UserError
from etl.settings import DATA
from etl.sources.source import Source, read_sources

ENDINGS = ("csv", "xlsx", "json", "jsonl", "parquet", "zip", "gz")
MOST_SHOWN = 200


@dataclass(frozen=True)
class Waiting:
    """One file of the inbox."""

    path: str
    """Relative to the inbox."""
    octets: int
    changed_at: datetime
    sources: tuple[str, ...]
    """Names of the sources that fit by the file's name: exactly one, or it is left alone."""


def _sources() -> list[Source]:
    try:
        return read_sources([DATA / "sources"])
    except UserError:
        return []  # the dry run names the mistake


def waiting(inbox: Path) -> list[Waiting]:
    """The inbox's plain files by path, without opening one; hidden files and manifests are no logs."""
    sources, found = _sources(), []
    for path in sorted(inbox.rglob("*")) if inbox.is_dir() else []:
        relative = path.relative_to(inbox)
        if any(part.startswith((".", "~$")) for part in relative.parts) or path.name.endswith(".manifest.toml"):
            continue
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            plain = PurePosixPath(relative.with_suffix("") if relative.suffix.lower() in (".gz", ".zip") else relative)
            fitting = tuple(source.name for source in sources if source.fits(plain))
            found.append(Waiting(str(relative), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), fitting))
    return found


def safe_name(name: str) -> str:
    """The last part of an uploaded file's name, without what could lead elsewhere, hide it, or turn how it reads.

    Raises:
        ValueError: the ending is none that a source reads, or nothing is left of the name.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    last = "".join("_" if letter in '<>:"|?*' else letter for letter in last).strip(" .~$")
    stem, dot, ending = last.rpartition(".")
    if not dot or not stem.strip() or ending.lower() not in ENDINGS:
        raise ValueError(name)
    while len(f"{stem}.{ending}".encode()) > 200:
        stem = stem[:-1]
    return f"{stem}.{ending}"


def save(inbox: Path, name: str, content: bytes) -> tuple[str, bool]:
    """Put a dropped file into the inbox, whole or not at all, never over another.

    Args:
        inbox: the folder; made where it is missing.
        name: as the browser sent it.
        content: the file's bytes.

    Returns:
        The name it has there, and whether it is new (False: the same content already lies there under that name).

    Raises:
        ValueError: the name cannot be used (see ``safe_name``).
    """
    inbox.mkdir(parents=True, exist_ok=True)
    wanted = Path(safe_name(name))
    part = inbox / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        for count in range(1, 1000):
            target = inbox / (wanted.name if count == 1 else f"{wanted.stem} ({count}){wanted.suffix}")
            try:
                os.link(part, target)
                return target.name, True
            except FileExistsError:
                if _same(target, content):
                    return target.name, False
        raise ValueError(name)
    finally:
        part.unlink(missing_ok=True)


def _same(path: Path, content: bytes) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != len(content):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(content).digest()
