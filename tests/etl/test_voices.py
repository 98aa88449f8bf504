"""One resident, one voice; bursts are held. Quantiles from tables of the Poisson distribution."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.publishing.voices import bursts, one_voice

SCHEMA = {
    "source": pl.String(),
    "feedback_id": pl.String(),
    "kind": pl.String(),
    "officer_id": pl.String(),
    "ward_code": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "resident": pl.String(),
    "counted": pl.Boolean(),
}
MONDAY = datetime(2026, 11, 16, 3, tzinfo=UTC)  # 10:00 in Hanoi


def feedback(*rows: dict[str, object]) -> pl.DataFrame:
    usual = {
        "source": "s",
        "kind": "complaint",
        "officer_id": "o1",
        "ward_code": "w1",
        "received_at": MONDAY,
        "resident": None,
        "counted": True,
    }
    return pl.DataFrame([usual | {"feedback_id": f"{number:04}"} | row for number, row in enumerate(rows)], schema=SCHEMA)


def day(number: int, rows: int, **columns: object) -> list[dict[str, object]]:
    """That many rows, ``number`` days after Monday."""
    return [{"received_at": MONDAY + timedelta(days=number), **columns} for _ in range(rows)]


def test_the_first_of_a_residents_week_counts() -> None:
    rows = feedback(
        {"resident": "r", "received_at": MONDAY + timedelta(hours=5)},
        {"resident": "r"},
        {"resident": "r", "kind": "compliment"},
        {"resident": "r", "officer_id": "o2"},
        {"resident": "q"},
        {},
        {},
    )
    assert one_voice(rows).to_list() == [False, True, True, True, True, True, True]


def test_a_week_is_the_local_iso_week() -> None:
    sunday_late = datetime(2026, 11, 22, 16, 59, tzinfo=UTC)  # 23:59 in Hanoi
    monday_early = datetime(2026, 11, 22, 17, tzinfo=UTC)  # 00:00 in Hanoi
    rows = feedback({"resident": "r"}, {"resident": "r", "received_at": sunday_late}, {"resident": "r", "received_at": monday_early})
    assert one_voice(rows).to_list() == [True, False, True]
    new_year = [datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)]
    assert one_voice(feedback(*({"resident": "r", "received_at": at} for at in new_year))).to_list() == [True, False, True]


def test_without_an_officer_the_ward_is_meant_and_the_unknown_ward_is_one() -> None:
    nobody = {"resident": "r", "officer_id": "unknown"}
    rows = feedback(
        nobody,
        nobody | {"ward_code": "w2"},
        nobody,
        nobody | {"ward_code": "unknown"},
        nobody | {"ward_code": "unknown"},
        {"resident": "r", "officer_id": "w1"},  # an officer whose code is a ward's
        {"resident": "r", "officer_id": "w1", "ward_code": "w2"},  # the officer is the same in another ward
    )
    assert one_voice(rows).to_list() == [True, True, False, True, False, True, False]


def test_a_tie_goes_by_source_then_id() -> None:
    rows = feedback(
        {"resident": "r", "source": "b", "feedback_id": "1"},
        {"resident": "r", "source": "a", "feedback_id": "3"},
        {"resident": "r", "source": "a", "feedback_id": "2"},
    )
    assert one_voice(rows).to_list() == [False, False, True]


def test_rows_that_are_not_counted_take_no_part() -> None:
    rows = feedback({"resident": "r", "counted": False}, {"resident": "r", "received_at": MONDAY + timedelta(hours=1)})
    assert one_voice(rows).to_list() == [True, True]
    assert not bursts(feedback(*day(0, 5), *day(0, 1, counted=False))).any()


def test_six_in_a_day_are_held_where_nothing_came_before() -> None:
    assert bursts(feedback(*day(0, 6))).to_list() == [True] * 6
    assert bursts(feedback(*day(0, 6, kind="compliment"))).to_list() == [True] * 6
    assert not bursts(feedback(*day(0, 5))).any()
    assert not bursts(feedback(*day(0, 3), *day(0, 3, kind="compliment"))).any()
    assert not bursts(feedback(*day(0, 3), *day(0, 3, officer_id="o2"))).any()


def test_repeated_voices_are_in_a_burst() -> None:
    assert bursts(feedback(*day(0, 6, resident="r"))).all()


def test_feedback_about_nobody_known_is_not_held() -> None:
    assert bursts(feedback(*day(0, 8, officer_id="unknown", ward_code="unknown"))).all()
    assert bursts(feedback(*day(0, 6, officer_id="unknown", ward_code="w1"))).all()
    assert bursts(feedback(*day(0, 6, officer_id="o1", ward_code="unknown"))).all()


@pytest.mark.parametrize(
    ("before", "today", "held"),
    [  # P(X ≤ 7 | mean 1) = 0.99999, P(X ≤ 6 | 1) = 0.99992, P(X ≤ 5 | 1) = 0.9994: the quantile is 6
        (90, 6, False),
        (90, 7, True),
        # P(X ≤ 9 | 2) = 0.99995, P(X ≤ 8 | 2) = 0.9998: the quantile is 9
        (180, 9, False),
        (180, 10, True),
    ],
)
def test_a_burst_lies_above_the_quantile_of_the_90_days_before(before: int, today: int, held: bool) -> None:
    rows = feedback(*(row for number in range(1, 91) for row in day(-number, before // 90)), *day(0, today))
    assert bursts(rows).to_list() == [False] * before + [held] * today


def test_the_90_days_before_begin_on_the_90th_and_include_held_rows() -> None:
    assert bursts(feedback(*day(-91, 90), *day(0, 6)))[-6:].all()
    assert bursts(feedback(*day(-91, 90), *day(0, 6)))[:90].all()
    assert not bursts(feedback(*day(-90, 90), *day(0, 6)))[-6:].any()


def test_a_day_is_the_local_day() -> None:
    midnight = datetime(2026, 11, 16, 17, tzinfo=UTC)
    before, after = [{"received_at": midnight - timedelta(minutes=1)}] * 3, [{"received_at": midnight}] * 3
    assert not bursts(feedback(*before, *after)).any()
    assert bursts(feedback(*after, *after)).all()


def test_no_feedback_at_all() -> None:
    assert one_voice(feedback()).to_list() == []
    assert bursts(feedback()).to_list() == []


row = st.fixed_dictionaries(
    {
        "resident": st.sampled_from([None, "r", "q"]),
        "officer_id": st.sampled_from(["o1", "unknown"]),
        "received_at": st.sampled_from([MONDAY, MONDAY + timedelta(hours=1), MONDAY - timedelta(days=1)]),
        "counted": st.sampled_from([True, True, True, False]),
    }
)


@settings(deadline=None)
@given(st.lists(row, min_size=1, max_size=8).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_the_order_of_rows_does_not_matter(case: tuple[list[dict[str, object]], list[int]]) -> None:
    rows, order = case
    frame = feedback(*rows)
    assert one_voice(frame[order]).to_list() == one_voice(frame)[order].to_list()
    many = pl.concat([frame.with_columns(source=pl.lit(source)) for source in "abc"])
    shuffled = many.with_row_index("place").sample(fraction=1, shuffle=True, seed=len(rows))
    assert bursts(shuffled.drop("place")).to_list() == bursts(many)[shuffled["place"]].to_list()
