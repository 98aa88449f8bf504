"""TCVN3 by declaration: every letter of the standard's table, in text files and in workbooks typed in its fonts."""

import unicodedata
from pathlib import Path

import pytest
import xlsxwriter

from etl.reading.read import read_records
from etl.sources.source import Source, read_source
from etl.tcvn3 import letters_of_font

TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
LETTERS = {unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in TONES} | {"đ", "Đ"}
BEYOND_ASCII = sorted(letter for letter in LETTERS if not letter.isascii())


def source(folder: Path, written: str) -> Source:
    toml = folder / "s.toml"
    head = f'name = "s"\ntable = "interactions"\nfiles = ["*"]\nformat = "{written}"\nencoding = "tcvn3"\n'
    toml.write_text(head + '[columns]\nasked_at = "Mã"\nward = "Phường"\n', encoding="utf-8")
    return read_source(toml)


def test_each_of_the_134_letters_has_one_byte_and_comes_back() -> None:
    assert len(BEYOND_ASCII) == 134
    written = "".join(BEYOND_ASCII).encode("tcvn3")
    assert (len(written), len(set(written))) == (134, 134)
    assert written.decode("tcvn3") == "".join(BEYOND_ASCII)


@pytest.mark.parametrize(("raw", "text"), [(b"B\xb6o Th\xbeng", "Bảo Thắng"), (b"M\xad\xeang", "Mường"), (b"\xa7\xb5 N\xbdng", "Đà Nẵng")])
def test_words_as_they_were_published(raw: bytes, text: str) -> None:
    assert raw.decode("tcvn3") == text


def test_loose_tone_marks_are_composed_when_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"M\xb7,Ph\xad\xeang\r\n1,B\xb6o Th\xbeng\r\n2,Ba \xa7i\xa8\xb3\r\n")  # the last: ă and a tone mark behind it
    records = read_records(path, source(tmp_path, "csv"))
    assert records.headers == ["Mã", "Phường"]
    assert records.frame["c1"].to_list() == ["Bảo Thắng", "Ba Điắ"]


def test_a_workbook_in_an_old_font_is_read_by_declaration(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["M·", "Ph\xadêng"])
        sheet.write_row(1, 0, ["1", "B¶o Th¾ng"])
        sheet.write_row(2, 0, ["2", "Phường Bảo Thắng"])
    records = read_records(tmp_path / "a.xlsx", source(tmp_path, "xlsx"))
    assert records.headers == ["Mã", "Phường"]
    assert records.frame["c1"].to_list() == ["Bảo Thắng", "Phường Bảo Thắng"]


def test_signs_of_the_upper_half_stand_for_capitals_too() -> None:
    assert letters_of_font("€µ §«ng") == "Àà Đông"
