"""Records that announce how many others there are, held against those that were captured."""

from pathlib import Path

import polars as pl
import pytest

from etl.errors import UserError
from etl.sources import declared
from etl.sources.declared import Declared, read_declared
from etl.sources.grammar import Grammar

DECLARED = Declared("post", "comments", "below")


def shortfall(*rows: tuple[str | None, str | None, str | None]) -> tuple[int, int] | None:
    frame = pl.DataFrame(rows, schema={name: pl.String() for name in DECLARED.headers}, orient="row")
    whole = declared.shortfall(DECLARED.told(frame, pl.col))
    by_row = declared.summed([DECLARED.told(row, pl.col) for row in frame.iter_slices(1)])
    assert declared.shortfall(by_row) == whole
    return whole


def test_what_is_missing_is_counted_and_one_posts_surplus_does_not_fill_anothers_gap() -> None:
    comments = [("c1", None, "p1"), ("c2", None, "p1"), ("c3", None, "p2"), ("c4", None, "p2")]
    assert shortfall(("p1", "3", None), ("p2", "1", None), ("p3", "2", None), *comments) == (6, 3)
    assert shortfall(("p1", "2", None), ("p2", "2", None), *comments) is None


def test_a_post_that_is_there_twice_announces_once_and_words_announce_nothing() -> None:
    assert shortfall(("p1", "3", None), ("p1", "3", None), ("p2", "nhiều", None), ("c1", None, "p1")) == (3, 1)


def test_where_nothing_was_captured_all_is_missing() -> None:
    frame = pl.DataFrame({"post": ["p1"], "comments": ["3"]})
    assert declared.shortfall(DECLARED.told(frame, lambda header: pl.col(header) if header in frame.columns else None)) == (3, 0)
    assert declared.shortfall(DECLARED.told(frame, lambda _header: None)) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [({"off": "x"}, "declared.off.*'of'"), ({"of": "x", "count": "y"}, "declared.counted"), ({"of": 1}, "declared.count")],
)
def test_mistakes_are_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_declared(given, Grammar(Path("s.toml")))
