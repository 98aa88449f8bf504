"""Every register and export that we ship a source for: its sample loads as it is, and what of it cannot load is named."""

import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from etl.reference.topics import read_topics
from etl.settings import DATA, ROOT
from etl.sources.inbox import single_file
from etl.sources.source import Source, read_sources
from etl.staging.stage import StagedFile, stage_file
from tests.etl.house import House, at

RECEPTION = "Sổ tiếp công dân - Phường Hoàn Kiếm - 2026.xlsx"
COMPLAINTS = "Sổ khiếu nại tố cáo - Phường Hoàn Kiếm - 2026.xlsx"
INSIGHTS = "group-insights fb-nhom-mau-1 2026-10.xlsx"
GROUP = "facebook-group-sample.json"
EVENTS = "ticket-events-sample.csv"
DESK = "chatwoot-conversations-sample.jsonl"
RATINGS = "chatwoot-csat-sample.json"
ZALO = "zalo-oa-sample.json"
ARCHIVE = "facebook-archive fb-trang-mau-1 message_1.json"
OPEN311 = "open311-sample.json"
ACCOUNTS = {
    RECEPTION: (6, 2, (5, "time_unreadable", "asked_at")),
    COMPLAINTS: (12, 7, (6, "required", "received_at")),
    INSIGHTS: (4, 0, (4, "not_a_number", "members")),
    GROUP: (7, 0, (7, "time_unreadable", "sent_at")),
    EVENTS: (8, 0, (8, "unlisted_value", "author_role")),
    DESK: (8, 3, None),
    RATINGS: (3, 0, (3, "number_range", "rating")),
    ZALO: (6, 0, (6, "time_unreadable", "sent_at")),
    ARCHIVE: (4, 0, (4, "time_too_early", "sent_at")),
    OPEN311: (3, 0, (3, "time_unreadable", "asked_at")),
}
"""Sample → its records, those not selected, and the one that is wrong with the rule it breaks."""


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources([DATA / "sources"])


@pytest.fixture(scope="module")
def staged(sources: list[Source]) -> dict[str, StagedFile]:
    latest, topics = datetime(2026, 11, 1, tzinfo=UTC), read_topics()
    return {name: stage_file(single_file(DATA / "sample" / name, sources), latest, b"k" * 32, topics) for name in ACCOUNTS}


def rows(file: StagedFile, *columns: str) -> list[tuple[Any, ...]]:
    return file.good.select(columns).rows()


def day(text: str) -> datetime:
    return at(f"{text} 00:00")


def test_every_source_has_a_sample_and_stands_in_the_documentation(sources: list[Source]) -> None:
    samples = [PurePosixPath(path.name) for path in (DATA / "sample").iterdir()]
    assert [source.name for source in sources if not any(map(source.fits, samples))] == []
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [source.name for source in sources if f"`{source.name}`" not in page] == []


@pytest.mark.parametrize(("name", "account"), ACCOUNTS.items(), ids=list(ACCOUNTS))
def test_the_account_of_a_sample_closes_and_its_bad_record_is_named(
    staged: dict[str, StagedFile], name: str, account: tuple[int, int, tuple[int, str, str] | None]
) -> None:
    records, not_selected, bad = account
    file = staged[name]
    assert (file.rows, file.not_selected, file.provisional) == (records, not_selected, False)
    assert file.refused.select("row_number", "rule", "column").rows() == ([bad] if bad else [])
    assert file.good.height == records - not_selected - (1 if bad else 0)


def test_the_reception_book_of_circular_04_2021(staged: dict[str, StagedFile]) -> None:
    book, fifth, twelfth = "Phường Hoàn Kiếm 2026", day("2026-10-05"), day("2026-10-12")
    file = staged[RECEPTION]
    assert rows(file, "interaction_id", "asked_at", "answered_at", "resolved_at", "topic") == [
        (f"{book} 1", fifth, fifth, None, "Phản ánh"),
        (f"{book} 2", fifth, twelfth, twelfth, "Tố cáo"),
        (f"{book} 3", day("2026-10-07"), None, None, "Kiến nghị"),
    ]
    assert set(file.good["ward"]) == {"Phường Hoàn Kiếm"}
    assert file.good["resident"].n_unique() == 3
    assert "Mẫu" not in str(file.good.rows()) + str(file.refused.rows())


