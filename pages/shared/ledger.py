"""What the loader's JSON says, as rows in words: the balance sheet, the rules of a row, the inbox."""

from datetime import datetime
from typing import Any

import polars as pl

from etl.language import _
from pages.shared import wording
from pages.shared.inbox import Waiting

FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")
Row = dict[str, Any]


def fate(name: str) -> str:
    """One fate of a row, in words."""
    return {
        "loaded": _("New"),
        "updated": _("Changed"),
        "unchanged": _("Unchanged"),
        "duplicate": _("Duplicate"),
        "quarantined": _("Refused"),
        "not_selected": _("Not selected"),
    }[name]


def closes(file: Row) -> bool:
    """Whether the file's account closes: rows read = the sum of their fates."""
    return int(file.get("rows") or 0) == sum(int(file.get(name) or 0) for name in FATES)


def remark(file: Row) -> str:
    """Why the file was skipped, or that its end is missing; else empty."""
    skipped = {
        "already_loaded": _("already loaded"),
        "no_source": _("fits no source"),
        "many_sources": _("fits several sources"),
        "unreadable": _("cannot be read"),
        "empty": _("empty"),
    }
    parts = [skipped.get(file.get("skipped") or "", file.get("skipped") or ""), str(file.get("reason") or "")]
    if file.get("provisional"):
        parts.append(_("provisional: the end of the file is missing"))
    if not closes(file):
        parts.append(_("the account does not close: tell whoever runs this server"))
    return ": ".join(part for part in parts if part)


def balance(files: list[Row]) -> pl.DataFrame:
    """The balance sheet. Grain: one row for all files where there are several, then one per file, those read before last.

    Returns:
        file, source, rows read, one column per fate (counts of rows), remark; headers in words.
    """
    rows = [
        {_("File"): str(file["path"]), _("Source"): file.get("source") or wording.NONE, _("Rows read"): int(file.get("rows") or 0)}
        | {fate(name): int(file.get(name) or 0) for name in FATES}
        | {_("Remark"): remark(file)}
        for file in sorted(files, key=lambda file: (file.get("skipped") == "already_loaded", str(file["path"])))
    ]
    if len(rows) > 1:
        counts = [_("Rows read"), *map(fate, FATES)]
        total = {name: sum(row[name] for row in rows) for name in counts}
        rows.insert(0, {_("File"): _("All files"), _("Source"): "", **total, _("Remark"): ""})
    return pl.DataFrame(rows)


def summary(files: list[Row]) -> str:
    """The balance sheet in one sentence: rows read, and what became of them."""
    fates = [
        f"{wording.number(total)} {fate(name).lower()}" for name in FATES if (total := sum(int(file.get(name) or 0) for file in files))
    ]
    read = wording.number(sum(int(file.get("rows") or 0) for file in files))
    if not fates:
        return _("No new row was read.")
    return _("Rows read: {rows} = {fates}.", rows=read, fates=" + ".join(fates))


def rule_name(rule: str) -> str:
    """A row rule in words; its own name where nobody has given it any."""
    return {
        "required": _("A required cell is empty"),
        "field_count": _("More or fewer fields than the header"),
        "quoting": _("A quotation mark is not closed"),
        "letters": _("Bytes that are no letters"),
        "no_json_object": _("Not a whole JSON object"),
        "nested_too_deep": _("Nested too deep"),
        "nested_value": _("A list or object where one value should stand"),
        "key_twice": _("The same key twice in one object"),
        "time_unreadable": _("The time cannot be read"),
        "time_ambiguous": _("Day and month may be either way round"),
        "letters_lost": _("Letters were lost before the file came here"),
        "time_too_early": _("The time is too early"),
        "time_in_future": _("The time lies in the future"),
        "unlisted_value": _("The source has no word for the value"),
        "not_a_number": _("Not a number"),
        "number_range": _("The number is out of range"),
        "id_characters": _("Control characters in the number of the row"),
        "cell_error": _("A formula in the sheet found nothing"),
        "id_rounded": _("A spreadsheet has rounded the number of the row"),
        "id_too_long": _("The number of the row is too long"),
        "text_null_byte": _("A null byte in the text"),
        "text_too_long": _("The text is too long"),
        "before_asked": _("Earlier than the question"),
        "answered_before_acknowledged": _("Answered before acknowledged"),
        "reopened_before_resolved": _("Reopened before resolved"),
        "resolved_before_reopened": _("Resolved before reopened"),
        "resolved_before_first": _("Resolved before first resolved"),
        "rating_only_for_ratings": _("Points where there is no rating"),
        "decided_before_received": _("Decided before received"),
        "ends_before_start": _("Ends before it starts"),
    }.get(rule, rule)


def inbox(files: list[Waiting]) -> pl.DataFrame:
    """What lies in the inbox. Grain: one row per file, those that no one source fits first: name, source, size, when it changed."""
    order = sorted(files, key=lambda file: (len(file.sources) == 1, file.path))
    return pl.DataFrame(
        {
            _("File"): [file.path for file in order],
            _("Source"): [_source(file.sources) for file in order],
            _("Size"): [wording.size(file.octets) for file in order],
            _("Dropped in"): [wording.instant(file.changed_at) for file in order],
        }
    )


def _source(names: tuple[str, ...]) -> str:
    if not names:
        return _("none fits")
    return names[0] if len(names) == 1 else _("several fit: {names}", names=", ".join(names))


def when(text: Any) -> str:
    """An instant of the JSON (RFC 3339) in local time and words."""
    return wording.instant(datetime.fromisoformat(str(text))) if text else wording.NONE
