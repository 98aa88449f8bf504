"""Which letters a file's bytes stand for. Nothing is ever replaced: a byte that fits no reading makes the file unreadable."""

import codecs
import re
import unicodedata
from pathlib import Path

import polars as pl

from etl.language import _
from etl.sources.inbox import UnreadableError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20
_SAMPLE = 200_000
# The combining accents of Windows-1258, each behind its vowel; in Windows-1252 the same bytes are the letters Ì Ò Þ ì ò ("Bình", "Quì").
_ACCENTS_1258 = re.compile(rb"(?:(?<![qQ])[uU]|[aeioyAEIOY\xc2\xca\xd4\xd5\xdd\xc3\xe2\xea\xf4\xf5\xfd\xe3])[\xcc\xd2\xde\xec\xf2]")
# Đ and đ, which Vietnamese cannot do without; in Windows-1252 they are Icelandic.
_STROKES_1258 = re.compile(rb"[\xd0\xf0]")
_LETTERS_1258 = re.compile(rb"[\xd0\xf0\xd5\xf5\xdd\xfd\xc3\xe3]")
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOST_IS_UTF8 = 0.8
"""From this share of its high bytes on a file is UTF-8 that was damaged, and no other encoding."""
LOST = re.compile("[\udc00-\udcff]")
"""A byte that is no letter, as ``reading_of`` lets it through."""
KEEP_LOST = "langnghe-keep-lost"
"""The way of reading that lets them through, of UTF-16 too."""
_DOUBLED_SIGNS = ("Ã", "Ä", "Å", "Æ", "Â", "Ì", "áº", "á»", "â€", "â\u009d", "ð\u009f")
"""One of these stands in every doubled Vietnamese text; plain ones hold few of them."""
_DOUBLED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u017e\u0192\u02c6\u02dc\u2013-\u2122]")
_NO_LETTER = re.compile("[\u0080-\u009f]")
"""Signs that nobody writes: where they make whole letters of UTF-8, of whatever language, that is what they were."""
_VIETNAMESE = "àáâãèéêìíòóôõùúýăđĩũơư"
_EXPECTED = re.compile(
    f"[\0-\x7f{_VIETNAMESE}{_VIETNAMESE.upper()}\u00a0\u00ab\u00b0\u00b2\u00b3\u00b7\u00bb\u0300-\u0323\u1ea0-\u1ef9\u2009-\u203a\u20ab\ufeff\U0001f300-\U0001faff]*"
)
"""What Vietnamese writes. "NGÃ…" would else come out as "NGÅ"."""
_LONGEST_MENDED = 50_000
"""Letters; no text of so many is stored, doubled or not."""
_LOWER_AMONG_UPPER = re.compile(rf"[A-ZĐ]{{2}}[{_VIETNAMESE}]")
"""In capitals, "NGÃ" and a fixed space would else come out as "NGà"."""


def detect_encoding(path: Path) -> str:
    """The codec that reads ``path``: by its mark, else UTF-8 if all of it is, else UTF-16 without mark, Windows-1258 or -1252."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
        for mark, codec in _BOMS:
            if head.startswith(mark):
                return codec
        if head[1::2].count(0) > len(head) // 8 and _most_lines_end_with(b"\n\0", head):
            return "utf-16-le"
        if head[0::2].count(0) > len(head) // 8 and _most_lines_end_with(b"\0\n", head):
            return "utf-16-be"
    fault = _first_fault(path, "utf-8")
    if fault is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(fault - _BLOCK, 0))
        near = file.read(4 * _BLOCK)
    high = len(_HIGH.findall(near))
    if sum(map(len, _UTF8.findall(near))) > high * _MOST_IS_UTF8:
        return "utf-8"
    accents, letters = len(_ACCENTS_1258.findall(near)), len(_LETTERS_1258.findall(near))
    return "cp1258" if _STROKES_1258.search(near) or (accents and accents + letters > high * 0.4) else "cp1252"


def _most_lines_end_with(end: bytes, head: bytes) -> bool:
    """Not so in a file of other letters with a line of UTF-16 in it, or with null bytes."""
    return head.count(end) >= head.count(b"\n") / 2


def reading_of(path: Path, declared: str) -> tuple[str, str]:
    """The codec that reads ``path`` and what to do with a byte that is no letter, as ``open`` takes them.

    A damaged byte costs its line only: it comes as a lone surrogate (see ``LOST``), never as a letter. But where the bytes look
    like another encoding than the declared one, the whole file is refused.

    Raises:
        UnreadableError: names the first byte that has no letter.
    """
    encoding = detect_encoding(path) if declared == "auto" else _with_mark(path, declared)
    fault = _first_fault(path, encoding)
    if fault is None:
        return encoding, "strict"
    if declared == "auto" or codecs.lookup(detect_encoding(path)) == codecs.lookup(encoding):
        return encoding, KEEP_LOST
    message = _(
        "Byte {place} is no letter in {encoding}; save the file as UTF-8 or name its encoding in the source.",
        place=fault,
        encoding=encoding,
    )
    raise UnreadableError(message)


def _with_mark(path: Path, declared: str) -> str:
    """The declared codec, or the one of its family that takes a mark at the beginning of the file for a mark."""
    with path.open("rb") as file:
        head = file.read(4)
    family = codecs.lookup(declared).name
    return next((codec for mark, codec in _BOMS if head.startswith(mark) and family.startswith(codec.removesuffix("-sig"))), declared)


def _keep_lost(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(KEEP_LOST, _keep_lost)


def _first_fault(path: Path, encoding: str) -> int | None:
    """Where the first byte stands that is no letter in ``encoding``; None where all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
                done += len(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            return done + getattr(error, "start", 0)
    return None


def undouble(text: str) -> str:
    """Undo UTF-8 that was read as Latin-1 or Windows-1252 and saved again ("Há»‡" → "Hệ"), where that is what it is."""
    if len(text) > _LONGEST_MENDED:
        return text
    for codec in ("cp1252", "latin-1"):
        try:
            mended = unicodedata.normalize("NFC", _as_bytes(text, codec).decode("utf-8"))
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if _NO_LETTER.search(text) and not _NO_LETTER.search(mended):
            return mended
        return mended if _EXPECTED.fullmatch(mended) and not _LOWER_AMONG_UPPER.search(mended) else text
    return text


def _as_bytes(text: str, codec: str) -> bytes:
    """Windows-1252 leaves five bytes without a letter; programs carry those over as they are."""
    if codec == "latin-1":
        return text.encode(codec)
    return b"".join(c.encode("latin-1") if c in "\x81\x8d\x8f\x90\x9d" else c.encode(codec) for c in text)


def needs_tidying(lines: list[str]) -> bool:
    """Whether lines may hold letters that are not in NFC, or doubled UTF-8: a look at the whole is cheap."""
    text = "".join(lines)
    if not unicodedata.is_normalized("NFC", text):
        return True
    return _DOUBLED.search(text) is not None and any(sign in text for sign in _DOUBLED_SIGNS)


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


def tidy_headers(names: list[str], mend_doubled: bool) -> list[str]:
    """The names of a header line as ``tidy_letters`` leaves texts."""
    tidied = tidy_letters(pl.DataFrame({"h": names}, schema={"h": pl.String}), mend_doubled)["h"].to_list()
    return [name.lstrip("\ufeff") for name in tidied]  # the mark of a file that was made of another
