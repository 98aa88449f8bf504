"""How texts are compared: what people write the same way in many spellings is one spelling here."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import polars as pl

DECEIVING = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]")
"""Signs that move the cursor, or turn the direction in which a name is read."""
_SPACES = r"\s+"
_LONGEST_NAME = 1_000
"""Longer texts are no names: they are compared as they stand, since thousands of accents on one letter take hours to put in order."""


def nfc(text: str) -> str:
    """``text`` in Unicode's composed form, without outer space."""
    return unicodedata.normalize("NFC", text).strip() if len(text) <= _LONGEST_NAME else text


def fold(text: str) -> str:
    """``text`` without case, accents, outer and double spaces: "  Khẩn  cấp" and "khan cap" are one."""
    if len(text) > _LONGEST_NAME:
        return text
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return re.sub(_SPACES, " ", "".join(c for c in bare if unicodedata.category(c)[0] != "M")).strip().lower()


def fold_column(column: pl.Expr) -> pl.Expr:
    """``fold`` over a text column."""
    return (
        column.str.replace_all("đ", "d", literal=True)
        .str.replace_all("Đ", "D", literal=True)
        .str.normalize("NFD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(_SPACES, " ")
        .str.strip_chars()
        .str.to_lowercase()
    )


def once_for_each(texts: pl.Series, translation: pl.Expr) -> pl.Series:
    """A translation of a column of few different texts: worked out once for each text that occurs.

    Args:
        texts: may hold nulls.
        translation: an expression over the column of that name, looking at one row at a time.
    """
    distinct = texts.unique()
    translated = distinct.to_frame().select(translation).to_series()
    return texts.replace_strict(distinct, translated).cast(translated.dtype)  # where there is no text at all, it stays text


def nearest(word: str, known: Iterable[str], least: float = 0.5) -> str | None:
    """The known word that ``word`` most likely meant, or None where none is as near as ``least`` (0: any, 1: the word itself)."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=least)
    return close[0] if close else None


_DATE = r"(?:(?:19|20)\d\d[-.]\d{1,2}[-.]\d{1,2}|\d{1,2}[-.]\d{1,2}[-.](?:19|20)\d\d)(?!\d|[ .-]\d{3})"
"""A date is no telephone number, and a wrong one must be shown to be mended."""
_MASKS = (
    (re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:com|vn|net|org)\S*|\S+\.[a-z]{2,}/\S*", re.IGNORECASE), "***"),
    (re.compile(r"\S*@\S+"), "***"),
    (re.compile(r"\d{5,}"), lambda found: found.group()[:4] + "*" * (len(found.group()) - 4)),
    (re.compile(rf"(?<!\d)(?!{_DATE})\d(?:[ .()\-]{{0,2}}\d){{6,}}"), lambda found: found.group()[:4] + "***"),
)


_LOOKED_AT = 400


_CODE = r"^[\p{L}\d._-]{1,8}$"
"""A ward's or topic's number is no telephone number: those have nine digits and more."""
_SUSPECT = r"(?i)\d{5}|\d[ .()\-]{1,2}\d|@|://|www\.|\.(?:com|vn|net|org)\b"


def conceal_column(texts: pl.Series) -> pl.Series:
    """A column in which people write more than they should: digits beyond four in a row, addresses and links masked, codes kept."""
    text = pl.col(texts.name)
    odd = texts.unique().to_frame().filter(text.str.contains(_SUSPECT) & ~text.str.contains(_CODE)).to_series()
    return texts.replace(odd, pl.Series([conceal(value) for value in odd], dtype=pl.String)) if len(odd) else texts


def mask(value: str, limit: int = 80) -> str:
    """``value`` fit to be shown: concealed, without what cannot be printed, at most ``limit`` letters."""
    value = "".join(c if c.isprintable() and c != "\ufffd" else "·" for c in conceal(value))
    return value if len(value) <= limit else value[: limit - 1] + "…"


def conceal(value: str) -> str:
    """``value`` with digits beyond four in a row, addresses and links masked."""
    if len(value) > _LOOKED_AT:
        # At whole words: half an address or number would not be known for one. What has no end is not looked through.
        head = value[:_LOOKED_AT].rpartition(" ")[0].rstrip("0123456789 .()-")
        value = f"{head or '***'} …"
    for pattern, mended in _MASKS:
        value = pattern.sub(mended, value)
    return value


_LIVE = re.compile(r"['\t\r\n]|[\s\ufeff\u200b]*[=+\-@＝＋－＠]")
"""What a spreadsheet would run, and an apostrophe, so that taking one off restores every text."""


def defused(cell: Any) -> Any:
    """A cell of a CSV file that no spreadsheet takes for a formula: such a text gets an apostrophe before it; all else stays."""
    return "'" + cell if isinstance(cell, str) and _LIVE.match(cell) else cell
