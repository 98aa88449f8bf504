"""What is said of a file that loads, and what of a record comes from its file's name or is hidden as a resident's."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.reference.topics import read_topics
from etl.sources.inbox import single_file
from etl.sources.source import Source
from etl.staging.stage import StagedFile, stage_file
from tests.etl.test_encodings import cp1258, double

pytestmark = pytest.mark.usefixtures("english")

MakeSource = Callable[..., Source]
ASKED = 'asked_at = "at"\n'


@pytest.fixture
def staged(tmp_path: Path) -> Callable[..., StagedFile]:
    def staged(text: str, source: Source, name: str = "a.csv") -> StagedFile:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return stage_file(single_file(path, [source]), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())

    return staged


def test_days_in_words_are_relative_to_a_day_in_the_files_name(staged: Callable[..., StagedFile], make_source: MakeSource) -> None:
    head = 'times = ["vietnamese"]\nrelative_to = "captured"'
    parts = '[parts]\ncaptured = { of = "@file", pattern = "([0-9]{4}-[0-9]{2}-[0-9]{2})" }'
    source = make_source(ASKED, parts, head=head)
    named = staged("at\nHôm qua 08:16\n9 Tháng 1 2015 lúc 15:08\n", source, "nhóm-2026-10-07.csv")
    assert named.good["asked_at"].to_list() == [datetime(2026, 10, 6, 1, 16, tzinfo=UTC), datetime(2015, 1, 9, 8, 8, tzinfo=UTC)]
    unnamed = staged("at\nHôm qua 08:16\n9 Tháng 1 2015 lúc 15:08\n", source, "nhóm.csv")
    assert unnamed.refused.select("row_number", "rule").rows() == [(1, "time_unreadable")]
    other = staged("at\nHôm qua 08:16\n", source, "nhóm-2026-10-08.csv")
    assert other.good["interaction_id"][0] != named.good["interaction_id"][0]  # the same words on another day are another request


def test_a_column_settled_by_evidence_is_reported_and_one_that_contradicts_itself_refused(
    staged: Callable[..., StagedFile], make_source: MakeSource
) -> None:
    source = make_source(ASKED, head='times = [["%d/%m/%Y", "%m/%d/%Y"]]')
    assert staged("at\n03/04/2026\n04/25/2026\n", source).reason == (
        "In column “at” (asked_at), times that may be read in two ways: 1; read as %m/%d/%Y, as others show (1)."
    )
    assert "no other shows which, read as %d/%m/%Y" in str(staged("at\n03/04/2026\n", source, "b.csv").reason)
    both = staged("at\n03/04/2026\n04/25/2026\n25/04/2026\n", source, "c.csv")
    assert "contradict one another" in str(both.reason)
    assert both.refused.select("row_number", "rule", "column").rows() == [(1, "time_ambiguous", "asked_at")]


def test_what_was_announced_and_not_captured_is_said(staged: Callable[..., StagedFile], make_source: MakeSource) -> None:
    source = make_source(ASKED, '[declared]\nof = "post"\ncount = "comments"\ncounted = "below"')
    text = "at,post,comments,below\n2026-01-01,p,3,\n2026-01-02,c,,p\n"
    assert staged(text, source).reason == "Of 3 records that others in it announce, it holds 1."
    assert staged(text.replace(",3,", ",1,"), source, "b.csv").reason is None


def test_a_residents_own_number_is_stored_as_a_pseudonym_and_not_shown(staged: Callable[..., StagedFile], make_source: MakeSource) -> None:
    source = make_source(ASKED + 'channel_id = "user"', head='pseudonyms = ["channel_id"]')
    loaded = staged("at,user\n2026-01-01,u12\nhôm qua,u13\n", source)
    assert len(loaded.good["channel_id"][0]) == 64
    assert '"channel_id": "***"' in loaded.refused["row"][0]


SHEET = "Lúc,Phường\r\n2026-10-05,Phường Hoàn Kiếm\r\n2026-10-06,Thị trấn Đông Anh Ề ỹ\r\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (SHEET.encode(), "auto"),
        (SHEET.encode("utf-8-sig"), "auto"),
        (SHEET.encode("utf-16"), "auto"),
        (SHEET.encode("utf-16-le"), "auto"),
        (SHEET.encode("utf-16-be"), "auto"),
        (cp1258(SHEET), "auto"),
        (double(SHEET, "cp1252").encode(), "auto"),
        (double(SHEET, "latin-1").encode(), "auto"),
        (unicodedata.normalize("NFD", SHEET).encode(), "auto"),
        (SHEET.encode("tcvn3"), "tcvn3"),
    ],
)
def test_one_sheet_is_the_same_rows_in_every_encoding(
    tmp_path: Path, make_source: MakeSource, staged: Callable[..., StagedFile], raw: bytes, encoding: str
) -> None:
    source = make_source('asked_at = "Lúc"\nward = "Phường"', head=f'encoding = "{encoding}"')
    first = staged(SHEET, make_source('asked_at = "Lúc"\nward = "Phường"')).good
    (tmp_path / "b.csv").write_bytes(raw)
    file = stage_file(single_file(tmp_path / "b.csv", [source]), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    assert file.good.equals(first)
    assert file.refused.is_empty()
