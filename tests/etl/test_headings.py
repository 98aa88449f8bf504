"""A refused row is told by the header that stands in the clerk's own sheet, in their language, also long after it was refused."""

import json
from collections.abc import Callable

import pytest

from etl.language import use_language
from etl.sources.source import Source
from etl.staging.headings import headings
from etl.status import quarantine
from tests.etl.house import House

MakeSource = Callable[..., Source]


@pytest.mark.parametrize(
    ("columns", "rest", "shown"),
    [
        ('asked_at = "Thời gian hỏi"', "", "Thời gian hỏi"),
        ('asked_at = ["Ngày", "Giờ"]', "", "Ngày + Giờ"),
        ('asked_at = "asked_at"', "", None),
        ('asked_at = "when"', '[parts]\nwhen = ["/data.at", "at"]', "/data.at + at"),
        ('asked_at = "two"', '[parts]\nAt = [{ of = "at", where = { x = "*" } }]\ntwo = ["AT", "at"]', "at"),
        ('asked_at = "Ngày"', '[parts]\n"Ngày" = { of = "Ngày", pattern = "^(.+)$" }', "Ngày"),
        ('asked_at = "said"', '[parts]\nsaid = { value = "2026-01-05", where = { "Kết quả" = "*" } }', "Kết quả"),
        ('interaction_id = "Mã"', '[defaults]\nasked_at = "2026-01-05"', None),
        ('asked_at = "' + "x" * 100 + '"', "", "x" * 59 + "…"),
        ('asked_at = "Ngày\\u0007\\nhỏi"', "", "Ngày··hỏi"),
    ],
)
def test_a_column_is_called_as_in_the_file(make_source: MakeSource, columns: str, rest: str, shown: str | None) -> None:
    assert headings(make_source(columns, rest)).get("asked_at") == shown


def test_a_column_of_a_comparison_is_called_by_both(make_source: MakeSource) -> None:
    rest = '[when]\nstatus = { same = ["from.id", "page"], then = "open" }\n[parts]\npage = ["/id"]'
    assert headings(make_source('asked_at = "at"', rest))["status"] == "from.id + /id"


def test_the_message_of_a_refused_row_names_the_files_header_whatever_the_language(house: House) -> None:
    house.source("sheet", asked_at="Thời gian hỏi", reply_count="Số lần", extra="[defaults]\nreply_count = 'many'\n")
    late = {"interaction_id": "late", "Thời gian hỏi": "soon", "Số lần": "1"}
    empty = {"interaction_id": "empty", "Thời gian hỏi": "2026-01-05", "Số lần": ""}
    good = [{"interaction_id": f"c{i}", "Thời gian hỏi": "2026-01-05", "Số lần": "1"} for i in range(9)]
    house.load("sheet.csv", [*good, late, empty])
    said = {row["column"]: row["message"] for row in house.quarantine()}
    assert said["asked_at"].startswith("Column “Thời gian hỏi” (asked_at) says “soon”, ")
    assert said["reply_count"].startswith("Column reply_count says “many”: "), "what [defaults] say stands in no sheet"
    use_language("vi")
    try:
        rows = quarantine(house.settings, None)["rows"]
    finally:
        use_language("en")
    assert "Cột “Thời gian hỏi” (asked_at) ghi “soon”, " in str(rows)


def test_a_column_of_the_file_that_is_none_of_ours_is_called_by_its_name(house: House) -> None:
    house.source("log", format="jsonl", extra="[keep]\n'from.kind' = ['a']\n")
    rows = [{"interaction_id": f"c{i}", "asked_at": "2026-01-05", "from": {"kind": kind}} for i, kind in enumerate(["a"] * 9 + [["a"]])]
    house.load("log.jsonl", "\n".join(map(json.dumps, rows)))
    assert [row["message"][:32] for row in house.quarantine()] == ["Column “from.kind” holds a list "]
