"""Reports for people and for programs: the same facts as sentences and as JSON."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from etl.gate import verdicts
from etl.language import _
from etl.wording import day, instant, number

SHOWN = 50
"""Refused rows that a terminal shows; a file or a program gets them all."""


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
        "duplicate": _("duplicate"),
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


def table_words() -> dict[str, str]:
    """The tidy tables, and what else a record holds, in the language in use."""
    return {
        "interactions": _("requests"),
        "messages": _("messages"),
        "feedback": _("judgements"),
        "officers": _("officers"),
        "postings": _("postings"),
        "duties": _("shifts"),
        "wards": _("wards"),
        "channels": _("channels"),
        "channel_days": _("channels' days"),
        "quarantine": _("refused rows"),
        "texts": _("kept texts"),
    }


def _counts(numbers: dict[str, int], words: dict[str, str]) -> str:
    """ "requests 1,234, judgements 5": those that are above 0, in the order of the words; "0" where none is."""
    return ", ".join(f"{word} {number(numbers[name])}" for name, word in words.items() if numbers.get(name)) or "0"


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
    refused = sum(file["quarantined"] for file in report.get("files", []))
    if refused and report["load_id"] is not None:
        facts = {"count": number(refused), "load": report["load_id"]}
        lines.append(_("Quarantined rows: {count}. Which, and why: python -m etl quarantine --load {load}", **facts))
    if not report["gate"]["passed"] and report["load_id"] is None:
        lines.append(_("This was a dry run: a refresh would be held back."))
    elif not report["gate"]["passed"]:
        lines.append(_("Load {load} is held back; what is shown stays as it was.", load=report["load_id"]))
        lines.append(_what_then(report["load_id"]))
    if report["version"]:
        lines += _version_lines(report)
        if odd := [words.format(count=report["stated"][name]) for name, words in stated_words().items() if report["stated"].get(name)]:
            lines.append(_("To know: {facts}.", facts="; ".join(odd)))
    else:
        lines.append(_("Nothing is published yet."))
    return lines


def _what_then(load_id: int) -> str:
    """How a person ends that a load is held."""
    return _("Publish or discard it: python -m etl publish {load} --reason TEXT, or python -m etl discard {load}", load=load_id)


def _version_lines(report: dict[str, Any]) -> list[str]:
    return [
        _("Version {version}, data to {as_of}.", version=report["version"], as_of=instant(report["as_of"])),
        _("Checksum {checksum}", checksum=report["checksum"]),
    ]


def decided(state: str) -> Callable[[dict[str, Any]], list[str]]:
    """How a load is told of which a person has decided that it is in this state."""
    return lambda report: [_("Load {load}: {state}.", load=report["load_id"], state=state_words()[state]), *refresh_lines(report)]


def gate_lines(gate: dict[str, Any]) -> list[str]:
    """The gate's failed checks and its warnings as lines of text, each with what to do."""
    failed = [(_("The gate: {check}."), check) for check in verdicts.holding(gate)]
    warned = [(_("The gate warns: {check}."), check) for check in verdicts.warning(gate)]
    return [f"{words.format(check=verdicts.said(check))} {verdicts.advice(check)}" for words, check in failed + warned]


def _file_line(file: dict[str, Any]) -> str:
    if file["skipped"]:
        reason = f" – {file['reason']}" if file["reason"] else ""
        return f"{file['path']}: {skip_words()[file['skipped']]}{reason}"
    reason = f" – {file['reason']}" if file["reason"] else ""
    return f"{file['path']}: " + _("rows {rows} = {fates}", rows=number(file["rows"]), fates=_counts(file, fate_words())) + reason


def retain_lines(report: dict[str, Any]) -> list[str]:
    """``retain`` as lines of text."""
    removed = _counts(report["removed"], table_words())
    return [
        _("What happened before {day} is gone. Removed: {removed}.", day=day(report["before"]), removed=removed),
        _("Kept versions that changed: {count}", count=number(report["versions_changed"])),
    ]


def erasure_lines(report: dict[str, Any]) -> list[str]:
    """``erase`` as lines of text."""
    return [_("Rows that lost their resident: {rows}", rows=number(report["rows"]))]


