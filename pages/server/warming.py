"""A version's rows are read as soon as it is published, so that no viewer waits for them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from etl.errors import UserError
from etl.settings import read_settings
from etl.versions import current_version
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE

LOG = logging.getLogger("langnghe.pages")
EVERY_SECONDS = 2
FIRST = (Query(by="ward", metrics=("received", "on_time", "compliments")), Query(by="channel", metrics=("members",)))
"""Questions that between them look at all rows that the pages ask about."""


def warm(known: Path | None) -> Path | None:
    """Read the rows of the published version unless it is the one known already; which one that is.

    Whatever goes wrong here goes wrong again, and is told, where a viewer asks.
    """
    try:
        version = current_version(read_settings().snapshots)
        if version is None or version.folder == known:
            return known
        for query in FIRST:
            figures(version, query, COMMAND_LINE)
        return version.folder
    except UserError:
        return known
    except Exception:
        LOG.exception("the published version could not be read ahead")
        return known


@asynccontextmanager
async def kept_warm() -> AsyncIterator[None]:
    """For as long as the server runs, each new version is read ahead."""
    following = asyncio.create_task(_follow())
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _follow() -> None:
    known: Path | None = None
    while True:
        known = await asyncio.to_thread(warm, known)
        await asyncio.sleep(EVERY_SECONDS)
