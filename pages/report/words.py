"""What a report says in sentences: what it is of, the answer, and what may not be concluded from it."""

import polars as pl

from etl.language import _
from pages.report.asked import Report
from pages.shared import record, ward_answer, wording


def about(report: Report) -> list[str]:
    """Unit, month, data's date and version, a line each."""
    version = report.version
    maps = {"current": _("Today's wards"), "then": _("By the names of the time")}
    month = wording.days(*report.month)
    data = _("Data to {as_of} · version {version}", as_of=wording.instant(version.as_of), version=version.name)
    return [f"{report.title} ({month}) · {report.about}", f"{data} · {maps[report.subject.wards]}"]


def answer(report: Report) -> str:
    """How residents were served, in one sentence."""
    period = _("In {month}", month=wording.month(report.month[0]))
    if report.subject.kind == "officer":
        return record.answer(report, period)  # type: ignore[arg-type]
    return ward_answer.answer(report, report.now.filter(pl.col("metric") == "on_time"), period, str)  # type: ignore[arg-type]


def never_concluded(kind: str) -> list[str]:
    """What the figures must not be used for, a sentence each."""
    first = (
        _("No reward, penalty or place among officers follows from these figures: they are where a talk begins.")
        if kind == "officer"
        else _("No reward or penalty by number, and nothing about any single officer: the figures are of the ward's cases.")
    )
    return [
        first,
        _("No verdict from few cases: under its minimum a figure prints its counts only; the interval says how far it can be trusted."),
        _("No comparison of unlike work by raw values: look at what the unit's cases let expect, and at whether it is more than chance."),
        _("Nothing about residents: what is measured is service."),
    ]
