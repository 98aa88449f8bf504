"""Every staff sheet that we ship: its sample loads by the real command, and nothing of it gets lost."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from etl.reference.topics import read_topics
from etl.settings import DATA, ROOT
from etl.sources.inbox import single_file
from etl.sources.source import Source, read_sources
from etl.staging.stage import stage_file
from etl.tables import INPUT_TABLES

PAGE = "facebook-page-sample.json"
PLAIN = {
    "interactions-sample.jsonl": (6, "before_asked", "answered_at"),
    "messages-sample.jsonl": (6, "unlisted_value", "author_role"),
    "feedback-sample.parquet": (6, "rating_only_for_ratings", "rating"),
}
"""Sample whose columns are named as ours → its last record, which is wrong, and the rule it breaks."""
FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")
STAFF = ("ward-", "english-")
BAD_ROW = {
    "luot-hoi-mau": (6, "before_asked", "answered_at"),
    "loi-khen-mau": (5, "required", "received_at"),
    "gop-y-mau": (5, "unlisted_value", "outcome"),
    "cham-diem-mau": (5, "number_range", "rating"),
    "y-kien-mau": (6, "rating_only_for_ratings", "rating"),
    "can-bo-mau": (5, "required", "officer_id"),
    "dieu-dong-mau": (5, "ends_before_start", "ends_on"),
    "lich-truc-mau": (5, "ends_before_start", "ends_at"),
    "kenh-mau": (5, "unlisted_value", "platform"),
    "so-lieu-kenh-mau": (5, "not_a_number", "members"),
    "tin-nhan-mau": (8, "unlisted_value", "author_role"),
    "officer-list-sample": (5, "required", "officer_id"),
    "posting-list-sample": (5, "ends_before_start", "ends_on"),
    "duty-roster-sample": (5, "ends_before_start", "ends_at"),
    "interactions-sample": (6, "before_asked", "answered_at"),
    "feedback-sample": (6, "rating_only_for_ratings", "rating"),
}
"""Sample → the one record that is wrong, the last, and the rule it breaks."""


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources([DATA / "sources"])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The staff samples, refreshed into a home of their own; and what was quarantined."""
    folder = tmp_path_factory.mktemp("samples")
    inbox = folder / "inbox"
    inbox.mkdir()
    for stem in BAD_ROW:
        for ending in (".csv", ".xlsx"):
            shutil.copy(DATA / "sample" / (stem + ending), inbox)
    environment = {**os.environ, "LANGNGHE_HOME": str(folder / "home")}

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "etl", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    report = run("refresh", "--inbox", str(inbox), "--as-of", "2026-10-31T16:59:59Z")
    return {"files": report["files"], "quarantine": run("quarantine")["rows"], "rows": run("status")["rows"]}


def test_every_sample_fits_exactly_one_source(sources: list[Source]) -> None:
    for path in sorted((DATA / "sample").iterdir()):
        fitting = [source.name for source in sources if source.fits(PurePosixPath(path.name))]
        assert len(fitting) == 1, f"{path.name}: {fitting}"


def test_every_staff_source_has_a_sample(sources: list[Source]) -> None:
    names = [PurePosixPath(stem + ending) for stem in BAD_ROW for ending in (".csv", ".xlsx")]
    unused = [source.name for source in sources if source.name.startswith(STAFF) and not any(source.fits(name) for name in names)]
    assert unused == []


def test_every_table_has_a_vietnamese_sheet(sources: list[Source]) -> None:
    tables = {source.table.name for source in sources if source.name.startswith("ward-sheet-")}
    assert tables == set(INPUT_TABLES)


def test_a_kind_of_sheet_is_one_source_whatever_program_wrote_it(sources: list[Source]) -> None:
    sheets = [source for source in sources if source.name.startswith(STAFF)]
    assert len(sheets) == len(BAD_ROW)
    for source in sheets:
        assert source.formats == ("csv", "xlsx")
        assert (source.format_of("a.csv"), source.format_of("a.XLSX"), source.format_of("a.txt")) == ("csv", "xlsx", None)


def test_the_account_of_every_sample_closes(loaded: dict[str, Any]) -> None:
    assert len(loaded["files"]) == 2 * len(BAD_ROW)
    for file in loaded["files"]:
        fates = {fate: file[fate] for fate in FATES}
        assert sum(fates.values()) == file["rows"] > 0
        accepted = {"loaded": file["loaded"], "duplicate": file["duplicate"]}
        assert fates == {**dict.fromkeys(FATES, 0), **accepted, "quarantined": 1}, file["path"]
        assert (file["skipped"], file["provisional"]) == (None, False)


def test_a_row_that_comes_as_csv_and_as_workbook_is_one_row(loaded: dict[str, Any]) -> None:
    fates = {Path(file["path"]).name: (file["loaded"], file["duplicate"]) for file in loaded["files"]}
    assert fates["luot-hoi-mau.csv"] == (0, 5)
    assert fates["luot-hoi-mau.xlsx"] == (5, 0)


