"""What stands in a report, from top to bottom: the answer, what may not be concluded, the course, the figures, what they mean."""

from collections.abc import Callable, Sequence

import polars as pl
from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Spacer, Table, TableStyle

from etl.language import _
from metrics.catalogue import BY_NAME, METRICS
from metrics.wording import metric_name
from pages.report import lines
from pages.report.asked import Report
from pages.report.course import Course, Picture
from pages.report.type import PALE, PLAIN, pair, said
from pages.report.words import about, answer, never_concluded
from pages.shared import wording
from pages.shared.definitions import sentence

CHAPTERS = {
    "received": "Asked and answered",
    "overdue_open": "Of the month's questions, what waits at the data's date",
    "resolution_median": "Until the matter is closed",
    "compliments": "What residents said",
    "tip_offs": "Tip-offs",
    "members": "The ward's channels",
    "night_share": "Work and data",
}
"""The first metric of each part of the table of figures -> message id of its heading."""
LETTERS = ("FONT", (0, 0), (-1, -1), PLAIN)
"""Of a table: else it would name letters that do not lie in the file."""
NAME = 120
"""Points of a figure's name."""
Cells = list[list[Flowable | str]]


def all_of(report: Report, width: float) -> list[Flowable]:
    """The whole report, ``width`` points wide."""
    return [
        *_opening(report),
        *_course(report, width),
        PageBreak(),
        *_figures(report, width),
        *_mix(report, width),
        *_room_for_people(report.subject.kind, width),
        CondPageBreak(160),
        *_definitions(report, width),
    ]


def _opening(report: Report) -> list[Flowable]:
    items = [said("– " + text, "text") for text in never_concluded(report.subject.kind)]
    return [
        said(report.name, "title"),
        *(said(text, "meta") for text in about(report)),
        said(answer(report), "answer"),
        said(_("What may not be concluded from it"), "heading"),
        *items,
    ]


