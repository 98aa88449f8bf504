"""Redaction: what may name a resident is struck from a text before it is kept for some days. The second line of defence, never the
first: names in small letters or without a form of address pass it (docs/operations.md says how many)."""

import polars as pl

from etl.tables import RESIDENTS

STRUCK = "***"
_WORD = r"\p{Lu}[\p{L}\p{M}]*"
_ADDRESS = "ông|bà|anh|chị|em|cô|chú|bác|cụ|cháu|dì|cậu|thím|mợ|thầy|bạn|tên|tên là|mr|mrs|ms|miss"
_SURNAMES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trịnh|Đoàn|Trương|Lương|Tạ|Đào|Lưu|Vương|Tống|Tô|Chu"
)
_PATTERNS = (
    (r"(?i)(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|vn|net|org|me|info)\b\S*", STRUCK),
    (r"\S+@\S+", STRUCK),
    (r"(?i)\b\d{2}[-\s]?[A-ZĐ]{1,2}\d?[-.\s]{0,3}\d{3}\.?\d{1,2}\b", STRUCK),  # plates of cars and motorcycles
    (r"\+?\d(?:[\s.()\-]{0,2}\d){6,}", STRUCK),  # telephone, identity card, account
    (r"\d{5,}", STRUCK),
    (rf"\b((?i:{_ADDRESS})\.?)\s+{_WORD}(?:\s+{_WORD}){{0,3}}", f"${{1}} {STRUCK}"),
    (rf"\b(?:{_SURNAMES})(?:\s+{_WORD}){{1,3}}", STRUCK),
)
"""Streets that are called after people go with the names: a text is kept to be coded, not to be located."""


def redacted(rows: pl.DataFrame) -> pl.Series:
    """The rows' texts without links, addresses, plates, long numbers, names after a form of address or of a common family name, and
    without what the row's own resident is called.

    Args:
        rows: ``text``; ``resident`` or ``author`` as they were read, where there are such columns.
    """
    texts = rows["text"].to_list()
    for column in RESIDENTS:
        if column in rows.columns:
            texts = [_without(text, own) for text, own in zip(texts, rows[column], strict=True)]
    text = pl.col("text")
    for pattern, instead in _PATTERNS:
        text = text.str.replace_all(pattern, instead)
    return pl.DataFrame({"text": texts}, schema={"text": pl.String()}).select(text).to_series()


def _without(text: str | None, own: str | None) -> str | None:
    return text.replace(own.strip(), STRUCK) if text and own and len(own.strip()) > 1 else text
