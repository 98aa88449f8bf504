"""How the name of a place is read: what is its type, what is its name, and whether two spellings can mean the same name."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from etl.text import fold

WARD_TYPES = ("Phường", "Xã", "Thị trấn", "Đặc khu")
_TYPES = {
    "Phường": "phuong|p|f|cap",
    "Xã": "xa|x|cax",
    "Thị trấn": r"thi tran|t\.? ?t",
    "Đặc khu": r"dac khu|d\.? ?k",
    "Quận": "quan|q",
    "Huyện": "huyen|h",
    "Thị xã": r"thi xa|t\.? ?x",
    "Thành phố": r"thanh pho|t\.? ?p",
    "Tỉnh": "tinh",
}
# A type ends at a full stop, a space or a number: "P.Phúc Tân", "phuong Phuc Tan", "P5".
_PREFIX = re.compile("(?:" + "|".join(f"({words})" for words in _TYPES.values()) + r")(?: ?[.:] ?| |(?=\d))(?=\S)")
# "Công an phường Hàng Bạc", "CA P. Hàng Bạc" (and above: "CAP Hàng Bạc"): the station stands for its ward.
_POLICE = re.compile(r"cong an |ca (?=(?:phuong|xa|thi tran|dac khu|tt|p|x)\b)")
_SEPARATORS = re.compile(r"[,;|/\n()\[\]]+")
_DASHES = re.compile(r"\s[-–—]\s")  # "Phúc Tân - Hoàn Kiếm", but also "Văn Miếu - Quốc Tử Giám"

Marks = tuple[tuple[int, str], ...]
"""Accents: after which letter (its place in the bare name), which accent."""


@dataclass(frozen=True)
class Reading:
    """One way to read a part of a text."""

    type: str | None
    """Phường, Quận, Tỉnh ...; None where the text gives none."""
    bare: str
    """The name in small letters and digits alone: "phuctan"."""
    marks: Marks


Part = tuple[Reading, ...]
"""All ways to read what stands between two commas; empty where nothing can be a name."""


@lru_cache(maxsize=32768)  # names of the table, read again for every text that could mean them
def spell(name: str) -> tuple[str, Marks]:
    """The bare letters of ``name`` and its accents: all that tells spellings apart."""
    letters: list[str] = []
    marks: list[tuple[int, str]] = []
    name = re.sub(r"\b0+(?=\d)", "", name.casefold())
    for sign in unicodedata.normalize("NFD", name.replace("đ", "d\u0335")):
        if unicodedata.combining(sign):
            marks.append((len(letters) - 1, sign))
        elif sign.isalnum():
            letters.append(sign)
    return "".join(letters), tuple(marks)


def can_mean(written: Marks, name: Marks) -> bool:
    """Whether a text with the accents ``written`` can mean the ``name`` with the same letters.

    Accents may be left out, and a tone may stand on the neighbouring vowel (hòa, hoà); none may contradict the name's.
    """
    return all(any(accent == mark and abs(place - at) <= 1 for at, mark in name) for place, accent in written)


@lru_cache(maxsize=4096)  # districts and provinces come again and again
def read_part(part: str) -> Part:
    """All ways to read one part of a text: with what looks like a type taken off, and as it stands ("Xà Phiên" is no Xã Phiên)."""
    raw = re.sub(r"\s+", " ", unicodedata.normalize("NFC", part)).strip(" .:-")
    folded = fold(raw)
    if (police := _POLICE.match(folded)) and len(folded) == len(raw):
        raw, folded = raw[police.end() :], folded[police.end() :]
    readings = []
    if (found := _PREFIX.match(folded)) and len(folded) == len(raw):
        readings.append(Reading(list(_TYPES)[(found.lastindex or 0) - 1], *spell(raw[found.end() :])))
    readings.append(Reading(None, *spell(raw)))
    # "Phường 5" is a name; "5" alone is not.
    return tuple(reading for reading in readings if reading.bare and not (reading.type is None and reading.bare.isdigit()))


def read_name(name: str) -> Reading:
    """The reading of a full name of the official lists: "Quận Hoàn Kiếm"."""
    type_ = next((type_ for type_ in _TYPES if name.startswith(type_ + " ")), None)
    return Reading(type_, *spell(name[len(type_) + 1 :] if type_ else name))


def split_text(text: str, at_dashes: bool = False) -> list[str]:
    """The parts of ``text``, the ward's first: what stands before a part with a ward's type (a street) is left off."""
    pieces = _SEPARATORS.split(text)
    if at_dashes:
        pieces = [piece for whole in pieces for piece in _DASHES.split(whole)]
    parts = [piece for piece in pieces if piece.strip(" .:-\t")]
    for place, part in enumerate(parts):
        if any(reading.type in WARD_TYPES for reading in read_part(part)):
            return parts[place:]
    return parts
