"""The cases behind a figure: as many as it says, with file, row and link, for those who may look at them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from metrics.cases import cases as find_cases
from metrics.catalogue import METRICS
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import case_list, ways
from tests.pages.conftest import OpenPage

PAGE = "service/cases.py"
AS_OF = datetime(2026, 2, 1, 3, tzinfo=UTC)
ASKED = datetime(2026, 1, 20, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LINK = "https://facebook.example/nhom/1"


def case(days_ago: int, ward: str = "A", answered_after: int | None = None, **more: Any) -> dict[str, Any]:
    """A case with a deadline of a day."""
    asked = AS_OF - days_ago * DAY
    answered = {} if answered_after is None else {"answered_at": asked + timedelta(hours=answered_after)}
    return {"ward_code": ward, "asked_at": asked, "answer_due": asked + DAY} | answered | more


SOME = [
    case(5, topic="theft", link=LINK, urgency="urgent", officer_id="o1"),
    case(40, "B", officer_id="o2"),
    case(3, answered_after=30),
    case(3, answered_after=1),
]
OFFICERS = [{"officer_id": "o1", "name": "Lê An", "badge": "1-1"}, {"officer_id": "o2", "name": "Vũ Bình"}]
WARDS = [{"ward_code": "A", "name": "Phường An"}, {"ward_code": "B", "name": "Phường Bình"}]
SAID = [{"kind": "rating", "rating": 2, "ward_code": "A", "category": "speed", "received_at": ASKED}]


@pytest.fixture
def listed(make_version: Any, open_page: OpenPage) -> Any:
    make_version(interactions=SOME, feedback=SAID, officers=OFFICERS, wards=WARDS, as_of=AS_OF)
    return lambda **parameters: open_page(PAGE, **parameters)


def test_what_is_overdue_comes_first_and_the_oldest_before_all(listed):
    page = listed()
    lines = page.dataframe[0].value
    assert page.markdown[0].value.startswith("**Từ trước đến nay: 2 lượt (Quá hạn chưa trả lời")
    assert lines["Tình trạng"].tolist() == ["quá hạn 39,0 ngày", "quá hạn 4,0 ngày"]
    assert lines.iloc[1].tolist() == [
        *("27/01/2026 10:00", "quá hạn 4,0 ngày", "28/01/2026 10:00", "Trộm cắp, mất tài sản", "Phường An", "Lê An · 1-1", "—", LINK),
        *("khẩn", "Nhóm Facebook", "chưa rõ", "i1", "cases.csv", 1),
    ]


def test_there_are_as_many_as_behind_the_figure_of_the_command_line(make_version, listed):
    version = make_version(interactions=SOME, feedback=SAID, wards=WARDS, as_of=AS_OF)
    for part, number in (("others", 3), ("numerator", 1), ("denominator", 4)):
        page = listed(metric="on_time", part=part)
        assert find_cases(version, Query(), "on_time", "all", COMMAND_LINE, part).total == number
        assert len(page.dataframe[0].value) == number


def test_late_answers_say_by_how_much(listed):
    assert "trả lời trễ 6 giờ 00" in listed(metric="on_time", part="others").dataframe[0].value["Tình trạng"].tolist()


def test_a_link_is_text_to_be_copied_and_never_a_link(listed):
    page = listed()
    page.session_state["cases"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    assert page.code[0].value == LINK
    assert not any(LINK in element.value for element in (*page.markdown, *page.caption))
    assert "link" not in page.dataframe[0].proto.columns.lower()


def test_feedback_is_listed_with_what_became_of_it(listed):
    lines = listed(metric="ratings").dataframe[0].value
    assert lines[["Loại", "Về việc", "Tính vào tỷ lệ", "Tệp", "Dòng"]].values.tolist() == [
        ["Chấm điểm: 2/5", "Nhanh, chậm", "có", "feedback.csv", 1]
    ]


def test_ward_and_officer_narrow_them_and_the_address_keeps_both(listed):
    page = listed(ward="B", officer="o2")
    assert page.dataframe[0].value["Phường, xã"].tolist() == ["Phường Bình"]
    assert (page.query_params["ward"], page.query_params["officer"]) == ("B", "o2")
    assert "Vũ Bình, Phường Bình: 1 lượt" in page.markdown[0].value


def test_cases_whose_ward_nobody_knows_can_be_looked_at(make_version, open_page):
    make_version(interactions=[*SOME, case(9, "unknown")], wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, ward="unknown")
    assert page.dataframe[0].value["Phường, xã"].tolist() == ["chưa rõ"]
    assert "chưa rõ: 1 lượt" in page.markdown[0].value


def test_the_secretary_sees_the_cases_of_the_own_ward_only(listed):
    page = listed(role="secretary")
    assert page.dataframe[0].value["Phường, xã"].tolist() == ["Phường An"]
    assert page.markdown[0].value.startswith("**Từ trước đến nay, Phường An: 1 lượt")
    assert any("chỉ xem từng lượt của phường, xã mình" in caption.value for caption in page.caption)
    assert listed(role="secretary", ward="B").info[0].value.startswith("Với các bộ lọc này không có lượt nào")


def test_data_staff_see_cases_without_an_officers_name(listed):
    page = listed(role="data_staff")
    assert page.dataframe[0].value["Cán bộ, chiến sĩ"].tolist() == ["chưa rõ", "chưa rõ"]
    assert not [box for box in page.selectbox if box.key == "officer"]


def test_every_figure_that_counts_cases_can_be_opened(listed):
    page = listed()
    for name in ways.CASES:
        declared = next(metric for metric in METRICS if metric.name == name)
        for part in case_list.parts(declared):
            page.query_params["metric"], page.query_params["part"] = name, part
            page.run()
            assert not page.exception, (name, part)


def test_a_long_list_is_turned_in_leaves(make_version, open_page):
    make_version(interactions=[case(5 + number) for number in range(60)], as_of=AS_OF)
    page = open_page(PAGE)
    assert len(page.dataframe[0].value) == 50
    page.session_state["leaf of cases"] = 2
    page.run()
    assert len(page.dataframe[0].value) == 10
    assert page.dataframe[0].value.iloc[-1, 1] == "quá hạn 4,0 ngày"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.dataframe
