"""The wards page: a map, a chart and a table of the same rows; too few is a dash with its count."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE

PAGE = "service/wards.py"
AS_OF = datetime(2026, 2, 1, 3, tzinfo=UTC)
LAST_30_DAYS = {"from_on": date(2026, 1, 3), "to_on": date(2026, 2, 1)}


def cases(ward: str, number: int, late: int = 0) -> list[dict[str, Any]]:
    """Cases of one ward with a deadline of a day, answered within the hour but for ``late`` of them."""
    asked = datetime(2026, 1, 20, 2, tzinfo=UTC)
    return [
        {
            "ward_code": ward,
            "asked_at": asked,
            "answer_due": asked + timedelta(days=1),
            "answered_at": asked + timedelta(days=2 if index < late else 0, hours=1),
        }
        for index in range(number)
    ]


def squares(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The map's trace: the only one that writes in its marks."""
    return next(trace for chart in found for trace in chart["data"] if trace["type"] == "bar" and "base" in trace)


def test_the_table_holds_the_figures_of_the_command_line(make_version, open_page):
    version = make_version(interactions=[*cases("A", 20, late=5), *cases("B", 12)], as_of=AS_OF)
    shown = open_page(PAGE).dataframe[0].value
    rows = figures(version, Query(by="ward", metrics=("on_time",), **LAST_30_DAYS), COMMAND_LINE)
    assert shown.iloc[:, 0].tolist() == rows["unit_name"].to_list() == ["A", "B"]
    assert shown["n"].tolist() == rows["denominator"].to_list() == [20, 12]
    assert shown.iloc[:, 1].tolist() == rows["value"].to_list() == [0.75, 1.0]
    assert shown.iloc[0, 3] == "53,1–88,8\u00a0%"


def test_too_few_is_a_dash_with_its_count_and_a_hatched_square(make_version, open_page, charts):
    make_version(interactions=[*cases("A", 20), *cases("B", 9)], as_of=AS_OF)
    page = open_page(PAGE)
    few = page.dataframe[0].value.iloc[1]
    assert few.iloc[0] == "B"
    assert pd.isna(few.iloc[1])
    assert few.iloc[4] == "—"
    assert few.iloc[2] == "quá ít để so sánh (n = 9)"
    assert squares(charts(page))["marker"]["pattern"]["shape"] == ["", "/"]


def test_a_ward_that_had_ended_before_the_period_is_no_empty_square(make_version, open_page):
    wards = [{"ward_code": code, "valid_to": date(2025, 6, 30) if code in "CD" else None} for code in "ABCD"]
    before = [{"ward_code": code, "asked_at": datetime(2025, 6, 10, tzinfo=UTC)} for code in "BD"]
    make_version(interactions=[*cases("A", 20), *cases("C", 12), *before], wards=wards, as_of=AS_OF)
    assert open_page(PAGE, map="then").dataframe[0].value.iloc[:, 0].tolist() == ["A", "C", "B"]
    assert open_page(PAGE, map="then", period="all").dataframe[0].value.iloc[:, 0].tolist() == ["A", "C", "B", "D"]


def test_a_short_heading_says_what_it_means(make_version, open_page):
    make_version(interactions=[row for ward in "ABCDEFG" for row in cases(ward, 100, late=10)], as_of=AS_OF)
    table = open_page(PAGE).dataframe[0]
    helped = {head: settings["help"] for head, settings in json.loads(table.proto.columns).items() if settings.get("help")}
    assert helped["Đã hiệu chỉnh"] == "Đã hiệu chỉnh theo loại việc"
    assert list(helped) == [head for head in table.value.columns if head in ("Đã hiệu chỉnh", "Ước lượng ổn định", "Khoảng thứ hạng")]


def test_the_sentence_answers_with_value_interval_n_and_period(make_version, open_page):
    make_version(interactions=cases("A", 20, late=5), as_of=AS_OF)
    sentence = open_page(PAGE).markdown[0].value
    assert sentence == "**30 ngày qua: Trả lời đúng hạn – toàn bộ 75,0\u00a0% (53,1–88,8\u00a0%; n = 20).**"


