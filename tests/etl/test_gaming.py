"""Tricks on figures do what docs/gaming.md says: those that are caught are, and those that are not stand there too."""

from collections.abc import Iterator

import pytest

from etl.gate.gate import Gate
from tests.etl.house import House
from tests.worked.gaming import PAGE, Effect, effects, loaded, written

Effects = dict[tuple[str, str], Effect]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Effect]]:
    with Gate() as gate:
        yield effects(loaded(House(tmp_path_factory.mktemp("tricks"), gate)))


@pytest.fixture(scope="module")
def by(found: list[Effect]) -> Effects:
    return {(effect.trick, effect.metric): effect for effect in found}


@pytest.mark.parametrize(("trick", "metric"), [("easy", "on_time"), ("easy", "answered"), ("ghost", "answered"), ("ghost", "on_time")])
def test_leaving_hard_cases_gains_nothing(by: Effects, trick: str, metric: str) -> None:
    assert by[trick, metric].moved < -0.05


def test_a_case_opened_again_took_until_it_was_closed_for_good(by: Effects) -> None:
    again = by["again", "resolution_median"]
    assert again.naive is not None
    assert again.naive < again.honest["value"] / 2
    assert again.moved >= 0


@pytest.mark.parametrize("metric", ["on_time", "first_response_median"])
def test_one_case_is_too_few(by: Effects, metric: str) -> None:
    single = by["single", metric].row
    assert (single["value"], single["state"], single["signal"]) == (None, "too_few", None)


def test_a_bots_words_are_no_answer(by: Effects) -> None:
    assert by["canned0", "answered"].row["value"] == 0
    assert by["canned2", "answered"].row["value"] == 1, "after the minute they are not told from a person's"


@pytest.mark.parametrize(
    ("trick", "most"), [("praise1", 0.03), ("blame1", 0.03), ("praise12", 0.06), ("blame12", 0.06), ("praise3w", 0.12)]
)
def test_sixty_posts_of_twenty_accounts_move_praise_so_far_until_a_person_has_looked(by: Effects, trick: str, most: float) -> None:
    posts = by[trick, "praise_share"]
    assert posts.naive is not None
    assert abs(posts.naive - posts.honest["value"]) == pytest.approx(0.25)
    assert abs(posts.moved) <= most
    assert posts.row["state"] == "under_review"


def test_the_page_says_what_is_measured(found: list[Effect]) -> None:
    page = PAGE.read_text()
    assert written(page, found) == page
