"""A dry run on one file: what would be loaded, what refused and why; with no fitting source, the likeliest one."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.box import Box
from etl.language import _
from etl.readers import in_box, read_file
from etl.reading.read import read_blocks
from etl.reference.topics import read_topics
from etl.sources.inbox import InboxFile, UnreadableError, opened, single_file
from etl.sources.source import Source, read_sources
from etl.staging.rules import message
from etl.text import fold

LEAST_SHARE = 0.5
"""A source is guessed only where at least this share of its headers is in the file, or of the file's in the source."""


def check_file(path: Path, folders: list[Path]) -> dict[str, Any]:
    """Try one file without keeping anything.

    Returns:
        ``path, source, guess, patterns`` (of the guessed one's names), ``reason, rows, good, quarantined, not_selected, refused:
        [{row_number, rule, column, message}]``.

    Raises:
        UserError: there is no such file, or a source is wrong.
    """
    sources = read_sources(folders)
    file = single_file(path, sources)
    report: dict[str, Any] = {"path": str(path), "source": None, "guess": None, "patterns": [], "reason": file.trouble}
    report |= {"rows": 0, "good": 0, "quarantined": 0, "not_selected": 0, "refused": []}
    if file.trouble or not file.bytes:
        return report | {"reason": file.trouble or _("The file is empty.")}
    if len(file.sources) > 1:
        names = ", ".join(source.name for source in file.sources)
        reason = _("Several sources have a pattern for this name ({names}): make the patterns narrower.", names=names)
        return report | {"reason": reason}
    with Box() as box:
        if file.sources:
            report["source"] = file.source.name
        else:
            file = replace(file, sources=_likeliest(file, sources, box))
            report |= {"guess": file.source.name, "patterns": list(file.source.files)} if file.sources else {}
        if not file.sources:
            return report | {"reason": _("No source has a pattern for this name: rename the file, or write a source for it.")}
        staged = read_file(file, datetime.now(UTC), secrets.token_bytes(32), read_topics(), box)
    if isinstance(staged, UnreadableError):
        return report | {"reason": str(staged)}
    refused = [
        {
            "row_number": row["row_number"],
            "rule": row["rule"],
            "column": row["column"],
            "message": message(row["rule"], row["column"], row["heading"], row["value"]),
        }
        for row in staged.refused.iter_rows(named=True)
    ]
    counts = {"rows": staged.rows, "good": staged.good.height, "quarantined": len(refused), "not_selected": staged.not_selected}
    return report | counts | {"refused": refused, "reason": staged.reason or (None if staged.rows else _("The file has no records."))}


def _likeliest(file: InboxFile, sources: list[Source], box: Box) -> tuple[Source, ...]:
    try:
        name = str(b"".join(in_box(box, guessed, file, sources)), "utf-8")
    except UnreadableError:
        return ()
    return tuple(source for source in sources if source.name == name)


def guessed(file: InboxFile, sources: list[Source]) -> Iterator[bytes]:
    """The name of ``guess_source``; nothing where there is none."""
    if source := guess_source(file, sources):
        yield source.name.encode()


def guess_source(file: InboxFile, sources: list[Source]) -> Source | None:
    """The source most of whose headers the file has, or None where none has enough. How the file is written its content says."""
    try:
        written = _formats_of(file.path)
    except (UnreadableError, OSError):
        return None
    best: tuple[int, float, Source] | None = None
    for source in sources:
        if not written & set(source.formats):
            continue
        is_understood, is_broken = False, False
        try:
            for records in read_blocks(file.path, source):
                is_understood |= not records.frame.is_empty()
                is_broken |= bool(records.broken)
        except UnreadableError:
            continue
        if is_broken and not is_understood:
            continue
        headers = {fold(header) for header in records.headers}
        wanted = {fold(header) for header in source.headers}
        known = len(wanted & headers)
        share = known / max(min(len(wanted), len(headers)), 1)  # a sheet may leave most of a source's columns out
        if share >= LEAST_SHARE and (best is None or (known, known / len(wanted)) > best[:2]):
            best = (known, known / len(wanted), source)
    return best[2] if best else None


def _formats_of(path: Path) -> set[str]:
    """The formats in which a file may be written, by how it begins."""
    with opened(path) as plain, plain.open("rb") as file:
        head = file.read(1_000)
    if head.startswith(b"PAR1"):
        return {"parquet"}
    if head.startswith(b"PK"):
        return {"xlsx"}
    begins = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    return {"json", "jsonl"} if begins in (b"{", b"[") else {"csv"}
