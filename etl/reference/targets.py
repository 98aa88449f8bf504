"""Targets: by when a case must be acknowledged and answered, as data staff wrote it down in a TOML file.

The file is read strictly: what it does not understand it names, rather than let a deadline silently fall away.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.errors import UserError
from etl.language import _, reason_of
from etl.reference.clocks import DAYS, MINUTES_A_DAY, ROUND, ZONE, Clock
from etl.tables import URGENCIES
from etl.toml_file import parse_toml

ANY = "*"
ROUND_NAME = "round"
LONGEST_WEEKS = 520
"""A deadline of more open time than ten years of weeks have is a slip of the pen."""


@dataclass(frozen=True)
class Term:
    """One deadline: so much open time of a clock, from the asking or from the acknowledgement."""

    hours: float
    clock: str
    after: Literal["asked", "acknowledge"] = "asked"


@dataclass(frozen=True)
class Target:
    """One entry: the deadlines of the cases that it fits. ``*`` fits every topic or urgency."""

    topic: str
    urgency: str
    from_on: date | None
    """Fits cases asked on that local day or later; None for all."""
    acknowledge: Term | None
    answer: Term | None

    def fits(self) -> pl.Expr:
        """Whether a case is meant, from its topic, urgency and asked_at."""
        fits = pl.col("asked_at").is_not_null()
        if self.topic != ANY:
            fits &= pl.col("topic") == self.topic
        if self.urgency != ANY:
            fits &= pl.col("urgency") == self.urgency
        if self.from_on:
            fits &= pl.col("asked_at") >= datetime.combine(self.from_on, time(), ZONE).astimezone(UTC)
        return fits


@dataclass(frozen=True)
class Targets:
    """All entries, in the file's order, and the clocks that they name."""

    clocks: Mapping[str, Clock]
    entries: tuple[Target, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of what is meant: comments, layout and the order of days do not change it, a changed deadline does."""
        content = {"clocks": {name: asdict(clock) for name, clock in self.clocks.items()}, "entries": [asdict(e) for e in self.entries]}
        return sha256(json.dumps(content, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def deadlines(cases: pl.DataFrame, targets: Targets, as_of: datetime) -> pl.DataFrame:
    """When each case must have been acknowledged and answered.

    The first entry that fits a case's topic, urgency and local day of asking counts. An answer's term that runs after the
    acknowledgement starts at a separate one, before the answer and not after as_of, else when the acknowledgement is due.

    Args:
        cases: one row per case: topic, urgency, asked_at, acknowledged_at, answered_at (instants in UTC).
        targets: as ``read_targets`` gives them.
        as_of: an instant after it has not happened.

    Returns:
        One row per case in the given order: acknowledge_due, answer_due (instants in UTC; null where there is no deadline).
    """
    asked, acknowledged, answered = (
        cases[name].dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
        for name in ("asked_at", "acknowledged_at", "answered_at")
    )
    now = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us")
    separate = (acknowledged <= now) & (np.isnat(answered) | (acknowledged < answered))
    acknowledge_due = np.full(cases.height, np.datetime64("NaT"), "datetime64[us]")
    answer_due = acknowledge_due.copy()
    entry_of = _first_fit(cases, targets)
    for number, entry in enumerate(targets.entries):
        rows = np.flatnonzero(entry_of == number)
        if entry.acknowledge:
            acknowledge_due[rows] = _due(targets, entry.acknowledge, asked[rows])
        if entry.answer:
            starts = asked[rows]
            if entry.answer.after == "acknowledge":
                starts = np.where(separate[rows], acknowledged[rows], acknowledge_due[rows])
            answer_due[rows] = _due(targets, entry.answer, starts)
    dues = {"acknowledge_due": acknowledge_due, "answer_due": answer_due}
    return pl.DataFrame([pl.Series(name, due).dt.replace_time_zone("UTC") for name, due in dues.items()])


def _first_fit(cases: pl.DataFrame, targets: Targets) -> npt.NDArray[Any]:
    """The number of the entry that counts for each case, -1 for none."""
    choices = [pl.when(entry.fits()).then(pl.lit(number, pl.Int32)) for number, entry in enumerate(targets.entries)]
    return cases.with_columns(number=pl.coalesce(*choices, pl.lit(-1, pl.Int32)))["number"].to_numpy()


def _due(targets: Targets, term: Term, starts: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
    return targets.clocks[term.clock].due(starts.view(np.int64), term.hours).view("datetime64[us]")


def read_targets(path: Path) -> Targets:
    """Read a targets file.

    Raises:
        UserError: there is no such file, it cannot be read, or something in it is not understood: the sentence names the
            file, the table, the key, the value and what to write instead.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UserError(_("There is no targets file {file}: put one there, or let LANGNGHE_TARGETS name another.", file=path)) from None
    except OSError as error:
        raise UserError(_("The targets file {file} cannot be read: {reason}.", file=path, reason=reason_of(error))) from None
    content = parse_toml(raw, path)
    root = _Table(path, "", content)
    root.allow("clocks", "targets")
    clocks = {ROUND_NAME: ROUND}
    named = root.table("clocks", content.get("clocks", {}))
    for name, clock in named.content.items():
        if name == ROUND_NAME:
            raise named.wrong(name, _("the clock round always runs 24 hours on 7 days; give yours another name"))
        clocks[name] = _read_clock(named.table(name, clock))
    entries = content.get("targets", [])
    if not isinstance(entries, list):
        raise root.wrong("targets", _("begin each entry with a line [[targets]]"))
    return Targets(clocks, tuple(_read_target(_Table(path, f"[[targets]] {n}", entry), clocks) for n, entry in enumerate(entries, 1)))


@dataclass(frozen=True)
class _Table:
    """One table of the file, asked key by key; it knows where it stands when something in it is wrong."""

    file: Path
    name: str
    content: Any

    def __post_init__(self) -> None:
        if not isinstance(self.content, dict):
            raise UserError(
                _(
                    "{file}: {table} = {value}: write a table with its own keys.",
                    file=self.file,
                    table=self.name,
                    value=_shown(self.content),
                )
            )

    def table(self, key: str, content: object) -> "_Table":
        return _Table(self.file, f"{self.name}.{key}" if self.name else key, content)

    def allow(self, *known: str) -> None:
        """Refuse any other key and name the nearest that is known."""
        for key in self.content:
            if key not in known:
                nearest = get_close_matches(key, known, n=1, cutoff=0)[0]
                where = f"{self.file}: {self.name}".removesuffix(": ")
                raise UserError(_("{where}: there is no key {key}; the nearest is {nearest}.", where=where, key=key, nearest=nearest))

    def required(self, key: str, remedy: str) -> Any:
        if key not in self.content:
            raise UserError(_("{file}: {table}: {key} is missing: {remedy}.", file=self.file, table=self.name, key=key, remedy=remedy))
        return self.content[key]

    def wrong(self, key: str, remedy: str) -> UserError:
        value = _shown(self.content[key])
        where = f"{self.file}: {self.name}".removesuffix(": ")
        return UserError(_("{where}: {key} = {value}: {remedy}.", where=where, key=key, value=value, remedy=remedy))

    def day(self, key: str, value: object) -> date:
        """A local day, written as a TOML date or as text."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.wrong(key, _("write each day as 2026-02-16"))

    def days(self, key: str) -> tuple[date, ...]:
        """A list of local days, in order; none where the key is absent."""
        value = self.content.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, _("write a list of days such as [2026-02-16]"))
        return tuple(sorted({self.day(key, day) for day in value}))


def _shown(value: object) -> str:
    """A value nearly as it stands in the file."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _read_clock(table: _Table) -> Clock:
    table.allow("days", "hours", "holidays", "closed", "open")
    remedy = _("write a list of days of {days}", days=", ".join(DAYS))
    days = table.required("days", remedy)
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        raise table.wrong("days", remedy)
    country = table.content.get("holidays", "")
    if not isinstance(country, str) or not _is_country(country):
        raise table.wrong("holidays", _('write a country\'s two letters such as "VN", or "" for no holidays'))
    return Clock(
        days=tuple(day for day in DAYS if day in days),
        hours=_read_hours(table),
        holidays=country,
        closed=table.days("closed"),
        open=table.days("open"),
    )


def _is_country(code: str) -> bool:
    """Whether public holidays of that country are known; empty is none."""
    if not code:
        return True
    from holidays.registry import COUNTRIES  # the package's own list; asking it to list them loads every country

    return any(code == known for codes in COUNTRIES.values() for known in codes[1:])


def _read_hours(table: _Table) -> tuple[tuple[int, int], ...]:
    """Spans such as "08:00-12:00" as minutes after midnight, in order."""
    remedy = _('write a list of spans such as ["08:00-12:00", "13:30-17:30"], each opening before it closes, none over another')
    written = table.required("hours", remedy)
    if not isinstance(written, list) or not written:
        raise table.wrong("hours", remedy)
    spans = []
    for span in written:
        parts = re.fullmatch(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])", span) if isinstance(span, str) else None
        if not parts:
            raise table.wrong("hours", remedy)
        hour, minute, to_hour, to_minute = (int(part) for part in parts.groups())
        opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
        if not opens < closes <= MINUTES_A_DAY:
            raise table.wrong("hours", remedy)
        spans.append((opens, closes))
    spans.sort()
    if any(opens < closed for (_first, closed), (opens, _last) in pairwise(spans)):
        raise table.wrong("hours", remedy)
    return tuple(spans)


