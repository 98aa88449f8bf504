"""Whether a file's path fits a glob: without case, and however its accents are put together."""

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

from etl.text import nfc


def fits(glob: str, path: PurePosixPath) -> bool:
    """Whether a path fits: a glob without ``/`` fits the name at any depth."""
    wanted, given = _bare(glob), _bare(str(path))
    return _leads_to(wanted.split("/"), given.split("/")) if "/" in wanted else fnmatchcase(given.rpartition("/")[2], wanted)


@lru_cache(maxsize=1024)  # each source asks for the same path, each file for the same globs
def _bare(text: str) -> str:
    return nfc(nfc(text).casefold())


def _leads_to(glob: list[str], path: list[str]) -> bool:
    """Whether a glob, cut at its slashes, fits a path: a star stays within one folder, ``**`` stands for any number of them."""
    if not glob or not path:
        return glob == path or glob == ["**"]
    if glob[0] == "**":
        return _leads_to(glob[1:], path) or _leads_to(glob, path[1:])
    return fnmatchcase(path[0], glob[0]) and _leads_to(glob[1:], path[1:])
