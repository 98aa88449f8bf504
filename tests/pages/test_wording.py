"""Numbers, dates and durations in the language in use, whatever the browser's locale."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.language import use_language
from etl.wording import durations
from pages.shared import wording


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    use_language("vi")
    yield
    use_language("vi")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", ("1.234,5", "92,3\u00a0%", "+1,2 điểm %", "05/11/2026", "05/11/2026 08:00", "05/11", "11/2026", "3,2 ngày", "2 giờ 05")),
        ("en", ("1,234.5", "92.3%", "+1.2 pp", "5 Nov 2026", "5 Nov 2026 08:00", "5 Nov", "Nov 2026", "3.2 days", "2 h 05")),
    ],
)
def test_the_page_speaks_one_language(language: str, said: tuple[str, ...]) -> None:
    use_language(language)
    assert said == (
        wording.number(1234.5, 1),
        wording.percent(0.9234),
        wording.points(0.0123),
        wording.day(date(2026, 11, 5)),
        wording.instant(datetime(2026, 11, 5, 1, tzinfo=UTC)),
        wording.short_day(date(2026, 11, 5)),
        wording.month(date(2026, 11, 5)),
        wording.duration(3.2 * 86400),
        wording.duration(2 * 3600 + 5 * 60),
    )


@pytest.mark.parametrize(
    ("shorter", "longer", "said"),
    [
        (4.7 * 86400, 5.1 * 86400, "4,7–5,1 ngày"),
        (600, 3000, "10–50 phút"),
        (1200, 3600, "20 phút–1 giờ 00"),
        (3 * 3600 + 300, 4 * 3600 + 300, "3 giờ 05–4 giờ 05"),
    ],
)
def test_a_span_of_times_names_its_unit_once(shorter: float, longer: float, said: str) -> None:
    assert durations(shorter, longer) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 giây"),
        (59.4, "59 giây"),
        (59.6, "1 phút"),
        (900, "15 phút"),
        (3599, "1 giờ 00"),
        (86_399, "1,0 ngày"),
        (-60, "−1 phút"),
        (None, "—"),
    ],
)
def test_durations_never_read_sixty_of_anything(seconds: float | None, said: str) -> None:
    assert wording.duration(seconds) == said


@given(st.floats(min_value=0, max_value=1e9))
def test_a_longer_time_is_never_said_in_a_smaller_unit(seconds: float) -> None:
    units = [" giây", " phút", " giờ ", " ngày"]
    places = [next(i for i, unit in enumerate(units) if unit in wording.duration(x)) for x in (seconds, seconds * 2 + 1)]
    assert places == sorted(places)


def test_no_value_is_a_dash_unless_the_note_knows_more() -> None:
    assert wording.value("time", None) == "—"
    assert wording.value("time", None, "more_than:172800") == "trên 2,0 ngày"
    assert wording.value("share", 0.5) == "50,0\u00a0%"
    assert wording.value("rate", 12.34) == "12,3"
    assert wording.value("count", 1234) == "1.234"


def test_a_change_of_nothing_has_no_sign() -> None:
    assert (wording.signed(0.04, 1), wording.signed(-0.04, 1), wording.signed(-3)) == ("0,0", "0,0", "−3")
