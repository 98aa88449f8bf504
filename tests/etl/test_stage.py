"""Steps 1 to 6 for one file: what goes further, what does not, and what the person is told."""

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath

import polars as pl
import pytest
import xlsxwriter

from etl.reference.topics import Topics, read_topics
from etl.sources.inbox import InboxFile, UnreadableError, single_file
from etl.sources.source import Source
from etl.staging.stage import StagedFile, stage_file

MakeSource = Callable[..., Source]
Stage = Callable[[bytes, Source, str], StagedFile]
COLUMNS = 'interaction_id = "Mã"\nasked_at = "Hỏi"\nward = "Phường"\ntext = "Nội dung"\nresident = "Người dân"\nreply_count = "Số"'
HEADER = ["Mã", "Hỏi", "Phường", "Nội dung", "Người dân", "Số"]
ROWS = [
    [f"{i:03}", f"{i + 1:02}/10/2026 08:{i:02}", "Phường Đống Đa", f'Mất xe, "{i}"' if i % 3 else f"một\nhai {i}", f"Lan {i}", f"{i}"]
    for i in range(25)
]


@pytest.fixture(scope="module")
def topics() -> Topics:
    return read_topics()


@pytest.fixture
def stage(tmp_path: Path, topics: Topics) -> Stage:
    def stage(raw: bytes, source: Source, name: str = "a.csv") -> StagedFile:
        path = tmp_path / name
        path.write_bytes(raw)
        file = InboxFile(path, PurePosixPath(name), len(raw), "", (source,))
        return stage_file(file, datetime(2026, 11, 22, tzinfo=UTC), b"k" * 32, topics)

    return stage


@pytest.fixture
def source(make_source: MakeSource) -> Source:
    return make_source(COLUMNS, head='times = ["%d/%m/%Y %H:%M", "iso", "unix"]')


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *rows])
    return out.getvalue().encode()


def test_the_order_of_rows_changes_nothing_but_their_numbers(stage: Stage, source: Source) -> None:
    rows = [*ROWS, ["x", "no time", "", "", "", ""]]
    shuffled = random.Random(3).sample(rows, len(rows))
    one, two = stage(as_csv(rows), source, "a.csv"), stage(as_csv(shuffled), source, "a.csv")
    assert one.good.drop("row_number").sort("interaction_id").equals(two.good.drop("row_number").sort("interaction_id"))
    assert one.refused.drop("row_number").equals(two.refused.drop("row_number"))


def test_no_resident_and_no_text_goes_further(stage: Stage, source: Source) -> None:
    staged = stage(as_csv([*ROWS, ["x", "no time", "", "Mất xe", "Lan 99", ""]]), source, "a.csv")
    assert "text" not in staged.good.columns
    everything = str(staged.good.rows()) + str(staged.refused.rows())
    assert "Lan" not in everything
    assert "Mất xe" not in everything
    assert staged.good["resident"].str.len_chars().unique().to_list() == [64]


def test_free_text_of_feedback_is_coded_unless_a_category_is_given(stage: Stage, make_source: MakeSource, topics: Topics) -> None:
    source = make_source('kind = "k"\nreceived_at = "t"\ncategory = "c"\ntext = "x"', table="feedback")
    text = next(word for category in topics.categories for word in category.words)
    coded = topics.category_of_text(pl.Series([text])).item()
    staged = stage(f"k,t,c,x\ncompliment,2026-10-30,,{text}\ncompliment,2026-10-30,own,{text}\n".encode(), source, "a.csv")
    assert coded
    assert staged.good["category"].to_list() == [coded, "own"]


def test_what_the_person_should_know_is_said(stage: Stage, source: Source) -> None:
    cut = stage(as_csv(ROWS)[:-9], source, "a.csv")
    assert cut.provisional
    assert cut.reason
    missing = stage("Hỏi\n2026-10-30\n".encode(), source, "a.csv")
    assert not missing.provisional
    assert "Phường" in (missing.reason or "")
    assert stage("Hỏi\n".encode(), source, "a.csv").rows == 0


@pytest.mark.parametrize("hour", [time(8, 15), "08:15"])
def test_a_typed_day_and_its_hour_in_another_cell_are_one_time(stage: Stage, make_source: MakeSource, tmp_path: Path, hour: object) -> None:
    joined = 'asked_at = ["Ngày", "Giờ"]'
    source = make_source(joined, format="xlsx", head='times = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]')
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Ngày", "Giờ"])
    sheet.write_datetime(1, 0, datetime(2026, 10, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
    if isinstance(hour, time):
        sheet.write_datetime(1, 1, hour, book.add_format({"num_format": "hh:mm"}))
    else:
        sheet.write_string(1, 1, str(hour))
    book.close()
    staged = stage((tmp_path / "b.xlsx").read_bytes(), source, "a.xlsx")
    assert staged.good["asked_at"].to_list() == [datetime(2026, 10, 31, 1, 15, tzinfo=UTC)]


def test_a_file_that_is_replaced_while_it_is_read_is_not_loaded(source: Source, tmp_path: Path, topics: Topics) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Hỏi\n2026-10-30\n", encoding="utf-8")
    file = single_file(path, [source])
    assert stage_file(file, datetime(2026, 11, 22, tzinfo=UTC), b"k" * 32, topics).rows == 1
    path.with_name("b").write_text("Hỏi\n2026-10-31\n", encoding="utf-8")
    path.with_name("b").replace(path)
    with pytest.raises(UnreadableError):
        stage_file(file, datetime(2026, 11, 22, tzinfo=UTC), b"k" * 32, topics)


def test_a_file_that_vanished_is_a_reason(source: Source, tmp_path: Path, topics: Topics) -> None:
    for name in ("gone.csv", "gone.csv.gz", "gone.csv.zip"):
        file = InboxFile(tmp_path / name, PurePosixPath(name), 1, "", (source,))
        with pytest.raises(UnreadableError):
            stage_file(file, datetime(2026, 11, 22, tzinfo=UTC), b"k" * 32, topics)
