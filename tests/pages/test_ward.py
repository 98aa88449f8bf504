"""One ward's page: its figures beside the whole's, why it stands where it stands, and the ways to the cases and officers behind."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etl.language import use_language
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "service/ward.py"
AS_OF = datetime(2026, 2, 1, 3, tzinfo=UTC)
ASKED = datetime(2026, 1, 20, 2, tzinfo=UTC)
LAST_30_DAYS = {"from_on": date(2026, 1, 3), "to_on": date(2026, 2, 1)}


def cases(ward: str, number: int, late: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Cases of one ward with a deadline of a day, answered within the hour but for ``late`` of them."""
    answered = [{"answered_at": ASKED + timedelta(days=2 if index < late else 0, hours=1)} for index in range(number)]
    return [{"ward_code": ward, "asked_at": ASKED, "answer_due": ASKED + timedelta(days=1), **more} | each for each in answered]


WAITING = {"ward_code": "A", "asked_at": ASKED - timedelta(days=60), "answer_due": ASKED - timedelta(days=59)}
SOME = [*cases("A", 20, late=12, topic="theft", officer_id="o1"), *cases("B", 60, topic="theft"), WAITING]
WARDS = [{"ward_code": "A", "name": "Phường An"}, {"ward_code": "B", "name": "Phường Bình"}]


def by_key(page: Any, key: str) -> Any:
    """A table in which lines can be chosen."""
    return next(table.value for table in page.dataframe if table.key == key)


def by_column(page: Any, name: str) -> Any:
    return next(table.value for table in page.dataframe if table.value.columns[0] == name)


def test_the_table_holds_the_figures_of_the_command_line_beside_the_whole(make_version, open_page):
    version = make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    shown = by_key(open_page(PAGE, ward="A"), "fixed beside").set_index("Số liệu")
    query = Query(by="ward", metrics=("on_time",), **LAST_30_DAYS)
    own = figures(version, query, COMMAND_LINE).row(0, named=True)
    whole = figures(version, Query(metrics=("on_time",), **LAST_30_DAYS), COMMAND_LINE).row(0, named=True)
    line = shown.loc["Trả lời đúng hạn"]
    assert (own["value"], whole["value"]) == (0.4, 0.85)
    assert (line["Giá trị"], line["n"], line["Toàn bộ"]) == (wording.percent(own["value"]), "20", wording.percent(whole["value"]))
    assert line["Mong đợi"] == wording.percent(own["expected"] / own["denominator"])
    assert line["Vạch: toàn bộ"].startswith("data:image/svg")


def test_the_title_is_the_wards_name_and_the_sentence_says_why(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, ward="A")
    assert page.title[0].value == "Phường An: người dân được phục vụ ra sao?"
    sentence = page.markdown[0].value
    assert "40,0\u00a0% lượt hỏi được trả lời đúng hạn (21,9–61,3\u00a0%; n = 20), toàn bộ 85,0\u00a0%" in sentence
    assert "thấp hơn rõ nhất ở Trộm cắp, mất tài sản: 40,0\u00a0%, toàn bộ 85,0\u00a0%" in sentence
    assert "1 lượt đang quá hạn" in sentence


def test_a_ward_that_is_like_the_whole_is_not_said_to_be_below_it(make_version, open_page):
    make_version(interactions=[*cases("A", 20, late=3, topic="theft"), *cases("B", 20, late=2, topic="theft")], wards=WARDS, as_of=AS_OF)
    assert "không chủ đề nào thấp hơn toàn bộ một cách rõ rệt" in open_page(PAGE, ward="A").markdown[0].value


def test_topics_stand_beside_the_wholes_with_their_share(make_version, open_page):
    make_version(interactions=[*SOME, *cases("A", 5, topic="rumour")], wards=WARDS, as_of=AS_OF)
    lines = by_column(open_page(PAGE, ward="A"), "Chủ đề")
    assert lines["Chủ đề"].tolist() == ["Trộm cắp, mất tài sản", "Tin đồn, xác minh tin"]
    assert lines["Lượt hỏi"].tolist() == ["20", "5"]
    assert lines["Tỷ trọng (toàn bộ)"].tolist() == ["80\u00a0% (94\u00a0%)", "20\u00a0% (6\u00a0%)"]
    assert lines["Khoảng tin cậy 95 %"].tolist()[1] == "quá ít để so sánh"


