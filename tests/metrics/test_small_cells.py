"""Small numbers are hidden from whoever may not look at cases one by one, and cannot be worked out from the rest of an answer."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from metrics.small_cells import FEWEST, hidden, may_see_small

OWN = Scope("x", "secretary", cases_of=frozenset({"w1"}))


def shown(*counts: int) -> list[int | None]:
    rows = pl.DataFrame({"group": ["g"] * len(counts), "rows": counts})
    left: list[int | None] = hidden(rows, "rows", ["group"])["rows"].to_list()
    return left


@pytest.mark.parametrize(
    ("counts", "left"),
    [
        ((8, 20), [8, 20]),
        ((7, 20, 30), [None, None, 30]),
        ((3, 5, 20), [None, None, 20]),
        ((1, 2, 20, 30), [None, None, None, 30]),
        ((0, 20), [0, 20]),
        ((0, 1, 9, 9), [0, None, None, 9]),
        ((4,), [None]),
    ],
)
def test_small_numbers_and_one_more_where_it_would_give_them_away(counts: tuple[int, ...], left: list[int | None]) -> None:
    assert shown(*counts) == left


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_no_hidden_number_is_the_total_less_the_rest(counts: list[int]) -> None:
    left = shown(*counts)
    gone = [count for count, seen in zip(counts, left, strict=True) if seen is None]
    assert all(seen is None for count, seen in zip(counts, left, strict=True) if 0 < count < FEWEST)
    if gone and sum(count > 0 for count in counts) > len(gone):
        assert len(gone) > 1
        assert sum(gone) >= FEWEST


def test_groups_are_hidden_apart() -> None:
    rows = pl.DataFrame({"group": ["a", "a", "b", "b"], "rows": [3, 9, 9, 9]})
    assert hidden(rows, "rows", ["group"])["rows"].to_list() == [None, None, 9, 9]


def test_who_may_see_them() -> None:
    assert may_see_small(Query(), COMMAND_LINE)
    assert may_see_small(Query(ward=("w1",)), OWN)
    assert not may_see_small(Query(), OWN)
    assert not may_see_small(Query(ward=("w1", "w2")), OWN)
    assert not may_see_small(Query(ward=("w1",), wards="then"), OWN)
