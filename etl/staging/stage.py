"""Steps 1 to 6 for one file: read, map, check, pseudonymise, stage."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from etl.language import _
from etl.reading.read import read_blocks
from etl.reading.records import RawRecords
from etl.reference.topics import Topics
from etl.sources.declared import shortfall, summed
from etl.sources.inbox import InboxFile, UnreadableError
from etl.sources.source import Source
from etl.staging.check import CheckedRecords, check_records, evidence_of_times
from etl.staging.headings import called, headings
from etl.staging.map import map_records, with_file_name
from etl.staging.pseudonym import pseudonymise, row_marks
from etl.staging.redaction import redacted
from etl.tables import FREE, OFFICIAL, RESIDENTS
from etl.text import conceal_column, fold, nfc
from etl.times import Evidence

NO_TEXTS = pl.DataFrame(schema={"row_number": pl.Int64(), "text": pl.String()})


@dataclass(frozen=True)
class StagedFile:
    """What one file, or a block of it, brings: typed rows fit to be kept, and refused ones."""

    file: InboxFile
    source: Source
    rows: int
    """Records in it."""
    good: pl.DataFrame
    """row_number, the columns that the record keeps (residents as pseudonyms), bare."""
    refused: pl.DataFrame
    """One row per quarantined record, see ``etl.staging.check``; its own id as in ``row_marks``."""
    not_selected: int
    provisional: bool
    """Known at the file's end, as the reason is."""
    reason: str | None
    """What the person should know though the file loads."""
    filled: tuple[str, ...] = ()
    """Input columns with at least one value among the good rows."""
    texts: pl.DataFrame = field(default_factory=NO_TEXTS.clone)
    """row_number, text: redacted texts, where they are to be kept."""


def stage_file(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool = False) -> StagedFile:
    """Read one file down to what may be stored; see ``stage_blocks``."""
    return whole(stage_blocks(file, latest, key, topics, keep_text))


def whole(blocks: Iterable[StagedFile]) -> StagedFile:
    """All blocks of a file as one."""
    blocks = list(blocks)
    *_others, last = blocks
    filled = {name for block in blocks for name in block.filled}
    return replace(
        last,
        rows=sum(block.rows for block in blocks),
        good=_all([block.good for block in blocks]),
        refused=_all([block.refused for block in blocks]),
        not_selected=sum(block.not_selected for block in blocks),
        filled=tuple(name for name in last.source.table.names() if name in filled),
        texts=_all([block.texts for block in blocks]),
    )


