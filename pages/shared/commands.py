"""The loader's commands, run as child processes: a page writes nothing itself.

A refresh outlives the view that started it: whoever comes back (or another of the data staff) sees the same progress
and, when it has ended, the same balance sheet.
"""

import json
import logging
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

from etl.language import _, current_language
from etl.settings import ROOT

LOG = logging.getLogger("langnghe.pages")

DONE, BUG, NOT_BEGUN, HELD, BUSY = range(5)
"""Exit codes of the loader's commands."""

PROGRAM = (sys.executable, "-m", "etl")

_STEP = re.compile(r"^\[(\d+)/(\d+)\]\s*(.*)$")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    arguments: tuple[str, ...]
    code: int
    document: dict[str, Any] | None
    """What it printed as JSON; None where it printed none."""
    complaint: str
    """Its own sentence where nothing could begin, in the language it was started in."""

    def sentence(self) -> str:
        """The exit code in words, for the person who pressed the button."""
        dry, wrote = "--dry-run" in self.arguments, self.arguments[0] in ("refresh", "publish")
        if self.code == DONE and dry:
            return _("This was a dry run: nothing has been changed.")
        if self.code == DONE:
            return _("Done: a new version is published.") if wrote else _("Done.")
        if self.code == HELD and dry:
            return _("This was a dry run: the quality gate would hold this load.")
        if self.code == HELD:
            return _("The quality gate holds this load: nothing was published, all pages stay as they were.")
        if self.code == BUSY:
            return _("Another refresh is running: wait until it has ended, then try again.")
        if self.code == NOT_BEGUN:
            return _("Nothing could begin: {reason}", reason=self.complaint or "?")
        return _("The loader stopped on a fault of its own; nothing half-done is shown. The server's log has the cause.")


class Job:
    """One command under way, or ended."""

    def __init__(self, *arguments: str) -> None:
        """Start ``python -m etl ARGUMENTS --json`` with this process's settings and the language in use."""
        self.arguments = arguments
        self.step, self.steps, self.text = 0, 0, ""
        self.outcome: Outcome | None = None
        self._ended = threading.Event()
        self._process = subprocess.Popen(
            [*PROGRAM, *arguments, "--json"],
            cwd=ROOT,
            env=os.environ | {"LANGNGHE_LANGUAGE": current_language(), "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        printed: list[str] = []
        said: list[str] = []
        with self._process as process:
            assert process.stdout is not None
            assert process.stderr is not None
            reader = threading.Thread(target=lambda out=process.stdout: printed.append(out.read()), daemon=True)
            reader.start()
            for line in process.stderr:
                found = _STEP.match(line.strip())
                if found:
                    self.step, self.steps, self.text = int(found[1]), int(found[2]), found[3]
                elif line.strip():
                    said.append(line.rstrip())
                    self.text = said[-1]
            reader.join()
        code = process.returncode
        try:
            document = json.loads("".join(printed))
        except ValueError:
            document = None
        if code not in (DONE, NOT_BEGUN, HELD, BUSY):
            LOG.error("etl %s ended with %s\n%s", " ".join(self.arguments), code, "\n".join(said[-60:]))
        self.outcome = Outcome(self.arguments, code, document if isinstance(document, dict) else None, said[-1] if said else "")
        self._ended.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, at most ``seconds``; whether it has."""
        return self._ended.wait(seconds)

    @property
    def share(self) -> float:
        """How far it is, 0–1, by its own count of steps."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0


_latest: Job | None = None
_lock = threading.Lock()


def start(*arguments: str) -> Job:
    """Start a command that changes something, unless one of ours is still under way: then that one is returned."""
    global _latest
    with _lock:
        if _latest is None or _latest.wait(0):
            _latest = Job(*arguments)
        return _latest


def latest() -> Job | None:
    """The command last started from a page of this server, under way or ended."""
    return _latest


def forget() -> None:
    """Take the last outcome off the page."""
    global _latest
    with _lock:
        if _latest is not None and _latest.wait(0):
            _latest = None


def ask(*arguments: str, seconds: float = 60) -> Outcome:
    """Run a command that only reads, and wait for its answer."""
    job = Job(*arguments)
    if not job.wait(seconds) or job.outcome is None:
        return Outcome(arguments, BUG, None, "")
    return job.outcome
