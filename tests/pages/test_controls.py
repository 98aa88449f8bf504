"""The filters: periods relative to the data, kept in the address, the same in both languages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from etl.publishing.versions import Version
from pages.shared import periods
from pages.shared.controls import Filters


def version(as_of: datetime, first_on: date | None = None) -> Version:
    return Version("v", Path("v"), as_of, "", first_on, {})


@pytest.mark.parametrize(
    ("preset", "first"),
    [
        ("today", date(2026, 11, 1)),
        ("7d", date(2026, 10, 26)),
        ("30d", date(2026, 10, 3)),
        ("month", date(2026, 11, 1)),
        ("quarter", date(2026, 10, 1)),
        ("12m", date(2025, 11, 2)),
        ("all", date(2024, 5, 5)),
        ("nonsense", date(2026, 10, 3)),
    ],
)
def test_a_preset_ends_on_the_local_day_of_the_data(preset: str, first: date) -> None:
    # 18:00 UTC on 31 October is already 1 November in Hanoi.
    found = periods.span(preset, version(datetime(2026, 10, 31, 18, tzinfo=UTC), date(2024, 5, 5)))
    assert found == (first, date(2026, 11, 1))


def test_a_year_back_from_a_leap_day() -> None:
    assert periods.span("12m", version(datetime(2028, 2, 29, tzinfo=UTC))) == (date(2027, 3, 1), date(2028, 2, 29))


@given(st.dates(date(2005, 1, 1), date(2090, 1, 1)), st.integers(0, 4000))
def test_the_span_before_is_as_long_and_touches(first: date, length: int) -> None:
    now = Filters(first, first + timedelta(days=length), "then", ("theft",))
    before = now.before()
    assert before.to_on + timedelta(days=1) == now.from_on
    assert before.to_on - before.from_on == now.to_on - now.from_on
    assert (before.wards, before.topic) == ("then", ("theft",))


PAGE = "service/wards.py"


@pytest.fixture
def wards(open_page: Callable[..., AppTest], make_version: Callable[..., object]) -> Callable[..., AppTest]:
    make_version(
        interactions=[{"ward_code": "00070", "asked_at": datetime(2026, 1, 5, tzinfo=UTC)}], as_of=datetime(2026, 3, 31, 3, tzinfo=UTC)
    )
    return lambda **parameters: open_page(PAGE, **parameters)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_link_opens_the_same_view_in_either_language(wards: Callable[..., AppTest], language: str) -> None:
    page = wards(period="quarter", map="then", lang=language)
    assert page.selectbox(key="period").value == "quarter"
    assert page.selectbox(key="map").value == "then"


def test_nonsense_in_the_address_is_the_default(wards: Callable[..., AppTest]) -> None:
    page = wards(period="'; drop", map="<b>", topic="no such topic", lang="xx")
    assert page.selectbox(key="period").value == "30d"
    assert page.selectbox(key="map").value == "current"
    assert page.segmented_control(key="lang").value == "vi"


def test_a_choice_is_written_into_the_address_and_the_default_is_not(wards: Callable[..., AppTest]) -> None:
    page = wards()
    assert "period" not in page.query_params
    page.selectbox(key="period").select("7d").run()
    assert page.query_params["period"] == "7d"
    page.selectbox(key="period").select("30d").run()
    assert "period" not in page.query_params


def test_the_way_back_in_the_browser_goes_back(wards: Callable[..., AppTest]) -> None:
    page = wards()
    page.selectbox(key="period").select("7d").run()
    del page.query_params["period"]
    page.run()
    assert page.selectbox(key="period").value == "30d"


def test_own_dates_stay_within_the_data(wards: Callable[..., AppTest]) -> None:
    page = wards(period="own", **{"from": "1999-01-01", "to": "2999-01-01"})
    assert page.date_input[0].value == (date(2026, 1, 5), date(2026, 3, 31))
    page = wards(period="own", **{"from": "2026-02-01", "to": "2026-02-10"})
    assert page.date_input[0].value == (date(2026, 2, 1), date(2026, 2, 10))
    page = wards(period="own", **{"from": "yesterday", "to": ""})
    assert not page.exception


def test_the_sidebar_is_there_before_the_page_has_anything_to_say(wards: Callable[..., AppTest]) -> None:
    # Drawn late, it would push a page that is already read to the right.
    assert wards().sidebar.children[0].type == "empty"


def test_an_error_shows_a_number_and_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        from pages.server.errors import report

        assert report(ValueError("the cause"))

    shown = AppTest.from_function(page, default_timeout=30).run().error[0].value
    assert "the cause" not in shown
    record = next(record for record in caplog.records if record.name == "langnghe.pages")
    assert record.args[0] in shown  # type: ignore[index,operator]
    assert record.exc_info is not None


def test_the_period_stays_when_another_page_is_opened(wards: Callable[..., AppTest]) -> None:
    page = wards()
    page.switch_page("service/overview.py").run()
    assert page.selectbox(key="period").value == "30d"
    page.selectbox(key="period").select("7d").run()
    page.switch_page("service/wards.py").run()
    assert page.selectbox(key="period").value == "7d"


@pytest.mark.parametrize(
    ("language", "topic", "platform"), [("vi", "Tai nạn giao thông", "Nhóm Facebook"), ("en", "Traffic accident", "Facebook groups")]
)
def test_topics_and_platforms_are_listed_in_words(
    open_page: Callable[..., AppTest], make_version: Callable[..., object], language: str, topic: str, platform: str
) -> None:
    make_version(interactions=[{"topic": "traffic_accident", "ward_code": "A"}])
    page = open_page(PAGE, lang=language)
    assert topic in page.selectbox(key="topic").options
    assert platform in page.selectbox(key="platform").options


def test_a_default_is_no_choice_and_another_page_has_its_own() -> None:
    def page() -> None:
        import streamlit as st

        from pages.shared import address

        default = st.session_state.get("of this page", "30d")
        st.session_state["address: moved"] = st.session_state.pop("moved", False)
        address.given("period", default, ("30d", "12m", "7d"))
        st.selectbox("Period", ("30d", "12m", "7d"), key="period")
        address.keep("period", default)

    shown = AppTest.from_function(page, default_timeout=30).run()
    shown.session_state["of this page"], shown.session_state["moved"] = "12m", True
    assert shown.run().selectbox(key="period").value == "12m"
    shown.selectbox(key="period").select("7d").run()
    shown.session_state["of this page"], shown.session_state["moved"] = "30d", True
    assert shown.run().selectbox(key="period").value == "7d"
    assert shown.query_params["period"] == "7d"
