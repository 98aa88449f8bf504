"""What is wrong with a TOML file is said in the reader's language, by line and column; none of the parser's own words are shown."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.errors import UserError
from etl.gate.audit import read_thresholds
from etl.language import use_language
from etl.reference.places import read_places
from etl.reference.targets import read_targets
from etl.reference.topics import read_topics
from etl.sources.manifest import read_manifest
from etl.sources.source import read_source
from etl.toml_file import read_toml

PARSERS_WORDS = re.compile(
    r"\b(at|expected|invalid|cannot|document|unclosed|unterminated|illegal|found|exceeds|recursion)\b", re.IGNORECASE
)


def said(raw: bytes | str, tmp_path: Path, language: str = "vi", read: Callable[[Path], Any] = read_toml) -> str:
    path = tmp_path / "một.toml"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return told(path, language, read).removeprefix(f"{path} ")


def told(path: Path, language: str = "vi", read: Callable[[Path], Any] = read_toml) -> str:
    use_language(language)
    with pytest.raises(UserError) as error:
        read(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("a", "dòng 1, cột 2", "khóa = giá trị"),
        ("name = ward", "dòng 1, cột 8", "khóa = giá trị"),
        ('x = "1"\r\ny = "2" z', "dòng 2, cột 9", "khóa = giá trị"),
        ("x = [1,\n", "dòng 2, cột 1", "khóa = giá trị"),
        ("[t]\nx = 1\n[t]\n", "dòng 3, cột 3", "chỉ giữ một"),
        ("x = 1\nx = 2\n", "dòng 2, cột 6", "chỉ giữ một"),
        ("t = {a = 1, a = 2}\n", "dòng 1, cột 18", "chỉ giữ một"),
        ('x = "1\ny = 2', "dòng 1, cột 7", "đóng bằng đúng dấu"),
        (r'x = "C:\logs"', "dòng 1, cột 10", "viết hai lần"),
        ('x = "1', "dòng 1, cột 7", "đóng bằng đúng dấu"),
    ],
)
def test_by_line_and_column_with_what_to_do(tmp_path: Path, text: str, place: str, advice: str) -> None:
    message = said(text, tmp_path)
    assert message.startswith(f"không phải tệp TOML đúng: {place}: ")
    assert advice in message
    assert PARSERS_WORDS.search(message) is None


@pytest.mark.parametrize("text", ["x = " + "1" * 5_000, "x = " + "[" * 100_000, b'x = "\xff"'])
def test_so_is_what_the_parser_does_not_say_a_place_of(tmp_path: Path, text: bytes | str) -> None:
    message = said(text, tmp_path)
    assert message.startswith("không")
    assert PARSERS_WORDS.search(message) is None


def test_in_english_where_that_is_spoken(tmp_path: Path) -> None:
    assert said("a = b", tmp_path, "en").startswith("is no TOML file: line 1, column 5: a line is key = value")
    assert "No such file" in told(tmp_path / "none.toml", "en")
    assert "không có tệp" in told(tmp_path / "none.toml")


@pytest.mark.parametrize("read", [read_source, read_targets, read_thresholds, read_topics, lambda path: read_places(path, path)])
def test_of_every_file_of_ours(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    assert "dòng 1, cột 5" in said("a = b", tmp_path, read=read)


def test_of_a_manifest_by_its_name(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.with_name("log.csv.manifest.toml").write_text("rows = ten")
    assert told(log, read=read_manifest).startswith("log.csv.manifest.toml không phải tệp TOML đúng: dòng 1, cột 8")
