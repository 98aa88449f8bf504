"""The made-up logs as the staff's sheets have them: headers and words of the shipped sources, CSV and XLSX, byte for byte alike."""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.demo.workbook import write_workbook
from etl.settings import DATA
from etl.tables import INPUT_TABLES
from etl.topics import read_topics

LOOKS = {
    "luot-hoi_2024-Q4.csv": (";", "cp1258"),
    "luot-hoi_2025-Q1.csv": (",", "utf-8"),
    "luot-hoi_2026-Q1.csv": ("\t", "utf-16"),
}
"""Delimiter and encoding of the files that differ from what a spreadsheet writes today."""
TODAY = (";", "utf-8-sig")
TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Form:
    """One shipped source, turned round: how a tidy row is written."""

    name: str
    table: str
    headers: dict[str, str]
    """Input column → header."""
    words: dict[str, dict[str, str]]
    """Input column → tidy value → the staff's word for it."""


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


def as_texts(frame: pl.DataFrame, shape: Form, to_the_minute: bool = False) -> pl.DataFrame:
    """Tidy values as staff write them: one text column per header's input column, empty where nothing is known.

    Args:
        frame: input columns, instants as wall seconds, dates as dates; columns the form lacks are left out.
        to_the_minute: a hand-kept sheet without seconds.
    """
    table = INPUT_TABLES[shape.table]
    texts = []
    for name in shape.headers:
        column = table.column(name)
        if name not in frame.columns:
            texts.append(pl.lit("").alias(name))
            continue
        value = pl.col(name)
        if column.kind == "instant":
            value = pl.from_epoch(value, "s").dt.strftime("%d/%m/%Y %H:%M" if to_the_minute else "%d/%m/%Y %H:%M:%S")
        elif column.kind == "date":
            value = value.dt.strftime("%d/%m/%Y")
        elif name in shape.words:
            value = value.cast(pl.String).replace(shape.words[name])
        elif column.kind == "boolean":
            value = pl.when(value).then(pl.lit("có")).otherwise(pl.lit(""))
        texts.append(value.cast(pl.String).fill_null("").alias(name))
    return frame.select(texts)


def csv_lines(texts: pl.DataFrame, delimiter: str) -> pl.Series:
    """One CSV record per row, quoted only where it must be."""
    special = f'[{delimiter}"\n\r]'
    quoted = [
        pl.when(pl.col(name).str.contains(special))
        .then(pl.lit('"') + pl.col(name).str.replace_all('"', '""', literal=True) + pl.lit('"'))
        .otherwise(pl.col(name))
        for name in texts.columns
    ]
    return texts.select(pl.concat_str(quoted, separator=delimiter)).to_series()


def windows_1258(text: str) -> bytes:
    """``text`` in the old Vietnamese code page, which writes most tones apart from their letter."""
    letters = {}
    for letter in set(text):
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in TONES)
        letters[ord(letter)] = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES)) + tones
    return text.translate(letters).encode("cp1258")


def _lines(rows: pl.DataFrame, columns: list[str], delimiter: str) -> pl.Series:
    """The lines of a sheet, cut short or too long where their row is marked so."""
    lines = csv_lines(rows.select(columns), delimiter)
    cut = csv_lines(rows.select(columns[: len(columns) // 2]), delimiter)
    lines = lines.zip_with(rows["line"] != "short", cut)
    return lines.zip_with(rows["line"] != "long", lines + f"{delimiter}thừa{delimiter}")


def write_sheet(path: Path, shape: Form, rows: pl.DataFrame) -> None:
    """Write one file as a spreadsheet would.

    Args:
        path: its ending says CSV or XLSX.
        shape: whose headers stand on top.
        rows: text columns of the form, and ``line`` (whole, short, long) for CSV.
    """
    columns, headers = list(shape.headers), list(shape.headers.values())
    if path.suffix == ".xlsx":
        table = INPUT_TABLES[shape.table]
        write_workbook(path, headers, rows.select(columns), [table.column(name) for name in columns])
        return
    delimiter, encoding = LOOKS.get(path.name, TODAY)
    header = csv_lines(pl.DataFrame([headers], schema=columns, orient="row"), delimiter).item()
    text = "\r\n".join([header, _lines(rows, columns, delimiter).str.join("\r\n").item(), ""])
    path.write_bytes(windows_1258(text) if encoding == "cp1258" else text.encode(encoding))
