"""Which letters a file's bytes stand for. Nothing is ever replaced: a byte that fits no reading makes the file unreadable."""

import codecs
import re
import unicodedata
from pathlib import Path

import polars as pl

from etl.inbox import UnreadableError
from etl.language import _

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20
_SAMPLE = 200_000
# The combining accents of Windows-1258; in Windows-1252 the same bytes are the letters Ì Ò Þ ì ò.
_ACCENTS_1258 = re.compile(rb"[a-zA-Z\xc2\xca\xd4\xd5\xdd\xc3\xe2\xea\xf4\xf5\xfd\xe3][\xcc\xd2\xde\xec\xf2]")
_LETTERS_1258 = re.compile(rb"[\xd0\xf0\xd5\xf5\xdd\xfd\xc3\xe3]")
_HIGH = re.compile(rb"[\x80-\xff]")
_DOUBLED_SIGNS = ("Ã", "Ä", "Æ", "Â", "áº", "á»")
"""One of these stands in every doubled Vietnamese text; plain ones hold few of them."""
_DOUBLED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u2122]")


def detect_encoding(path: Path) -> str:
    """The codec that reads ``path``: by its mark, else UTF-8 if all of it is, else UTF-16 without mark, Windows-1258 or -1252."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
        for mark, codec in _BOMS:
            if head.startswith(mark):
                return codec
        if head[1::2].count(0) > len(head) // 8:
            return "utf-16-le"
        if head[0::2].count(0) > len(head) // 8:
            return "utf-16-be"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError as error:
            bad = head if error.end <= len(head) else block
    accents, letters, high = (len(pattern.findall(bad)) for pattern in (_ACCENTS_1258, _LETTERS_1258, _HIGH))
    return "cp1258" if accents and accents + letters > high * 0.4 else "cp1252"


def check_decodes(path: Path, encoding: str) -> None:
    """See that the whole file can be read in ``encoding`` before a row of it is taken.

    Raises:
        UnreadableError: names the first byte that has no letter.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
                done += len(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableError(
                _(
                    "Byte {place} is no letter in {encoding}; save the file as UTF-8 or name its encoding in the source.",
                    place=done + error.start,
                    encoding=encoding,
                )
            ) from None


def undouble(text: str) -> str:
    """Undo UTF-8 that was read as Latin-1 or Windows-1252 and saved again ("Há»‡" → "Hệ"), where that is what it is."""
    for codec in ("cp1252", "latin-1"):
        try:
            return unicodedata.normalize("NFC", _as_bytes(text, codec).decode("utf-8"))
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return text


def _as_bytes(text: str, codec: str) -> bytes:
    """Windows-1252 leaves five bytes without a letter; programs carry those over as they are."""
    if codec == "latin-1":
        return text.encode(codec)
    return b"".join(c.encode("latin-1") if c in "\x81\x8d\x8f\x90\x9d" else c.encode(codec) for c in text)


def needs_tidying(text: str) -> bool:
    """Whether a block of text may hold letters that are not in NFC, or doubled UTF-8: a look at the whole is cheap."""
    return not unicodedata.is_normalized("NFC", text) or any(sign in text for sign in _DOUBLED_SIGNS)


def tidy_letters(frame: pl.DataFrame, mend_doubled: bool) -> pl.DataFrame:
    """Text columns in NFC; with ``mend_doubled``, cells of doubled UTF-8 undone."""
    frame = frame.with_columns(pl.col(pl.String).str.normalize("NFC"))
    if not mend_doubled:
        return frame
    for name in frame.select(pl.col(pl.String)).columns:
        suspect = frame[name].str.contains(_DOUBLED.pattern).fill_null(False)
        if suspect.any():
            distinct = frame[name].filter(suspect).unique().to_list()
            mended = {text: undouble(text) for text in distinct}
            frame = frame.with_columns(pl.col(name).replace(mended))
    return frame
