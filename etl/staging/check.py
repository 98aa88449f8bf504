"""Step 4, check: texts become typed values; a row that breaks a rule goes to quarantine with the rule's name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from etl.columns import Column
from etl.reading.records import ROW, Broken
from etl.sources.grammar import FALSE_WORDS, TRUE_WORDS
from etl.sources.source import Source
from etl.staging.headings import LONGEST, headings
from etl.staging.map import MappedRecords
from etl.staging.rules import RULES_OF, TIMES_BOUNDED, row_rule_masks
from etl.tables import LOCAL_TIME_ZONE
from etl.text import fold, fold_column, mask, once_for_each
from etl.times import Evidence, Shown, TimeFormat, Times, parse_times

FIRST_INSTANT = datetime(2004, 2, 4, tzinfo=ZoneInfo(LOCAL_TIME_ZONE)).astimezone(UTC)
"""Facebook's first day; nothing that a log holds is older."""
TEXT_LIMIT = 20_000
ID_LIMIT = 200
REPLACEMENT = "\ufffd"
"""What programs write for letters that they could not read. Of cells that are not stored as they stand it costs nothing."""
FAILED_FORMULAS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
"""What a sheet shows where its formula found nothing. It is nobody's name or code: taken for one, it would make one of many."""
HIDDEN = ("resident", "author", "text")
"""Columns whose cells are never shown, in quarantine or anywhere."""

QUARANTINE_SCHEMA = {ROW: pl.Int64()} | dict.fromkeys(("rule", "column", "heading", "value", "row", "key"), pl.String())


@dataclass(frozen=True)
class CheckedRecords:
    """``good``: row_number, the typed input columns, and ``bare`` (bit i: the i-th instant is a bare date).

    ``refused``: one row per quarantined record (QUARANTINE_SCHEMA); ``heading`` is what the file calls the column at fault, null where it
    has no such column. Cells that could name a resident are masked, but for ``key``: the row's own id as it stands, null where it has
    none or that is what is wrong with it.
    """

    good: pl.DataFrame
    refused: pl.DataFrame


@dataclass(frozen=True)
class _Break:
    rule: str
    column: str
    rows: pl.Series


ColumnsShown = Mapping[str, Shown]
"""What columns of times show of how they are written, by input column."""


def evidence_of_times(mapped: MappedRecords, source: Source) -> dict[str, tuple[Evidence, ...]]:
    """What each column of times shows of what it is written in, where that is a choice between patterns."""
    captured = _captured(mapped, source)
    return {
        column.name: parse_times(mapped.frame[column.name], _formats(source), source.timezone, captured).evidence
        for column in source.table.columns
        if column.kind in ("instant", "date")
    }


def check_records(
    mapped: MappedRecords, broken: list[Broken], source: Source, latest: datetime, shown: ColumnsShown | None = None
) -> CheckedRecords:
    """Cast and check every record.

    Args:
        mapped: the records as text.
        broken: records that could not be split into fields.
        source: formats and listed values.
        latest: no instant of a log may lie more than a day after this one.
        shown: what all records of the file show, where these are some.
    """
    texts = mapped.frame
    typed: dict[str, pl.Series] = {ROW: texts[ROW]}
    breaks: list[_Break] = []
    captured = _captured(mapped, source)
    for column in source.table.columns:
        text = texts[column.name]
        if column.required:
            breaks.append(_Break("required", column.name, text.is_null()))
        if text.null_count() == len(text):
            typed |= _nothing(column, len(text))
            continue
        if column.kind in ("instant", "date"):
            times = parse_times(text, _formats(source), source.timezone, captured, (shown or {}).get(column.name))
            typed |= _typed_times(times, column, source)
            breaks += _faults_of_times(times, text, column.name)
            continue
        typed[column.name], found = _cast(text, column)
        breaks += found
    frame = pl.DataFrame(typed)
    if source.table.name in TIMES_BOUNDED:
        breaks += _bounds(frame, source, latest)
    breaks += [_Break(rule, column, rows) for rule, column, rows in row_rule_masks(frame, RULES_OF.get(source.table.name, ()))]
    first = np.full(frame.height, -1, dtype=np.int32)
    for i in reversed(range(len(breaks))):
        first[breaks[i].rows.fill_null(False).to_numpy()] = i
    good = _with_bare_bits(frame.filter(pl.Series(first < 0)), source)
    refused = pl.concat([_refused(mapped, breaks, first, source), _broken(broken, source)]).sort(ROW)
    return CheckedRecords(good, refused)


def _formats(source: Source) -> tuple[TimeFormat, ...]:
    return (*source.times, "iso") if source.has_typed_times else source.times


def _captured(mapped: MappedRecords, source: Source) -> Times | None:
    """When each row was written down, where the source says by which column."""
    if mapped.captured is None:
        return None
    return parse_times(mapped.captured, (*source.plain_times, "iso"), source.timezone)


def _nothing(column: Column, rows: int) -> dict[str, pl.Series]:
    """A column that is empty, as most are of a file that has few: there is nothing to cast or to be at fault."""
    nothing = {column.name: pl.Series([None], dtype=column.dtype)}
    if column.kind == "instant":
        nothing[f"bare_{column.name}"] = pl.Series([False])
    return {name: cell.new_from_index(0, rows) for name, cell in nothing.items()}