def _all(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Of blocks without any record the frames have no columns."""
    return pl.concat([frame for frame in frames if frame.width] or frames[:1])


def stage_blocks(file: InboxFile, latest: datetime, key: bytes, topics: Topics, keep_text: bool = False) -> Iterator[StagedFile]:
    """Read one file down to what may be stored, block by block.

    Args:
        file: a file that exactly one source fits.
        latest: no instant may lie more than a day after it.
        key: of the residents' pseudonyms.
        topics: codes free text to its category before the text is dropped.
        keep_text: bring redacted texts too.

    Raises:
        UnreadableError: the file cannot be read at all; the message says why. What came before it is not to be kept.
    """
    source, rows, told = file.source, 0, list[pl.DataFrame]()
    shown = _shown(file) if source.has_choice_of_times else {}
    for raw in _blocks(file):
        rows += raw.rows
        if rows:
            mapped = map_records(raw, source)
            told += [] if mapped.declared is None else [mapped.declared]
        if raw.rows:
            checked = check_records(mapped, raw.broken, source, latest, shown)
            at_fault = checked.refused.filter(pl.col("row_number") == rows)["column"]
            yield _staged(file, raw.rows, mapped.not_selected, checked, key, topics, keep_text)
    if not rows and any(raw.headers):
        map_records(raw, source)  # a header of something else is no file without records: its records may be in another sheet
    if file.was_changed:
        raise UnreadableError(_("The file was changed while it was read: load it again."))
    if file.rows_announced not in (None, rows):
        message = _(
            "It has {rows} records, and its manifest announces {announced}: it was cut off or changed; send it again.",
            rows=rows,
            announced=file.rows_announced,
        )
        raise UnreadableError(message)
    if raw.provisional and file.rows_announced is not None and not file.is_verified:
        raise UnreadableError(_("It has the {rows} records that its manifest announces, but its end is missing; send it again.", rows=rows))
    cut_off = raw.provisional or (rows > 0 and raw.unended and _is_last_cell(at_fault, raw.headers, source))
    reason = " ".join(_to_know(cut_off, mapped.absent, told, shown, source)) if rows else ""
    yield StagedFile(file, source, 0, pl.DataFrame(), pl.DataFrame(), 0, cut_off, reason or None)


def _is_last_cell(columns: pl.Series, headers: list[str], source: Source) -> bool:
    """Whether what is at fault with a record, if anything, is its line's last cell."""
    return any(fold(header) == fold(headers[-1]) for column in columns for header in source.columns.get(column, ()))


def _blocks(file: InboxFile) -> Iterator[RawRecords]:
    """The file's records; where its source asks for that, each with the file's name."""
    for raw in read_blocks(file.path, file.source):
        yield with_file_name(raw, nfc(file.name)) if file.source.asks_for_file_name else raw


def _shown(file: InboxFile) -> dict[str, dict[tuple[str, ...], Evidence]]:
    """What the whole file shows of how its times are written: it is read once for that before it is read."""
    shown: dict[str, dict[tuple[str, ...], Evidence]] = {}
    for raw in _blocks(file):
        if raw.rows:
            for column, found in evidence_of_times(map_records(raw, file.source), file.source).items():
                known = shown.setdefault(column, {})
                known |= {one.patterns: known[one.patterns] + one if one.patterns in known else one for one in found}
    return shown


def _staged(
    file: InboxFile, rows: int, not_selected: int, checked: CheckedRecords, key: bytes, topics: Topics, keep_text: bool
) -> StagedFile:
    """Checked records without what may not be stored."""
    source, good = file.source, checked.good
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
    good = good.drop("text", strict=False)
    filled = tuple(name for name in source.table.names() if name in good.columns and good[name].null_count() < good.height)
    refused = checked.refused.with_columns(row_marks(checked.refused["key"], key))
    return StagedFile(file, source, rows, good, refused, not_selected, False, None, filled, texts)


def _texts(good: pl.DataFrame) -> pl.DataFrame:
    """The texts that there are, redacted."""
    if "text" not in good.columns:
        return NO_TEXTS
    said = good.filter(pl.col("text").is_not_null())
    return said.select("row_number", redacted(said)) if said.height else NO_TEXTS


def _to_know(
    provisional: bool,
    absent: list[str],
    told: list[pl.DataFrame],
    shown: Mapping[str, Mapping[tuple[str, ...], Evidence]],
    source: Source,
) -> Iterator[str]:
    """What is odd about a file that loads."""
    if provisional:
        yield _("The file seems cut off: its end is missing.")
    if absent:
        yield _("The file lacks these columns of its source: {columns}.", columns=", ".join(f"“{header}”" for header in absent))
    if told and (short := shortfall(summed(told))):
        declared, captured = short
        yield _("Of {declared} records that others in it announce, it holds {captured}.", declared=declared, captured=captured)
    for column, one in ((column, evidence.settled) for column, found in shown.items() for evidence in found.values()):
        facts = {
            "column": called(column, headings(source).get(column)),
            "count": one.contested,
            "pattern": one.pattern,
            "evidence": one.evidence,
        }
        if not one.contested:
            continue
        if one.pattern is None:
            yield _("In {column}, times that may be read in two ways: {count}; the others contradict one another: refused.", **facts)
        elif one.evidence:
            yield _("In {column}, times that may be read in two ways: {count}; read as {pattern}, as others show ({evidence}).", **facts)
        else:
            yield _("In {column}, times that may be read in two ways: {count}; no other shows which, read as {pattern}.", **facts)