def rotation_lines(report: dict[str, Any]) -> list[str]:
    """``rotate-key`` as lines of text."""
    return [
        _(
            "Pseudonyms wrapped: {count}. A pseudonym takes {keys} keys now; keep a copy of the key.",
            count=number(report["wrapped"]),
            keys=report["keys"],
        )
    ]


def backup_lines(report: dict[str, Any]) -> list[str]:
    """``backup`` as lines of text."""
    key = _("The key is in it: keep it locked away.") if report["with_key"] else _("The key is not in it: keep a copy of it elsewhere.")
    written = {"bytes": number(report["bytes"]), "rows": number(sum(report["rows"].values()))}
    return [_("{path}: {bytes} bytes, {rows} rows.", path=report["path"], **written), *_version_lines(report), key]


def restore_lines(report: dict[str, Any]) -> list[str]:
    """``restore`` as lines of text."""
    rows = number(sum(report["rows"].values()))
    return [_("Restored {rows} rows; the checksum is the backup's.", rows=rows), *_version_lines(report)]


def status_lines(report: dict[str, Any]) -> list[str]:
    """``status`` as lines of text."""
    lines = _version_lines(report) if report["version"] else [_("Nothing is published yet.")]
    lines.append(_("Rows: {counts}", counts=_counts(report["rows"], table_words())))
    lines.append(_("Loads: {loads}; held back: {held}", loads=number(report["loads"]), held=len(report["held"])))
    for load in report["held"]:
        lines.append(_("Load {load} is held back; what is shown stays as it was.", load=load))
        lines.append(_what_then(load))
    facts = {name: number(count) for name, count in report["inbox"].items()} | {"quarantined": number(report["quarantined"])}
    lines.append(_("Files in the inbox: {new} new, {known} known; quarantined rows: {quarantined}", **facts))
    return lines


def load_lines(report: dict[str, Any]) -> list[str]:
    """``loads`` as lines of text."""
    states = state_words()
    lines = []
    for load in report["loads"]:
        head = _("Load {load}, {when}: {state}", load=load["load_id"], when=instant(load["started_at"]), state=states[load["state"]])
        lines.append(f"{head}; {_counts(load['fates'], fate_words())}")
        if months := sorted({month for found in (load["moved"] or {}).values() for month in found}):
            shown = ", ".join(f"{month[5:]}/{month[:4]}" for month in months)
            lines.append("   " + _("figures of past months that moved: {months}", months=shown))
    return lines or [_("Nothing has been loaded yet.")]


def quarantine_lines(report: dict[str, Any]) -> list[str]:
    """``quarantine`` as lines of text."""
    rows = report["rows"]
    if not rows:
        return [_("No row is in quarantine.")]
    lines = []
    for (path, load), of_file in groupby(rows[:SHOWN], key=lambda row: (row["path"], row["load_id"])):
        lines.append(_("{path}, load {load}:", path=path, load=load))
        lines += [f"   {line}" for row in of_file for line in _refused_lines(row)]
    lines += _more(rows)
    lines.append(_("Row 1 is the first below the header. The cells of each row: --rows; all rows in a file: --csv FILE"))
    return lines


def written_lines(report: dict[str, Any], path: Path) -> list[str]:
    """That the refused rows are in a file."""
    return [_("{path} is written; rows in it: {count}", path=path, count=number(len(report["rows"])))]


def _refused_lines(row: dict[str, Any]) -> Iterator[str]:
    """A refused row: its number, what is wrong, what became of it; its cells where they are there."""
    mended = f" – {_('mended by load {load}', load=row['fixed_in'])}" if row.get("fixed_in") else ""
    yield _("row {number}: {message}", number=row["row_number"], message=row["message"]) + mended
    if row.get("row"):
        yield "   " + "; ".join(f"{column} “{value}”" for column, value in row["row"].items())


def _more(rows: list[dict[str, Any]]) -> list[str]:
    """How many refused rows are not shown."""
    return [_("… and {count} more", count=number(len(rows) - SHOWN))] if len(rows) > SHOWN else []


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
        numbers = {name: number(report[name]) for name in ("rows", "good", "quarantined", "not_selected")}
        lines.append(_("Rows: {rows}; fit to load {good}, quarantined {quarantined}, not selected {not_selected}", **numbers))
    shown = [f"   {line}" for row in report["refused"][:SHOWN] for line in _refused_lines(row)]
    more = _more(report["refused"])
    return lines + shown + more + ([_("All of them: --json")] if more else [])
