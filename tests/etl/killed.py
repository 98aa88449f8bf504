"""Work in a process of its own, killed at one of its steps: before a statement of SQL, or before a file takes another's place."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

Work = Callable[..., object]
"""A function of a module, since another process looks it up by its name."""

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["etl.keeping.backup", "etl.refresh", "etl.keeping.retention", "alembic.command"])


def steps_of(work: Work, *arguments: Any) -> int:
    """Do it undisturbed; how many steps it took."""
    mine, its = _PROCESSES.Pipe(duplex=False)
    assert _run(work, arguments, -1, False, its) == 0
    steps: int = mine.recv()
    return steps


def kill(work: Work, *arguments: Any, before: int, broken: bool = False) -> None:
    """Do it until the step of that number, counted from 0. ``broken``: as if each statement were a transaction of its own."""
    assert _run(work, arguments, before, broken, None) == -signal.SIGKILL


def _run(work: Work, arguments: tuple[Any, ...], before: int, broken: bool, told: Connection | None) -> int | None:
    process = _PROCESSES.Process(target=_work, args=(work, arguments, before, broken, told))
    process.start()
    process.join()
    return process.exitcode


def _work(work: Work, arguments: tuple[Any, ...], before: int, broken: bool, told: Connection | None) -> None:
    steps = 0

    def step() -> None:
        nonlocal steps
        if steps == before:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: step())
    sys.addaudithook(lambda event, _arguments: step() if event == "os.rename" else None)
    if broken:
        sa.event.listen(sa.Engine, "after_cursor_execute", lambda connection, *_: connection.connection.dbapi_connection.commit())
    work(*arguments)
    if told:
        told.send(steps)