def test_the_one_bad_row_of_every_sample_is_named(loaded: dict[str, Any]) -> None:
    found = {Path(row["path"]).name: (row["row_number"], row["rule"], row["column"]) for row in loaded["quarantine"]}
    assert found == {stem + ending: bad for stem, bad in BAD_ROW.items() for ending in (".csv", ".xlsx")}


def test_all_good_rows_are_in_the_tidy_tables(loaded: dict[str, Any]) -> None:
    good = {
        "interactions": 2 * 5 + 2,
        "feedback": 3 * 4 + 2 * 5,
        "officers": 8 + 4,
        "postings": 8 + 4,
        "duties": 8 + 4,
        "channels": 8,
        "channel_days": 8,
    }
    assert {table: loaded["rows"][table] for table in good} == good


def test_a_facebook_page_is_its_posts_and_their_comments(sources: list[Source]) -> None:
    file = single_file(DATA / "sample" / PAGE, sources)
    staged = stage_file(file, datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    page = "100064100000001"
    rows = staged.good.select("message_id", "thread_id", "parent_id", "author_role").rows()
    assert rows == [
        (f"{page}_2201", f"{page}_2201", None, "page"),
        ("2201_31", f"{page}_2201", None, "resident"),
        ("2201_32", f"{page}_2201", "2201_31", "page"),
        ("2201_33", f"{page}_2201", None, "resident"),
        (f"{page}_2202", f"{page}_2202", None, "resident"),
        ("2202_41", f"{page}_2202", None, "page"),
    ]
    assert staged.good["channel_id"].unique().to_list() == [page]
    assert staged.refused.select("row_number", "rule", "column").rows() == [(7, "time_unreadable", "sent_at")]
    assert staged.reason is None


def test_the_comments_of_a_post_that_come_by_themselves_are_of_its_thread(sources: list[Source]) -> None:
    page, comments = "100064100000001", "facebook-comments 100064100000001_2201.json"
    file = single_file(DATA / "sample" / comments, sources)
    staged = stage_file(file, datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    rows = staged.good.select("message_id", "thread_id", "parent_id", "author_role", "event").rows()
    thread = f"{page}_2201"
    assert rows == [
        ("2201_33", thread, None, "resident", "reply"),
        ("2201_34", thread, None, "resident", "reply"),
        ("2201_35", thread, "2201_34", "page", "reply"),
        ("2201_36", thread, "2201_34", "resident", "reply"),
    ]
    assert staged.refused.select("row_number", "rule", "column").rows() == [(5, "time_unreadable", "sent_at")]


def test_zalo_conversations_are_their_messages(sources: list[Source]) -> None:
    file = single_file(DATA / "sample" / "zalo-tin-nhan-mau.jsonl", sources)
    staged = stage_file(file, datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    rows = staged.good.select("thread_id", "author_role", "officer_id", "event", "topic").rows()
    assert rows == [
        ("zl-mau-1", "resident", None, None, "Thủ tục hành chính"),
        ("zl-mau-1", "bot", None, None, None),
        ("zl-mau-1", "officer", "CB-M01", None, None),
        ("zl-mau-1", "officer", "CB-M01", "resolve", None),
        ("zl-mau-2", "resident", None, None, "an ninh trật tự"),
    ]
    assert staged.good["sent_at"][0] == datetime(2026, 10, 3, 1, 15, 20, tzinfo=UTC)
    assert set(staged.good["platform"]) == {"zalo_oa"}
    assert staged.refused.select("row_number", "rule", "column").rows() == [(6, "unlisted_value", "author_role")]


@pytest.mark.parametrize(("name", "bad"), PLAIN.items(), ids=PLAIN)
def test_what_another_program_writes_under_our_names_loads_as_it_is(name: str, bad: tuple[int, str, str], sources: list[Source]) -> None:
    file = single_file(DATA / "sample" / name, sources)
    staged = stage_file(file, datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    assert (staged.rows, staged.good.height) == (6, 5)
    assert staged.refused.select("row_number", "rule", "column").rows() == [bad]
    assert file.source.columns == {column: (column,) for column in file.source.table.names()}


@pytest.mark.parametrize("beside", [{}, {"id": "1"}, {"id": "7"}])
def test_a_page_that_is_not_named_is_known_by_its_posts(tmp_path: Path, sources: list[Source], beside: dict[str, str]) -> None:
    def post(number: str, author: str) -> dict[str, Any]:
        comments = [{"id": f"{number}c{who}", "created_time": "2026-10-05T01:00:00+0000", "from": {"id": who}} for who in "123"]
        return {"id": number, "created_time": "2026-10-05T00:00:00+0000", "from": {"id": author}, "comments": {"data": comments}}

    path = tmp_path / "facebook-page-1.json"
    path.write_text(json.dumps({"data": [post("1_5", "2"), post("p9", "3")], **beside}))
    staged = stage_file(single_file(path, sources), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    by_page = staged.good.filter(author_role="page")["message_id"].to_list()
    expected = {"1": ["1_5c1", "p9c1"], "7": []}
    assert by_page == expected.get(beside.get("id", ""), ["1_5c1", "p9", "p9c3"])
