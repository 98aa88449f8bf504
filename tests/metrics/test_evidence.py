"""What others published, recomputed: equal as far as it was printed, or different for a reason that is given."""

import numpy as np
import pytest

from tests.worked.evidence import CHAPTERS, PAGE, rows, written


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_ours_is_what_was_published_or_the_page_says_why_not(chapter: str) -> None:
    for row in rows(chapter):
        assert row.equal != bool(row.why), f"{row.source}, {row.what}: {row.ours} beside {row.published}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_second_method_finds_the_same(chapter: str) -> None:
    for row in rows(chapter):
        np.testing.assert_allclose(row.ours, row.second, rtol=row.agree, atol=row.agree, err_msg=f"{row.source}, {row.what}")


def test_the_page_shows_what_is_computed() -> None:
    page = PAGE.read_text()
    assert all(f"<!-- {chapter} -->" in page for chapter in CHAPTERS)
    assert written(page) == page
