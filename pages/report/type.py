"""How a report on paper looks: its letters, which hold every Vietnamese one and lie in the file itself, and its styles."""

import unicodedata
from functools import cache
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from etl.settings import DATA

PLAIN, BOLD = "SourceSansPro", "SourceSansPro-Semibold"
INK, GREY, PALE = "#1f2328", "#5b636b", "#d9dde1"
SMALL = 6.2


@cache
def letters() -> None:
    """Make the letters known; only those that a file uses are put into it."""
    for name, file in ((PLAIN, "Regular"), (BOLD, "Semibold")):
        pdfmetrics.registerFont(TTFont(name, DATA / "fonts" / f"SourceSansPro-{file}.ttf"))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def nfc(text: str) -> str:
    """Text as it is searched for: each letter with its marks as one character."""
    return unicodedata.normalize("NFC", text)


def _style(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    return ParagraphStyle(name, **({"fontName": PLAIN, "fontSize": size, "leading": leading, "textColor": HexColor(INK)} | more))


STYLES = {
    "title": _style("title", 20, 24, fontName=BOLD, spaceAfter=2),
    "meta": _style("meta", 8.5, 11, textColor=HexColor(GREY)),
    "answer": _style("answer", 11.5, 15.5, spaceBefore=8, spaceAfter=8),
    "heading": _style("heading", 11.5, 14, fontName=BOLD, spaceBefore=12, spaceAfter=4),
    "chapter": _style("chapter", 8.5, 11, fontName=BOLD, spaceBefore=5),
    "text": _style("text", 8.5, 11.5, spaceAfter=3),
    "note": _style("note", 7, 9, textColor=HexColor(GREY)),
    "cell": _style("cell", 7.6, 9),
    "number": _style("number", 7.6, 9, alignment=TA_RIGHT),
    "head": _style("head", 6.8, 8, textColor=HexColor(GREY)),
    "head number": _style("head number", 6.8, 8, textColor=HexColor(GREY), alignment=TA_RIGHT),
}


def said(text: str, style: str) -> Paragraph:
    """Text letter by letter: nothing in it is a tag, a link or a picture."""
    return Paragraph(escape(nfc(text), quote=False), STYLES[style])


def pair(texts: tuple[str, str]) -> Paragraph:
    """A number, and what stands small under it."""
    first, second = (escape(nfc(text), quote=False) for text in texts)
    small = f'<br/><font size="{SMALL}" color="{GREY}">{second}</font>' if second else ""
    return Paragraph(first + small, STYLES["number"])
