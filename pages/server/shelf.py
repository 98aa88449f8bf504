"""Files laid out for one browser session for a while: the memory behind the download links."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pages.server import sessions

IDLE_SECONDS = 15 * 60
PER_SESSION = 60
CLOCK: Callable[[], float] = time.monotonic


@dataclass
class Parcel:
    """One file: for whom, under which name, and how its bytes are made when they are asked for."""

    session: str
    file_name: str
    media_type: str
    build: Callable[[], bytes]
    used: float


_parcels: dict[str, Parcel] = {}
_lock = threading.Lock()


def lay(session: str, content: str, file_name: str, media_type: str, build: Callable[[], bytes]) -> str:
    """Lay a file out for ``session`` and return its token; the same content gets the same token and a new lease.

    Args:
        session: a verified session.
        content: tells this file from the session's others, and changes with what is in it.
        file_name: as the browser will save it.
        media_type: of the answer.
        build: makes the bytes.
    """
    token = sessions.sign(f"{session}\n{file_name}\n{content}")
    now = CLOCK()
    with _lock:
        _parcels[token] = Parcel(session, file_name, media_type, build, now)
        for old in [key for key, parcel in _parcels.items() if now - parcel.used > IDLE_SECONDS]:
            del _parcels[old]
        own = sorted((key for key, parcel in _parcels.items() if parcel.session == session), key=lambda key: _parcels[key].used)
        for old in own[:-PER_SESSION]:
            del _parcels[old]
    return token


def fetch(token: str, session: str | None) -> Parcel | None:
    """The file of that token for that session, or None: unknown, another's or out of time, without telling which."""
    with _lock:
        parcel = _parcels.get(token)
        if parcel is None or session is None or parcel.session != session or CLOCK() - parcel.used > IDLE_SECONDS:
            return None
        parcel.used = CLOCK()
        return parcel