def test_hours_are_two_maps_on_one_scale_with_their_table(make_version, open_page, charts):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, ward="A", more="hours")
    maps = [trace for chart in charts(page) for trace in chart["data"] if trace["type"] == "heatmap"]
    # 2:00 UTC on 20 January 2026 is Tuesday, 9 in the morning; an hour later 8 are answered, 12 two days later.
    assert [line[9] for line in maps[0]["z"]] == [None, 20, None, None, None, None, None]
    assert [line[10] for line in maps[1]["z"]] == [None, 8, None, 12, None, None, None]
    assert {drawn["zmax"] for drawn in maps} == {20}
    assert not any(frame.value.columns[0] == "Thứ" for frame in page.dataframe), "a table behind a click is made when it is opened"
    page.session_state["hours as a table"] = True
    table = by_column(page.run(), "Thứ")
    assert table.loc[(table["Thứ"] == "T3") & (table["Giờ"] == 9), "Lượt hỏi"].tolist() == [20]


def test_channels_are_told_with_the_wards_own_value(make_version, open_page):
    make_version(
        interactions=cases("A", 20, late=12, channel_id="c1"), wards=WARDS, channels=[{"channel_id": "c1", "name": "Nhóm Một"}], as_of=AS_OF
    )
    lines = by_column(open_page(PAGE, ward="A", more="channels"), "Kênh")
    assert lines.iloc[0, :3].tolist() == ["Nhóm Một", 0.4, 20]


def test_wards_stand_side_by_side_with_their_peers_and_the_whole(make_version, open_page):
    four = [*SOME, *cases("C", 2), *cases("D", 70, late=7)]
    make_version(interactions=four, wards=[*WARDS, {"ward_code": "C", "name": "Xã Cao"}, {"ward_code": "D", "name": "Xã Dài"}], as_of=AS_OF)
    page = open_page(PAGE, ward="A", more="wards", **{"with": "D.nowhere.A"})
    assert page.multiselect(key="beside").value == ["D"]
    lines = next(table.value for table in page.dataframe if "Nhóm tương đương" in table.value.columns).set_index("Số liệu")
    assert list(lines.columns) == ["Phường An", "Xã Dài", "Nhóm tương đương", "Toàn bộ"]
    assert lines.loc["Lượt hỏi"].tolist() == ["20", "70", "22", "152"]
    assert lines.loc["Trả lời đúng hạn", "Xã Dài"].startswith("90,0")
    page.multiselect(key="beside").set_value(["B", "C"]).run()
    assert page.query_params["with"] == "B.C"


def test_what_waits_counts_whenever_it_was_asked(make_version, open_page, charts):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    bars = next(trace for chart in charts(open_page(PAGE, ward="A")) for trace in chart["data"] if trace.get("orientation") == "h")
    assert list(bars["x"]) == [0, 0, 0, 0, 1]