def _typed_times(times: Times, column: Column, source: Source) -> dict[str, pl.Series]:
    """A column of times and, of instants, its marks of bare dates."""
    if column.kind == "date":
        return {column.name: times.instants.dt.convert_time_zone(source.timezone).dt.date()}
    return {column.name: times.instants, f"bare_{column.name}": times.bare}


def _faults_of_times(times: Times, text: pl.Series, name: str) -> list[_Break]:
    unread = text.is_not_null() & times.instants.is_null()
    return [_Break("time_ambiguous", name, times.ambiguous), _Break("time_unreadable", name, unread)]


def _cast(text: pl.Series, column: Column) -> tuple[pl.Series, list[_Break]]:
    """One column's typed values, and the rows that break its own rules."""
    name = column.name
    if column.kind == "boolean":
        words = {fold(word): word in TRUE_WORDS for word in TRUE_WORDS + FALSE_WORDS}
        booleans = once_for_each(text, fold_column(pl.col(name)).replace_strict(words, default=None, return_dtype=pl.Boolean))
        return booleans, [_Break("unlisted_value", name, text.is_not_null() & booleans.is_null())]
    if column.kind == "listed":
        known = {fold(value): value for value in column.values}
        listed = once_for_each(text, fold_column(pl.col(name)).replace_strict(known, default=None, return_dtype=pl.String))
        return listed, [_Break("unlisted_value", name, text.is_not_null() & listed.is_null())]
    if column.kind == "integer":
        digits = _on(text, pl.col(name).str.extract(r"^([+-]?[0-9]{1,18})(?:\.0+)?$", 1))
        numbers = digits.cast(pl.Int64)
        outside = pl.repeat(False, len(text), eager=True)
        if column.minimum is not None:
            outside = outside | (numbers < column.minimum)
        if column.maximum is not None:
            outside = outside | (numbers > column.maximum)
        return numbers, [_Break("not_a_number", name, text.is_not_null() & numbers.is_null()), _Break("number_range", name, outside)]
    lost = _Break("letters_lost", name, _on(text, pl.col(name).str.contains(REPLACEMENT, literal=True) & (name not in HIDDEN)))
    failed = _Break("cell_error", name, _on(text, pl.col(name).is_in(FAILED_FORMULAS) & (name != "text")))
    if column.kind == "id":
        control = _on(text, pl.col(name).str.contains(r"[\x00-\x1f\x7f-\x9f]"))
        rounded = _on(text, pl.col(name).str.contains(r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2}$"))
        faults = [_Break("id_characters", name, control), _Break("id_rounded", name, rounded)]
        return text, [lost, failed, *faults, _Break("id_too_long", name, text.str.len_chars() > ID_LIMIT)]
    null = _on(text, pl.col(name).str.contains("\x00", literal=True))
    return text, [lost, failed, _Break("text_null_byte", name, null), _Break("text_too_long", name, text.str.len_chars() > TEXT_LIMIT)]


def _on(text: pl.Series, expression: pl.Expr) -> pl.Series:
    return text.to_frame().select(expression).to_series()


def _bounds(frame: pl.DataFrame, source: Source, latest: datetime) -> list[_Break]:
    found = []
    last = latest.astimezone(UTC) + timedelta(days=1)
    for name in _filled(frame, source.table.names("instant")):
        found.append(_Break("time_too_early", name, frame[name] < FIRST_INSTANT))
        found.append(_Break("time_in_future", name, frame[name] > last))
    first_day, last_day = (at.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).date() for at in (FIRST_INSTANT, last))
    for name in _filled(frame, source.table.names("date")):
        found.append(_Break("time_too_early", name, frame[name] < first_day))
        found.append(_Break("time_in_future", name, frame[name] > last_day))
    return found


def _filled(frame: pl.DataFrame, names: list[str]) -> list[str]:
    return [name for name in names if frame[name].null_count() < frame.height]


def _with_bare_bits(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    instants = source.table.names("instant")
    bits = pl.lit(0, pl.Int64)
    for i, name in enumerate(instants):
        bits = bits + pl.col(f"bare_{name}").cast(pl.Int64) * (1 << i)
    return frame.with_columns(bare=bits).drop([f"bare_{name}" for name in instants])


def _refused(mapped: MappedRecords, breaks: list[_Break], first: np.ndarray, source: Source) -> pl.DataFrame:
    rows = []
    hidden, key, named = (*HIDDEN, *source.pseudonyms), source.table.own_key, headings(source)
    for position in np.flatnonzero(first >= 0):
        found = breaks[first[position]]
        record = mapped.frame.row(int(position), named=True)
        shown = {name: "***" if name in hidden else mask(value) for name, value in record.items() if name != ROW and value is not None}
        own = key is not None and key != found.column and mapped.own_id is not None and mapped.own_id[int(position)]
        is_default = record[found.column] is not None and record[found.column] == source.defaults.get(found.column)
        heading = None if is_default else named.get(found.column)
        told = (found.rule, found.column, heading, shown.get(found.column, ""), json.dumps(shown, ensure_ascii=False))
        rows.append((record[ROW], *told, record[str(key)] if own else None))
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")


def _broken(broken: list[Broken], source: Source) -> pl.DataFrame:
    """Of a record that could not be split nobody knows which cell is whose: none of it is kept."""
    named = headings(source)
    rows = []
    for record in broken:
        heading = named.get(record.column) if record.column else mask(record.header, LONGEST) or None
        rows.append((record.row_number, record.rule, record.column, heading, "", "{}", None))
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")
