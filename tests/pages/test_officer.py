"""One officer's record: nobody's is shown unasked, and to nobody who may not see it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "service/officer.py"
AS_OF = datetime(2026, 2, 1, 3, tzinfo=UTC)
ASKED = datetime(2026, 1, 20, 2, tzinfo=UTC)
DAY = timedelta(days=1)
ROSTER = [{"officer_id": "o1", "name": "Trần Văn An", "badge": "111-111"}, {"officer_id": "o2", "name": "Lê Bình"}]
WARDS = [{"ward_code": "A", "name": "Phường An"}, {"ward_code": "B", "name": "Phường Bình"}]
POSTINGS = [
    {"officer_id": "o1", "ward_code": "B", "starts_on": date(2024, 1, 1), "ends_on": date(2025, 3, 31)},
    {"officer_id": "o1", "ward_code": "A", "starts_on": date(2025, 4, 1)},
]


def cases(officer: str, number: int, late: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Answered cases of one officer in ward A with a deadline of a day, ``late`` of them after it."""
    answered = [{"answered_at": ASKED + timedelta(days=2 if index < late else 0, hours=1)} for index in range(number)]
    return [{"officer_id": officer, "ward_code": "A", "asked_at": ASKED, "answer_due": ASKED + DAY, **more, **each} for each in answered]


def voice(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "officer_id": "o1", "ward_code": "A", "received_at": ASKED + DAY, **more}


SOME = [*cases("o1", 20, late=5, topic="theft"), *cases("o2", 60, topic="theft", ward_code="B")]
SAID = [
    voice("compliment", category="speed"),
    voice("compliment", category="speed"),
    voice("complaint", category="attitude", outcome="upheld", decided_at=ASKED + 2 * DAY),
    voice("complaint", category="attitude"),
]


@pytest.fixture
def record(make_version: Any, open_page: Any) -> Any:
    make_version(interactions=SOME, feedback=SAID, officers=ROSTER, wards=WARDS, postings=POSTINGS, as_of=AS_OF)
    return lambda **parameters: open_page(PAGE, **({"officer": "o1", "period": "12m"} | parameters))


def table(page: Any, column: str) -> Any:
    return next(found.value for found in page.dataframe if column in found.value.columns)


def test_figures_stand_beside_the_wholes_and_what_the_cases_let_expect(make_version, open_page):
    version = make_version(interactions=SOME, officers=ROSTER, wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, officer="o1", period="12m")
    own = figures(version, Query(by="officer", metrics=("on_time",)), COMMAND_LINE).filter(unit="o1").row(0, named=True)
    line = table(page, "Toàn bộ").set_index("Số liệu").loc["Trả lời đúng hạn"]
    assert (line["Giá trị"], line["n"], line["Toàn bộ"]) == (wording.percent(own["value"]), "20", "93,8\u00a0%")
    assert line["Mong đợi"] == wording.percent(own["expected"] / own["denominator"])


def test_the_sentence_tells_answers_on_time_overdue_and_what_residents_said(record):
    sentence = record().markdown[0].value
    assert "đã trả lời 20 lượt; 75,0\u00a0% đúng hạn (53,1–88,8\u00a0%; n = 20), toàn bộ 93,8\u00a0%" in sentence
    assert "2 lời khen, 2 lời phê bình, trong đó 1 được xác nhận là đúng" in sentence


def test_the_title_tells_equal_names_apart(record):
    assert record().title[0].value == "Trần Văn An · 111\\-111 · Phường An: hồ sơ phục vụ"


def test_what_residents_said_is_counts_by_category_with_the_outcome(record):
    page = record()
    said = [found.value for found in page.dataframe if "Về việc" in found.value.columns]
    assert [lines.values.tolist() for lines in said] == [[["Nhanh, chậm", 2]], [["Thái độ, ứng xử", 2]]]
    assert any(caption.value == "Kết luận về lời phê bình: Chưa có kết luận: 1 · Phê bình đúng: 1" for caption in page.caption)


def test_postings_stand_with_the_present_one_first(record):
    assert table(record(), "Từ ngày").values.tolist() == [
        ["Phường An", "01/04/2025", "đến nay"],
        ["Phường Bình", "01/01/2024", "31/03/2025"],
    ]


def test_no_alarm_no_sign_and_no_place_is_on_a_record(record):
    lines = table(record(), "Toàn bộ")
    assert "Ghi chú" not in lines.columns
    assert not any("hạng" in column for column in lines.columns)


def test_nobodys_record_is_shown_unasked(record):
    page = record(officer="")
    assert page.info[0].value.startswith("Hãy chọn một cán bộ")
    assert not page.metric
    assert not page.dataframe


def test_the_cases_behind_a_figure_are_a_line_away(record):
    page = record()
    lines = table(page, "Toàn bộ")["Số liệu"].tolist()
    page.session_state["fixed beside"] = {"selection": {"rows": [lines.index("Trả lời đúng hạn")], "columns": [], "cells": []}}
    page.run()
    assert "12 tháng qua, Trần Văn An · 111\\-111 · Phường An: 5 lượt" in page.markdown[0].value


def test_the_secretary_sees_the_officers_of_the_own_ward_and_their_cases_there_only(make_version, open_page):
    rows = [*SOME, *cases("o1", 30, ward_code="B")]
    make_version(interactions=rows, officers=ROSTER, wards=WARDS, postings=POSTINGS, as_of=AS_OF)
    page = open_page(PAGE, officer="o1", period="12m", role="secretary")
    assert page.metric[0].value == "20"
    assert table(page, "Từ ngày").iloc[:, 0].tolist() == ["Phường An"]
    assert open_page(PAGE, officer="o2", role="secretary").info[0].value.startswith("Hãy chọn một cán bộ")


def test_a_name_that_is_hostile_stays_text(make_version, open_page):
    make_version(interactions=SOME, officers=[{"officer_id": "o1", "name": "[x](https://x.example)"}], as_of=AS_OF)
    page = open_page(PAGE, officer="o1", period="12m")
    assert "](" not in page.title[0].value
    page = open_page("service/cases.py", officer="o1", metric="received")
    assert "](" not in page.markdown[0].value


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.dataframe


def test_one_row(make_version, open_page):
    make_version(interactions=cases("o1", 1), as_of=AS_OF)
    assert open_page(PAGE, officer="o1", period="12m", lang="en").metric[0].value == "1"
