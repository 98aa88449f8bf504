"""The tables of a terminal: in words, in the language in use, aligned whatever the letters, never wider than 120 of them."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from etl.language import use_language
from metrics.figures import figures
from metrics.process import RULES
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from metrics.terminal import WIDTH, definitions_table, figures_table, rule_names
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
LATER = NOON + timedelta(days=9)
ANSWERED = {"asked_at": NOON, "answered_at": NOON + timedelta(minutes=90)}


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    use_language(request.param)
    yield request.param
    use_language("vi")


def table(make_version: MakeVersion, query: Query, **tables: list[dict[str, object]]) -> list[str]:
    version = make_version(as_of=LATER, **tables)
    return figures_table(version, figures(version, query, COMMAND_LINE)).splitlines()


def test_topics_are_called_by_their_labels_and_codes(make_version: MakeVersion, language: str) -> None:
    cases = [ANSWERED | {"topic": topic} for topic in ("procedure", "unknown", "Chuyện khác")]
    shown = "\n".join(table(make_version, Query(by="topic", metrics=("received",)), interactions=cases))
    assert ("Thủ tục hành chính (procedure)" if language == "vi" else "Procedure (procedure)") in shown
    assert ("chưa rõ (unknown)" if language == "vi" else "\nunknown ") in shown
    assert "\nChuyện khác  " in shown


def test_columns_stand_below_one_another_whatever_the_letters(make_version: MakeVersion) -> None:
    names = ["Phường Bạch Mai", unicodedata.normalize("NFD", "Phường Ngọc Hà"), "漢字", "x" * 70]
    wards = [{"ward_code": f"w{i}", "name": name} for i, name in enumerate(names)]
    cases = [ANSWERED | {"ward_code": ward["ward_code"]} for ward in wards]
    lines = table(make_version, Query(by="ward", metrics=("received",)), interactions=cases, wards=wards)[3:]
    places = [sum(0 if unicodedata.combining(c) else 2 if c in "漢字" else 1 for c in line.rstrip()) for line in lines[1:]]
    assert len(lines) == 5
    assert len(set(places)) == 1, "each ends with its numerator"
    assert any("xxx…" in line for line in lines)


def test_a_name_cannot_move_the_cursor(make_version: MakeVersion) -> None:
    wards = [{"ward_code": "w1", "name": "Ba\x1b[2J\n\u202eĐình"}]
    shown = table(make_version, Query(by="ward", metrics=("received",)), interactions=[ANSWERED | {"ward_code": "w1"}], wards=wards)
    assert shown[2] == "Ba·[2J··Đình (w1)"


@pytest.mark.usefixtures("language")
def test_no_line_is_wider_than_a_terminal(make_version: MakeVersion) -> None:
    name = "Phường có một cái tên dài bốn mươi chữ cái"
    cases = [ANSWERED | {"ward_code": "w1", "status": "resolved", "resolved_at": LATER}] * 30
    judged = [{"kind": "compliment", "received_at": NOON, "ward_code": "w1", "held": True}] * 5
    shown = table(make_version, Query(by="ward"), interactions=cases, feedback=judged, wards=[{"ward_code": "w1", "name": name}])
    assert max(map(len, [*shown, *definitions_table().splitlines()])) <= WIDTH


def test_what_a_figure_notes_is_said_below_it(make_version: MakeVersion) -> None:
    old = {"ward_code": "old", "current_code": "w1", "split": True}
    unanswered = {"asked_at": NOON, "ward_code": "w1", "resolved_at": NOON + timedelta(hours=1)}
    cases = [ANSWERED | {"ward_code": "w1", "ward_then": "old"}] * 15 + [unanswered] * 15
    shown = "\n".join(
        table(make_version, Query(by="ward", metrics=("resolution_median", "first_response_p90")), interactions=cases, wards=[old])
    )
    assert "    từ địa bàn đã bị chia tách: 50,0" in shown
    assert "    cần xem, không quy lỗi cho ai: " in shown
    assert "trên 9,0 ngày" in shown, "a time that is not reached"
    assert "more_than" not in shown


def test_every_rule_of_a_course_has_its_words() -> None:
    assert set(rule_names()) == set(RULES)
