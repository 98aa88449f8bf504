"""A report as an XLSX file: the same result rows, numbers as numbers, a sheet for each part."""

import polars as pl

from etl.language import _
from metrics.catalogue import BY_NAME
from metrics.definitions import formula
from metrics.wording import metric_name, unit_name
from pages.report import lines
from pages.report.asked import Report
from pages.report.words import about, answer, never_concluded
from pages.shared import wording
from pages.shared.downloads import Sheet, workbook
from pages.shared.terms import worded

NO_FIGURES = ("expected", "reliability")
"""Columns of a result row that are numbers in no metric's unit: of cases, and a share of its own."""


def xlsx(report: Report) -> bytes:
    """The report's bytes, in the language in use."""
    now = _beside(_beside(report.now, report.before, "before", "metric"), report.whole, "whole", "metric")
    topics = _beside(_some(report.topics), report.topics_everywhere, "whole", "metric", "unit")
    sheets = {
        _("Report"): Sheet(_opening(report), prose=True),
        _("Figures"): _rows(now),
        _("Course"): _rows(_beside(report.course, report.course_everywhere, "whole", "metric", "from"), {"from": _("Month")}),
        _("Topics"): _rows(topics, {"unit_name": _("Topic")}),
        _("Channels"): _rows(_some(report.channels), {"unit_name": _("Channel")}),
        _("Definitions"): Sheet(_definitions(report)),
    }
    return workbook(sheets, report.version.as_of)


def _opening(report: Report) -> pl.DataFrame:
    """What the file is of, the answer, and what must be known to read it; a sentence a line."""
    never = [_("What may not be concluded from it"), *never_concluded(report.subject.kind)]
    measures = _("Shares are shown in hundreds, rates per 1,000, times in seconds.")
    return pl.DataFrame({report.name: [*about(report), answer(report), *never, *lines.notes(report), measures]})


def _beside(rows: pl.DataFrame, others: pl.DataFrame, name: str, *keys: str) -> pl.DataFrame:
    """Result rows with the value and the cases of others beside them, as ``NAME_value`` and ``NAME_n``."""
    values = others.select(*keys, pl.col("value").alias(f"{name}_value"), pl.col("denominator").alias(f"{name}_n"))
    return rows.join(values, on=keys, how="left", maintain_order="left")


def _some(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of topics or channels that the unit has cases of."""
    some = rows.filter((pl.col("metric") == "received") & (pl.col("numerator") > 0))["unit"]
    names = pl.Series([unit_name(unit, name) for unit, name in rows.select("unit", "unit_name").iter_rows()], dtype=pl.String)
    return rows.with_columns(unit_name=names).filter(pl.col("unit").is_in(some.implode()))


def _rows(rows: pl.DataFrame, first: dict[str, str] | None = None) -> Sheet:
    """Result rows as a sheet: columns in words, those of numbers that hold nothing left out.

    Args:
        rows: result rows.
        first: columns that tell rows of one metric apart -> their headings.
    """
    numbers = {name: head for name, head in _numbers().items() if name in rows.columns and rows[name].is_not_null().any()}
    kinds = [BY_NAME[metric].kind for metric in rows["metric"]]
    remarks = [lines.remark(row) for row in rows.iter_rows(named=True)]
    columns = {name: pl.col(name).alias(head) for name, head in ((first or {}) | numbers).items()}
    opening = [columns.pop(name) for name in first or {}]
    figure, code = worded(rows["metric"], metric_name).alias(_("Figure")), pl.col("metric").alias(_("Code"))
    sheet = rows.select(*opening, figure, *columns.values(), pl.Series(_("Remark"), remarks, dtype=pl.String), code)
    return Sheet(sheet, kinds, plain=[_numbers()[name] for name in NO_FIGURES])


def _numbers() -> dict[str, str]:
    """Columns of numbers in a result row -> heading, in their order."""
    return {
        "value": _("Value"),
        "lower": _("95% from"),
        "upper": _("95% to"),
        "numerator": _("Counted"),
        "denominator": "n",
        "before_value": _("Month before"),
        "before_n": _("Month before, n"),
        "whole_value": _("All together"),
        "whole_n": _("All together, n"),
        "expected": _("Expected, in cases"),
        "adjusted": _("Adjusted"),
        "shrunk": _("Stable estimate"),
        "shrunk_lower": _("Stable estimate from"),
        "shrunk_upper": _("Stable estimate to"),
        "reliability": _("Reliability"),
        "rank_low": _("Place from"),
        "rank_high": _("Place to"),
    }


def _definitions(report: Report) -> pl.DataFrame:
    """What each figure means, a line each."""
    metrics = [BY_NAME[name] for name in report.now["metric"]]
    return pl.DataFrame(
        {
            _("Figure"): [metric_name(metric.name) for metric in metrics],
            _("Question"): [metric.question for metric in metrics],
            _("How it is computed"): [formula(metric) for metric in metrics],
            _("Shown from n"): [metric.minimum for metric in metrics],
            _("95% interval"): [metric.source or wording.NONE for metric in metrics],
            _("Version"): [metric.version for metric in metrics],
            _("Code"): [metric.name for metric in metrics],
        }
    )
