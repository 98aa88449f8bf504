"""Reports for people and for programs: the same facts as sentences and as JSON."""

import json
from datetime import UTC, date, datetime
from typing import Any

from etl import verdicts
from etl.fates import FATES
from etl.language import _
from etl.tables import LOCAL_TIME_ZONE


def as_json(document: dict[str, Any]) -> str:
    """One JSON document: instants RFC 3339 UTC, dates YYYY-MM-DD, never NaN."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")


def fate_words() -> dict[str, str]:
    """The fates in the language in use."""
    return {
        "loaded": _("new"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "duplicate": _("repeated"),
        "quarantined": _("quarantined"),
        "not_selected": _("not selected"),
    }


def skip_words() -> dict[str, str]:
    """Why a file was left alone, in the language in use."""
    return {
        "already_loaded": _("already loaded"),
        "no_source": _("no source fits"),
        "many_sources": _("several sources fit"),
        "unreadable": _("cannot be read"),
        "empty": _("empty"),
    }


def state_words() -> dict[str, str]:
    """States of a load, in the language in use."""
    return {"published": _("published"), "held": _("held back"), "undone": _("taken back"), "discarded": _("discarded")}


def stated_words() -> dict[str, str]:
    """What may be stated of a version, each with a place for its number, in the language in use."""
    return {
        "threads_without_resident": _("threads in which no resident wrote: {count}"),
        "answers_before_their_question": _("answers that stand before their question: {count}"),
        "residents_in_no_request": _("residents' messages that belong to no request: {count}"),
        "replies_to_no_request": _("replies that belong to no request: {count}"),
        "requests_told_apart_by_silence": _("requests told apart from those before by nothing but a silence: {count}"),
        "unlisted_channels": _("channels that no list of channels has: {count}"),
        "unlisted_officers": _("officers whom no list of officers has: {count}"),
        "channels_fallen_to_zero": _("channels whose number of members fell to zero: {count}"),
        "as_of_the_clock": _("no request or judgement yet: the version is as of the day on which it was made"),
    }


def refresh_lines(report: dict[str, Any]) -> list[str]:
    """A refresh, undo, publish, discard or rebuild as lines of text."""
    lines = [_file_line(file) for file in report.get("files", [])]
    lines += gate_lines(report["gate"])
    if not report["gate"]["passed"] and report["load_id"] is None:
        lines.append(_("This was a dry run: a refresh would be held back."))
    elif not report["gate"]["passed"]:
        lines.append(_("Load {load} is held back; what is shown stays as it was.", load=report["load_id"]))
        lines.append(_("Then: python -m etl publish {load} --reason TEXT, or python -m etl discard {load}.", load=report["load_id"]))
    if report["version"]:
        lines.append(_("Version {version}, data to {as_of}.", version=report["version"], as_of=local(report["as_of"])))
        lines.append(_("Checksum {checksum}", checksum=report["checksum"]))
        if odd := [words.format(count=report["stated"][name]) for name, words in stated_words().items() if report["stated"].get(name)]:
            lines.append(_("To know: {facts}.", facts="; ".join(odd)))
    else:
        lines.append(_("Nothing is published yet."))
    return lines


def gate_lines(gate: dict[str, Any]) -> list[str]:
    """The gate's failed checks and its warnings as lines of text, each with what to do."""
    failed = [(_("The gate: {check}."), check) for check in verdicts.holding(gate)]
    warned = [(_("The gate warns: {check}."), check) for check in verdicts.warning(gate)]
    return [f"{words.format(check=verdicts.said(check))} {verdicts.advice(check)}" for words, check in failed + warned]


def _file_line(file: dict[str, Any]) -> str:
    if file["skipped"]:
        reason = f" – {file['reason']}" if file["reason"] else ""
        return f"{file['path']}: {skip_words()[file['skipped']]}{reason}"
    fates = ", ".join(f"{word} {file[fate]}" for fate, word in fate_words().items() if file[fate])
    reason = f" – {file['reason']}" if file["reason"] else ""
    return f"{file['path']}: " + _("{rows} rows = {fates}", rows=file["rows"], fates=fates) + reason


def retain_lines(report: dict[str, Any]) -> list[str]:
    """``retain`` as lines of text."""
    removed = ", ".join(f"{table} {count}" for table, count in report["removed"].items() if count) or "0"
    return [
        _("What happened before {day} is gone. Removed: {removed}.", day=f"{report['before']:%d/%m/%Y}", removed=removed),
        _("Kept versions that changed: {count}", count=report["versions_changed"]),
    ]


