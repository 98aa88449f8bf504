"""The last spans of time of a chart: weeks for a short period, calendar months for a long one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from etl.language import _
from etl.publishing.versions import Version
from metrics.scope import Scope
from pages.shared import periods, sources, wording
from pages.shared.controls import Filters

SPANS = 12
LONGEST_BY_WEEK = 62
"""Days: a longer period is shown by month."""


@dataclass(frozen=True)
class Span:
    """Local dates, both included."""

    from_on: date
    to_on: date
    label: str
    """Short enough for an axis: "10/2026", or a week's last day "22/11"."""
    unfinished: bool
    """Whether it ends after the data do."""


def by_week(chosen: Filters) -> bool:
    """Whether the period is so short that weeks say more than months."""
    return (chosen.to_on - chosen.from_on).days < LONGEST_BY_WEEK


def last_spans(chosen: Filters, version: Version) -> list[Span]:
    """At most SPANS weeks or months up to the chosen period's end, in order of time; none before the first item.

    Weeks are the seven days up to the period's last day and those before; months are calendar months.
    """
    today, first_on = periods.today(version), version.first_on or chosen.to_on
    found: list[Span] = []
    end = chosen.to_on
    for _number in range(SPANS):
        if by_week(chosen):
            start, last, label = end - timedelta(days=6), end, wording.short_day(end)
        else:
            start, last = end.replace(day=1), (end.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            label = wording.month(start)
        if last < first_on:
            break
        found.append(Span(start, last, label, unfinished=last >= today and (last > today or not by_week(chosen))))
        end = start - timedelta(days=1)
    return found[::-1]


def title(chosen: Filters) -> str:
    """What one span is, in words."""
    return _("by week (last day)") if by_week(chosen) else _("by month")


def figures_over_time(scope: Scope, chosen: Filters, spans: Sequence[Span], metrics: tuple[str, ...]) -> pl.DataFrame:
    """The whole's result rows of every span, span after span.

    Args:
        scope: the viewer's limits.
        chosen: whose topic, platform and ward map hold for all spans.
        spans: in order of time.
        metrics: names of metrics.

    Returns:
        One result row per span and metric.
    """
    return sources.figures_over(scope, chosen.query("all", metrics), [(span.from_on, span.to_on) for span in spans])


def now_and_before(scope: Scope, chosen: Filters, version: Version, metrics: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The whole's result rows of the chosen period, and those of the span of equal length before: no rows where the data do not
    reach back so far.

    Args:
        scope: the viewer's limits.
        chosen: the filters whose span is compared.
        version: the published version.
        metrics: names of metrics.
    """
    spans = [(part.from_on, part.to_on) for part in (chosen.before(), chosen)]
    reach_back = version.first_on is not None and version.first_on <= spans[0][0]
    rows = sources.figures_over(scope, chosen.query("all", metrics), spans if reach_back else spans[1:])
    now = pl.col("from") == chosen.from_on
    return rows.filter(now), rows.filter(~now)


def compared_with(chosen: Filters) -> str:
    """What a change is measured against: "so với 30 ngày trước đó"."""
    days = (chosen.to_on - chosen.from_on).days + 1
    return _("than in the {n} days before", n=days) if days > 1 else _("than on the day before")


def how_compared(chosen: Filters, version: Version, before: pl.DataFrame) -> str:
    """What to know about the changes that are shown: why there are none, or that the last day has not ended; else empty.

    Args:
        chosen: the filters whose span is compared.
        version: the published version.
        before: what ``now_and_before`` returned.
    """
    if before.is_empty():
        return _("The data do not reach back over a full span before: no change is shown.")
    if chosen.to_on < periods.today(version):
        return ""
    return _("The last day ends after the data ({as_of}): it is compared with a full one.", as_of=wording.instant(version.as_of))


def finished(rows: pl.DataFrame, spans: Sequence[Span]) -> pl.DataFrame:
    """The rows of the spans that have ended: an unfinished one is never drawn beside full ones."""
    return rows.filter(pl.col("from").is_in([span.from_on for span in spans if not span.unfinished]))


def of_metric(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    """One metric's rows, span after span."""
    return rows.filter(pl.col("metric") == metric)


def labels(spans: Sequence[Span]) -> list[str]:
    """Each span in words, for an axis."""
    return [_("{span} (unfinished)", span=span.label) if span.unfinished else span.label for span in spans]
