"""What a process remembers of the versions it reads: narrow rows of the last ones, shared by all who ask, within a bound."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock

import polars as pl

from etl.publishing.versions import MANIFEST, Version
from metrics.engine import Frame, collect, lazy, remembers
from metrics.population import LINEAGE

VERSIONS = 2
"""The current one, and the one before while somebody still looks at it or a report compares them."""
LIMIT = 512 * 1024 * 1024
"""Bytes of all that is remembered, whoever asks."""
BYTES_A_CASE = 150
"""A narrow row of an interaction, with room for its feedback."""


class Memory:
    """Rows that were read and decoded once; of the versions asked for last, and never more than the bound."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._frames: OrderedDict[Hashable, dict[Hashable, pl.DataFrame]] = OrderedDict()
        self._lock = RLock()

    def holds(self, version: Version) -> bool:
        """Whether a version is small enough to be remembered; a larger one is read for each question, as far as it is needed."""
        return remembers() and bool(version.rows.get("interactions", 0) * BYTES_A_CASE <= self.limit // VERSIONS)

    def frame(self, version: Version, name: Hashable, build: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The rows called ``name``, built by the first who asks while others wait."""
        with self._lock:
            known = self._frames.setdefault(_edition(version), {})
            self._frames.move_to_end(_edition(version))
            if name not in known:
                known[name] = build()
                self._forget()
            return known[name]

    def size(self) -> int:
        """Bytes remembered."""
        with self._lock:
            return sum(int(frame.estimated_size()) for known in self._frames.values() for frame in known.values())

    def _forget(self) -> None:
        while len(self._frames) > VERSIONS or (len(self._frames) > 1 and self.size() > self.limit):
            self._frames.popitem(last=False)
        if self.size() > self.limit:
            self._frames.clear()


MEMORY = Memory()


def _edition(version: Version) -> Hashable:
    """A version as it lies on disk: one that was written again under its name is another."""
    written = (version.folder / MANIFEST).stat()
    return version.folder, version.as_of, version.checksum, written.st_mtime_ns, written.st_ino


def narrow(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows with texts as numbers of a dictionary, and short numbers of files and rows: a quarter of the bytes, and quicker to
    group by."""
    short = [name for name in LINEAGE if name in rows.columns]
    return rows.with_columns(pl.col(pl.String).cast(pl.Categorical), pl.col(short).cast(pl.UInt32))


def remembered(version: Version, name: Hashable, define: Callable[[], Frame]) -> Frame:
    """The rows as they are defined, out of memory; for a version that it holds."""
    return lazy(MEMORY.frame(version, name, lambda: narrow(collect([define()])[0])))