def test_officers_are_named_to_the_commander_and_lead_to_their_record(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, officers=[{"officer_id": "o1", "name": "Lê An", "badge": "1-1"}], as_of=AS_OF)
    page = open_page(PAGE, ward="A", more="officers")
    lines = by_key(page, "fixed ward officers")
    assert lines.iloc[0].tolist() == ["Lê An", "1-1", "20", "20", "0", "0"]
    page.session_state["fixed ward officers"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    assert page.title[0].value == "Lê An · 1\\-1: hồ sơ phục vụ"


@pytest.mark.parametrize("role", ["secretary", "data_staff"])
def test_elsewhere_officers_are_a_number(make_version, open_page, role):
    posted = [{"officer_id": "o2", "ward_code": "B", "starts_on": date(2025, 1, 1)}]
    rows = [*SOME, *cases("B", 3, officer_id="o2")]
    make_version(interactions=rows, wards=WARDS, postings=posted, officers=[{"officer_id": "o2", "name": "Trần Bình"}], as_of=AS_OF)
    page = open_page(PAGE, ward="B", role=role, more="officers")
    assert not [table for table in page.dataframe if table.key == "fixed ward officers"]
    assert "1 cán bộ đang công tác ở đây vào ngày của dữ liệu." in [caption.value for caption in page.caption]
    assert "Trần Bình" not in str([element.value for element in (*page.markdown, *page.caption)])


def test_the_secretarys_own_ward_opens_first_and_shows_its_officers(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, officers=[{"officer_id": "o1", "name": "Lê An"}], as_of=AS_OF)
    page = open_page(PAGE, role="secretary", more="officers")
    assert page.title[0].value.startswith("Phường An")
    assert by_key(page, "fixed ward officers").iloc[0, 0] == "Lê An"


def test_a_line_leads_to_the_cases_behind_its_figure(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, ward="A", role="data_staff")
    lines = by_key(page, "fixed beside")["Số liệu"].tolist()
    page.session_state["fixed beside"] = {"selection": {"rows": [lines.index("Trả lời đúng hạn")], "columns": [], "cells": []}}
    page.run()
    assert page.title[0].value == "Những lượt nào đứng sau con số?"
    assert "30 ngày qua, Phường An: 12 lượt (Trả lời đúng hạn" in page.markdown[0].value
    assert page.selectbox(key="role").value == "data_staff"


def test_no_line_leads_anywhere_for_who_may_not_look_at_cases(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    page = open_page(PAGE, ward="B", role="secretary")
    assert not any("các lượt đứng sau" in caption.value for caption in page.caption)


def test_wards_of_one_name_are_told_apart_by_their_district_or_their_first_day(make_version, open_page):
    old, new = {"ward_code": "A", "district": "Quận Đông"}, {"ward_code": "B", "valid_from": date(2025, 7, 1)}
    make_version(interactions=SOME, wards=[ward | {"name": "Phường Một"} for ward in (old, new)], as_of=AS_OF)
    names = ["Phường Một (Quận Đông)", "Phường Một (từ 01/07/2025)"]
    assert open_page(PAGE).selectbox(key="ward").options == names
    assert sorted(open_page("service/wards.py").dataframe[0].value.iloc[:, 0]) == names


def test_a_ward_that_rests_on_a_split_is_told(make_version, open_page):
    rows = [row | {"ward_then": "old"} for row in cases("A", 12)]
    wards = [{"ward_code": "A"}, {"ward_code": "old", "current_code": "A", "split": True, "valid_to": date(2025, 6, 30)}]
    make_version(interactions=rows, wards=wards, as_of=AS_OF)
    assert any("100\u00a0% số lượt này thuộc một phường, xã cũ đã chia tách" in caption.value for caption in open_page(PAGE).caption)


def test_a_ward_nobody_knows_opens_the_first(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    assert open_page(PAGE, ward="'; drop").title[0].value.startswith("Phường An")


def test_the_ward_is_in_the_address_also_where_it_is_the_first(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    assert open_page(PAGE).query_params["ward"] == "A"


def test_the_wards_table_leads_to_a_ward(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, as_of=AS_OF)
    page = open_page("service/wards.py", lang="en", role="secretary")
    use_language("en")  # the test speaks for the browser
    page.session_state["ward table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    assert page.title[0].value == "Phường An: how are residents served?"
    assert page.selectbox(key="role").value == "secretary"


def test_a_way_takes_along_what_its_page_uses_and_no_more(make_version, open_page):
    make_version(interactions=SOME, wards=WARDS, officers=[{"officer_id": "o1", "name": "Lê An"}], as_of=AS_OF)
    page = open_page("service/officer.py", officer="o1", period="7d")
    page.switch_page("service/wards.py").run()
    page.session_state["ward table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    assert page.query_params == {"period": "7d", "ward": "A"}


def test_one_row_and_a_period_without_any(make_version, open_page):
    make_version(interactions=cases("A", 1), as_of=AS_OF)
    assert open_page(PAGE).metric[0].value == "1"
    page = open_page(PAGE, period="today")
    assert page.metric[0].value == "0"
    assert any("Kỳ này không có lượt nào" in caption.value for caption in page.caption)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.dataframe


def test_a_hostile_name_of_a_ward_or_a_topic_stays_text(make_version, open_page):
    name = "[x](https://x.example)"
    wards = [{"ward_code": "A", "name": name}, {"ward_code": "B"}]
    make_version(interactions=[*cases("A", 20, late=20, topic=name), *cases("B", 80, topic=name)], wards=wards, as_of=AS_OF)
    page = open_page(PAGE, ward="A")
    assert "](" not in page.title[0].value
    assert "x.example" in page.markdown[0].value.replace("\\", "")
    assert not any("](" in element.value for element in (*page.markdown, *page.caption))


def test_a_ward_that_stands_out_from_chance_is_said_to(make_version, open_page):
    like_each_other = [row for ward in "BCDEFG" for row in cases(ward, 100, late=10)]
    make_version(interactions=[*cases("A", 100, late=60), *like_each_other], as_of=AS_OF)
    assert "không chỉ do ngẫu nhiên: thấp hơn mong đợi" in open_page(PAGE, ward="A").markdown[0].value
    assert "ngẫu nhiên" not in open_page(PAGE, ward="B").markdown[0].value