def test_the_complaint_book_of_form_28(staged: dict[str, StagedFile]) -> None:
    file = staged[COMPLAINTS]
    assert rows(file, "feedback_id", "received_at", "outcome", "decided_at") == [
        ("Phường Hoàn Kiếm 2026 1", day("2026-09-01"), "upheld", day("2026-09-20")),
        ("Phường Hoàn Kiếm 2026 2", day("2026-09-14"), "not_upheld", day("2026-10-02")),
        ("Phường Hoàn Kiếm 2026 3", day("2026-10-05"), "pending", None),
        ("Phường Hoàn Kiếm 2026 4", day("2026-10-06"), "resolved", None),
    ]
    assert set(file.good["formal"]) == {True}
    assert set(file.good["officer_id"]) == {None}


def test_the_same_book_of_another_name_is_the_same_rows_as_long_as_its_ward_stands_in_it(tmp_path: Path, sources: list[Source]) -> None:
    ids = []
    for name in ("Sổ tiếp công dân - Phường Hoàn Kiếm - 2026 (1).xlsx", "so-tiep-cong-dan 3.xlsx"):
        shutil.copy(DATA / "sample" / RECEPTION, tmp_path / name)
        file = stage_file(single_file(tmp_path / name, sources), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
        ids.append(file.good["interaction_id"][0])
    assert ids == ["Phường Hoàn Kiếm 2026 1", "so-tiep-cong-dan 3 2026 1"]


@pytest.mark.parametrize(
    ("name", "in_capitals"),
    [
        (INSIGHTS, "GROUP-INSIGHTS fb-nhom-mau-1 2026-10.XLSX"),
        (ARCHIVE, "FACEBOOK-ARCHIVE fb-trang-mau-1 MESSAGE_1.JSON"),
        (COMPLAINTS, "SỔ KHIẾU NẠI TỐ CÁO - Phường Hoàn Kiếm - 2026.XLSX"),
    ],
)
def test_a_name_in_capitals_says_the_same(
    tmp_path: Path, sources: list[Source], staged: dict[str, StagedFile], name: str, in_capitals: str
) -> None:
    shutil.copy(DATA / "sample" / name, tmp_path / in_capitals)
    file = stage_file(single_file(tmp_path / in_capitals, sources), datetime(2026, 11, 1, tzinfo=UTC), b"k" * 32, read_topics())
    assert file.good.equals(staged[name].good)


def test_group_insights_are_days_of_the_group_in_the_files_name(staged: dict[str, StagedFile]) -> None:
    file = staged[INSIGHTS]
    assert rows(file, "channel_id", "day", "members") == [
        ("fb-nhom-mau-1", datetime(2026, 10, number).date(), members) for number, members in ((11, 1200), (12, 1204), (13, 1207))
    ]
    assert "%m/%d/%Y" in str(file.reason)


def test_a_group_export_keeps_comments_that_are_numbered_anew_apart_and_says_what_is_missing(staged: dict[str, StagedFile]) -> None:
    file = staged[GROUP]
    assert rows(file, "message_id", "parent_id", "author_role", "sent_at") == [
        ("P1", None, "resident", day("2026-10-05")),
        ("P1 1", "P1", "page", day("2026-10-05")),
        ("P1 2", "P1 1", "resident", at("2026-10-06 08:16")),
        ("P2", None, "page", day("2025-10-13")),
        ("P2 1", "P2", "resident", at("2026-01-09 15:08")),
        ("P2 2", "P2 1", "page", day("2026-01-10")),
    ]
    assert all(number in str(file.reason) for number in "54")


def test_zalo_conversations_tell_time_in_three_ways_and_name_no_officer(staged: dict[str, StagedFile]) -> None:
    file = staged[ZALO]
    assert rows(file, "message_id", "author_role", "sent_at") == [
        ("zm1", "resident", at("2026-10-05 09:40")),
        ("zm2", "page", at("2026-10-05 10:05")),
        ("zm3", "resident", at("2026-10-05 10:15:20")),
        ("zm4", "resident", at("2026-10-14 09:40")),
        ("zm5", "page", at("2026-10-14 09:50")),
    ]
    assert file.good["thread_id"].n_unique() == 1
    assert "700000000000000021" not in str(file.good.rows()) + str(file.refused.rows())


def test_the_letters_of_a_facebook_archive_are_made_whole_and_its_conversation_names_nobody(staged: dict[str, StagedFile]) -> None:
    file = staged[ARCHIVE]
    assert rows(file, "author_role", "sent_at", "channel_id") == [
        ("resident", at("2026-10-17 09:40"), "fb-trang-mau-1"),
        ("page", at("2026-10-05 09:50"), "fb-trang-mau-1"),
        ("resident", at("2026-10-05 09:40"), "fb-trang-mau-1"),
    ]
    in_group = staged[GROUP].good.filter(message_id="P1")["author"]  # she is Nguyễn Thị Mẫu there, too, in plain letters
    assert file.good.filter(author_role="resident")["author"].unique().to_list() == in_group.to_list()
    assert "mau20" not in str(file.good.rows())


def test_of_a_closed_open311_request_its_last_update_is_its_answer(staged: dict[str, StagedFile]) -> None:
    assert rows(staged[OPEN311], "interaction_id", "asked_at", "resolved_at", "ward", "platform") == [
        ("26-00001", at("2026-10-05 08:00"), at("2026-10-06 09:30"), "Phường Hoàn Kiếm", "app"),
        ("26-00002", at("2026-10-05 10:15"), None, "Phường Ba Đình", "hotline"),
    ]


def test_all_of_them_load_together(house: House) -> None:
    house.sources = DATA / "sources"
    house.drop("lich-truc-1.csv", "Mã cán bộ,Mã kênh,Bắt đầu ca,Kết thúc ca\nCB-M05,zalo-oa-mau-1,14/10/2026 08:00,14/10/2026 12:00\n")
    for name in ACCOUNTS:
        shutil.copy(DATA / "sample" / name, house.inbox)
    report = house.refresh(as_of=at("2026-10-31 23:00"))
    assert {file["path"]: file["loaded"] for file in report["files"] if file["path"] in ACCOUNTS} == {
        name: records - not_selected - (1 if bad else 0) for name, (records, not_selected, bad) in ACCOUNTS.items()
    }
    ticket = house.row(interaction_id="T-1")
    assert [ticket[name] for name in ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at")] == [
        at(f"2026-10-{time}") for time in ("05 08:00", "05 08:20", "05 10:05", "05 10:06", "07 09:00")
    ]
    assert (ticket["officer_id"], ticket["attribution"], ticket["status"]) == ("CB-M01", "author", "open")
    taken = house.row(interaction_id="T-2")
    assert (taken["officer_id"], taken["attribution"], taken["answered_at"]) == ("CB-M02", "named", None)
    desk = house.row(interaction_id="chatwoot 17")
    assert (desk["officer_id"], desk["answered_at"], desk["resolved_at"]) == ("8", at("2026-10-05 09:55"), at("2026-10-05 09:56"))
    first, second = (house.row(interaction_id=number) for number in ("zm1", "zm4"))
    assert (first["answered_at"], first["officer_id"], first["attribution"]) == (at("2026-10-05 10:05"), "unknown", "none")
    assert (second["answered_at"], second["officer_id"], second["attribution"]) == (at("2026-10-14 09:50"), "CB-M05", "roster")
    assert report["stated"]["requests_told_apart_by_silence"] == 2
    rating = house.row("feedback", feedback_id="chatwoot 1")
    assert (rating["interaction_id"], rating["officer_id"], rating["rating"]) == ("chatwoot 17", "8", 5)
    assert house.row("feedback", feedback_id="Phường Hoàn Kiếm 2026 1")["ward_code"] != "unknown"


SHOWN = ("rows", "loaded", "duplicate", "quarantined", "not_selected")


def test_the_balance_sheet_in_the_documentation_is_that_of_the_samples(house: House) -> None:
    house.sources = DATA / "sources"
    for path in (DATA / "sample").iterdir():
        shutil.copy(path, house.inbox)
    report = house.refresh(as_of=at("2026-10-31 23:00"))
    assert report["gate"]["passed"]
    files = sorted(report["files"], key=lambda file: (file["source"], file["path"]))
    lines = [f"| {file['path']} | `{file['source']}` | " + " | ".join(str(file[fate]) for fate in SHOWN) + " |" for file in files]
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    table = page[page.index("| sample | source |") :].splitlines()[2:]
    assert [line for line in table if line.startswith("|")] == lines


def test_comments_that_came_before_their_post_are_requests_of_their_own_once_it_has_come(house: House) -> None:
    house.sources = DATA / "sources"
    shutil.copy(DATA / "sample" / "facebook-comments 100064100000001_2201.json", house.inbox)
    house.refresh()
    assert house.table("interactions").height == 1  # nobody knows yet that it was the page who posted
    shutil.copy(DATA / "sample" / "facebook-page-sample.json", house.inbox)
    house.refresh()
    asked = house.row(interaction_id="2201_34")
    assert (asked["asked_at"], asked["answered_at"], asked["reply_count"]) == (at("2026-10-05 14:00"), at("2026-10-05 14:25"), 1)
    assert house.row(interaction_id="2201_33")["answered_at"] is None
