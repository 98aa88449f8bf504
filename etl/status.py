"""What the record and the inbox hold, for people and for pages."""

from pathlib import Path
from typing import Any

from etl.errors import UserError
from etl.gate.gate import no_gate
from etl.language import _
from etl.publishing.fates import FATES
from etl.publishing.moved import moved_by
from etl.publishing.standing import HELD, fixed_in, known_files
from etl.publishing.versions import current_version
from etl.record.record import instant, open_record, record_exists
from etl.settings import Settings
from etl.sources.inbox import read_inbox
from etl.sources.source import read_sources
from etl.staging.rules import message
from etl.tables import TIDY_TABLES


def status(settings: Settings, inbox: Path, sources: list[Path]) -> dict[str, Any]:
    """Where we stand (DATA: JSON of ``status``)."""
    loads: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    refused = 0
    if record_exists(settings.database_url):
        with open_record(settings.database_url) as record:
            loads, files = record.loads(), record.files()
            refused = sum(load_id is None for load_id in fixed_in(files, loads, record.refused()))
    known = known_files(files)
    found = read_inbox(inbox, read_sources(sources)) if inbox.is_dir() else []
    old = sum(len(file.sources) == 1 and (file.sha256, file.source.digest) in known for file in found)
    version = current_version(settings.snapshots)
    return {
        "version": version.name if version else None,
        "as_of": version.as_of if version else None,
        "checksum": version.checksum if version else None,
        "loads": len(loads),
        "held": [load["load_id"] for load in loads if load["state"] == HELD],
        "inbox": {"new": len(found) - old, "known": old},
        "rows": dict.fromkeys(TIDY_TABLES, 0) | (version.rows if version else {}),
        "quarantined": refused,
        "backend": settings.database_url.split(":")[0].split("+")[0],
    }


def loads(settings: Settings) -> dict[str, Any]:
    """The history of loads, newest last (DATA: JSON of ``loads``)."""
    if not record_exists(settings.database_url):
        return {"loads": []}
    with open_record(settings.database_url) as record:
        files = record.files()
        found = [_load(load, [file for file in files if file["load_id"] == load["load_id"]]) for load in record.loads()]
    return {"loads": [load | {"moved": moved_by(settings, load["version"])} for load in found]}


def _load(load: dict[str, Any], files: list[dict[str, Any]]) -> dict[str, Any]:
    shown = ("path", "source", "sha256", "rows", *FATES, "provisional")
    return {
        "load_id": load["load_id"],
        "state": load["state"],
        "started_at": instant(load["started_at"]),
        "finished_at": instant(load["finished_at"]),
        "version": load["version"],
        "files": [{name: file[name] for name in shown} for file in files],
        "fates": {fate: sum(file[fate] for file in files) for fate in FATES},
        "who": load["who"],
        "reason": load["reason"],
        "gate": no_gate() | load["gate"],
    }


def quarantine(settings: Settings, load_id: int | None) -> dict[str, Any]:
    """Refused rows, of one load or of all that stand, those that wait first (DATA: JSON of ``quarantine``).

    Raises:
        UserError: there is no such load.
    """
    if not record_exists(settings.database_url):
        return {"rows": []}
    with open_record(settings.database_url) as record:
        loads, rows = record.loads(), record.refused(load_id)
        if load_id is not None and load_id not in {load["load_id"] for load in loads}:
            raise UserError(_("There is no load {load}: python -m etl loads lists them.", load=load_id))
        fixed = fixed_in(record.files(), loads, rows)
        shown = [_refused(row) | {"fixed_in": mended} for row, mended in zip(rows, fixed, strict=True)]
        return {"rows": sorted(shown, key=lambda row: row["fixed_in"] is not None)}


def _refused(row: dict[str, Any]) -> dict[str, Any]:
    shown = ("load_id", "path", "row_number", "rule", "column")
    return {name: row[name] for name in shown} | {
        "message": message(row["rule"], row["column"], row["heading"], row["value"]),
        "row": row["row"],
    }
