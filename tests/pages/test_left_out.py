"""Every page of figures says how many rows were refused, and which of its months moved after they were over."""

from datetime import UTC, datetime

import pytest

from tests.pages.conftest import FIRST

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
CASE = {"asked_at": NOON, "ward_code": "w1", "officer_id": "A1", "channel_id": "k1"}
FATES = {"loaded": 10, "updated": 0, "unchanged": 0, "duplicate": 0, "quarantined": 3, "not_selected": 0}
MOVED = "Figures of Feb 2026, Jan 2026 moved after the month was over, last by load 3, 3 Mar 2026 08:00."
WHY = " “Then and now” says by how much and why."


@pytest.fixture
def captions(make_version, open_page, loader):
    """``captions(file, **parameters)``: what a page says in small print after four loads."""
    make_version(
        interactions=[CASE, CASE | {"asked_at": datetime(2026, 1, 5, tzinfo=UTC)}],
        feedback=[{"received_at": NOON, "ward_code": "w1"}],
        officers=[{"officer_id": "A1"}],
    )
    moved = {1: ["2026-01"], 2: ["2025-06"], 3: ["2026-02"], 4: ["2026-02"]}
    loads = [
        {"load_id": number, "state": "undone" if number == 4 else "published", "finished_at": f"2026-03-0{number}T01:00:00Z"}
        | {"started_at": f"2026-03-0{number}T00:59:00Z", "fates": FATES, "moved": {"interactions": months, "feedback": []}}
        for number, months in moved.items()
    ]
    loader({"loads": (0, {"loads": loads}, [])})
    own = {"from": "2026-01-01", "to": "2026-03-31", "period": "own", "lang": "en"}

    def run(file: str, **parameters: str) -> list[str]:
        return [caption.value for caption in open_page(file, **own | parameters).caption]

    return run


@pytest.mark.parametrize(
    "page",
    [FIRST, *(f"service/{name}.py" for name in ("wards", "ward", "officers", "officer", "feedback", "channels")), "trust/quality.py"],
)
def test_every_page_of_figures_says_what_is_left_out_and_what_moved(captions, page):
    said = captions(page, ward="w1" if page == "service/ward.py" else "", officer="A1" if page == "service/officer.py" else "")
    assert "Of 39 rows read, 9 were refused when they came: while nobody mends them they are in no figure." in said
    assert MOVED + WHY in said


def test_who_may_not_open_the_page_is_not_sent_there(captions):
    assert MOVED in captions(FIRST, role="secretary")


def test_a_month_outside_the_period_is_not_named(captions):
    assert not any("moved after" in caption for caption in captions(FIRST, **{"from": "2026-03-01"}))