def _read_target(table: _Table, clocks: Mapping[str, Clock]) -> Target:
    table.allow("topic", "urgency", "from", "acknowledge", "answer")
    remedy = _('write a topic\'s code, or "*" for all')
    topic = table.required("topic", remedy)
    if not isinstance(topic, str) or not topic.strip():
        raise table.wrong("topic", remedy)
    remedy = _('write one of {urgencies}, or "*" for all', urgencies=", ".join(URGENCIES))
    urgency = table.required("urgency", remedy)
    if urgency not in (*URGENCIES, ANY):
        raise table.wrong("urgency", remedy)
    terms = {key: _read_term(table.table(key, table.content[key]), clocks) for key in ("acknowledge", "answer") if key in table.content}
    if not terms:
        table.required("answer", _("give the entry acknowledge, answer or both"))
    acknowledge, answer = terms.get("acknowledge"), terms.get("answer")
    for key, term in terms.items():
        if term.after == "acknowledge" and (key == "acknowledge" or not acknowledge):
            raise table.table(key, table.content[key]).wrong("after", _("only an answer can run after the acknowledge of the same entry"))
    from_on = table.day("from", table.content["from"]) if "from" in table.content else None
    return Target(topic, urgency, from_on, acknowledge, answer)


def _read_term(table: _Table, clocks: Mapping[str, Clock]) -> Term:
    table.allow("hours", "clock", "after")
    remedy = _("write one of {clocks}", clocks=", ".join(clocks))
    clock = table.required("clock", remedy)
    if not isinstance(clock, str) or clock not in clocks:
        raise table.wrong("clock", remedy)
    remedy = _("write a number of hours above 0, at most ten years of that clock")
    hours = table.required("hours", remedy)
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        raise table.wrong("hours", remedy)
    # Not true of what is no number or infinite either, as TOML's nan and inf.
    if not 0 < hours <= clocks[clock].hours_a_week * LONGEST_WEEKS or timedelta(hours=hours) == timedelta(0):
        raise table.wrong("hours", remedy)
    after = table.content.get("after", "asked")
    if after not in ("asked", "acknowledge"):
        raise table.wrong("after", _("write asked or acknowledge"))
    return Term(float(hours), clock, after)
