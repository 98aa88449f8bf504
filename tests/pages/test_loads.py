"""The page of loads: their history, one of them looked at closely, what it changed in the figures, and the way back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import write_version

PAGE = "data/loads.py"
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
FATES = {"loaded": 8, "updated": 1, "unchanged": 0, "duplicate": 0, "quarantined": 1, "not_selected": 0}
PASSED = {"passed": True, "checks": [{"name": "quarantined_per_load", "passed": True, "observed": 0.1, "limit": 0.2}]}
HELD = {"passed": False, "checks": [{"name": "quarantined_per_load", "passed": False, "observed": 0.25, "limit": 0.2}]}


def load(number: int, state: str = "published", **more: Any) -> dict[str, Any]:
    file = {"path": f"file-{number}.csv", "source": "ward-sheet", "rows": 10, "provisional": False} | FATES
    return {
        "load_id": number,
        "state": state,
        "started_at": f"2026-10-{number:02}T01:00:00Z",
        "finished_at": f"2026-10-{number:02}T01:00:20Z",
        "version": f"{number:06}" if state != "held" else None,
        "files": [file],
        "fates": FATES,
        "who": "lan",
        "reason": None,
        "gate": HELD if state == "held" else PASSED,
    } | more


@pytest.fixture
def page(open_page, loader):
    """``page(loads, **parameters)`` opens the page with what the loader says; ``page.asked()`` lists what was asked of it."""

    def run(*loads: dict[str, Any], **parameters: str) -> Any:
        run.asked = loader({"loads": (0, {"loads": list(loads)}, [])})
        return open_page(PAGE, role="data_staff", **parameters)

    return run


@pytest.fixture
def versions(tmp_path: Path) -> list[Any]:
    """Two published versions, the second with one more question."""
    one = {"asked_at": NOON, "ward_code": "w1"}
    made = [({"interactions": [one]}, "000001"), ({"interactions": [one, one | {"answered_at": NOON}]}, "000002")]
    return [write_version(tmp_path / "snapshots", name, tables, NOON, None) for tables, name in made]


def test_the_sentence_and_the_history_tell_every_load(page):
    shown = page(load(1), load(2), load(3, "undone"), load(4, "held"))
    assert shown.markdown[0].value == (
        "**4 lượt nạp; lượt công bố gần nhất, 02/10/2026 08:00, mang lại 8 dòng mới và 1 dòng thay đổi; 1 lượt chờ quyết định.**"
    )
    history = shown.dataframe[0].value
    assert history.iloc[:, :5].to_dict("list") == {
        "Lượt nạp": ["4", "3", "2", "1"],
        "Trạng thái": ["chờ duyệt", "đã hoàn tác", "đã công bố", "đã công bố"],
        "Bắt đầu": [f"{day:02}/10/2026 08:00" for day in (4, 3, 2, 1)],
        "Mất": ["20 giây"] * 4,
        "Người nạp": ["lan"] * 4,
    }
    assert [tile.value for tile in shown.metric] == ["2", "1", "16"]


def test_past_months_that_a_load_moved_are_named(page):
    moved = {"interactions": ["2025-12", "2026-08"], "feedback": ["2026-08"]}
    shown = page(load(1, moved=None), load(2, moved=moved), load(3, moved={"interactions": [], "feedback": []}))
    assert shown.dataframe[0].value["Tháng trước đã đổi"].tolist() == ["—", "12/2025, 08/2026", "—"]


def test_the_picture_has_a_dot_for_every_load_by_its_state(page, charts):
    drawn = charts(page(load(1), load(2, "undone"), load(3, "held")))[0]["data"]
    assert [len(trace["x"]) for trace in drawn] == [1, 1, 1, 0]
    assert drawn[0]["y"] == [10]


def test_a_link_opens_one_load(page):
    shown = page(load(1), load(2), load="1")
    assert shown.selectbox(key="load").value == "1"
    assert shown.dataframe[1].value.iloc[0, 0] == "file-1.csv"
    assert page(load(1), load(2), load="99").selectbox(key="load").value == "2"


def test_what_a_load_changed_are_the_figures_of_both_versions(page, versions):
    shown = page(load(1), load(2), lang="en").dataframe[-1].value.set_index("Figure")
    received = [figures(version, Query(metrics=("received",)), COMMAND_LINE)["value"][0] for version in versions]
    assert received == [1, 2]
    assert shown.loc["Questions received"].tolist() == ["1", "2", "+1", "logged late +1"]
    assert shown.loc["Compliments"].tolist() == ["0", "0", "—", ""]


@pytest.mark.usefixtures("versions")
def test_the_first_load_changed_nothing_that_was_there(page):
    texts = [part.value for part in page(load(1), load(2), load="1").markdown]
    assert "Đây là lượt đầu tiên: trước đó chưa có số liệu." in texts


@pytest.mark.parametrize("number", [3, 2])
def test_a_version_that_is_no_longer_kept_is_said(page, versions, number):
    if number == 2:
        (versions[0].folder / "version.json").unlink()
    assert any("không còn được giữ" in part.value for part in page(load(number)).markdown)


def test_a_held_load_says_why_and_leads_to_the_decision(page):
    shown = page(load(1), load(2, "held"))
    assert "Lượt này không công bố phiên bản nào: không số liệu nào thay đổi." in [part.value for part in shown.markdown]
    assert any("25,0" in part.value for part in shown.markdown)
    assert {"refresh", "gate"} <= {link.proto.page for link in shown.get("page_link")}
    assert not shown.checkbox


def test_undo_asks_twice_and_undoes_the_load_that_is_looked_at(page):
    shown = page(load(1), load(2), load="1")
    assert shown.button(key="undo 1").disabled
    shown.checkbox(key="sure 1").check().run()
    shown.button(key="undo 1").click().run()
    assert [line[0] for line in page.asked() if line[0][0] == "undo"] == [["undo", "1", "--json"]]


@pytest.mark.parametrize("state", ["undone", "discarded"])
def test_what_does_not_stand_cannot_be_undone(page, state):
    assert not page(load(1), load(2, state), load="2").checkbox


def test_a_reason_and_a_hostile_name_stay_text(page):
    name = "[x](https://x.example)"
    shown = page(load(1, reason=name, files=[load(1)["files"][0] | {"path": name}]))
    assert "[x](" not in "".join(str(part.value) for part in shown.markdown)
    assert shown.dataframe[1].value.iloc[0, 0] == name


@pytest.mark.parametrize("language", ["vi", "en"])
def test_where_nothing_was_loaded_it_says_what_to_do(page, language):
    shown = page(lang=language)
    assert len(shown.info) == 1
    assert not shown.metric


@pytest.mark.parametrize("file", [PAGE, "data/quarantine.py"])
def test_a_loader_that_cannot_answer_is_not_an_empty_record(open_page, loader, file):
    fails = (2, None, ["Không mở được sổ gốc."])
    loader({"loads": fails, "quarantine": fails})
    shown = open_page(file, role="data_staff")
    assert "Không mở được sổ gốc" in shown.error[0].value
    assert not shown.info
