"""The Refresh page: what lies in the inbox, the loader as a child process, its account in words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from etl.language import use_language
from pages.shared import commands, inbox, ledger, standing

FATES = {"loaded": 3, "updated": 0, "unchanged": 1, "duplicate": 0, "quarantined": 1, "not_selected": 0}
FILE = {"path": "luot-hoi.csv", "source": "ward-sheet", "rows": 5, "skipped": None, "reason": None, "provisional": False} | FATES
PASSED = {"passed": True, "checks": [{"name": "quarantined_per_load", "passed": True, "observed": 0.2, "limit": 0.2}]}
HELD = {"passed": False, "checks": [{"name": "quarantined_per_load", "passed": False, "observed": 0.25, "limit": 0.2}]}
LOAD = {"load_id": 7, "state": "held", "started_at": "2026-10-31T01:00:00Z", "version": None, "gate": HELD}
REFUSED = {"load_id": 7, "path": "luot-hoi.csv", "row_number": 4, "rule": "required", "column": "asked_at", "message": "asked_at: …"}


def drop(folder: Path, name: str = "luot-hoi.csv") -> None:
    inbox.save(folder / "inbox", name, b"a,b\n1,2\n")


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.warning, *page.success, *page.caption, *page.subheader]
    return re.sub(r"\\(.)", r"\1", "\n".join(str(part.value) for part in parts))


def test_an_empty_inbox_says_what_to_do(open_page: Callable[..., AppTest], loader: Any, tmp_path: Path) -> None:
    loader({})
    page = open_page("data/refresh.py", role="data_staff")
    assert page.title[0].value == "Sáng nay có gì mới?"
    assert "Hộp thư đang trống." in texts(page)
    assert str(tmp_path / "inbox") in texts(page)
    assert [button.disabled for button in page.button] == [True, True]


def test_a_refresh_shows_its_account(open_page: Callable[..., AppTest], loader: Any, tmp_path: Path) -> None:
    document = {"load_id": 7, "version": "000007", "files": [FILE, FILE | {"path": "b.csv"}], "gate": PASSED}
    asked = loader({"refresh": (0, document, ["[1/2] luot-hoi.csv", "[2/2] b.csv"]), "quarantine": (0, {"rows": [REFUSED]}, [])})
    drop(tmp_path)
    page = open_page("data/refresh.py", role="data_staff")
    page.button[1].click().run()
    assert not page.exception
    assert (["refresh", "--json"], "vi") in [tuple(line) for line in asked()]
    assert "Đã xong: phiên bản mới đã được công bố." in texts(page)
    assert "Đã đọc 10 dòng = 6 mới + 2 không đổi + 2 bị giữ lại." in texts(page)
    sheet = next(frame.value for frame in page.dataframe if "Đã đọc" in frame.value.columns)
    assert sheet["Đã đọc"].tolist() == ["10", "5", "5"]
    assert "Đã qua: 1 phép kiểm tra." in texts(page)
    rows = next(frame.value for frame in page.dataframe if "Quy tắc" in frame.value.columns)
    assert rows.iloc[0].tolist() == ["Ô bắt buộc bị trống", "1"]
    assert "quarantine" in [link.proto.page for link in page.get("page_link")]


def test_a_dry_run_that_would_be_held_shows_every_check(open_page: Callable[..., AppTest], loader: Any, tmp_path: Path) -> None:
    asked = loader({"refresh": (3, {"load_id": None, "version": None, "files": [FILE], "gate": HELD}, [])})
    drop(tmp_path)
    page = open_page("data/refresh.py", role="data_staff")
    page.button[0].click().run()
    assert ["refresh", "--dry-run", "--json"] in [line[0] for line in asked()]
    assert "Đây là chạy thử: cổng chất lượng sẽ chặn lượt nạp này lại." in texts(page)
    checks = next(frame.value for frame in page.dataframe if "Kết quả" in frame.value.columns)
    assert checks["Kết quả"].tolist() == ["chặn lượt nạp lại"]
    assert "gate" not in [link.proto.page for link in page.get("page_link")]


@pytest.mark.parametrize(
    ("code", "said", "sentence"),
    [
        (3, [], "Cổng chất lượng chặn lượt nạp này lại: chưa công bố gì, mọi trang vẫn như trước."),
        (4, ["busy"], "Một lượt cập nhật khác đang chạy: hãy đợi xong rồi thử lại."),
        (2, ["Tệp gate.toml sai ở dòng 3."], "Chưa thể bắt đầu: Tệp gate.toml sai ở dòng 3."),
        (1, ["Traceback", "KeyError: 'secret'"], "Nguyên nhân nằm trong nhật ký máy chủ."),
        (-9, [], "Nguyên nhân nằm trong nhật ký máy chủ."),
    ],
)
def test_each_exit_code_is_a_sentence(
    open_page: Callable[..., AppTest], loader: Any, tmp_path: Path, code: int, said: list[str], sentence: str
) -> None:
    loader({"refresh": (code, None, said)})
    drop(tmp_path)
    page = open_page("data/refresh.py", role="data_staff")
    page.button[1].click().run()
    assert sentence in texts(page)
    assert "secret" not in texts(page)


def test_a_held_load_is_said_on_every_page_and_published_only_with_a_reason(
    open_page: Callable[..., AppTest], loader: Any, make_version: Callable[..., object]
) -> None:
    make_version(interactions=[{}])
    asked = loader({"loads": (0, {"loads": [LOAD]}, []), "publish": (0, {"load_id": 7, "gate": HELD, "version": "x"}, [])})
    assert "cổng chất lượng chặn lại" in texts(open_page("trust/methods.py", role="commander"))
    page = open_page("data/refresh.py", role="data_staff")
    assert "Tỷ lệ dòng bị giữ lại trong cả lượt nạp: 25,0\u00a0% (giới hạn 20,0\u00a0%)" in texts(page)
    assert page.button(key="publish 7").disabled
    page.text_input(key="reason 7").input("  đã hỏi phường  ").run()
    page.button(key="publish 7").click().run()
    assert ["publish", "7", "--reason", "đã hỏi phường", "--json"] in [line[0] for line in asked()]
    standing._kept.clear()


def test_undo_asks_twice(open_page: Callable[..., AppTest], loader: Any) -> None:
    asked = loader({"loads": (0, {"loads": [LOAD | {"load_id": 3, "state": "published", "version": "000003"}]}, [])})
    page = open_page("data/refresh.py", role="data_staff")
    assert page.button(key="undo 3").disabled
    page.checkbox(key="sure 3").check().run()
    page.button(key="undo 3").click().run()
    assert [line[0] for line in asked() if line[0][0] == "undo"] == [["undo", "3", "--json"]]


def test_a_dropped_file_lies_in_the_inbox(open_page: Callable[..., AppTest], loader: Any, tmp_path: Path) -> None:
    loader({})
    page = open_page("data/refresh.py", role="data_staff")
    page.file_uploader[0].upload("lượt hỏi.csv", b"a\n1\n", "text/csv").run()
    assert not page.exception
    assert (tmp_path / "inbox" / "lượt hỏi.csv").read_bytes() == b"a\n1\n"
    assert "lượt hỏi.csv đã nằm trong hộp thư." in texts(page)


def test_a_name_is_shown_letter_by_letter(open_page: Callable[..., AppTest], loader: Any) -> None:
    loader({})
    page = open_page("data/refresh.py", role="data_staff")
    page.file_uploader[0].upload("[x](example.org).csv", b"a\n1\n", "text/csv").run()
    assert any(r"\[x\]\(example\.org\)\.csv" in str(part.value) for part in page.caption)


def test_the_same_file_twice_is_one_and_another_content_another(tmp_path: Path) -> None:
    assert inbox.save(tmp_path, "a.csv", b"1") == ("a.csv", True)
    assert inbox.save(tmp_path, "a.csv", b"1") == ("a.csv", False)
    assert inbox.save(tmp_path, "a.csv", b"2") == ("a (2).csv", True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a (2).csv", "a.csv"]


@given(st.text(max_size=300), st.sampled_from([*inbox.ENDINGS, "exe", ""]))
def test_no_name_leads_out_of_the_inbox(name: str, ending: str) -> None:
    for wanted in (f"{name}.{ending}", f"../../{name}.{ending}", f"C:\\x\\{name}.{ending}"):
        try:
            safe = inbox.safe_name(wanted)
        except ValueError:
            continue
        assert ending
        assert Path(safe).name == safe
        assert not safe.startswith((".", "~"))
        assert safe.rsplit(".", 1)[1].lower() in inbox.ENDINGS
        assert len(safe.encode()) <= 205


@pytest.mark.parametrize("name", ["a\u202exslx.csv", "a\x00b.csv", "a\nb.csv"])
def test_letters_that_mislead_are_taken_out(name: str) -> None:
    assert inbox.safe_name(name).isprintable()


def test_the_inbox_leaves_hidden_files_links_and_manifests_out(tmp_path: Path) -> None:
    for name in ("luot-hoi_1.csv", ".part", "x.csv.manifest.toml", "sub/luot-hoi_2.csv.gz", "other.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "other.csv")
    found = {file.path: file.sources for file in inbox.waiting(tmp_path)}
    assert found == {"luot-hoi_1.csv": ("ward-sheet-interactions",), "other.csv": (), "sub/luot-hoi_2.csv.gz": ("ward-sheet-interactions",)}


def test_an_account_that_does_not_close_is_said() -> None:
    use_language("en")
    assert ledger.remark(FILE) == ""
    assert "does not close" in ledger.remark(FILE | {"rows": 6})
    assert ledger.remark(FILE | {"skipped": "already_loaded"}) == "already loaded"
    use_language("vi")


def test_a_command_under_way_is_not_started_twice(loader: Any) -> None:
    asked = loader({"refresh": (0, {}, [])})
    first = commands.start("refresh")
    assert commands.start("refresh") is first or first.wait(0)
    assert first.wait(30)
    assert first.outcome is not None
    assert first.outcome.code == commands.DONE
    assert len(asked()) in (1, 2)


def test_progress_is_read_from_its_steps(loader: Any) -> None:
    loader({"refresh": (0, {}, ["Looking", "[3/12] b.csv"])})
    job = commands.start("refresh")
    assert job.wait(30)
    assert (job.step, job.steps, job.text, job.share) == (3, 12, "b.csv", 0.25)


def test_the_loader_is_asked_again_only_when_the_record_changed(loader: Any, tmp_path: Path) -> None:
    asked = loader({"loads": (0, {"loads": []}, [])})
    standing.held()
    standing.held()
    assert len(asked()) == 1
    (tmp_path / "record.sqlite").write_bytes(b"another record")
    standing.held()
    assert len(asked()) == 2
    (tmp_path / "record.sqlite").unlink()
    assert standing.held() == []
    assert len(asked()) == 2
