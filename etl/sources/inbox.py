"""What lies in the inbox: each file with its digest and the source that reads it."""

import gzip
import hashlib
import lzma
import os
import re
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, gettempdir

from etl.errors import UserError
from etl.language import _, reason_of
from etl.sources.manifest import ENDING, open_plain, read_manifest
from etl.sources.source import Source
from etl.text import DECEIVING

UNPACKED_LIMIT = 300_000_000
RATIO_LIMIT = 100
_BLOCK = 1 << 20
_UNPACKED = "langnghe-unpacked-"
_UNPACKED_FOR = 3600
"""Seconds after which nobody reads an unpacked file any more."""
ARCHIVE_ERRORS = (OSError, EOFError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""All that Python's readers of archives may raise over a damaged or locked one."""


class UnreadableError(Exception):
    """A file that cannot be read; the message is the reason, for people. The other files load."""


Stamp = tuple[int, int, int]
"""Size, time of the last change and inode: another one is another content."""


@dataclass(frozen=True)
class InboxFile:
    """One file of the inbox."""

    path: Path
    relative: PurePosixPath
    bytes: int
    sha256: str
    """Empty where the file could not be read."""
    sources: tuple[Source, ...]
    """Those that fit: exactly one, or the file is left alone."""
    trouble: str | None = None
    """Why the file cannot be read at all."""
    stamp: Stamp | None = None
    """Of the file whose digest it is."""
    rows_announced: int | None = None
    """Records that its manifest says it has; None without one."""
    is_verified: bool = False
    """Its digest is the one that its manifest announces."""

    @property
    def name(self) -> str:
        """Its name, without what says that it is packed."""
        return _without_packing(self.relative).name

    @property
    def source(self) -> Source:
        """The one source that fits."""
        (only,) = self.sources
        return only

    @property
    def is_plain_text(self) -> bool:
        """Whether it is neither packed nor anything but text: reading it takes as much memory as its size says."""
        packed = self.name != self.relative.name
        return not packed and len(self.sources) == 1 and self.source.format_of(self.name) in ("csv", "json", "jsonl")

    @property
    def was_changed(self) -> bool:
        """Whether it is no longer the file whose digest was taken."""
        try:
            return self.stamp is not None and self.stamp != stamp_of(self.path.lstat())
        except OSError:
            return True


def inbox_paths(inbox: Path) -> list[Path]:
    """What lies in the inbox, sub-folders included, sorted. Hidden files and manifests are no logs."""
    return [path for path in sorted(_walk(inbox)) if _is_log(path, inbox)]


def forget_unpacked() -> None:
    """Remove what readers that were killed left of unpacked files: residents' names may stand in it."""
    for folder in Path(gettempdir()).glob(f"{_UNPACKED}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.getuid() and status.st_mtime < time.time() - _UNPACKED_FOR:
                shutil.rmtree(folder)


def read_inbox(inbox: Path, sources: list[Source], only: Container[Path] | None = None) -> list[InboxFile]:
    """List the inbox's files by path, with their digests; only those paths where some are given.

    Raises:
        UserError: there is no such folder. PermissionError: it cannot be looked into.
    """
    if not inbox.is_dir():
        raise UserError(_("There is no inbox folder {path}: make it, or name another with --inbox.", path=inbox))
    next(inbox.iterdir(), None)  # one that cannot be looked into must not look empty
    paths = [path for path in inbox_paths(inbox) if only is None or path in only]
    return [_inbox_file(path, _shown(path.relative_to(inbox)), sources) for path in paths]


def single_file(path: Path, sources: list[Source]) -> InboxFile:
    """One file as if it lay in an inbox.

    Raises:
        UserError: there is no such file.
    """
    if not path.is_file():
        raise UserError(_("There is no file {path}.", path=path))
    return _inbox_file(path, _shown(Path(path.name)), sources)


def _walk(inbox: Path) -> Iterator[Path]:
    """All files, links whatever they lead to, and folders that cannot be looked into; one that vanishes meanwhile is passed over."""
    unseen: list[OSError] = []
    for folder, folders, names in os.walk(inbox, onerror=unseen.append):
        yield from (Path(folder) / name for name in names)
        yield from (link for name in folders if (link := Path(folder) / name).is_symlink())
    yield from (Path(error.filename) for error in unseen if isinstance(error, PermissionError))


def _shown(path: Path) -> PurePosixPath:
    """The path as it is shown and stored: a name may hold bytes that are no letters, and signs that make it read otherwise."""
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return PurePosixPath(DECEIVING.sub(lambda sign: f"\\u{ord(sign.group()):04x}", shown))


def _is_log(path: Path, inbox: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(inbox).parts)
    return not hidden and not path.name.endswith(ENDING)


def _inbox_file(path: Path, relative: PurePosixPath, sources: list[Source]) -> InboxFile:
    fitting = tuple(source for source in sources if source.fits(_without_packing(relative)))
    try:
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            return InboxFile(path, relative, 0, "", fitting, _("It is a folder that cannot be looked into: see to its rights."))
        if not stat.S_ISREG(status.st_mode):
            return InboxFile(path, relative, 0, "", fitting, _("It is no plain file but a link, pipe or device."))
        if DECEIVING.search(path.name):
            return InboxFile(path, relative, 0, "", fitting, _("Its name holds signs that make it read otherwise: rename it."))
        digest, manifest = _digest(path), read_manifest(path)
        file = InboxFile(path, relative, status.st_size, digest, fitting, None, stamp_of(status), manifest.rows, manifest.sha256 == digest)
        if manifest.sha256 not in (None, digest):
            return replace(
                file, trouble=_("It is not the file that its manifest announces (sha256): it was cut off or changed; send it again.")
            )
        return file
    except UserError as error:
        return InboxFile(path, relative, 0, "", fitting, str(error))
    except OSError as error:
        return InboxFile(path, relative, 0, "", fitting, _("The file cannot be opened: {reason}.", reason=reason_of(error)))


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file by its status."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _without_packing(relative: PurePosixPath) -> PurePosixPath:
    return relative.with_suffix("") if relative.suffix.lower() in (".gz", ".zip") else relative


def _digest(path: Path) -> str:
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The file itself, or what a ``.gz`` or a ``.zip`` of one member holds, unpacked within limits for as long as it is read.

    Raises:
        UnreadableError: the archive is damaged, locked, too large when unpacked, or holds not exactly one file, or one whose name leads
            out of it.
    """
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".zip"):
        yield path
        return
    with TemporaryDirectory(prefix=_UNPACKED) as folder:
        target = Path(folder) / path.with_suffix("").name
        try:
            if suffix == ".gz":
                with gzip.open(path) as packed:
                    _unpack(packed, target, path.stat().st_size)
            else:
                with zipfile.ZipFile(path) as archive:
                    members = [
                        member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")
                    ]
                    if len(members) != 1:
                        raise UnreadableError(_("The archive holds {count} files; put one file in each.", count=len(members)))
                    steps = re.split(r"[/\\]", members[0].filename)
                    if ".." in steps or not steps[0]:
                        raise UnreadableError(_("The archive holds a file whose name leads out of it; pack it anew."))
                    with archive.open(members[0]) as packed:
                        _unpack(packed, target, path.stat().st_size)
        except ARCHIVE_ERRORS as error:
            raise UnreadableError(_("The archive cannot be unpacked: {reason}.", reason=_fault_of_archive(error))) from None
        yield target


def _fault_of_archive(error: Exception) -> str:
    """What is wrong with an archive, by what Python's readers raise over it."""
    if isinstance(error, OSError) and error.errno:
        return reason_of(error)
    if isinstance(error, EOFError):
        return _("it was cut off; send it again")
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return _("it is locked with a password; send it without one")
    if isinstance(error, NotImplementedError):
        return _("it is packed in a way that few programs read; pack it anew as an ordinary ZIP")
    return _("it is damaged, or no such archive as its name says; send it again")


def _unpack(packed: object, target: Path, packed_bytes: int) -> None:
    limit = min(UNPACKED_LIMIT, max(packed_bytes, 1000) * RATIO_LIMIT)
    written = 0
    with target.open("wb") as out:
        while block := packed.read(_BLOCK):  # type: ignore[attr-defined]
            written += len(block)
            if written > limit:
                raise UnreadableError(_("Unpacked, the archive is larger than {limit} bytes allow.", limit=limit))
            out.write(block)
