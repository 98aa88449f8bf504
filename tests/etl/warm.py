"""Commands of the loader without the seconds of its imports: a process that has imported everything forks itself for each of them,
kills them at their instants, and waits until all that they started has ended."""

import ctypes
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace, TracebackType
from typing import Any

from etl.settings import ROOT

SUBREAPER = 36
"""prctl's number: orphans below become children here, so that waiting tells when the last has gone."""
PATIENCE = 120
"""Seconds after which something that a command started is taken to stay for ever."""


@dataclass(frozen=True)
class Command:
    """``python -m etl`` with ``arguments`` on a home."""

    arguments: Sequence[str]
    environment: dict[str, str]
    kill_after: float | None = None
    """Seconds from its start to SIGKILL."""
    twin: str | None = None
    """MODULE:FUNCTION that breaks something on purpose before it runs."""
    cold: bool = False
    """With all its imports, as people start it."""


@dataclass(frozen=True)
class Ended:
    """How it ended: its exit code, or less the signal that killed it."""

    code: int
    seconds: float
    output: str
    """Both of standard output and standard error."""


class Warm:
    """The process; commands begun together run at once."""

    def __enter__(self) -> "Warm":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")}
        self._folder = TemporaryDirectory()
        environment |= {"GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore", "TMPDIR": self._folder.name}
        program = [sys.executable, "-m", "tests.etl.warm"]
        self._process = subprocess.Popen(program, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"
        self._begun = False
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    @property
    def left(self) -> list[str]:
        """Files that lie about in the folder for what is needed for a moment only. A folder may be: it is made before anybody is there
        to remove it."""
        return sorted(path.name for path in Path(self._folder.name).rglob("*") if not path.is_dir())

    def begin(self, *commands: Command) -> None:
        assert self._process.stdin
        if self._begun:
            self.end()  # nobody had asked
        self._begun = True
        self._process.stdin.write(json.dumps([asdict(command) for command in commands]) + "\n")
        self._process.stdin.flush()

    def is_running(self, seconds: float = 0) -> bool:
        """Whether anything of what was begun still runs, after at most ``seconds`` of waiting."""
        return not select.select([self._process.stdout], [], [], seconds)[0]

    def end(self) -> list[Ended]:
        """How the commands ended, in the order in which they were given."""
        assert self._process.stdout
        self._begun = False
        assert not self.is_running(PATIENCE), "something that a command started stays for ever"
        return [Ended(**found) for found in json.loads(self._process.stdout.readline())]

    def run(self, *commands: Command) -> list[Ended]:
        self.begin(*commands)
        return self.end()


class ForkedGate:
    """What ``subprocess.Popen`` gives, of a gate that is a fork of this process."""

    def __init__(self, command: Sequence[str], stderr: Any, **_how: object) -> None:
        from etl.gate import gate

        (inside, to), (back, outside) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            for own, standard in ((inside, 0), (outside, 1), (stderr.fileno(), 2)):
                os.dup2(own, standard)
            os.closerange(3, 1_000)  # the lock of the home among them
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
            try:
                gate.serve(command[-1])
            finally:
                os._exit(0)
        os.close(inside)
        os.close(outside)
        self.stdin, self.stdout = os.fdopen(to, "w"), os.fdopen(back)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def communicate(self) -> None:
        self.stdin.close()
        self.stdout.close()
        self.wait()

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


def _run(command: Command, output: int) -> None:
    """In the fork: what the command does, until the process ends."""
    for standard in (1, 2):
        os.dup2(output, standard)
    os.environ |= command.environment
    if command.cold:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "etl", *command.arguments])
    from etl import cli
    from etl.gate import gate

    gate.subprocess = SimpleNamespace(Popen=ForkedGate, PIPE=subprocess.PIPE)  # type: ignore[assignment]
    if command.twin:
        module, _colon, name = command.twin.partition(":")
        getattr(importlib.import_module(module), name)()
    sys.exit(cli.main(command.arguments))


def _fork(command: Command, output: int) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        _run(command, output)
    except SystemExit as done:
        code = int(done.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _kill_and_wait(commands: Sequence[Command]) -> list[Ended]:
    outputs = [os.memfd_create("output") for _command in commands]
    began = time.monotonic()
    places = {_fork(command, output): place for place, (command, output) in enumerate(zip(commands, outputs, strict=True))}
    for process, place in sorted(places.items(), key=lambda item: commands[item[1]].kill_after or 0):
        after = commands[place].kill_after
        if after is not None:
            time.sleep(max(0.0, began + after - time.monotonic()))
            os.kill(process, signal.SIGKILL)  # nobody has waited for it yet: the number is still its own
    ends: dict[int, tuple[int, float]] = {}
    while True:
        try:
            process, status = os.wait()
        except ChildProcessError:
            break
        if process in places:
            ends[places[process]] = (os.waitstatus_to_exitcode(status), time.monotonic() - began)
    found = []
    for place, output in enumerate(outputs):
        text = os.pread(output, os.fstat(output).st_size, 0).decode(errors="replace")
        os.close(output)
        found.append(Ended(*ends[place], text))
    return found


def _serve() -> None:
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    for name in ("great_expectations.expectations", "psycopg", "alembic.command", "etl.refresh", "etl.keeping.decide", "etl.cli"):
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps([asdict(ended) for ended in _kill_and_wait([Command(**one) for one in json.loads(line)])]), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    _serve()
