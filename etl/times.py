"""Texts become instants by declared formats, tried in order; a bare date is marked as one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.columns import INSTANT
from etl.language import _
from etl.tables import LOCAL_TIME_ZONE
from etl.vietnamese_times import time_in_words

_TRIAL = datetime(2026, 10, 31, 8, 15)
_CLOCK = re.compile(r"%-?[HIkls]|%[TRXcr]")
_FRACTION = re.compile(r"(?<!%)((?:%%)*)\.%f")
"""A fraction of a second as strptime writes it; the engine takes it for a number of nanoseconds."""
_FIRST_YEAR = 1000
"""A year of fewer digits was written short: "05/01/26" is no day of the year 26, and %y may read it."""
_ISO = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ](?P<clock>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s?(?P<offset>[Zz]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$"
)
_UNIX = {
    "unix": (r"^[0-9]{1,11}(\.[0-9]{1,6})?$", 1_000_000, 10**11),
    "unix_ms": (r"^[0-9]{1,14}(\.[0-9]{1,3})?$", 1_000, 10**14),
}


TimeFormat = str | tuple[str, ...]
"""A format, or those that a whole column may be written in, of which its cells show which."""
ENOUGH = 20
"""Cells that only one of several formats reads, for each that only another reads, are evidence of what the column is written in."""


@dataclass(frozen=True)
class Settled:
    """What a column is written in, where some of its cells could be read in several ways."""

    pattern: str | None
    """None where its cells contradict one another: those are refused."""
    contested: int
    """Cells that could be read in several ways."""
    evidence: int
    """Cells that only this pattern reads; with none, the first one stands."""


@dataclass(frozen=True)
class Evidence:
    """What the cells of a column, or of a part of it, show of the patterns that it may be written in."""

    patterns: tuple[str, ...]
    contested: int
    """Cells that could be read in several ways."""
    only: tuple[int, ...]
    """For each pattern the cells that no other reads."""

    def __add__(self, other: "Evidence") -> "Evidence":
        """That of both parts."""
        only = tuple(one + another for one, another in zip(self.only, other.only, strict=True))
        return Evidence(self.patterns, self.contested + other.contested, only)

    @property
    def best(self) -> int:
        """The pattern that most cells show; of equals the first."""
        return max(range(len(self.only)), key=lambda i: self.only[i])

    @property
    def is_contradictory(self) -> bool:
        """Whether too many cells show another."""
        return self.only[self.best] < ENOUGH * (sum(self.only) - self.only[self.best])

    @property
    def settled(self) -> Settled:
        """What the column is read as."""
        return Settled(None if self.is_contradictory else self.patterns[self.best], self.contested, self.only[self.best])


Shown = Mapping[tuple[str, ...], Evidence]
"""What a whole column shows, by the patterns that it may be written in."""


@dataclass(frozen=True)
class Times:
    """One column of times, row by row."""

    instants: pl.Series
    """UTC, in microseconds; null where the text is missing or fits no format."""
    bare: pl.Series
    """True where the text was a date without a time: stored as 00:00 local."""
    ambiguous: pl.Series
    """True where a text could be read in several ways and its column does not show which."""
    evidence: tuple[Evidence, ...] = ()
    """What these texts show of each choice between patterns."""


def parse_times(
    texts: pl.Series, formats: tuple[TimeFormat, ...], timezone: str, captured: Times | None = None, shown: Shown | None = None
) -> Times:
    """Parse ``texts`` (trimmed, null where missing).

    Args:
        texts: one text a row.
        formats: strptime patterns, ``iso``, ``unix`` (seconds), ``unix_ms`` or ``vietnamese`` (words), tried in order.
        timezone: for times without an offset.
        captured: when each row was written down, for words such as "yesterday"; without it they are no times.
        shown: what the whole column shows, where ``texts`` are a part of it.
    """
    instants = pl.Series(texts.name, [None], dtype=INSTANT).extend_constant(None, len(texts) - 1) if len(texts) else texts.cast(INSTANT)
    bare = ambiguous = pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
    evidence: list[Evidence] = []
    for pattern in formats:
        left = instants.is_null() & texts.is_not_null() & ~ambiguous
        if not left.any():
            break
        candidates = texts.set(~left, None) if left.sum() < len(texts) else texts
        if isinstance(pattern, tuple):
            found, found_bare, doubtful, own = _settle(candidates, pattern, timezone, (shown or {}).get(pattern))
            ambiguous = ambiguous | doubtful
            evidence.append(own)
        elif pattern == "vietnamese":
            found, found_bare = _parse_words(candidates, timezone, captured)
        else:
            found, found_bare = _parse(candidates, pattern, timezone)
        instants = instants.zip_with(instants.is_not_null(), found)
        bare = bare | (found_bare & found.is_not_null())
    return Times(instants.alias(texts.name), bare.fill_null(False), ambiguous, tuple(evidence))


def _settle(
    texts: pl.Series, patterns: tuple[str, ...], timezone: str, shown: Evidence | None
) -> tuple[pl.Series, pl.Series, pl.Series, Evidence]:
    """Read a column by the one of several patterns that its cells show; what only one of them reads is certain in any case."""
    readings = [_parse(texts, pattern, timezone) for pattern in patterns]
    seen = pl.DataFrame([found.alias(str(i)) for i, (found, _bare) in enumerate(readings)])
    ways = seen.select(pl.concat_list(pl.all()).list.drop_nulls().list.n_unique().alias("n")).to_series()
    read_by = seen.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    contested = ways > 1
    only = tuple(int((seen[str(i)].is_not_null() & (read_by == 1)).sum()) for i in range(len(patterns)))
    own = Evidence(patterns, int(contested.sum()), only)
    verdict = shown or own
    order = sorted(range(len(patterns)), key=lambda i: i != verdict.best)
    instants = seen.select(pl.coalesce(str(i) for i in order)).to_series()
    bare = pl.DataFrame([readings[i][1].set(seen[str(i)].is_null(), None).alias(str(i)) for i in order]).select(pl.coalesce(pl.all()))
    doubtful = contested if verdict.is_contradictory else contested & False
    return instants.set(doubtful, None), bare.to_series().fill_null(False), doubtful, own


def _parse_words(texts: pl.Series, timezone: str, captured: Times | None) -> tuple[pl.Series, pl.Series]:
    asked = (
        texts.alias("text")
        .to_frame()
        .with_columns(
            day=None if captured is None else _local(captured.instants, timezone), bare=None if captured is None else captured.bare
        )
    )
    asked = asked.cast({"day": pl.Datetime("us"), "bare": pl.Boolean()})
    distinct = asked.filter(pl.col("text").is_not_null()).unique(maintain_order=True)
    found = [time_in_words(text, day, bool(is_bare)) or (None, None) for text, day, is_bare in distinct.iter_rows()]
    schema = {"naive": pl.Datetime("us"), "found_bare": pl.Boolean()}
    known = distinct.hstack(pl.DataFrame(found, schema=schema, orient="row"))
    read = asked.join(known, on=["text", "day", "bare"], how="left", maintain_order="left", nulls_equal=True)
    return _localised(read["naive"], timezone), read["found_bare"].fill_null(False)


def _local(instants: pl.Series, timezone: str) -> pl.Series:
    return instants.dt.convert_time_zone(timezone).dt.replace_time_zone(None)


def fault_of_format(pattern: str) -> str | None:
    """Why a strptime pattern cannot be used, or None where it can."""
    if "%f" in _FRACTION.sub(r"\1", pattern):
        return _("%f can stand behind a point only, as in %S.%f")
    try:
        written = pl.Series([_TRIAL]).dt.replace_time_zone("UTC").dt.strftime(_FRACTION.sub(r"\1%.6f", pattern))
        found, _bare = _parse(written, pattern, LOCAL_TIME_ZONE)
    except pl.exceptions.PolarsError:
        return _("a sign behind a % in it is unknown, or it has hours without minutes")
    return _("it does not read what it writes") if found.is_null().any() else None


def is_known_zone(name: str) -> bool:
    """Whether times can be read in the time zone of that name."""
    try:
        _localised(pl.Series([datetime(2026, 1, 1)]), name)
    except pl.exceptions.PolarsError:
        return False
    return name != ""  # which polars takes for UTC


def _parse(texts: pl.Series, pattern: str, timezone: str) -> tuple[pl.Series, pl.Series]:
    if pattern == "iso":
        return _parse_iso(texts, timezone)
    if pattern in _UNIX:
        shape, scale, limit = _UNIX[pattern]
        number = texts.set(~texts.str.contains(shape).fill_null(False), None).cast(pl.Float64)
        whole = (number.set((number >= limit).fill_null(False), None) * scale).round(0).cast(pl.Int64)
        return whole.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), pl.repeat(False, len(texts), eager=True)
    pattern = _FRACTION.sub(r"\1%.f", pattern)
    if "%z" in pattern:
        with_offset = texts.str.to_datetime(pattern, strict=False, time_unit="us", time_zone="UTC")
        return _with_whole_year(with_offset), pl.repeat(False, len(texts), eager=True)
    if _CLOCK.search(pattern):
        naive = _with_whole_year(texts.str.to_datetime(pattern, strict=False, time_unit="us"))
        return _localised(naive, timezone), pl.repeat(False, len(texts), eager=True)
    days = _with_whole_year(texts.str.to_date(pattern, strict=False).cast(pl.Datetime("us")))
    return _localised(days, timezone), days.is_not_null()


def _with_whole_year(found: pl.Series) -> pl.Series:
    return found.set((found.dt.year() < _FIRST_YEAR).fill_null(False), None)


def _localised(naive: pl.Series, timezone: str) -> pl.Series:
    """Where a clock is set back the earlier of the two instants is meant; an hour that never was is no time."""
    return naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def _parse_iso(texts: pl.Series, timezone: str) -> tuple[pl.Series, pl.Series]:
    parts = texts.str.extract_groups(_ISO).struct.unnest()
    text = pl.concat_str(
        "day",
        pl.lit(" "),
        pl.col("clock").fill_null("00:00"),
        pl.lit(":"),
        pl.col("second").fill_null("00"),
        pl.lit("."),
        pl.col("fraction").fill_null("0").str.pad_end(6, "0").str.slice(0, 6),
    )
    hours = pl.col("offset").str.slice(0, 3).cast(pl.Int64, strict=False)
    minutes = pl.col("offset").str.slice(3).str.strip_chars_start(":").replace("", "0").cast(pl.Int64, strict=False)
    east = (
        pl.when(pl.col("offset").str.to_uppercase() == "Z")
        .then(0)
        .otherwise(hours * 60 + minutes * pl.when(hours < 0).then(-1).otherwise(1))
    )
    frame = parts.select(
        naive=text.str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", strict=False, time_unit="us"),
        # "-00:30" is west of Greenwich although its hours are zero
        east=pl.when(pl.col("offset").str.starts_with("-0") & (hours == 0)).then(-minutes).otherwise(east),
        bare=pl.col("day").is_not_null() & pl.col("clock").is_null(),
    )
    absolute = frame.select((pl.col("naive") - pl.duration(minutes=pl.col("east"))).dt.replace_time_zone("UTC")).to_series()
    local = _localised(frame["naive"], timezone)
    return absolute.zip_with(frame["east"].is_not_null(), local), frame["bare"].fill_null(False)


def local_date(instants: pl.Expr) -> pl.Expr:
    """The local date of an instant."""
    return instants.dt.convert_time_zone(LOCAL_TIME_ZONE).dt.date()
