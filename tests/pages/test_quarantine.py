"""The page of refused rows: by rule and file, filtered by the address, cells masked, mended ones folded away."""

from typing import Any

import pytest

from etl.staging.rules import sentences
from pages.shared import refusals
from pages.shared.ledger import rule_name

PAGE = "data/quarantine.py"
CELLS = {"asked_at": "32/13/2026", "resident": "***"}


def refused(number: int, rule: str = "required", path: str = "luot-hoi.csv", load: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "load_id": load,
        "path": path,
        "row_number": number,
        "rule": rule,
        "column": "asked_at",
        "message": "asked_at: …",
        "fixed_in": None,
        "row": CELLS,
    } | more


def load(number: int, *paths: str, state: str = "published") -> dict[str, Any]:
    return {
        "load_id": number,
        "state": state,
        "started_at": f"2026-10-{number:02}T01:00:00Z",
        "files": [{"path": path, "rows": 100} for path in paths],
    }


SOME = [refused(4), refused(9), refused(2, "number_range", "gop-y.csv"), refused(5, path="cu.csv", load=3, fixed_in=7)]
LOADS = [load(3, "cu.csv"), load(7, "luot-hoi.csv", "gop-y.csv")]


@pytest.fixture
def page(open_page, loader):
    """``page(rows, loads, **parameters)`` opens the page with what the loader says."""

    def run(rows: list[dict[str, Any]], loads: list[dict[str, Any]] = LOADS, **parameters: str) -> Any:
        loader({"quarantine": (0, {"rows": rows}, []), "loads": (0, {"loads": loads}, [])})
        return open_page(PAGE, role="data_staff", **parameters)

    return run


def lines(shown: Any) -> Any:
    """The table of refused rows."""
    return next(frame.value for frame in shown.dataframe if "Dòng" in frame.value.columns)


def test_the_sentence_and_the_tiles_count_what_waits(page):
    shown = page(SOME)
    assert (
        shown.markdown[0].value
        == "**3 dòng của 2 tệp bị giữ lại – 1,00\u00a0% số dòng đã đọc; nhiều nhất (2 dòng) vì: Ô bắt buộc bị trống.**"
    )
    assert [tile.value for tile in shown.metric] == ["3", "2", "1"]


def test_rules_and_files_stand_in_order_of_their_rows(page, charts):
    shown = page(SOME)
    assert charts(shown)[0]["data"][0]["text"] == ["2 · 67\u00a0%", "1 · 100\u00a0%"]
    files = next(frame.value for frame in shown.dataframe if "Đã đọc" in frame.value.columns)
    assert files.iloc[:, 0].tolist() == ["luot-hoi.csv", "gop-y.csv"]
    assert files["Đã đọc"].tolist() == [100, 100]
    assert files["Tỷ lệ"].tolist() == [0.02, 0.01]


@pytest.mark.parametrize(("name", "value", "rows"), [("file", "gop-y.csv", [2]), ("rule", "required", [4, 9]), ("load", "3", None)])
def test_a_link_opens_one_load_file_or_rule(page, name, value, rows):
    shown = page(SOME, **{name: value})
    if rows is None:
        assert "không có dòng nào chờ sửa" in shown.markdown[0].value
        assert not any("Số ô" in str(frame.value) for frame in shown.dataframe)
    else:
        assert lines(shown)["Dòng"].tolist() == rows


def test_a_filter_that_does_not_exist_is_all(page):
    assert lines(page(SOME, file="nowhere.csv"))["Dòng"].tolist() == [2, 4, 9]


def test_mended_rows_are_folded_away(page):
    shown = page(SOME)
    assert [expander.label for expander in shown.expander][-1] == "Đã sửa: 1 dòng"
    mended = shown.dataframe[-1].value
    assert mended["Ghi chú"].tolist() == ["đã sửa ở lượt nạp 7, 07/10/2026 08:00"]


def test_a_later_file_of_the_same_name_is_told(page):
    shown = page(SOME, [*LOADS, load(8, "gop-y.csv"), load(9, "luot-hoi.csv", state="held")])
    assert lines(shown)["Ghi chú"].tolist() == ["lượt nạp 8 đã nạp tệp cùng tên", "", ""]


def test_the_download_holds_every_row_with_its_masked_cells(page, monkeypatch):
    offered = {}
    monkeypatch.setattr("pages.shared.downloads.offer", lambda frame, name, _scope: offered.update({name: frame}))
    rows = [refused(number) for number in range(1, 603)]
    shown = page(rows)
    assert len(lines(shown)) == 500
    assert any("500" in caption.value for caption in shown.caption)
    assert offered["Dòng bị giữ lại"].height == 602
    first = offered["Dòng bị giữ lại"].row(0, named=True)
    assert (first["asked_at, đã che"], first["resident, đã che"]) == ("32/13/2026", "***")


def test_a_row_that_could_not_be_taken_apart_has_no_cells():
    frame = refusals.frame({"rows": [refused(1, row={})]})
    assert refusals.cells(frame["cells"][0]) == {}


def test_one_row_and_a_hostile_file_name_stays_text(page):
    name = "[x](https://x.example).csv"
    shown = page([refused(1, path=name)], [load(7, name)])
    assert lines(shown)["Tệp"].tolist() == [name]
    assert "[x](" not in "".join(str(part.value) for part in [*shown.markdown, *shown.caption])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_where_nothing_is_refused_it_says_so(page, language):
    shown = page([], lang=language)
    assert len(shown.info) == 1
    assert not shown.metric


def test_nobody_else_is_shown_a_row(open_page, loader):
    asked = loader({"quarantine": (0, {"rows": SOME}, [])})
    open_page(PAGE, role="commander")
    assert not any(line[0][0] == "quarantine" for line in asked())


def test_every_rule_of_the_loader_has_a_name_in_words():
    assert [rule for rule in sentences() if rule_name(rule) == rule] == []
