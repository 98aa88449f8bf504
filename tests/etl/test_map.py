"""Step 2, map: raw columns become input columns by the source's words."""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.reading.read import read_records
from etl.sources.inbox import UnreadableError
from etl.sources.source import Source
from etl.staging.map import MappedRecords, map_records

MakeSource = Callable[..., Source]
Rows = list[dict[str, Any]]


@pytest.fixture
def mapped(tmp_path: Path) -> Callable[[str, Source], MappedRecords]:
    def mapped(text: str, source: Source) -> MappedRecords:
        path = tmp_path / "a.csv"
        path.write_text(text, encoding="utf-8")
        return map_records(read_records(path, source), source)

    return mapped


def column(records: MappedRecords, name: str) -> list[str | None]:
    return records.frame[name].to_list()


@pytest.mark.parametrize(
    "header", ["Thời gian hỏi", "THỜI GIAN HỎI", "thoi  gian hoi", " Thời gian hỏi ", unicodedata.normalize("NFD", "Thời gian hỏi")]
)
def test_headers_match_without_case_accents_and_spaces(mapped: Callable[..., MappedRecords], make_source: MakeSource, header: str) -> None:
    source = make_source('asked_at = "Thời gian hỏi"')
    assert column(mapped(f"x,{header}\n1,2026-10-31\n", source), "asked_at") == ["2026-10-31"]


def test_a_mapped_header_that_is_there_twice_is_refused(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "Hỏi"\nward = "Phường"')
    with pytest.raises(UnreadableError, match="Phường"):
        mapped("Hỏi,PHƯỜNG,phuong\n1,2,3\n", source)
    with pytest.raises(UnreadableError, match="Phường"):
        mapped("Hỏi,Phường,Phường\n1,2,3\n", source)
    assert column(mapped("Hỏi,x,x\n1,2,3\n", make_source('asked_at = "Hỏi"')), "asked_at") == ["1"]


def test_of_headers_that_differ_in_accents_the_one_as_written_is_meant(
    mapped: Callable[..., MappedRecords], make_source: MakeSource
) -> None:
    source = make_source('asked_at = "Hỏi"\nofficer_id = "Phương"\nward = "Phường"')
    records = mapped("Hỏi,Phường,Phương\n1,2,3\n", source)
    assert (column(records, "ward"), column(records, "officer_id")) == (["2"], ["3"])


def test_a_missing_needed_column_is_named_with_the_headers_there_are(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "Hỏi lúc"\nward = "Phường"')
    with pytest.raises(UnreadableError, match=r"'Hỏi lúc' .asked_at.*'Phường', 'Giờ'"):
        mapped("Phường,Giờ\n1,2\n", source)


def test_a_first_record_in_place_of_a_header_is_not_shown(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "Hỏi lúc"\nward = "Phường"')
    with pytest.raises(UnreadableError) as error:
        mapped("31/10/2026,Trần Thị Lan,0912345678\n1,2,3\n", source)
    assert "Lan" not in str(error.value)
    assert "0912" not in str(error.value)


def test_other_missing_columns_are_listed_and_empty(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    records = mapped("Hỏi\n1\n", make_source('asked_at = "Hỏi"\nward = ["Phường", "Quận"]'))
    assert records.absent == ["Phường", "Quận"]
    assert column(records, "ward") == [None]


def test_joined_columns_leave_empty_cells_out(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "Hỏi"\nward = ["Phường", "Quận"]')
    records = mapped("Hỏi,Quận,Phường\n1,Q1, P1 \n2,Q1,\n3,,P1\n4, ,\n", source)
    assert column(records, "ward") == ["P1 Q1", "Q1", "P1", None]


def test_values_match_without_case_accents_and_space_and_others_stay(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"\nurgency = "b"', '[values.urgency]\n"khẩn" = "urgent"')
    records = mapped("a,b\n1,Khẩn\n2, KHAN \n3,normal\n4,gấp\n5,\n", source)
    assert column(records, "urgency") == ["urgent", "urgent", "normal", "gấp", None]


def test_words_for_nothing_are_text_unless_mapped_to_nothing(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    text = "a,b\n1,null\n2,NaN\n3,N/A\n4,\n"
    assert column(mapped(text, make_source('asked_at = "a"\nward = "b"')), "ward") == ["null", "NaN", "N/A", None]
    mapping = make_source('asked_at = "a"\nward = "b"', '[values.ward]\n"n/a" = ""')
    assert column(mapped(text, mapping), "ward") == ["null", "NaN", None, None]


def test_defaults_fill_empty_cells_and_missing_columns(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source(
        'asked_at = "a"\nurgency = "b"', '[defaults]\nurgency = "khẩn"\nplatform = "app"\n[values.urgency]\n"khẩn" = "urgent"'
    )
    records = mapped("a,b\n1,\n2,normal\n", source)
    assert column(records, "urgency") == ["urgent", "normal"]
    assert column(records, "platform") == ["app", "app"]


def test_keep_needs_all_its_columns_and_counts_the_others(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"', '[keep]\n"Loại" = ["Ngoài", "Khác"]\n"Cấp" = ["1"]')
    records = mapped("a,loai,Cấp\n1,Ngoài,1\n2, Khác ,1\n3,Ngoài,2\n4,Trong,1\n5,,\n", source)
    assert column(records, "asked_at") == ["1", "2"]
    assert records.frame["row_number"].to_list() == [1, 2]
    assert records.not_selected == 3
    with pytest.raises(UnreadableError, match="Loại"):
        mapped("a,b\n1,2\n", source)


def test_a_row_without_an_id_is_known_by_its_content(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"\nward = "b"\nurgency = "c"', '[values.urgency]\n"khẩn" = "urgent"')
    first, again, other = column(mapped("a,b,c\n1,x,\n1, x ,\n1,y,\n", source), "interaction_id")
    assert first == again != other
    assert first is not None
    assert len(first) == 64
    assert column(mapped("Thừa,b,a\nz,x,1\n", source), "interaction_id") == [first]
    loose = unicodedata.normalize("NFD", "Phường")
    assert column(mapped(f"a,b\n1,{loose}\n", source), "interaction_id") == column(mapped("a,b\n1,Phường\n", source), "interaction_id")


def test_the_id_is_of_the_raw_text_so_that_new_words_do_not_double_a_row(
    mapped: Callable[..., MappedRecords], make_source: MakeSource
) -> None:
    plain = make_source('asked_at = "a"\nurgency = "c"')
    worded = make_source('asked_at = "a"\nurgency = "c"', '[values.urgency]\n"khẩn" = "urgent"\n[defaults]\nplatform = "app"')
    text = "a,c\n1,khẩn\n"
    assert column(mapped(text, plain), "interaction_id") == column(mapped(text, worded), "interaction_id")


def test_texts_that_hold_separators_do_not_make_two_rows_one(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    source = make_source('asked_at = "a"\nofficer_id = "b"\nward = "c"')
    one, two = column(mapped("a,b,c\n1,x,y\n1,x\x1eward\x1fy,\n", source), "interaction_id")
    assert one != two


def test_only_the_rows_without_an_id_get_one(mapped: Callable[..., MappedRecords], make_source: MakeSource) -> None:
    made, own = column(mapped("a,id\n1,\n2, HK-7 \n", make_source('asked_at = "a"\ninteraction_id = "id"')), "interaction_id")
    assert own == "HK-7"
    assert made is not None
    assert len(made) == 64
