"""The page of the gate: of any load which checks ran, what they observed against which limit, and what to do."""

from typing import Any

import pytest

from etl.gate import verdicts
from etl.gate.checks import KINDS

PAGE = "data/gate.py"
PASSED = {"name": "unique_interactions", "passed": True, "observed": 0, "limit": 0}
SHARE = {"name": "quarantined_per_load", "passed": False, "observed": 0.25, "limit": 0.2}
SLOW = {"name": "answer_seconds.ward-sheet", "passed": False, "observed": 7200.0, "limit": "1200–3600"}
SILENT = {"name": "silent_channels", "passed": False, "observed": "fb-1, fb-2", "limit": ""}
HELD = {"passed": False, "checks": [PASSED, SHARE], "warnings": [SLOW]}
WARNED = {"passed": True, "checks": [PASSED], "warnings": [SLOW, SILENT]}


def load(number: int, gate: dict[str, Any], state: str = "published") -> dict[str, Any]:
    return {"load_id": number, "state": state, "started_at": f"2026-10-{number:02}T01:00:00Z", "gate": gate}


@pytest.fixture
def page(open_page, loader):
    def run(*loads: dict[str, Any], **parameters: str) -> Any:
        loader({"loads": (0, {"loads": list(loads)}, [])})
        return open_page(PAGE, role="data_staff", **parameters)

    return run


def lines(shown: Any) -> list[list[str]]:
    return [list(row) for row in shown.dataframe[0].value.itertuples(index=False)]


def test_a_held_load_says_why_and_what_to_do(page):
    shown = page(load(1, WARNED), load(2, HELD, "held"), lang="en")
    assert shown.markdown[0].value.replace("\\", "") == (
        "**The gate holds load 2 back: Share of refused rows in the load: 25.0% (limit 20.0%).**"
    )
    assert [tile.value for tile in shown.metric] == ["3", "1", "1"]
    assert lines(shown) == [
        ["Share of refused rows in the load", "the whole load", "25.0%", "20.0%", "holds the load"],
        ["Answer time, median", "ward-sheet", "2 h 00", "20 min–1 h 00", "warning"],
        ["Keys that stand more than once", "interactions", "0", "0", "passed"],
    ]
    assert [link.proto.page for link in shown.get("page_link")] == ["refresh", "quarantine"]


def test_warnings_hold_nothing_and_name_what_to_look_at(page):
    shown = page(load(1, WARNED))
    assert shown.markdown[0].value == "**Lượt nạp 1 đã qua cổng chất lượng; có 2 điều cần xem.**"
    assert any("fb-1, fb-2" in text and "danh sách kênh" in text for text in (part.value.replace("\\", "") for part in shown.markdown[1:]))
    assert not shown.get("page_link")


def test_a_link_opens_one_load_and_a_load_without_rows_says_so(page):
    nothing = {"passed": True, "checks": [], "warnings": []}
    shown = page(load(1, nothing), load(2, HELD, "discarded"), load="1", lang="en")
    assert "there was nothing to judge" in shown.markdown[0].value
    assert not shown.dataframe
    assert "The gate held load 2 back: " in page(load(1, nothing), load(2, HELD, "discarded"), lang="en").markdown[0].value


def test_a_verdict_of_before_there_were_warnings_is_read(page):
    assert lines(page(load(1, {"passed": True, "checks": [PASSED]}), lang="en"))[0][-1] == "passed"


def test_every_kind_of_check_has_words_and_advice():
    assert all(verdicts.kind_name(kind) and verdicts.advice({"name": kind}) for kind in KINDS)
    assert verdicts.parts("unknown_wards.my_source.x") == ("unknown_wards", "my_source.x")
    assert verdicts.parts("listed_interactions.attribution") == ("listed", "interactions.attribution")
    assert verdicts.in_words("something_new.x") == "something_new.x"
