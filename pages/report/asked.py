"""What a monthly report is about: one ward or officer, one month, and the result rows that stand in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal

import polars as pl

from etl.errors import UserError
from etl.language import _
from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.figures import figures, figures_over
from metrics.narrowing import Span
from metrics.officers import officers
from metrics.query import Query, WardMap
from metrics.scope import Scope
from metrics.trend import natural_end
from metrics.units import units
from metrics.wards import read_wards
from metrics.wording import in_words
from pages.shared import beside, mix, periods, wording

COURSE = ("received", "answered", "on_time", "first_response_median", "compliments", "complaints")
"""What is drawn month by month."""
MONTHS = 13
"""So many months at most: the same month a year before stands beside."""
OFFICER = (*beside.OFFICER, "overdue_open", "backlog")
"""What an officer's page shows, and what waits; a ward's report holds every metric."""


@dataclass(frozen=True)
class Subject:
    """The ward or officer that a report is about."""

    kind: Literal["ward", "officer"]
    code: str
    wards: WardMap = "current"

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics in the report; empty for all."""
        return OFFICER if self.kind == "officer" else ()

    def query(self, by: str, metrics: tuple[str, ...] = ()) -> Query:
        """A question about this unit's cases alone."""
        own = {self.kind: (self.code,)}
        return Query(by=by, metrics=metrics, wards=self.wards, **own)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Report:
    """All rows of a report; those of ``now`` are what ``metrics figures --by ward`` (or officer) answers for the month."""

    version: Version
    subject: Subject
    name: str
    about: str
    """What tells the unit from others of its name: its code, or badge and ward."""
    month: Span
    now: pl.DataFrame
    before: pl.DataFrame
    """The month before; no rows where the data do not reach back so far."""
    whole: pl.DataFrame
    topics: pl.DataFrame
    topics_everywhere: pl.DataFrame
    channels: pl.DataFrame
    months: Sequence[Span]
    course: pl.DataFrame
    """The unit's rows, month after month."""
    course_everywhere: pl.DataFrame

    @property
    def waiting(self) -> pl.DataFrame:
        """What is open at as_of of the month's cases: their own rows say so."""
        return self.now

    @property
    def title(self) -> str:
        """Which month it is of."""
        return _("Report of {month}", month=wording.month(self.month[0]))

    @property
    def unfinished(self) -> bool:
        """Whether the month ends after the data do."""
        return self.month[1] > periods.today(self.version)


def month_of(text: str, version: Version) -> Span:
    """First and last day of a month written as 2026-10.

    Raises:
        UserError: it is no month, or one in which there are no data.
    """
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text.startswith("0000"):
        raise UserError(_("--month {value} is no month: write it as 2026-01.", value=text))
    first = date.fromisoformat(f"{text}-01")
    known = months(version)
    if first not in known:
        reach = {"first": f"{known[-1]:%Y-%m}", "last": f"{known[0]:%Y-%m}"} if known else {"first": wording.NONE, "last": wording.NONE}
        raise UserError(_("--month {value} has no data: they reach from {first} to {last}.", value=text, **reach))
    return first, natural_end(first, "month")


def months(version: Version) -> list[date]:
    """First days of the months that the data reach over, the latest first; none where there are no data."""
    found = []
    first = periods.today(version).replace(day=1)
    while version.first_on is not None and natural_end(first, "month") >= version.first_on:
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def last_complete(version: Version) -> date | None:
    """The first day of the latest month that is over at as_of, else of the latest; None where there are no data."""
    known = months(version)
    over = [first for first in known if natural_end(first, "month") <= periods.today(version)]
    return next(iter(over or known), None)


def ask(version: Version, scope: Scope, subject: Subject, month: Span) -> Report:
    """Ask for everything in a report.

    Args:
        version: a published version.
        scope: who it is for.
        subject: the ward or officer.
        month: first and last local day.

    Raises:
        UserError: the viewer may see no such unit; the sentence names the nearest.
    """
    name, about = _named(version, scope, subject)
    first, last = month
    code, metrics = subject.code, subject.metrics
    *earlier, _month = _last_months(month)
    spans = [*(span for span in earlier if version.first_on is not None and version.first_on <= span[0]), month]

    def of_month(query: Query) -> pl.DataFrame:
        return in_words(figures_over(version, query, scope, [month]), query.by)

    among_all = Query(by=subject.kind, metrics=metrics, from_on=first, to_on=last, wards=subject.wards)
    course = figures_over(version, subject.query(subject.kind, metrics), scope, spans).filter(pl.col("unit") == code)
    return Report(
        version=version,
        subject=subject,
        name=name,
        about=about,
        month=month,
        now=figures(version, among_all, scope).filter(pl.col("unit") == code),
        before=course.filter(pl.col("from") == earlier[-1][0]),
        whole=of_month(Query(by="all", metrics=metrics)),
        topics=of_month(subject.query("topic", mix.METRICS)),
        topics_everywhere=of_month(Query(by="topic", metrics=mix.METRICS)),
        channels=of_month(subject.query("channel", mix.METRICS)),
        months=spans,
        course=course.filter(pl.col("metric").is_in(COURSE)),
        course_everywhere=figures_over(version, Query(by="all", metrics=COURSE), scope, spans),
    )


def _last_months(month: Span) -> list[Span]:
    """The month and those before it, in order of time."""
    spans = [month]
    while len(spans) < MONTHS:
        last = spans[-1][0] - timedelta(days=1)
        spans.append((last.replace(day=1), last))
    return spans[::-1]


def _named(version: Version, scope: Scope, subject: Subject) -> tuple[str, str]:
    """The unit's name, and what tells it from others of that name."""
    query = Query(by=subject.kind, wards=subject.wards)
    known = units(version, query, scope, read_wards(version)).filter(pl.col("listed") & (pl.col("unit") != UNKNOWN))
    names = dict(known.select("unit", "unit_name").iter_rows())
    if subject.code not in names:
        raise UserError(_unknown(subject, names))
    if subject.kind == "ward":
        return names[subject.code], _("code {code}", code=subject.code)
    badge, ward = officers(version, scope).filter(pl.col("officer_id") == subject.code).select("badge", "ward").row(0)
    return names[subject.code], " · ".join(filter(None, (badge, ward))) or _("code {code}", code=subject.code)


def _unknown(subject: Subject, names: dict[str, str]) -> str:
    """That there is no such unit, with the nearest by code or by name."""
    option = f"--{subject.kind}"
    by_text = {name: code for code, name in names.items()} | {code: code for code in names}
    near = get_close_matches(subject.code, by_text, n=1, cutoff=0.5)
    if near:
        code = by_text[near[0]]
        return _("{option} {value} is not known: did you mean {near}?", option=option, value=subject.code, near=f"{code} ({names[code]})")
    lists = f"python -m metrics figures --by {subject.kind}"
    return _("{option} {value} is not known: {command} lists all.", option=option, value=subject.code, command=lists)
