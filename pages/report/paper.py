"""A report as a PDF file: A4, with its letters in it, the same bytes whenever the same version is asked."""

import io
from threading import Lock

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from etl.language import _, current_language
from pages.report import sections
from pages.report.asked import Report
from pages.report.type import GREY, PLAIN, letters, nfc
from pages.shared import wording

MARGIN, FOOT = 13 * mm, 16 * mm
_one_at_a_time = Lock()
"""The letters of a file being written are kept with the letters."""


def pdf(report: Report) -> bytes:
    """The report's bytes, in the language in use."""
    letters()
    file = io.BytesIO()
    title = nfc(f"{report.title}: {report.name}")
    page = {"pagesize": A4, "leftMargin": MARGIN, "rightMargin": MARGIN, "topMargin": MARGIN, "bottomMargin": FOOT}
    said = {
        "title": title,
        "author": "Lắng Nghe",
        "creator": "Lắng Nghe",
        "subject": nfc(report.about),
        "lang": current_language(),
        "displayDocTitle": True,
    }
    paper = BaseDocTemplate(file, **page, **said, invariant=True, initialFontName=PLAIN)
    frame = Frame(MARGIN, FOOT, paper.width, paper.height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    paper.addPageTemplates(PageTemplate(frames=[frame]))
    with _one_at_a_time:
        paper.build(sections.all_of(report, paper.width), canvasmaker=lambda *given, **more: _Numbered(report, *given, **more))
    return file.getvalue()


class _Numbered(Canvas):
    """Pages that say whose report they are, and which of how many: known once all are made."""

    def __init__(self, report: Report, *given: object, **more: object) -> None:
        super().__init__(*given, **more)
        self._report, self._made = report, []
        as_of = report.version.as_of.astimezone(wording.LOCAL)
        # No wall clock: the file is of the instant of its data.
        self.setDateFormatter(lambda *_now: f"D:{as_of:%Y%m%d%H%M%S}+07'00'")

    def showPage(self) -> None:
        self._made.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._made, 1):
            self.__dict__.update(page)
            self._foot(number)
            super().showPage()
        super().save()

    def _foot(self, number: int) -> None:
        version = self._report.version
        self.setFont(PLAIN, 7)
        self.setFillColor(HexColor(GREY))
        data = _("Data to {as_of} · version {version}", as_of=wording.instant(version.as_of), version=version.name)
        self.drawString(MARGIN, 9 * mm, nfc(f"{self._report.name} · {self._report.title} · {data}")[:150])
        self.drawRightString(A4[0] - MARGIN, 9 * mm, nfc(_("page {n} of {all}", n=number, all=len(self._made))))
