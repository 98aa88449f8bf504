"""A small installation for tests of the loader: an inbox, sources and a home of its own, refreshed in this process."""

import csv
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.box import Box
from etl.gate.gate import Gate
from etl.keeping import decide
from etl.language import use_language
from etl.publishing.versions import current_version
from etl.record.record import open_record
from etl.refresh import Request, refresh
from etl.report import as_json
from etl.settings import ROOT, Settings, read_settings
from etl.status import loads, quarantine, status

Cells = Mapping[str, str | None]
COLUMNS = {
    "interactions": (
        "interaction_id asked_at acknowledged_at answered_at first_resolved_at reopened_at resolved_at status ward channel_id platform "
        "officer_id attribution topic urgency resident reply_count classified_at"
    ),
    "feedback": (
        "feedback_id kind formal received_at officer_id attribution ward channel_id platform interaction_id category rating outcome "
        "decided_at resident text"
    ),
    "messages": ("message_id thread_id parent_id author_role author officer_id sent_at text event channel_id platform ward topic link"),
    "officers": "officer_id name badge active",
    "postings": "officer_id ward starts_on ends_on",
    "duties": "officer_id ward channel_id starts_at ends_at",
    "channels": "channel_id platform name ward opened_on closed_on",
    "channel_days": "channel_id day members posts",
}


def source(
    name: str,
    table: str = "interactions",
    glob: str | None = None,
    extra: str = "",
    columns: str = "",
    format: str = "csv",
    **renamed: str,
) -> str:
    """A source's TOML: every column under its own name, but for ``renamed``; ``extra`` are whole keys, ``columns`` more columns."""
    wanted = f"{COLUMNS[table]} {columns}".split()
    lines = [
        f'name = "{name}"',
        f'table = "{table}"',
        f'files = ["{glob or name + "*"}"]',
        f'format = "{format}"',
        'times = ["iso"]',
        extra,
    ]
    return "\n".join([*lines, "[columns]", *(f'{column} = "{renamed.get(column, column)}"' for column in wanted)])


def sheet(rows: Sequence[Cells]) -> str:
    """A CSV file with the columns that occur."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def case(number: int | str, **cells: str | None) -> dict[str, str | None]:
    """A request asked on 5 January 2026."""
    return {"interaction_id": f"c{number}", "asked_at": "2026-01-05 09:00", **cells}


class House:
    """One home. Times in sheets are local; ``at`` reads one."""

    box: Box | None = None
    """One for all houses."""

    def __init__(self, folder: Path, gate: Gate, database_url: str = "") -> None:
        self.folder, self.gate = folder, gate
        self.inbox, self.sources = folder / "inbox", folder / "sources"
        for made in (self.inbox, self.sources):
            made.mkdir(parents=True)
        environment = {"LANGNGHE_HOME": str(folder / "home"), "LANGNGHE_LANGUAGE": "en", "LANGNGHE_DATABASE_URL": database_url}
        self.settings: Settings = read_settings(environment)
        use_language(self.settings.language)
        self.said: list[str] = []

    def source(self, name: str, *arguments: Any, **options: Any) -> None:
        (self.sources / f"{name}.toml").write_text(source(name, *arguments, **options), encoding="utf-8")

    def drop(self, name: str, rows: Sequence[Cells] | str | bytes) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        else:
            path.write_text(rows if isinstance(rows, str) else sheet(rows), encoding="utf-8")
        return path

    def refresh(self, as_of: datetime | None = None, again: Path | None = None, dry_run: bool = False) -> dict[str, Any]:
        request = Request(self.inbox, [self.sources], as_of, again, dry_run)
        report = refresh(self.settings, request, self.said.append, self.gate, self.box)
        parsed: dict[str, Any] = json.loads(as_json(report))
        return parsed

    def load(self, name: str, rows: Sequence[Cells] | str | bytes, **options: Any) -> dict[str, Any]:
        self.drop(name, rows)
        return self.refresh(**options)

    def undo(self, load_id: int) -> dict[str, Any]:
        return decide.undo(self.settings, load_id, self.said.append)

    def publish(self, load_id: int, reason: str = "seen") -> dict[str, Any]:
        return decide.publish_held(self.settings, load_id, reason, self.said.append)

    def discard(self, load_id: int) -> dict[str, Any]:
        return decide.discard(self.settings, load_id, self.said.append)

    def rebuild(self) -> dict[str, Any]:
        return decide.rebuild(self.settings, self.said.append)

    def status(self) -> dict[str, Any]:
        return status(self.settings, self.inbox, [self.sources])

    def loads(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = loads(self.settings)["loads"]
        return found

    def quarantine(self, load_id: int | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = quarantine(self.settings, load_id)["rows"]
        return found

    def table(self, name: str) -> pl.DataFrame:
        """A published table, by key."""
        version = current_version(self.settings.snapshots)
        assert version
        return pl.read_parquet(version.glob(name))

    def row(self, table: str = "interactions", **key: str) -> dict[str, Any]:
        """The only row of that key."""
        return self.table(table).filter(**key).row(0, named=True) if key else self.table(table).row(0, named=True)

    def case(self, number: int | str) -> dict[str, Any]:
        return self.row(interaction_id=f"c{number}")

    def versions_kept(self) -> int:
        """Row versions of requests in the record."""
        with open_record(self.settings.database_url) as record:
            return record.rows("interactions", [file["file_id"] for file in record.files()]).height

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command of the project on this home, in a process of its own."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")}
        variables |= {"LANGNGHE_HOME": str(self.settings.home), "LANGNGHE_LANGUAGE": "en", **environment}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def at(text: str) -> datetime:
    """The instant of a local time."""
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


READ_ALONE = """
import sys
from pathlib import Path
from etl.sources.inbox import UnreadableError
from etl.reading.read import read_records
from etl.sources.source import read_source
try:
    read_records(Path(sys.argv[1]), read_source(Path(sys.argv[2])))
    print("read", end=" ")
except UnreadableError:
    print("refused", end=" ")
# Of this program alone: what getrusage says includes the process that it was forked from.
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def read_alone(path: Path, source: Path, limit: int = 3 << 30) -> tuple[str, int]:
    """Read a file in a process of its own, under a limit of its memory: "read" or "refused", and its peak in MB."""
    done = subprocess.run(
        [sys.executable, "-c", READ_ALONE, str(path), str(source)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    what, peak = done.stdout.split()
    return what, int(peak)
