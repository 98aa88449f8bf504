"""The empty sheet: its headers and examples are what a shipped source reads, so that it loads as it is."""

from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from etl.dry_check import check_file
from etl.errors import UserError
from etl.settings import DATA
from etl.tables import INPUT_TABLES
from etl.template import write_template

TABLES = list(INPUT_TABLES)


def sheets(path: Path) -> list[list[list[object]]]:
    with CalamineWorkbook.from_path(str(path)) as book:
        return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


@pytest.mark.parametrize("name", ["", "{table}.xlsx"])
@pytest.mark.parametrize("table", TABLES)
def test_the_guide_s_examples_load_under_the_sheet_s_headers(tmp_path: Path, table: str, name: str) -> None:
    pattern = name.format(table=table) or write_template(table, tmp_path / "x.xlsx")["pattern"]
    path = tmp_path / pattern.replace("*", "1").replace("?", "1")
    made = write_template(table, path)
    data, guide = sheets(path)
    headers = [row[0] for row in guide[1:]]
    assert data == [headers]
    assert check_file(path, [DATA / "sources"])["quarantined"] == 0
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("x")
    sheet.write_row(0, 0, headers)
    sheet.write_row(1, 0, [row[3] for row in guide[1:]])
    book.close()
    report = check_file(path, [DATA / "sources"])
    assert report["source"] == made["source"]
    assert (report["rows"], report["refused"]) == (1, [])


def test_the_columns_that_are_needed_are_there(tmp_path: Path) -> None:
    for table in TABLES:
        write_template(table, tmp_path / f"{table}.xlsx")
        _data, guide = sheets(tmp_path / f"{table}.xlsx")
        needed = sum(bool(row[1]) for row in guide[1:])
        assert needed >= sum(column.required for column in INPUT_TABLES[table].columns) - 1  # a form's own kind is a default


@pytest.mark.parametrize("name", ["a.csv", "nowhere/a.xlsx"])
def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="a\\."):
        write_template("officers", tmp_path / name)


def test_a_sheet_that_was_filled_in_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "luot-hoi.xlsx"
    path.write_bytes(b"filled in")
    with pytest.raises(UserError, match="luot-hoi"):
        write_template("interactions", path)
    assert path.read_bytes() == b"filled in"


def test_the_guide_says_what_a_clerk_would_not_know(tmp_path: Path) -> None:
    write_template("interactions", tmp_path / "luot-hoi.xlsx")
    told = {row[0]: row[2] for row in sheets(tmp_path / "luot-hoi.xlsx")[1]}
    assert "Tai nạn giao thông" in str(told["Lĩnh vực"])
    assert all(told[header] for header in ("Phường, xã", "Cập nhật lúc"))
