"""The overview: an answer first, six figures that say what they rest on, their course, and what needs attention."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from pages.shared import wording

PAGE = "service/overview.py"
AS_OF = datetime(2026, 3, 1, 3, tzinfo=UTC)


def case(days_ago: int, ward: str = "A", hours: int | None = 1) -> dict[str, Any]:
    """A case with a deadline of a day, answered after so many hours (None: still waiting)."""
    asked = AS_OF - timedelta(days=days_ago)
    answered = {} if hours is None else {"answered_at": asked + timedelta(hours=hours)}
    return {"ward_code": ward, "asked_at": asked, "answer_due": asked + timedelta(days=1)} | answered


SOME = [*(case(3) for _ in range(12)), *(case(4, hours=30) for _ in range(4)), *(case(35) for _ in range(10)), case(80, "B", None)]


def tile(page: Any, label: str) -> Any:
    return next(metric for metric in page.metric if metric.label == label)


def test_the_tiles_show_the_figures_of_the_command_line(make_version, open_page):
    version = make_version(interactions=SOME, as_of=AS_OF)
    page = open_page(PAGE)
    query = Query(metrics=("received", "on_time", "first_response_median"), from_on=date(2026, 1, 31), to_on=date(2026, 3, 1))
    received, on_time, median = figures(version, query, COMMAND_LINE)["value"]
    assert (received, on_time) == (16, 0.75)
    assert tile(page, "Lượt hỏi").value == wording.number(received) == "16"
    assert tile(page, "Trả lời đúng hạn").value == wording.percent(on_time) == "75,0\u00a0%"
    assert tile(page, "Trả lời đầu tiên, trung vị").value == wording.duration(median)


def test_every_rate_stands_beside_its_interval_and_n(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    captions = [caption.value for caption in open_page(PAGE).caption]
    assert "50,5–89,8\u00a0%; n = 16" in captions


def test_a_change_is_against_the_span_of_equal_length_before(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    on_time = tile(open_page(PAGE), "Trả lời đúng hạn")
    assert on_time.delta.startswith("−25,0")
    assert on_time.proto.delta_description == "so với 30 ngày trước"
    assert on_time.proto.color == on_time.proto.MetricColor.GRAY


def test_no_change_is_told_where_the_data_do_not_reach_back(make_version, open_page):
    make_version(interactions=[case(3) for _ in range(12)] + [case(35)], as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Lượt hỏi").delta == ""
    assert any("không so sánh" in caption.value for caption in page.caption)
    assert not any("chưa trọn" in caption.value for caption in page.caption)


def test_too_few_is_a_dash_and_says_why(make_version, open_page):
    make_version(interactions=[case(3) for _ in range(9)], as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Trả lời đúng hạn").value == "—"
    assert any(caption.value.endswith("n = 9") for caption in page.caption)


def test_what_is_overdue_counts_whenever_it_was_asked_and_leads_to_the_cases(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Quá hạn chưa trả lời").value == "1"
    links = [(link.proto.label, link.proto.page) for link in page.get("page_link")]
    assert ("B: 1 lượt quá hạn", "cases") in links
    assert "1 phường, xã có lượt hỏi quá hạn chưa trả lời" in page.markdown[0].value


def test_who_may_not_see_a_wards_cases_is_led_to_the_ward(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    links = {link.proto.label: link.proto for link in open_page(PAGE, role="secretary").get("page_link")}
    assert (links["B: 1 lượt quá hạn"].page, links["B: 1 lượt quá hạn"].query_string) == ("ward", "ward=B")


def test_a_ward_below_what_its_cases_let_expect_comes_first_and_leads_to_its_page(make_version, open_page):
    late = dict.fromkeys("ABCDEFGHIJKL", 10) | {"M": 60}
    cases = [case(10, ward, 30 if number < some else 1) for ward, some in late.items() for number in range(100)]
    make_version(interactions=cases, as_of=AS_OF)
    page = open_page(PAGE, role="secretary")
    first = page.get("page_link")[0].proto
    assert (first.label, first.page, first.query_string) == ("M: thấp hơn mong đợi", "ward", "ward=M")
    assert any("“Trả lời đúng hạn” trong kỳ này" in caption.value for caption in page.caption)


def test_the_last_day_is_told_to_be_unfinished(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    assert any("chưa trọn" in caption.value for caption in open_page(PAGE).caption)


def test_the_course_and_its_table_are_the_same_rows(make_version, open_page, charts):
    make_version(interactions=SOME, as_of=AS_OF)
    page = open_page(PAGE, course="received")
    drawn = charts(page)[0]["data"][0]
    assert list(drawn["y"]) == page.dataframe[0].value.iloc[::-1, 1].tolist()
    assert drawn["y"][-1] == 16


def test_months_where_the_period_is_long_and_the_last_is_marked(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    spans = open_page(PAGE, period="all").dataframe[0].value.iloc[:, 0].tolist()
    assert spans[-1] == "12/2025"
    assert spans[0].startswith("03/2026")
    assert spans[0] != "03/2026"


@pytest.mark.parametrize(("language", "value"), [("vi", "75,0\u00a0%"), ("en", "75.0%")])
def test_both_languages(make_version, open_page, language, value):
    make_version(interactions=SOME, as_of=AS_OF)
    assert open_page(PAGE, lang=language).metric[1].value == value


def test_one_row(make_version, open_page):
    make_version(interactions=[case(3)], as_of=AS_OF)
    page = open_page(PAGE)
    assert tile(page, "Lượt hỏi").value == "1"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_empty_version_says_what_to_do(make_version, open_page, language):
    make_version()
    page = open_page(PAGE, lang=language)
    assert len(page.info) == 1
    assert not page.metric


def test_silent_channels_and_waves_need_attention(make_version, open_page):
    quiet = [case(20 + back) | {"channel_id": "c"} for back in range(60)]
    wave = [{"kind": "compliment", "received_at": AS_OF - timedelta(days=200), "held": True} for _ in range(6)]
    make_version(interactions=[*SOME, *quiet], feedback=wave, as_of=AS_OF)
    links = [(link.proto.label, link.proto.page) for link in open_page(PAGE, lang="en").get("page_link")]
    assert ("Channels fallen silent: 1", "channels") in links
    assert ("6 judgements under review", "feedback") in links


def test_where_no_channel_is_silent_none_is_named(make_version, open_page):
    make_version(interactions=SOME, as_of=AS_OF)
    assert not [link for link in open_page(PAGE).get("page_link") if link.proto.page in ("channels", "feedback")]


def test_the_answer_names_the_wards_that_are_worse_than_expected(make_version, open_page):
    poor = [case(3, "Z", hours=30 if number < 40 else 1) for number in range(60)]
    rest = [case(3, ward, hours=30 if number < 6 else 1) for ward in "ABCDEFGHIJKLMNOPQRSTUV" for number in range(60)]
    make_version(interactions=[*poor, *rest], wards=[{"ward_code": "Z", "name": "Xã *Zét*"}], as_of=AS_OF)
    assert "1 phường, xã thấp hơn mong đợi: Xã \\*Zét\\*." in open_page(PAGE).markdown[0].value


def test_a_tile_shows_its_course_with_the_band_of_its_usual_ups_and_downs(make_version, open_page):
    weeks = [case(3 + 7 * week, hours=30 if number < 3 else 1) for week in range(6) for number in range(12)]
    make_version(interactions=weeks, as_of=AS_OF)
    images = open_page(PAGE).get("image")
    drawn = [picture.url for image in images for picture in image.proto.imgs]
    assert len(drawn) == 3, "questions, on time, first response; nobody rated"
    assert all(url.startswith("data:image/svg+xml;base64,") for url in drawn)
