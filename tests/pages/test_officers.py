"""The officers' list: by name or by what needs attention, never ranked; and unnamed dots."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.proto.Dataframe_pb2 import Dataframe

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "service/officers.py"
AS_OF = datetime(2026, 2, 1, 3, tzinfo=UTC)
ASKED = datetime(2026, 1, 20, 2, tzinfo=UTC)
ROSTER = [
    {"officer_id": "o1", "name": "Trần Văn An", "badge": "111-111"},
    {"officer_id": "o2", "name": "Lê Bình", "badge": "222-222"},
    {"officer_id": "o3", "name": "Lê Bình", "badge": "333-333"},
    {"officer_id": "o4", "name": "Vũ Áng", "active": False},
]
WARDS = [{"ward_code": "A", "name": "Phường An"}, {"ward_code": "B", "name": "Phường Bình"}]


def cases(officer: str, number: int, late: int = 0, ward: str = "A") -> list[dict[str, Any]]:
    """Answered cases of one officer with a deadline of a day, ``late`` of them after it."""
    answered = [{"answered_at": ASKED + timedelta(days=2 if index < late else 0, hours=1)} for index in range(number)]
    due = {"asked_at": ASKED, "answer_due": ASKED + timedelta(days=1)}
    return [{"officer_id": officer, "ward_code": ward, **due, **each} for each in answered]


def overdue(officer: str, ward: str = "A") -> dict[str, Any]:
    asked = AS_OF - timedelta(days=500)
    return {"officer_id": officer, "ward_code": ward, "asked_at": asked, "answer_due": asked + timedelta(days=1)}


SOME = [*cases("o1", 20, late=5), *cases("o2", 4, ward="B"), *cases("o3", 12, ward="B"), overdue("o3", "B")]


@pytest.fixture
def officers(make_version: Any, open_page: Any) -> Any:
    make_version(interactions=SOME, officers=ROSTER, wards=WARDS, as_of=AS_OF)
    return lambda **parameters: open_page(PAGE, **({"period": "12m"} | parameters))


def test_the_list_holds_the_figures_of_the_command_line_in_a_rosters_order(make_version, open_page):
    version = make_version(interactions=SOME, officers=ROSTER, wards=WARDS, as_of=AS_OF)
    shown = open_page(PAGE, period="12m").dataframe[0].value
    rows = figures(version, Query(by="officer", metrics=("on_time",)), COMMAND_LINE).filter(unit="o1").row(0, named=True)
    assert shown["Cán bộ, chiến sĩ"].tolist() == ["Trần Văn An", "Lê Bình", "Lê Bình"]
    assert shown["Trả lời đúng hạn"].tolist() == [wording.percent(rows["value"]), "—", "100,0\u00a0%"]
    assert shown["Khoảng tin cậy 95 %"].tolist() == ["53,1–88,8\u00a0%", "quá ít để so sánh", "75,8–100,0\u00a0%"]
    assert shown["n"].tolist() == ["20", "4", "12"]
    assert shown["Đang quá hạn"].tolist() == ["0", "0", "1"]


def test_equal_names_are_told_apart_by_badge(officers):
    assert officers().dataframe[0].value["Số hiệu"].tolist() == ["111-111", "222-222", "333-333"]


def test_the_order_is_by_name_or_by_what_is_overdue_and_no_figure_sorts(officers):
    page = officers(order="attention")
    assert page.dataframe[0].value["Số hiệu"].tolist() == ["333-333", "111-111", "222-222"]
    assert page.segmented_control(key="order").options == ["Theo tên", "Theo việc cần chú ý"]
    # A table with column selection on cannot be sorted by its header.
    assert Dataframe.SelectionMode.SINGLE_COLUMN in page.dataframe[0].proto.selection_mode


def test_an_order_by_a_figure_cannot_be_asked_for(officers):
    assert officers(order="on_time").segmented_control(key="order").value == "name"


def test_the_dots_have_no_name_and_one_colour(officers, charts):
    dots = charts(officers())[0]["data"][0]
    assert list(dots["x"]) == [20, 12]
    assert isinstance(dots["marker"]["color"], str)
    assert "text" not in dots
    assert not any(officer["name"].split()[-1] in str(dots) for officer in ROSTER)


def test_nothing_is_coloured_or_placed(officers):
    page = officers()
    assert not page.dataframe[0].proto.arrow_data.HasField("styler")
    assert not any("hạng" in column for column in page.dataframe[0].value.columns)


def test_officers_are_found_with_and_without_accents_by_badge_and_by_ward(officers):
    page = officers()
    for words, badges in (("binh le", ["222-222", "333-333"]), ("Lê Bình 333", ["333-333"]), ("nobody", [])):
        page.text_input(key="find").set_value(words).run()
        assert page.dataframe[0].value.get("Số hiệu", default=[]).tolist() == badges if badges else not len(page.dataframe[0].value)


def test_the_sentence_counts(officers):
    sentence = officers().markdown[0].value
    assert "3 cán bộ đã trả lời 36 lượt" in sentence
    assert "1 cán bộ đang giữ 1 lượt quá hạn" in sentence
    assert "1 cán bộ có quá ít lượt" in sentence


def test_a_line_opens_the_record(officers):
    page = officers()
    page.session_state["fixed officers table"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    assert page.title[0].value.startswith("Lê Bình · 222\\-222")


def test_the_secretary_sees_the_own_ward_only(officers):
    page = officers(role="secretary")
    assert page.dataframe[0].value["Số hiệu"].tolist() == ["111-111"]
    assert officers(role="secretary", ward="B").info[0].value.startswith("Không có cán bộ nào để hiện")


def test_of_complaints_only_those_upheld_make_a_rate(officers):
    names = officers().selectbox(key="metric").options
    assert "Lời phê bình đúng trên 1.000 lượt trả lời" in names
    assert not {"Lời phê bình trên 1.000 lượt trả lời", "Lời khen trong các ý kiến"} & set(names)


def test_a_long_list_is_turned_in_leaves(make_version, open_page):
    many = [{"officer_id": f"{number:03}", "name": f"Lê An {number:03}"} for number in range(101)]
    make_version(interactions=cases("000", 1), officers=many, as_of=AS_OF)
    page = open_page(PAGE, period="12m")
    assert len(page.dataframe[0].value) == 100
    page.session_state["leaf of officers"] = 2
    page.run()
    assert page.dataframe[0].value.iloc[:, 0].tolist() == ["Lê An 100"]
    page.text_input(key="find").set_value("An 007").run()
    assert page.dataframe[0].value.iloc[:, 0].tolist() == ["Lê An 007"]


@pytest.mark.parametrize(
    ("language", "title"), [("vi", "Cán bộ, chiến sĩ trả lời người dân ra sao?"), ("en", "How do the officers answer residents?")]
)
def test_both_languages(officers, language, title):
    assert officers(lang=language).title[0].value == title


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.dataframe


def test_what_the_list_holds_is_said_of_time_and_to_whom_all_are_not_shown(officers):
    said = {role: [caption.value for caption in officers(role=role).caption] for role in ("commander", "secretary")}
    assert all(any("từ trước đến nay" in caption for caption in captions) for captions in said.values())
    assert [any("của phường, xã mình" in caption for caption in captions) for captions in said.values()] == [False, True]
