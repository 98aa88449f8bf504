"""How the record stands beyond the published version: held loads, what waits. Asked of the loader only when something changed."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from etl.gate import verdicts
from etl.language import current_language
from etl.settings import Settings, read_settings
from pages.shared import commands, inbox, refusals
from pages.shared.ending import end
from pages.shared.terms import literal

LOG = logging.getLogger("langnghe.pages")
ELSEWHERE_SECONDS = 60
"""How long an answer about a record that is no file (PostgreSQL) is believed."""

_lock = threading.Lock()
_kept: dict[str, tuple[Hashable, Any]] = {}
_failed: dict[str, commands.Outcome] = {}
"""What the loader could not answer, by kind."""
Document = dict[str, Any]


def _record_mark(settings: Settings) -> Hashable:
    """Changes whenever the record may have changed."""
    if not settings.database_url.startswith("sqlite"):
        return int(time.monotonic() / ELSEWHERE_SECONDS)
    path = settings.database_url.split("///", 1)[-1]
    marks = []
    for ending in ("", "-wal"):
        try:
            status = Path(path + ending).stat()
        except OSError:
            marks.append((0, 0))
        else:
            # An empty write-ahead log comes and goes with every reader.
            marks.append((status.st_mtime_ns, status.st_size) if status.st_size or not ending else (0, 0))
    return tuple(marks)


def _no_record(mark: Hashable) -> bool:
    return mark == ((0, 0), (0, 0))


def _asked(kind: str, arguments: tuple[str, ...], extra: Hashable = None, shape: Callable[[Document], Any] = lambda found: found) -> Any:
    """What a command of the loader says, in ``shape``; kept until the record changes, or ``extra``."""
    settings = read_settings()
    mark = _record_mark(settings)
    if _no_record(mark):
        return shape({})
    with _lock:
        key = f"{kind} {' '.join(arguments)}"
        kept = _kept.get(key)
        if kept is not None and kept[0] == (mark, extra, settings.home):
            return kept[1]
        outcome = commands.ask(*arguments)
        shaped = shape(outcome.document or {})
        if len(_kept) > 50:
            _kept.clear()
        _failed.pop(kind, None)
        if outcome.code != commands.DONE:
            _failed[kind] = outcome
        _kept[key] = ((mark, extra, settings.home), shaped)
        return shaped


def stop_where_unanswered(kind: str) -> None:
    """End the run with the loader's own sentence where it could not answer: no answer is not an empty one.

    Args:
        kind: loads or refused.
    """
    outcome = _failed.get(kind)
    if outcome is not None:
        st.error(literal(outcome.sentence()))
        end()


def status() -> dict[str, Any]:
    """What ``etl status`` says: version, loads, held loads, inbox (new and known files), quarantined rows; empty where unknown."""
    files = tuple((file.path, file.octets, file.changed_at) for file in inbox.waiting(read_settings().inbox))
    found: Document = _asked("status", ("status",), files)
    return found


def loads() -> list[dict[str, Any]]:
    """What ``etl loads`` says, newest first."""
    found = _asked("loads", ("loads",)).get("loads", [])
    return sorted(found, key=lambda load: str(load.get("started_at") or ""), reverse=True)


def held() -> list[dict[str, Any]]:
    """The loads that a quality gate holds back, newest first."""
    return [load for load in loads() if load.get("state") == "held"]


def refused() -> pl.DataFrame:
    """The refused rows of all loads that stand, with their masked cells: see ``refusals.frame``."""
    found: pl.DataFrame = _asked("refused", ("quarantine", "--rows"), current_language(), refusals.frame)
    return found


def why_held(load: dict[str, Any]) -> str:
    """The checks of the gate that hold a load, in one line; empty where only the loader knows."""
    gate = load.get("gate")
    if not isinstance(gate, dict):
        job = commands.latest()
        document = (job.outcome.document or {}) if job is not None and job.outcome is not None else {}
        gate = document.get("gate") if document.get("load_id") == load.get("load_id") else None
    return verdicts.reasons(gate) if isinstance(gate, dict) else ""
