"""The result rows of a report as lines of a table, in words; the same for paper and for those who read them elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.comparison import RELIABLE
from metrics.wording import interval, metric_name, unit_name
from pages.report.asked import Report
from pages.shared import mix, record, states, wording
from pages.shared.beside import expected
from pages.shared.cards import by_metric
from pages.shared.check_words import check_name
from pages.shared.terms import interval_or_why

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One figure. Texts are ready to show; of a pair the second is what stands small under the first."""

    metric: str
    name: str
    cases: str
    value: tuple[str, str]
    before: tuple[str, str]
    whole: tuple[str, str]
    expected: tuple[str, str]
    """What the unit's cases let expect; the value adjusted for them."""
    stable: tuple[str, str]
    places: str
    remark: str


def figures(report: Report) -> list[Line]:
    """A line for each row of ``report.now``, in its order."""
    past, common = by_metric(report.before), by_metric(report.whole)
    return [_line(row, past.get(row["metric"]), common[row["metric"]]) for row in report.now.iter_rows(named=True)]


def _line(row: Row, past: Row | None, common: Row) -> Line:
    kind = BY_NAME[row["metric"]].kind
    own = expected(row)
    adjusted = "" if row["adjusted"] is None else _("adj. {value}", value=wording.value(kind, row["adjusted"]))
    return Line(
        metric=row["metric"],
        name=metric_name(row["metric"]),
        cases=wording.NONE if kind == "count" else wording.number(row["denominator"]),
        value=(wording.value(kind, row["value"], row["note"]), interval(kind, row["lower"], row["upper"])),
        before=_beside(past, kind),
        whole=_beside(common, kind),
        expected=("" if own == wording.NONE else own, adjusted),
        stable=_stable(row, kind),
        places="" if row["rank_low"] is None else f"{row['rank_low']}–{row['rank_high']}",
        remark=remark(row),
    )


def _stable(row: Row, kind: str) -> tuple[str, str]:
    if row["shrunk"] is None:
        return "", ""
    return wording.value(kind, row["shrunk"]), interval(kind, row["shrunk_lower"], row["shrunk_upper"])


def _beside(row: Row | None, kind: str) -> tuple[str, str]:
    """Another row's value and what it rests on."""
    if row is None:
        return "", ""
    cases = "" if kind == "count" else f"n = {wording.number(row['denominator'])}"
    return wording.value(kind, row["value"], row["note"]), cases


def remark(row: Row) -> str:
    """State, what is under review, and signal, in words."""
    words = wording.state(row["state"])
    held = next((part.partition(":")[2] for part in (row["note"] or "").split(";") if part.startswith("held:")), "")
    words += f" ({held})" if words and held else ""
    return "; ".join(filter(None, (words, wording.signal(row["signal"]))))


@dataclass(frozen=True)
class Part:
    """What part of the unit's cases a topic or channel makes, and how they are served. Texts are ready to show."""

    name: str
    received: str
    share: str
    on_time: tuple[str, str]
    whole: str
    """How many of the whole's cases of that topic are answered on time; empty where nothing stands beside."""
    first_response: tuple[str, str]


def parts(rows: pl.DataFrame, whole: pl.DataFrame | None = None) -> list[Part]:
    """Topics or channels that the unit's cases of the month have, the most frequent first.

    Args:
        rows: the unit's result rows by topic or channel (``mix.METRICS``).
        whole: the whole's by the same; None where nothing stands beside.
    """
    by_unit = {unit: by_metric(each) for (unit,), each in rows.partition_by("unit", as_dict=True, maintain_order=True).items()}
    some = {unit: each for unit, each in by_unit.items() if each["received"]["numerator"]}
    total = sum(each["received"]["numerator"] for each in some.values())
    beside = {} if whole is None else {row["unit"]: row for row in whole.filter(pl.col("metric") == "on_time").iter_rows(named=True)}
    found = []
    for unit in sorted(some, key=lambda unit: (-some[unit]["received"]["numerator"], unit)):
        received, on_time, first = (some[unit][name] for name in mix.METRICS)
        common = beside.get(unit)
        found.append(
            Part(
                name=unit_name(unit, received["unit_name"]),
                received=wording.number(received["numerator"]),
                share=wording.percent(received["numerator"] / total, 0),
                on_time=_with_cases(on_time),
                whole="" if common is None else wording.value("share", common["value"]),
                first_response=_with_cases(first),
            )
        )
    return found


def _with_cases(row: Row) -> tuple[str, str]:
    """A figure, and its interval (or why there is none) with its cases."""
    kind = BY_NAME[row["metric"]].kind
    return wording.value(kind, row["value"], row["note"]), f"{interval_or_why(row, kind)}; n = {wording.number(row['denominator'])}"


def notes(report: Report) -> list[str]:
    """What must be known to read the table: which data, which months, what is to be looked at."""
    found = [_("Cases asked in the month, as known at the data's date; a time counts those that still wait.")]
    if report.unfinished:
        found.append(_("The month ends after the data do: its figures are provisional, and a full month stands beside them."))
    if report.before.is_empty():
        found.append(_("The data do not reach back over the whole month before."))
    split = max(map(states.split_share, report.now.iter_rows(named=True)), default=0.0)
    if split:
        found.append(_("Up to {share} of the cases come from an old ward that was split.", share=wording.percent(split, 0)))
    if report.now["expected"].is_not_null().any():
        found.append(_("Expected: what the whole's cases of the same topic, urgency, platform and hour would have had."))
        found.append(_("adj.: the value after what is due to the kind of cases is taken out."))
    if report.now["shrunk"].is_not_null().any():
        found.append(_("Stable estimate: drawn towards the whole's value, the more the fewer the cases."))
    unreliable = ((report.now["reliability"] < RELIABLE) & report.now["rank_low"].is_null()).any()
    if report.subject.kind == "ward" and unreliable:
        found.append(_("Without a range of places: the figure does not tell wards apart well enough (reliability under 0.4)."))
    if report.subject.kind == "officer":
        found.append(record.meant_for())
    for flag, number in states.flags(report.now):
        found.append(_("To be looked at, not held against anybody: {what}: {n}.", what=check_name(flag), n=wording.number(number)))
    return found