def _course(report: Report, width: float) -> list[Flowable]:
    names = [wording.month(first) for first, _last in report.months]
    half = (width - 14) / 2
    pictures = []
    for metric in (each for each in METRICS if each.name in set(report.course["metric"])):
        own, whole = (rows.filter(pl.col("metric") == metric.name) for rows in (report.course, report.course_everywhere))
        course = Course(
            metric, names, own, None if metric.kind == "count" else whole, report.unfinished, band=report.subject.kind == "ward"
        )
        pictures.append(Picture(course, half))
    pairs = [pictures[i : i + 2] for i in range(0, len(pictures), 2)]
    caption = _("Points with their 95% interval; dotted: all together; counts are bars from zero.")
    if any(limit is not None for picture in pictures for pair in picture.limits for limit in pair):
        caption += " " + _("Pale band: the usual ups and downs of a figure that does not change; under 12 months it is provisional.")
    if report.course["state"].is_in(["too_few", "no_data"]).any():
        caption += " " + _("A month with too few cases has no point.")
    if report.unfinished:
        caption += " " + _("Hollow: the month has not ended.")
    grid = Table(pairs, colWidths=[half + 14, half], style=[LETTERS, ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [KeepTogether([said(_("The course by month"), "heading"), grid, said(caption, "note")])]


def _figures(report: Report, width: float) -> list[Flowable]:
    found = lines.figures(report)
    columns = {
        "value": (_("Value, 95% interval"), 62, lambda line: pair(line.value)),
        "cases": ("n", 28, lambda line: said(line.cases, "number")),
        "before": (_("Month before"), 54, lambda line: pair(line.before)),
        "whole": (_("All together"), 54, lambda line: pair(line.whole)),
        "expected": (_("Expected, adjusted"), 48, lambda line: pair(line.expected)),
        "stable": (_("Stable estimate"), 54, lambda line: pair(line.stable)),
        "places": (_("Range of places"), 30, lambda line: said(line.places, "number")),
    }
    shown = {name: column for name, column in columns.items() if any(any(getattr(line, name)) for line in found)}
    remarks = width - NAME - sum(room for _head, room, _cell in shown.values())
    cells: Cells = [[said(_("Figure"), "head"), *(said(head, "head number") for head, *_rest in shown.values()), said(_("Remark"), "head")]]
    chapters = []
    for line in found:
        if line.metric in CHAPTERS and report.subject.kind == "ward":
            chapters.append(len(cells))
            cells.append([said(_(CHAPTERS[line.metric]), "chapter"), *[""] * (len(shown) + 1)])
        cells.append([said(line.name, "cell"), *(cell(line) for _head, _room, cell in shown.values()), said(line.remark, "cell")])
    table = _table(cells, [NAME, *(room for _head, room, _cell in shown.values()), remarks], chapters)
    return [said(_("The figures of the month"), "heading"), table, Spacer(0, 5), *(said(text, "note") for text in lines.notes(report))]


def _mix(report: Report, width: float) -> list[Flowable]:
    topics = _parts(_("Topic"), lines.parts(report.topics, report.topics_everywhere), width)
    channels = _parts(_("Channel"), lines.parts(report.channels), width)
    return [said(_("Topics and channels of the month"), "heading"), *topics, Spacer(0, 8), *channels]


def _parts(head: str, found: Sequence[lines.Part], width: float) -> list[Flowable]:
    """A table of topics or channels; a sentence where the unit had no case."""
    if not found:
        return [said(_("{what}: no case in this month.", what=head), "note")]
    columns: list[tuple[str, float, Callable[[lines.Part], Flowable]]] = [
        (_("Questions"), 48, lambda part: said(part.received, "number")),
        (_("Share"), 40, lambda part: said(part.share, "number")),
        (metric_name("on_time"), 104, lambda part: pair(part.on_time)),
        (_("All together"), 60, lambda part: said(part.whole, "number")),
        (metric_name("first_response_median"), 104, lambda part: pair(part.first_response)),
    ]
    if not any(part.whole for part in found):
        columns.pop(3)
    cells: Cells = [[said(head, "head"), *(said(text, "head number") for text, _room, _cell in columns)]]
    cells += [[said(part.name, "cell"), *(cell(part) for _text, _room, cell in columns)] for part in found]
    rooms = [room for _text, room, _cell in columns]
    return [_table(cells, [width - sum(rooms), *rooms], [])]


def _room_for_people(kind: str, width: float) -> list[Flowable]:
    """Room for the words of whom it is about, and for who signs."""
    words, seen = (
        (_("The officer's own words on these figures"), _("Seen by the officer, date"))
        if kind == "officer"
        else (_("The unit's own words on these figures"), _("Seen by the unit, date"))
    )
    line = (0.5, HexColor(PALE))
    style = [LETTERS, ("BOX", (0, 0), (-1, -1), *line), ("INNERGRID", (0, 0), (-1, -1), *line), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    rooms = [width / 2, width / 4, width / 4]
    return [
        Spacer(0, 12),
        Table([[said(head, "cell") for head in (words, _("Made by, date"), seen)]], colWidths=rooms, rowHeights=[70], style=style),
    ]


def _definitions(report: Report, width: float) -> list[Flowable]:
    heads = (said(_("Figure"), "head"), said(_("What it says and how it is computed"), "head"))
    cells: Cells = [[*heads, said(_("Shown from n"), "head number"), said(_("Version"), "head number")]]
    for metric in (BY_NAME[name] for name in report.now["metric"]):
        numbers = (said(str(number), "number") for number in (metric.minimum, metric.version))
        cells.append([said(metric_name(metric.name), "cell"), said(sentence(metric), "cell"), *numbers])
    how = _(
        "95% intervals: of shares Wilson's; of rates exact Poisson under 10 events, else Byar's; of times Kaplan–Meier's, log-log band. "
        "All of it, with what is left out and an example: the page “Methods”, or python -m metrics definitions."
    )
    table = _table(cells, [NAME, width - NAME - 80, 44, 36], [])
    return [said(_("What the figures mean"), "heading"), said(how, "note"), Spacer(0, 4), table]


def _table(cells: Cells, widths: Sequence[float], chapters: Sequence[int]) -> Table:
    """A table whose head stands on each of its pages."""
    style = TableStyle(
        [
            LETTERS,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(PALE)),
            ("TOPPADDING", (0, 0), (-1, -1), 1.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("LEFTPADDING", (-1, 0), (-1, -1), 6),
            *(("SPAN", (0, line), (-1, line)) for line in chapters),
            *(("NOSPLIT", (0, line), (0, line + 1)) for line in chapters),
        ]
    )
    return Table(cells, colWidths=widths, repeatRows=1, splitInRow=1, style=style)
