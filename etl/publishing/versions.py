"""Where published versions lie and which one is current: the one thing that loader, figures and pages share on disk.

``SNAPSHOTS/VERSION/TABLE/*.parquet`` with ``SNAPSHOTS/VERSION/version.json``; ``SNAPSHOTS/current.json`` names the
current version and is replaced in one atomic step.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from errno import ENAMETOOLONG, ENOENT, ENOTDIR
from functools import lru_cache
from glob import escape
from pathlib import Path

from etl.errors import UserError
from etl.language import _
from etl.settings import DEFINITIONS

POINTER = "current.json"
MANIFEST = "version.json"
WHOLE = "all"
"""Name of the one file of a table that has no months, or no rows."""

_DAMAGED = (ValueError, KeyError, TypeError)
"""What reading a file ends in that is cut off, empty, or holds something else."""


@dataclass(frozen=True)
class Version:
    """One published version of all tidy tables."""

    name: str
    """Sorts in the order of publication."""
    folder: Path
    as_of: datetime
    """UTC. An instant after it has not happened."""
    checksum: str
    """Digest of the tidy tables' content."""
    first_on: date | None
    """Local date of the first interaction or feedback; None where there is none."""
    rows: dict[str, int]
    """Rows per tidy table."""
    stated: dict[str, int] = field(default_factory=dict)
    """What is odd in it without being wrong, counted (``etl.publishing.stated``, ``etl.publishing.threads``)."""
    basis: str = ""
    """What its rows rest on (``etl.publishing.before``)."""
    definitions: dict[str, int] | None = None
    """Version of each metric's definition when it was published; None where it was published before that was noted."""
    ward_list: str = ""
    """Digest of the list of wards by which its rows were resolved."""

    def glob(self, table: str) -> str:
        """The table's Parquet files, as a pattern for a scan; the folder's own name may hold a pattern's signs."""
        return f"{escape(str(self.folder / table))}/*.parquet"


def definitions() -> dict[str, int]:
    """Which version of its definition each metric has now."""
    known: dict[str, dict[str, str]] = json.loads(DEFINITIONS.read_text())
    return {metric: max(map(int, versions)) for metric, versions in known.items()}


def read_version(snapshots: Path, name: str) -> Version:
    """Read one version's manifest.

    Raises:
        UserError: there is no such version, or its manifest is damaged.
    """
    folder = snapshots / name
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return Version(
            name=name,
            folder=folder,
            as_of=datetime.fromisoformat(manifest["as_of"]),
            checksum=manifest["checksum"],
            first_on=date.fromisoformat(manifest["first_on"]) if manifest["first_on"] else None,
            rows=dict(manifest["rows"]),
            stated=manifest.get("stated", {}),
            basis=manifest.get("basis", ""),
            definitions=manifest.get("definitions"),
            ward_list=manifest.get("ward_list", ""),
        )
    except OSError as error:
        if error.errno not in (ENOENT, ENOTDIR, ENAMETOOLONG):
            raise
        raise UserError(_("There is no version {name} in {folder}.", name=name, folder=snapshots)) from None
    except _DAMAGED:
        raise _damaged(folder / MANIFEST) from None


def parts(version: Version) -> dict[str, str]:
    """Digest of each of the version's files, ``TABLE/MONTH`` or ``TABLE/all``: of equal digest, of equal content."""
    found: dict[str, str] = json.loads((version.folder / MANIFEST).read_text()).get("parts", {})
    return found


def _damaged(path: Path) -> UserError:
    return UserError(_("{path} is damaged or gone: `python -m etl rebuild` writes what is shown anew from the record.", path=path))


def _whole(version: Version) -> Version:
    """The version, whose files are all there: without one its figures would be lower and nobody would know."""
    _all_there(version.folder, (version.folder / MANIFEST).stat().st_mtime_ns)
    return version


@lru_cache(maxsize=64)
def _all_there(folder: Path, _written_at: int) -> None:
    """Looked at once for each time that a version was written: pages ask with every click."""
    for key in json.loads((folder / MANIFEST).read_bytes()).get("parts", {}):
        path = folder / f"{key}.parquet"
        if not path.exists():
            raise _damaged(path)


def tells_of_damage(error: Exception) -> bool:
    """Whether reading a Parquet file ended so because of what it holds: polars says that by its words alone."""
    return str(error).startswith("parquet: File out of specification")


@contextmanager
def reading_versions(snapshots: Path) -> Iterator[None]:
    """Whatever reads files of published versions.

    Raises:
        UserError: one of them is damaged; the sentence names it.
    """
    try:
        yield
    except Exception as error:
        if tells_of_damage(error) and (path := _damaged_file(snapshots)):
            raise _damaged(path) from None
        raise


def _damaged_file(snapshots: Path) -> Path | None:
    """The first file that cannot be read, of the latest version that has any."""
    import polars as pl  # only now: who asks for help waits for nothing

    for version in kept_versions(snapshots):
        for path in sorted(version.folder.rglob("*.parquet")):
            try:
                pl.read_parquet(path)
            except pl.exceptions.ComputeError:
                return path
    return None


def version_before(version: Version) -> Version | None:
    """The version published just before, or None where there was none or its folder is no longer kept whole."""
    name = f"{int(version.name) - 1:0{len(version.name)}d}" if version.name.isdecimal() else "none"
    return next(_readable(version.folder.parent, [name]), None)


def kept_versions(snapshots: Path) -> list[Version]:
    """All versions that are kept and whole, the latest first."""
    names = sorted((path.parent.name for path in snapshots.glob(f"[!.]*/{MANIFEST}")), reverse=True)
    return list(_readable(snapshots, names))


def _readable(snapshots: Path, names: Iterable[str]) -> Iterator[Version]:
    for name in names:
        with suppress(UserError):
            yield read_version(snapshots, name)


def current_version(snapshots: Path) -> Version | None:
    """The version that pages show, or None before the first publication.

    Raises:
        UserError: the pointer or the manifest is damaged, or the folder is gone.
    """
    try:
        name = json.loads((snapshots / POINTER).read_bytes())["version"]
        return _whole(read_version(snapshots, name))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except _DAMAGED:
        raise _damaged(snapshots / POINTER) from None


def published(snapshots: Path, name: str | None = None) -> Version:
    """The version of that name, or the current one where none is named.

    Raises:
        UserError: there is no such version, or none yet.
    """
    if name is not None:
        return _whole(read_version(snapshots, name))
    current = current_version(snapshots)
    if current is None:
        raise UserError(
            _(
                "No version is published yet in {folder}: run python -m etl refresh; where that holds the load back, "
                "python -m etl status says how to publish or discard it.",
                folder=snapshots,
            )
        )
    return current
