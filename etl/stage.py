"""Steps 1 to 6 for one file: read, map, check, pseudonymise, stage."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from etl.check import CheckedRecords, check_records
from etl.inbox import InboxFile, UnreadableError
from etl.language import _
from etl.map import MappedRecords, map_records, with_file_name
from etl.pseudonym import pseudonymise, row_marks
from etl.read import read_records
from etl.records import RawRecords
from etl.redaction import redacted
from etl.sources import Source
from etl.tables import FREE, RESIDENTS
from etl.text import conceal_column, nfc
from etl.threads import OFFICIAL
from etl.topics import Topics

NO_TEXTS = pl.DataFrame(schema={"row_number": pl.Int64(), "text": pl.String()})


@dataclass(frozen=True)
class StagedFile:
    """What one file brings: typed rows fit to be kept, and refused ones."""

    file: InboxFile
    source: Source
    rows: int
    """Records in the file."""
    good: pl.DataFrame
    """row_number, the columns that the record keeps (residents as pseudonyms), bare."""
    refused: pl.DataFrame
    """One row per quarantined record, see ``etl.check``; its own id as in ``row_marks``."""
    not_selected: int
    provisional: bool
    reason: str | None
    """What the person should know though the file loads."""
    filled: tuple[str, ...] = ()
    """Input columns with at least one value among the good rows."""
    texts: pl.DataFrame = field(default_factory=NO_TEXTS.clone)
    """row_number, text: redacted texts, where they are to be kept."""


def stage_file(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool = False) -> StagedFile:
    """Read one file down to what may be stored.

    Args:
        file: a file that exactly one source fits.
        latest: no instant may lie more than a day after it.
        key: of the residents' pseudonyms.
        topics: codes free text to its category before the text is dropped.
        keep_text: bring redacted texts too.

    Raises:
        UnreadableError: the file cannot be read at all; the message says why.
    """
    source = file.source
    raw = read_records(file.path, source)
    if file.was_changed:
        raise UnreadableError(_("The file was changed while it was read: load it again."))
    if file.rows_announced not in (None, raw.rows):
        message = _(
            "It has {rows} records, and its manifest announces {announced}: it was cut off or changed; send it again.",
            rows=raw.rows,
            announced=file.rows_announced,
        )
        raise UnreadableError(message)
    if not raw.rows:
        return StagedFile(file, source, 0, pl.DataFrame(), pl.DataFrame(), 0, False, None)
    mapped = map_records(with_file_name(raw, nfc(file.name)) if source.asks_for_file_name else raw, source)
    checked = check_records(mapped, raw.broken, source, latest)
    good = checked.good
    if source.table.name == "feedback":
        good = good.with_columns(category=pl.coalesce("category", topics.category_of_text(good["text"])))
    texts = _texts(good) if keep_text else NO_TEXTS
    for column in (*RESIDENTS, *source.pseudonyms):
        if column in good.columns:
            good = good.with_columns(pseudonymise(good[column], key))
    free = (column for column in FREE if column in good.columns and column not in source.pseudonyms)
    good = good.with_columns(conceal_column(good[column]) for column in free)
    if source.table.name == "messages":
        official = pl.when(pl.col("author_role").is_in(OFFICIAL)).then("text")
        good = good.with_columns(said=pseudonymise(good.select(official).to_series(), key))
    reason = " ".join(_to_know(raw, mapped, checked)) or None
    good = good.drop("text", strict=False)
    filled = tuple(name for name in source.table.names() if name in good.columns and good[name].null_count() < good.height)
    refused = checked.refused.with_columns(row_marks(checked.refused["key"], key))
    return StagedFile(file, source, raw.rows, good, refused, mapped.not_selected, raw.provisional, reason, filled, texts)


def _texts(good: pl.DataFrame) -> pl.DataFrame:
    """The texts that there are, redacted."""
    if "text" not in good.columns:
        return NO_TEXTS
    said = good.filter(pl.col("text").is_not_null())
    return said.select("row_number", redacted(said)) if said.height else NO_TEXTS


def _to_know(raw: RawRecords, mapped: MappedRecords, checked: CheckedRecords) -> Iterator[str]:
    """What is odd about a file that loads."""
    if raw.provisional:
        yield _("The file seems cut off: its last line is not whole.")
    if mapped.absent:
        yield _("Loaded without the missing columns: {columns}.", columns=", ".join(mapped.absent))
    if mapped.shortfall:
        declared, captured = mapped.shortfall
        yield _("Of {declared} records that others in it announce, it holds {captured}.", declared=declared, captured=captured)
    for column, one in checked.settled:
        facts = {"column": column, "count": one.contested, "pattern": one.pattern, "evidence": one.evidence}
        if one.pattern is None:
            yield _("{column}: {count} times may be read in two ways, and the others contradict one another: refused.", **facts)
        elif one.evidence:
            yield _("{column}: {count} times may be read in two ways; read as {pattern}, as {evidence} others show.", **facts)
        else:
            yield _("{column}: {count} times may be read in two ways, and no other shows which; read as {pattern}.", **facts)
