"""What a first viewer would wait for is there before the port opens: the pages' modules, the version's rows, the list of loads."""

import asyncio
import gc
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

from etl.errors import UserError
from etl.language import LANGUAGES, _, use_language
from etl.publishing.versions import current_version
from etl.settings import read_settings
from metrics import freshness
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages import shared
from pages.shared import standing

LOG = logging.getLogger("langnghe.pages")
EVERY_SECONDS = 2
FIRST = (Query(by="ward", metrics=("received", "on_time", "compliments")), Query(by="channel", metrics=("members",)))
"""Questions that between them look at all rows that the pages ask about."""


def modules() -> None:
    """Import all that pages share, and read the words of both languages: else each page does its part while a viewer waits."""
    for module in pkgutil.iter_modules(shared.__path__):
        import_module(f"{shared.__name__}.{module.name}")
    for language in LANGUAGES:
        use_language(language)
        _("Overview")


def warm(known: Path | None) -> Path | None:
    """Read the rows of the published version, and the list of loads, unless it is the one known already; which one that is.

    Whatever goes wrong here goes wrong again, and is told, where a viewer asks.
    """
    try:
        version = current_version(read_settings().snapshots)
        if version is None or version.folder == known:
            return known
        for query in FIRST:
            figures(version, query, COMMAND_LINE)
        freshness.channels(version, Query(), COMMAND_LINE)
        standing.loads()
        return version.folder
    except UserError:
        return known
    except Exception:
        LOG.exception("the published version could not be read ahead")
        return known


@asynccontextmanager
async def kept_warm() -> AsyncIterator[None]:
    """Begin warm; then, for as long as the server runs, each new version is read ahead."""
    imported = asyncio.create_task(asyncio.to_thread(modules))
    known = await asyncio.to_thread(warm, None)
    await imported
    # What is there now stays: looked through again and again for garbage, it would cost every few clicks an eighth of a second.
    gc.collect()
    gc.freeze()
    following = asyncio.create_task(_follow(known))
    try:
        yield
    finally:
        gc.unfreeze()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _follow(known: Path | None) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        known = await asyncio.to_thread(warm, known)
