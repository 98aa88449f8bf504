"""The page that puts a kept version beside the current one: what moved, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import redefine

PAGE = "trust/then.py"
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
CASE = {"asked_at": NOON, "row_number": 1}


@pytest.fixture
def three_versions(make_version):
    """One question; a second one that was logged late; the first one corrected."""
    late = {"asked_at": NOON - HOUR, "row_number": 2}
    make_version(interactions=[CASE], as_of=NOON)
    make_version(interactions=[CASE, late], as_of=NOON)
    make_version(interactions=[CASE | {"status": "withdrawn", "row_number": 9}, late], as_of=NOON)


@pytest.mark.usefixtures("three_versions")
@pytest.mark.parametrize("role", ["commander", "data_staff"])
def test_the_version_before_stands_beside_the_current_one(open_page, role):
    shown = open_page(PAGE, role=role, lang="en").dataframe[0].value.set_index("Figure")
    assert shown.loc["Questions received"].tolist() == ["2", "1", "−1", "corrected in the log −1"]


@pytest.mark.usefixtures("three_versions")
def test_an_older_one_can_be_chosen_by_the_address(open_page):
    page = open_page(PAGE, lang="en", then="v001")
    shown = page.dataframe[0].value.set_index("Figure")
    assert shown.loc["Questions received"].tolist() == ["1", "1", "—", "logged late +1 · corrected in the log −1"]
    assert "v001" in page.selectbox(key="then").value
    assert any("three more above the line" in caption.value for caption in page.caption)


@pytest.mark.usefixtures("three_versions")
def test_a_figure_that_is_defined_otherwise_since_is_not_compared(open_page, tmp_path):
    redefine(tmp_path / "snapshots" / "v002", received=2)
    page = open_page(PAGE, lang="en")
    shown = page.dataframe[0].value.set_index("Figure")
    assert shown.loc["Questions received"].tolist() == ["—", "1", "—", "the figure itself is defined otherwise since"]
    assert any("not compared: Questions received." in each.value for each in page.markdown)


def test_where_none_is_kept_it_says_so(open_page, make_version):
    make_version(interactions=[CASE])
    page = open_page(PAGE)
    assert len(page.info) == 1
    assert not page.dataframe
