"""The dry run on one file: what would be loaded and why not; a likely source where none fits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from etl.dry_check import check_file
from etl.errors import UserError
from etl.report import check_lines
from etl.settings import DATA

SOURCE = 'name = "{name}"\ntable = "interactions"\nfiles = ["{glob}"]\nformat = "csv"\n[columns]\nasked_at = "{asked}"\nward = "Phường"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "sources"
    made.mkdir()
    (made / "a.toml").write_text(SOURCE.format(name="hỏi", glob="hoi_*.csv", asked="Hỏi lúc"), encoding="utf-8")
    (made / "b.toml").write_text(SOURCE.format(name="nhận", glob="nhan_*.csv", asked="Nhận lúc"), encoding="utf-8")
    return made


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_the_account_of_a_file_and_each_refused_row(folder: Path, write: Callable[[str, str], Path]) -> None:
    path = write("hoi_1.csv", "Hỏi lúc,Phường\n2026-10-30,A\ngọi 0912345678,B\n1,2,3\n")
    report = check_file(path, [folder])
    assert (report["source"], report["rows"], report["good"], report["quarantined"], report["not_selected"]) == ("hỏi", 3, 1, 2, 0)
    assert [(row["row_number"], row["rule"], row["column"]) for row in report["refused"]] == [
        (2, "time_unreadable", "asked_at"),
        (3, "field_count", ""),
    ]
    assert "0912******" in report["refused"][0]["message"]


def test_without_a_fitting_source_the_likeliest_is_guessed(folder: Path, write: Callable[[str, str], Path]) -> None:
    report = check_file(write("x.csv", "Nhận lúc,Phường\n2026-10-30,A\n"), [folder])
    assert (report["source"], report["guess"], report["good"]) == (None, "nhận", 1)
    assert report["patterns"]
    assert all(pattern in check_lines(report)[1] for pattern in report["patterns"])
    report = check_file(write("y.csv", "Giờ,Nơi\n2026-10-30,A\n"), [folder])
    assert (report["source"], report["guess"], report["rows"]) == (None, None, 0)
    assert report["reason"]


def test_a_sheet_with_few_of_a_sources_columns_is_guessed_too(write: Callable[[str, str], Path]) -> None:
    report = check_file(write("x.csv", "Mã;Thời gian hỏi;Phường, xã\n1;31/10/2026 08:00;Hoàn Kiếm\n"), [DATA / "sources"])
    assert (report["guess"], report["good"]) == ("ward-sheet-interactions", 1)


JSON_SOURCE = """
name = "trang"
table = "messages"
files = ["trang_*.json"]
format = {format}
{records}
[columns]
message_id = "id"
thread_id = "/data.id"
author_role = "role"
sent_at = "at"
"""
MESSAGE = '{"id": "1", "role": "resident", "at": "2026-10-30T08:00:00Z"}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("shape", ["document", "lines"])
def test_json_is_guessed_by_what_is_in_it_whatever_its_name(
    folder: Path, write: Callable[[str, str], Path], shape: str, encoding: str
) -> None:
    document = JSON_SOURCE.format(format='"json"', records='records = "data.in"')
    (folder / "document.toml").write_text(document, encoding="utf-8")
    lines = JSON_SOURCE.format(format='"jsonl"', records="").replace('"trang"', '"dòng"').replace("/data.id", "id")
    (folder / "lines.toml").write_text(lines, encoding="utf-8")
    text = f'{{"data": [{{"id": "p", "in": [{MESSAGE}]}}]}}' if shape == "document" else f"{MESSAGE}\n{MESSAGE}\n"
    path = write("export.txt", "")
    path.write_bytes(text.encode(encoding))
    report = check_file(path, [folder])
    assert (report["guess"], report["good"]) == (("trang", 1) if shape == "document" else ("dòng", 2))


def test_a_document_that_no_source_knows_is_guessed_by_none(folder: Path, write: Callable[[str, str], Path]) -> None:
    for name, format in (("trang", "jsonl"), ("khác", "json")):
        text = JSON_SOURCE.format(format=f'"{format}"', records="").replace("trang", name)
        (folder / f"{format}.toml").write_text(text, encoding="utf-8")
    for text in ("[\n1,\n2\n]", "[]", "{}", '{"x": 1}\n', "[" * 100_000):
        assert check_file(write("export.json", text), [folder])["guess"] is None


@pytest.mark.parametrize("text", ["", "Hỏi lúc,Phường\n", "Giờ,Nơi\n1,2\n"])
def test_a_file_that_gives_nothing_says_why(folder: Path, write: Callable[[str, str], Path], text: str) -> None:
    report = check_file(write("hoi_1.csv", text), [folder])
    assert report["reason"]
    assert report["good"] == 0


def test_a_name_that_fits_two_sources_names_both(folder: Path, write: Callable[[str, str], Path]) -> None:
    (folder / "c.toml").write_text(SOURCE.format(name="mọi", glob="*.csv", asked="Hỏi lúc"), encoding="utf-8")
    reason = check_file(write("hoi_1.csv", "Hỏi lúc\n"), [folder])["reason"]
    assert "hỏi" in reason
    assert "mọi" in reason


def test_a_file_that_is_not_there_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        check_file(tmp_path / "nowhere.csv", [folder])
