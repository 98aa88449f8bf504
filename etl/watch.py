"""Watch: looks at the inbox again and again, and refreshes when something new lies there that nobody is writing any more.

One gate and one box are kept ready over all refreshes. Whoever ends the process loses nothing: a refresh that is cut off leaves nothing.
"""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from etl.box import Box
from etl.errors import BusyError, UserError
from etl.gate.gate import Gate
from etl.language import _
from etl.publishing.publish import Say
from etl.refresh import Request, refresh
from etl.settings import Settings
from etl.sources.inbox import Stamp, inbox_paths, stamp_of
from etl.sources.manifest import ENDING

SETTLED_AFTER = 3.0
"""Seconds for which a file must have stayed as it is before it is read."""
TRY_AGAIN_AFTER = 60.0
"""Seconds after which a refresh that could not begin is tried again though nothing has changed in inbox and sources."""


class _StopRequest(BaseException):
    """Somebody wants the process to end."""


def watch(settings: Settings, request: Request, every: float, say: Say, tell: Callable[[dict[str, Any]], None]) -> None:
    """Refresh whenever files of the inbox or sources are new or changed, until SIGTERM or SIGINT comes.

    Args:
        settings: where the record and snapshots lie.
        request: inbox and sources.
        every: seconds between two looks.
        say: takes progress, and what went wrong: one line each, and the same line once.
        tell: takes the report of each refresh.

    Raises:
        UserError: the inbox or a folder of sources is not there at the start.
    """
    for folder in (request.inbox, *request.sources):
        if not folder.is_dir():
            raise UserError(_("There is no folder {path} to watch.", path=folder))
    looks, stop = _Looks(request), _Stop()
    with suppress(_StopRequest), _handling_signals(stop), Box() as box:
        say(_("Watching {path}; Ctrl-C ends it.", path=request.inbox))
        while not stop.asked:
            with Gate() as gate:  # a new one where the last one died
                while gate.is_alive and not stop.asked:
                    looks.at(time.monotonic())
                    if looks.is_due(time.monotonic()):
                        try:
                            tell(refresh(settings, replace(request, only=looks.files), say, gate, box))
                            looks.done()
                        except UserError as error:
                            looks.failed(error, time.monotonic(), say)
                    time.sleep(every)
    say(_("Stopped. Nothing half-done was kept."))


class _Looks:
    """What has been seen of inbox and sources, and what of it has been dealt with."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._since: dict[Path, tuple[Stamp, float]] = {}
        self._settled: dict[Path, Stamp] = {}
        self._dealt_with: dict[Path, Stamp] = {}
        self._failed: tuple[str, float, dict[Path, Stamp]] = ("", -TRY_AGAIN_AFTER, {})

    def at(self, now: float) -> None:
        """Look once more. Sources and manifests need not settle: a refresh reads them whatever they are."""
        before = self._since
        self._since = {}
        for path, stamp in _stamps(inbox_paths(self._request.inbox)):
            self._since[path] = before[path] if path in before and before[path][0] == stamp else (stamp, now)
        self._settled = {path: stamp for path, (stamp, since) in self._since.items() if now - since >= SETTLED_AFTER}
        self._settled |= dict(_stamps(path for folder in self._request.sources for path in folder.glob("*.toml")))
        self._settled |= dict(_stamps(self._request.inbox.rglob(f"*{ENDING}")))

    @property
    def files(self) -> frozenset[Path]:
        """What may be read."""
        return frozenset(self._settled)

    def is_due(self, now: float) -> bool:
        """Whether something that has settled was not dealt with, and was not tried in vain just now."""
        _line, tried_at, tried = self._failed
        new = any(self._dealt_with.get(path) != stamp for path, stamp in self._settled.items())
        return new and (self._settled != tried or now - tried_at >= TRY_AGAIN_AFTER)

    def done(self) -> None:
        """All that has settled is dealt with."""
        self._dealt_with = self._settled
        self._failed = ("", -TRY_AGAIN_AFTER, {})

    def failed(self, error: UserError, now: float, say: Say) -> None:
        """Nothing could begin. Another refresh will be over soon; anything else a person must mend."""
        if str(error) != self._failed[0]:
            say(str(error))
        self._failed = (str(error), now, {} if isinstance(error, BusyError) else self._settled)


def _stamps(paths: Iterable[Path]) -> Iterator[tuple[Path, Stamp]]:
    for path in paths:
        with suppress(OSError):  # it is gone again
            yield path, stamp_of(path.lstat())


class _Stop:
    """A handler of signals: the first one ends what runs, wherever it is; more do not disturb the tidying up."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True  # looked at too: an exception may be lost where it is raised, as in the collector of garbage
            raise _StopRequest


@contextmanager
def _handling_signals(handler: _Stop) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