def test_a_link_opens_the_same_metric_in_either_language(make_version, open_page):
    make_version(interactions=cases("A", 20), as_of=AS_OF)
    for language, words in (("vi", "Lượt hỏi"), ("en", "Questions received")):
        page = open_page(PAGE, metric="received", lang=language)
        assert page.selectbox(key="metric").value == "received"
        assert page.dataframe[0].value.columns[1] == words
        assert page.dataframe[0].value.iloc[0, 1] == 20


def test_a_metric_that_does_not_exist_is_the_default(make_version, open_page):
    make_version(interactions=cases("A", 20), as_of=AS_OF)
    assert open_page(PAGE, metric="resident").selectbox(key="metric").value == "on_time"


def test_counts_are_bars_from_zero(make_version, open_page, charts):
    make_version(interactions=[*cases("A", 3), *cases("B", 5)], as_of=AS_OF)
    chart = charts(open_page(PAGE, metric="received", picture="order"))[-1]
    assert chart["data"][0]["type"] == "bar"
    assert chart["layout"]["xaxis"]["range"][0] == 0


def test_unknown_has_a_line_in_words_and_no_square(make_version, open_page, charts):
    make_version(interactions=[*cases("A", 12), *cases("unknown", 11)], as_of=AS_OF)
    page = open_page(PAGE)
    assert "chưa rõ" in page.dataframe[0].value.iloc[:, 0].tolist()
    assert len(squares(charts(page))["x"]) == 1


def test_a_ward_that_rests_on_a_split_is_told(make_version, open_page):
    rows = [row | {"ward_then": "old"} for row in cases("A", 12)]
    wards = [{"ward_code": "A"}, {"ward_code": "old", "current_code": "A", "split": True, "valid_to": date(2025, 6, 30)}]
    make_version(interactions=rows, wards=wards, as_of=AS_OF)
    assert any("chia tách" in caption.value and "100\u00a0%" in caption.value for caption in open_page(PAGE).caption)


def test_a_hostile_name_stays_text(make_version, open_page, charts):
    name = '<a href="https://x.example">x</a>'
    make_version(interactions=cases("A", 12), wards=[{"ward_code": "A", "name": name}], as_of=AS_OF)
    page = open_page(PAGE)
    assert "<a" not in str([chart["data"] for chart in charts(page)])
    assert page.dataframe[0].value.iloc[0, 0] == name


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.dataframe


def test_before_the_first_version_too(open_page):
    assert len(open_page(PAGE).info) == 1


def test_who_improved_stands_beside_what_was_to_be_expected(open_page, make_version):
    days = {"before": datetime(2026, 3, 1, 5, tzinfo=UTC), "now": datetime(2026, 3, 12, 5, tzinfo=UTC)}
    cases = [
        {"ward_code": f"w{ward}", "asked_at": at} | ({"answered_at": at} if number < 20 + ward % 4 + 4 * (span == "now") else {})
        for ward in range(6)
        for span, at in days.items()
        for number in range(30)
    ]
    make_version(interactions=cases, as_of=datetime(2026, 3, 20, 10, tzinfo=UTC))
    page = open_page(PAGE, metric="answered", against="before", period="own", **{"from": "2026-03-11", "to": "2026-03-20"})
    table = next(frame.value for frame in page.dataframe if "Chỉ do trở về mức thường" in frame.value.columns)
    assert table["Thay đổi"].str.startswith("+").all()
    assert set(table["Ghi chú"]) == {"—"}
    assert any("0 trong 6 phường khá lên và 0 phường kém đi" in text.value for text in page.markdown)


def test_no_improvement_of_what_has_no_better(open_page, make_version):
    make_version(interactions=[{"ward_code": "w1"}])
    page = open_page(PAGE, metric="received", against="before")
    assert not [frame for frame in page.dataframe if "Chỉ do trở về mức thường" in frame.value.columns]


def test_cases_of_no_known_ward_are_said(open_page, make_version):
    make_version(interactions=[{"ward_code": "w1"}, {"ward_code": "w1"}, {"ward_code": "w2"}, {"ward_code": "unknown"}])
    assert any(
        "25.0% of the cases have no known ward" in caption.value for caption in open_page(PAGE, lang="en", metric="received").caption
    )
