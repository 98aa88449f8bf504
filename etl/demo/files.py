"""The made-up logs as the staff's sheets have them: headers and words of the shipped sources, CSV and XLSX, byte for byte alike."""

import codecs
import io
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import polars as pl

from etl.demo.workbook import write_workbook
from etl.reference.topics import read_topics
from etl.settings import DATA
from etl.tables import INPUT_TABLES

DOUBLED = "doubled"
"""UTF-8 that a program read as Windows-1252 and saved as UTF-8 again."""
LOOKS = {
    "luot-hoi_2024-Q4_cum-1.csv": (";", "cp1258"),
    "luot-hoi_2025-Q1_cum-1.csv": (",", "utf-8"),
    "luot-hoi_2025-Q3_cum-1.csv": (";", DOUBLED),
    "luot-hoi_2026-Q1_cum-1.csv": ("\t", "utf-16"),
    "gop-y_2024.csv": (";", "cp1258"),
    "loi-khen_2025.csv": (";", DOUBLED),
}
"""Delimiter and encoding of the files that differ from what a spreadsheet writes today."""
TODAY = (";", "utf-8-sig")
TONES = "\u0300\u0301\u0303\u0309\u0323"
_WINDOWS_1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""The letter of each byte; where the code page has none, programs carry the byte over as it is."""


@dataclass(frozen=True)
class Form:
    """One shipped source, turned round: how a tidy row is written."""

    name: str
    table: str
    headers: dict[str, str]
    """Input column → header."""
    words: dict[str, dict[str, str]]
    """Input column → tidy value → the staff's word for it."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One file: its path in the folder, the shipped source that reads it, and its records (texts and MARKS)."""

    path: str
    source: str
    rows: pl.DataFrame
    interactions: int | None = None
    """Of messages: how many requests are asked in them."""


@cache
def form(name: str) -> Form:
    """The shipped source of that name."""
    raw: dict[str, Any] = tomllib.loads((DATA / "sources" / f"{name}.toml").read_text(encoding="utf-8"))
    words: dict[str, dict[str, str]] = {}
    for column, values in raw.get("values", {}).items():
        words[column] = {}
        for word, tidy in values.items():
            words[column].setdefault(str(tidy).lower(), word)
    listed = read_topics()
    words["topic"] = {topic.id: topic.vi for topic in listed.topics}
    words["category"] = {category.id: category.vi for category in listed.categories}
    return Form(name, raw["table"], raw["columns"], words)


def as_texts(frame: pl.DataFrame, shape: Form, to_the_minute: pl.Expr | None = None) -> pl.DataFrame:
    """Tidy values as staff write them: one text column per header's input column, null where nothing is known.

    Args:
        frame: input columns, instants as wall seconds, dates as dates; columns the form lacks are left out.
        to_the_minute: which rows are of a hand-kept sheet without seconds; none if not given.
    """
    table = INPUT_TABLES[shape.table]
    texts = []
    for name in shape.headers:
        column = table.column(name)
        value = pl.col(name) if name in frame.columns else pl.lit(None)
        if name not in frame.columns:
            pass
        elif column.kind == "instant":
            moment = pl.from_epoch(value, "s")
            value = moment.dt.strftime("%d/%m/%Y %H:%M:%S")
            if to_the_minute is not None:
                value = pl.when(to_the_minute).then(value.str.head(-3)).otherwise(value)
        elif column.kind == "date":
            value = value.dt.strftime("%d/%m/%Y")
        elif name in shape.words:
            value = value.cast(pl.String).replace(shape.words[name])
        elif column.kind == "boolean":
            value = pl.when(value).then(pl.lit("có"))
        texts.append(value.cast(pl.String).alias(name))
    return frame.select(texts)


def windows_1258(text: str) -> bytes:
    """``text`` in the old Vietnamese code page, which writes most tones apart from their letter."""
    letters = {}
    for letter in set(text):
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in TONES)
        letters[ord(letter)] = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES)) + tones
    return text.translate(letters).encode("cp1258")


def doubled(text: str) -> bytes:
    """``text`` as UTF-8 that was taken for Windows-1252 and saved as UTF-8 again ("Hệ" → "Há»‡")."""
    wrong, _length = codecs.charmap_decode(text.encode(), "strict", _WINDOWS_1252)
    return wrong.encode()


def write_sheet(path: Path, shape: Form, rows: pl.DataFrame) -> None:
    """Write one file as a spreadsheet would.

    Args:
        path: its ending says CSV or XLSX.
        shape: whose headers stand on top.
        rows: text columns of the form, and ``line`` (whole, short, long, note) for CSV.
    """
    columns, headers = list(shape.headers), list(shape.headers.values())
    if path.suffix == ".xlsx":
        table = INPUT_TABLES[shape.table]
        write_workbook(path, headers, rows.select(columns), [table.column(name) for name in columns])
        return
    delimiter, encoding = LOOKS.get(path.name, TODAY)
    if encoding in ("utf-8", "utf-8-sig"):
        with path.open("wb") as file:
            file.write(codecs.BOM_UTF8 if encoding == "utf-8-sig" else b"")
            _write_lines(file, headers, rows, columns, delimiter)
        return
    plain = io.BytesIO()
    _write_lines(plain, headers, rows, columns, delimiter)
    text = plain.getvalue().decode()
    path.write_bytes({"cp1258": windows_1258, DOUBLED: doubled}.get(encoding, lambda whole: whole.encode(encoding))(text))


def _write_lines(file: IO[bytes], headers: list[str], rows: pl.DataFrame, columns: list[str], delimiter: str) -> None:
    """The header and the rows, cut short or too long where a row is marked so."""
    _write(file, pl.DataFrame([headers], schema=columns, orient="row"), delimiter)
    start = 0
    for length, line in rows["line"].rle().struct.unnest().iter_rows():
        wanted = rows[start : start + length].select(columns)
        start += length
        if line == "short":
            wanted = wanted[:, : len(columns) // 2]
        elif line == "note":
            wanted = wanted[:, :1]
        elif line == "long":
            wanted = wanted.with_columns(more=pl.lit("thừa"), yet=pl.lit(None, pl.String))
        _write(file, wanted, delimiter)


def _write(file: IO[bytes], texts: pl.DataFrame, delimiter: str) -> None:
    texts.write_csv(file, include_header=False, separator=delimiter, line_terminator="\r\n")
