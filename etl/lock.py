"""One writer at a time: a lock that the operating system gives back when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import BusyError, UserError
from etl.language import _, reason_of


@contextmanager
def writer_lock(home: Path) -> Iterator[None]:
    """Hold the home's lock; the home is made where there is none. What is made meanwhile nobody but its owner can read.

    Raises:
        BusyError: another refresh holds it.
        UserError: the home cannot be written.
    """
    with _owner_only():
        try:
            home.mkdir(parents=True, exist_ok=True)
            file = (home / "refresh.lock").open("w")
        except OSError as error:
            raise UserError(
                _("{path} cannot be written: {reason}. Check LANGNGHE_HOME and its rights.", path=home, reason=reason_of(error))
            ) from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(_("Another refresh is running: wait until it has finished, then try again.")) from None
            yield


@contextmanager
def _owner_only() -> Iterator[None]:
    usual = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(usual)
