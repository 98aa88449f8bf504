"""Typed columns of Parquet as text: every value written out in full, in a form that needs no declared format."""

from contextlib import suppress
from typing import Any

import polars as pl

from etl.language import _
from etl.reading.reach import NESTED
from etl.sources.inbox import UnreadableError

Found = tuple[pl.Series, list[tuple[int, str]]]
"""Texts, null where missing; and the places of values that are none, with the rule they break."""
_TICKS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999."""


def texts_of(batch: Any, way: tuple[str, ...], header: str) -> Found:
    """The cells of one column of an Arrow batch.

    Args:
        batch: a ``pyarrow.RecordBatch``, validated.
        way: the column's name and those of the structs' fields that lead to it.
        header: what the source calls it.

    Raises:
        UnreadableError: no text can be made of values of its type.
    """
    from pyarrow import compute

    column = batch.column(way[0])
    if len(way) > 1:
        column = compute.struct_field(column, list(way[1:]))
    return _texts(column, header)


def _texts(column: Any, header: str) -> Found:
    import pyarrow as pa

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _uuids(column.storage) if kind == pa.uuid() else _texts(column.storage, header)
    if pa.types.is_dictionary(kind):
        values, odd = _texts(column.dictionary, header)
        places = _polars(column.indices.cast(pa.int64()))
        faults = dict(odd)
        return values.gather(places), [(i, faults[place]) for i, place in enumerate(places) if place in faults] if faults else []
    if pa.types.is_nested(kind):
        return _none(column), [(i, NESTED.rule) for i, there in enumerate(column.is_valid().to_pylist()) if there]
    if pa.types.is_null(kind):
        return _none(column), []
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) or kind == pa.binary_view():
        return _letters(column)
    if pa.types.is_floating(kind):
        return _floats(_polars(column.cast(pa.float32()) if pa.types.is_float16(kind) else column)), []
    if pa.types.is_timestamp(kind):
        return _instants(_polars(column.cast(pa.int64())), _TICKS[kind.unit], "Z" if kind.tz else ""), []
    if pa.types.is_date(kind):
        return _days(_polars(column.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())), pa.types.is_date32(kind)), []
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return _polars(column), []
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_time(kind):
        return _polars(column.cast(pa.string())), []
    raise UnreadableError(_("The column {header} is of the type {type}, which is no text, number or time.", header=repr(header), type=kind))


def _polars(column: Any) -> pl.Series:
    made = pl.from_arrow(column)
    assert isinstance(made, pl.Series)
    return made


def _none(column: Any) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(column))


def _letters(column: Any) -> Found:
    """Bytes that some programs write texts as."""
    import pyarrow as pa

    raw = _polars(column.cast(pa.binary()))
    with suppress(pl.exceptions.ComputeError):
        return raw.cast(pl.String), []
    texts: list[str | None] = []
    faults = []
    for place, value in enumerate(raw):
        try:
            texts.append(None if value is None else value.decode())
        except UnicodeDecodeError:
            texts.append(None)
            faults.append((place, "letters"))
    return pl.Series(texts, dtype=pl.String), faults


def _uuids(column: Any) -> Found:
    import pyarrow as pa

    digits = _polars(column.cast(pa.binary())).bin.encode("hex").alias("d").to_frame()
    cuts = [pl.col("d").str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    texts = digits.select(pl.concat_str(cuts, separator="-")).to_series()
    return texts, []


def _floats(numbers: pl.Series) -> pl.Series:
    """A whole number has no decimals, as in a workbook: a column of numbers with gaps is one of fractions to many programs."""
    whole = (numbers.floor() == numbers) & (numbers.abs() < 2.0**53)
    plain = numbers.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    return plain.zip_with(plain.is_not_null(), numbers.cast(pl.String))


def _instants(ticks: pl.Series, digits: int, zone: str) -> pl.Series:
    """ISO times; a number of ticks where the year is none of four digits."""
    seconds, rest = ticks // 10**digits, ticks % 10**digits
    within = ((seconds >= _FIRST_SECOND) & (seconds <= _LAST_SECOND)).fill_null(False)
    clock: pl.Series = (seconds.set(~within, None) * 1000).cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = "." + rest.cast(pl.String).str.zfill(digits) if digits else rest.cast(pl.String)
    clock = (clock + fraction.set((rest == 0).fill_null(True), "")) + zone
    return clock.zip_with(within, ticks.cast(pl.String))


def _days(days: pl.Series, are_days: bool) -> pl.Series:
    """ISO dates; a bare number where the year is none of four digits."""
    seconds = days.cast(pl.Int64) * 86_400 if are_days else days // 1000
    within = ((seconds >= _FIRST_SECOND) & (seconds <= _LAST_SECOND)).fill_null(False)
    dates: pl.Series = (seconds.set(~within, None) * 1000).cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%d")
    return dates.zip_with(within, days.cast(pl.String))