def erasure_lines(report: dict[str, Any]) -> list[str]:
    """``erase`` as lines of text."""
    return [_("Rows that lost their resident: {rows}", rows=report["rows"])]


def rotation_lines(report: dict[str, Any]) -> list[str]:
    """``rotate-key`` as lines of text."""
    return [
        _(
            "Pseudonyms wrapped: {count}. A pseudonym takes {keys} keys now; keep a copy of the key.",
            count=report["wrapped"],
            keys=report["keys"],
        )
    ]


def backup_lines(report: dict[str, Any]) -> list[str]:
    """``backup`` as lines of text."""
    key = _("The key is in it: keep it locked away.") if report["with_key"] else _("The key is not in it: keep a copy of it elsewhere.")
    return [
        _("{path}: {bytes} bytes, {rows} rows.", path=report["path"], bytes=report["bytes"], rows=sum(report["rows"].values())),
        _("Version {version}, data to {as_of}.", version=report["version"], as_of=local(report["as_of"])),
        _("Checksum {checksum}", checksum=report["checksum"]),
        key,
    ]


def restore_lines(report: dict[str, Any]) -> list[str]:
    """``restore`` as lines of text."""
    return [
        _("Restored {rows} rows; the checksum is the backup's.", rows=sum(report["rows"].values())),
        _("Version {version}, data to {as_of}.", version=report["version"], as_of=local(report["as_of"])),
        _("Checksum {checksum}", checksum=report["checksum"]),
    ]


def status_lines(report: dict[str, Any]) -> list[str]:
    """``status`` as lines of text."""
    lines = []
    if report["version"]:
        lines.append(_("Version {version}, data to {as_of}.", version=report["version"], as_of=local(report["as_of"])))
    else:
        lines.append(_("Nothing is published yet."))
    lines.append(", ".join(f"{table} {count}" for table, count in report["rows"].items()))
    lines.append(_("Loads: {loads}; held back: {held}", loads=report["loads"], held=", ".join(map(str, report["held"])) or "0"))
    lines.append(
        _("Inbox: {new} new, {known} known; quarantined rows: {quarantined}", **report["inbox"], quarantined=report["quarantined"])
    )
    return lines


def load_lines(report: dict[str, Any]) -> list[str]:
    """``loads`` as lines of text."""
    states = state_words()
    words = fate_words()
    lines = []
    for load in report["loads"]:
        fates = ", ".join(f"{words[fate]} {load['fates'][fate]}" for fate in FATES if load["fates"][fate])
        lines.append(f"{load['load_id']}  {states[load['state']]}  {local(load['started_at'])}  {fates}")
        if months := sorted({month for found in (load["moved"] or {}).values() for month in found}):
            shown = ", ".join(f"{month[5:]}/{month[:4]}" for month in months)
            lines.append("   " + _("figures of past months that moved: {months}", months=shown))
    return lines or [_("Nothing has been loaded yet.")]


def quarantine_lines(report: dict[str, Any]) -> list[str]:
    """``quarantine`` as lines of text."""
    lines = [f"{row['path']}:{row['row_number']}  {row['rule']}  {row['message']}{_fixed(row['fixed_in'])}" for row in report["rows"]]
    return lines or [_("No row is in quarantine.")]


def _fixed(load: int | None) -> str:
    return f" – {_('mended by load {load}', load=load)}" if load else ""


def check_lines(report: dict[str, Any]) -> list[str]:
    """``check`` as lines of text."""
    lines = [report["path"]]
    if report["reason"]:
        lines.append(report["reason"])
    if report["source"]:
        lines.append(_("Source: {source}", source=report["source"]))
    elif report["guess"]:
        named = ", ".join(report["patterns"])
        lines.append(
            _(
                "No source fits by name: to load it, name it as {patterns}. Read as {source} would read it:",
                patterns=named,
                source=report["guess"],
            )
        )
    if report["rows"]:
        numbers = {"good": report["good"], "quarantined": report["quarantined"], "not_selected": report["not_selected"]}
        lines.append(
            _("{rows} rows: {good} fit to load, {quarantined} refused, {not_selected} not selected.", rows=report["rows"], **numbers)
        )
    return lines + [f"{row['row_number']}  {row['rule']}  {row['message']}" for row in report["refused"]]


def local(instant: datetime) -> str:
    """An instant for people: dd/mm/yyyy hh:mm local."""
    from zoneinfo import ZoneInfo

    return instant.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).strftime("%d/%m/%Y %H:%M")


def defused(value: object) -> object:
    """A text that a spreadsheet would take for a formula, made plain."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
