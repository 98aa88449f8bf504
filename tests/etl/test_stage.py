"""Steps 1 to 6 for one file: whatever its bytes, the account closes and nothing but a reason comes out."""

import csv
import gzip
import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath

import polars as pl
import pytest
import xlsxwriter

from etl.inbox import InboxFile, UnreadableError, single_file
from etl.sources import Source
from etl.stage import StagedFile, stage_file
from etl.topics import Topics, read_topics

MakeSource = Callable[..., Source]
Stage = Callable[[bytes, Source, str], StagedFile]
COLUMNS = 'interaction_id = "Mã"\nasked_at = "Hỏi"\nward = "Phường"\ntext = "Nội dung"\nresident = "Người dân"\nreply_count = "Số"'
HEADER = ["Mã", "Hỏi", "Phường", "Nội dung", "Người dân", "Số"]
ROWS = [
    [f"{i:03}", f"{i + 1:02}/10/2026 08:{i:02}", "Phường Đống Đa", f'Mất xe, "{i}"' if i % 3 else f"một\nhai {i}", f"Lan {i}", f"{i}"]
    for i in range(25)
]
ODD = [
    b'"',
    b"\x00",
    b"\xff",
    b"\r",
    b"\n",
    b",",
    "٣".encode(),
    b"\xed\xa0\x80",
    b"99999999999999999999",
    b'""',
    "Ã\xa0".encode(),
    b"+262142-01-01",
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


def as_xlsx(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for i, row in enumerate([HEADER, *rows]):
        sheet.write_row(i, 0, row)
    book.close()
    return out.getvalue()


def mutated(raw: bytes, chance: random.Random) -> bytes:
    for _mutation in range(chance.choice([1, 1, 2, 6])):
        at = chance.randrange(len(raw))
        kind = chance.randrange(5)
        if kind == 0:
            raw = raw[:at] + chance.choice(ODD) + raw[at:]
        elif kind == 1:
            raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        elif kind == 2:
            raw = raw[:at] + raw[at + chance.choice([1, 20]) :]
        elif kind == 3:
            raw = raw[:at] + raw[at // 2 : at // 2 + 40] + raw[at:]
        else:
            raw = raw[: max(at, 1)] if chance.random() < 0.2 else raw
        raw = raw or b"x"
    return raw


def test_the_account_closes_for_mutated_text_archives_and_workbooks(stage: Stage, source: Source, make_source: MakeSource) -> None:
    chance = random.Random(20261031)
    workbook = make_source(COLUMNS, format="xlsx", head='times = ["%d/%m/%Y %H:%M"]')
    plain, packed, sheet = as_csv(ROWS), gzip.compress(as_csv(ROWS)), as_xlsx(ROWS)
    read, reasons = 0, list[str]()
    for _file in range(80):
        for raw, given, name in ((plain, source, "a.csv"), (packed, source, "a.csv.gz"), (sheet, workbook, "a.xlsx")):
            try:
                staged = stage(mutated(raw, chance), given, name)
            except UnreadableError as error:
                reasons.append(str(error))
                continue
            assert staged.rows == staged.good.height + staged.refused.height + staged.not_selected
            read += staged.rows
    assert read > 1_000
    assert not any("Lan" in reason for reason in reasons)


def test_workbooks_with_mutated_insides_end_in_rows_or_a_reason(stage: Stage, make_source: MakeSource) -> None:
    chance = random.Random(20261101)
    workbook = make_source(COLUMNS, format="xlsx", head='times = ["%d/%m/%Y %H:%M"]')
    whole = as_xlsx(ROWS)
    for _file in range(100):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
            hit = chance.choice([name for name in old.namelist() if "sheet" in name or "shared" in name or "styles" in name])
            for name in old.namelist():
                new.writestr(name, mutated(old.read(name), chance) if name == hit else old.read(name))
        try:
            staged = stage(out.getvalue(), workbook, "a.xlsx")
        except UnreadableError:
            continue
        assert staged.rows == staged.good.height + staged.refused.height + staged.not_selected


def test_rows_beside_a_broken_one_arrive_byte_for_byte(stage: Stage, source: Source) -> None:
    chance = random.Random(7)
    flat = [[row[0], row[1], row[2], f"Hỏi {row[0]}", row[4], row[5]] for row in ROWS]
    lines = as_csv(flat).splitlines(keepends=True)
    expected = stage(b"".join(lines), source, "a.csv").good.drop("row_number").rows()
    for _file in range(80):
        hit = chance.randrange(1, len(lines))
        line = mutated(lines[hit].rstrip(b"\r\n"), chance).replace(b"\r", b"").replace(b"\n", b"").replace(b'"', b"")
        if chance.random() < 0.5:
            line = line.replace(b",", b',"', 1)
        found = set(stage(b"".join([*lines[:hit], line + b"\r\n", *lines[hit + 1 :]]), source, "a.csv").good.drop("row_number").rows())
        assert set(expected[: hit - 1] + expected[hit:]) <= found


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
