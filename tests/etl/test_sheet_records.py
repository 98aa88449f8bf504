"""A register as offices keep it: titles above, a header of two rows with merged cells, a number row, tallies below."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from etl.reading.read import read_records
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.staging.map import map_records

MakeSource = Callable[..., Source]
COLUMNS = 'interaction_id = "STT"\nasked_at = "Ngày tiếp"\ntopic = ["Hướng xử lý / Thụ lý", "Hướng xử lý / Trả lại"]'


@pytest.fixture
def register(make_source: MakeSource) -> Callable[..., Source]:
    def register(tail: str = "", header_row: str = '"auto"') -> Source:
        head = f"header_row = {header_row}\nheader_rows = 2"
        return make_source(COLUMNS, tail, head=head, format="xlsx")

    return register


def book(path: Path, title_rows: int = 3) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        if title_rows:
            sheet.merge_range(0, 0, 0, 3, "SỔ TIẾP CÔNG DÂN")
        sheet.merge_range(title_rows, 0, title_rows + 1, 0, "STT")
        sheet.merge_range(title_rows, 1, title_rows + 1, 1, "Ngày\ntiếp")
        sheet.merge_range(title_rows, 2, title_rows, 3, "Hướng xử lý")
        sheet.write_row(title_rows + 1, 2, ["Thụ lý", "Trả lại"])
        for i, row in enumerate([["1", "2", "3", "4"], ["1", "05/10/2026", "x", ""], ["2", "06/10/2026", "", "y"], ["Tổng số: 2"]], 2):
            sheet.write_row(title_rows + i, 0, row)
    return path


@pytest.mark.parametrize("title_rows", [0, 3, 7])
def test_the_header_is_found_and_merged_cells_stand_in_every_column_they_span(
    tmp_path: Path, register: Callable[..., Source], title_rows: int
) -> None:
    records = read_records(book(tmp_path / "a.xlsx", title_rows), register())
    assert records.headers == ["STT", "Ngày\ntiếp", "Hướng xử lý / Thụ lý", "Hướng xử lý / Trả lại"]
    assert records.rows == 4


def test_a_declared_header_row_is_that_one(tmp_path: Path, register: Callable[..., Source]) -> None:
    assert read_records(book(tmp_path / "a.xlsx"), register(header_row="3")).headers[0] == "STT"
    assert "STT" not in read_records(book(tmp_path / "b.xlsx"), register(header_row="5")).headers


def test_number_rows_and_tallies_are_not_selected_and_counted(tmp_path: Path, register: Callable[..., Source]) -> None:
    source = register('[drop]\n"STT" = "^[^0-9]"\n"Ngày tiếp" = ["^[(]?2[)]?$", "^nothing$"]')
    mapped = map_records(read_records(book(tmp_path / "a.xlsx"), source), source)
    assert mapped.frame.select("row_number", "interaction_id", "topic").rows() == [(2, "1", "x"), (3, "2", "y")]
    assert mapped.not_selected == 2


def test_a_column_to_drop_by_must_be_there(tmp_path: Path, register: Callable[..., Source]) -> None:
    source = register('[drop]\n"Số" = "^x"')
    with pytest.raises(UnreadableError, match=r"'Số'.*\[drop\]"):
        map_records(read_records(book(tmp_path / "a.xlsx"), source), source)


def test_a_sheet_without_any_known_header_is_refused(tmp_path: Path, register: Callable[..., Source]) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        workbook.add_worksheet().write_row(0, 0, ["một", "hai"])
    records = read_records(tmp_path / "a.xlsx", register())
    with pytest.raises(UnreadableError, match="Ngày tiếp"):
        map_records(records, register())
