"""What the commands tell a person: sentences in either language, numbers in its form, and no more rows than can be read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from etl import report
from etl.language import use_language

REFUSED = {"load_id": 1, "path": "hỏi.csv", "rule": "required", "column": "asked_at", "message": "Asked at is empty.", "fixed_in": None}
AS_OF = datetime(2026, 11, 21, 1, tzinfo=UTC)
ROWS = {"interactions": 12_345, "feedback": 0, "duties": 1}


def status(**changed: Any) -> dict[str, Any]:
    published = {"version": "000002", "as_of": AS_OF, "checksum": "c0", "rows": ROWS}
    return published | {"loads": 2, "held": [], "inbox": {"new": 1_000, "known": 0}, "quarantined": 1_234} | changed


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "vi",
            [
                "Phiên bản 000002, dữ liệu đến 21/11/2026 08:00.",
                "Mã kiểm c0",
                "Số dòng: lượt hỏi 12.345, ca trực 1",
                "Lượt nạp: 2; chờ duyệt: 1",
                "Lượt nạp 2 bị chặn lại, chờ duyệt; những gì đang hiển thị vẫn như trước.",
                'Hãy công bố hoặc bỏ lượt ấy: python -m etl publish 2 --reason "lý do", hoặc python -m etl discard 2',
                "Tệp trong hộp thư đến: 1.000 mới, 0 đã biết; dòng bị giữ lại: 1.234",
            ],
        ),
        (
            "en",
            [
                "Version 000002, data to 21 Nov 2026 08:00.",
                "Checksum c0",
                "Rows: requests 12,345, shifts 1",
                "Loads: 2; held back: 1",
                "Load 2 is held back; what is shown stays as it was.",
                "Publish or discard it: python -m etl publish 2 --reason TEXT, or python -m etl discard 2",
                "Files in the inbox: 1,000 new, 0 known; quarantined rows: 1,234",
            ],
        ),
    ],
)
def test_status_in_words(language: str, lines: list[str]) -> None:
    use_language(language)
    try:
        assert report.status_lines(status(held=[2])) == lines
    finally:
        use_language("vi")


@pytest.mark.usefixtures("english")
def test_refused_rows_stand_below_their_file_with_their_cells_where_asked() -> None:
    mended = REFUSED | {"row_number": 7, "fixed_in": 3}
    rows = [REFUSED | {"row_number": 2, "row": {"ward": "Ba Đình", "text": "***"}}, mended, REFUSED | {"row_number": 1, "path": "b.csv"}]
    assert report.quarantine_lines({"rows": rows})[:-1] == [
        "hỏi.csv, load 1:",
        "   row 2: Asked at is empty.",
        "      ward “Ba Đình”; text “***”",
        "   row 7: Asked at is empty. – mended by load 3",
        "b.csv, load 1:",
        "   row 1: Asked at is empty.",
    ]


@pytest.mark.usefixtures("english")
def test_of_many_refused_rows_the_first_are_shown_and_the_rest_counted() -> None:
    rows = [REFUSED | {"row_number": number} for number in range(1, 1_052)]
    *_shown, more, how = report.quarantine_lines({"rows": rows})
    assert (len(_shown), more) == (1 + report.SHOWN, "… and 1,001 more")
    assert "--csv FILE" in how
    facts = {"path": "a", "reason": None, "source": "s", "guess": None, "rows": 2_000, "good": 949, "quarantined": 1_051, "not_selected": 0}
    checked = report.check_lines(facts | {"refused": rows})
    assert checked[2] == "Rows: 2,000; fit to load 949, quarantined 1,051, not selected 0"
    assert checked[-2:] == ["… and 1,001 more", "All of them: --json"]


@pytest.mark.usefixtures("english")
def test_a_refresh_says_where_its_refused_rows_are_told() -> None:
    file = dict.fromkeys(("loaded", "updated", "unchanged", "duplicate", "not_selected"), 0)
    file |= {"path": "hỏi.csv", "rows": 1, "quarantined": 1, "skipped": None, "reason": None}
    nothing = {"gate": {"passed": True, "checks": []}, "version": None}
    lines = report.refresh_lines(nothing | {"load_id": 4, "files": [file]})
    assert lines[:2] == [
        "hỏi.csv: rows 1 = quarantined 1",
        "Quarantined rows: 1. Which, and why: python -m etl quarantine --load 4",
    ]
    assert not any("--load" in line for line in report.refresh_lines(nothing | {"load_id": None, "files": [file]})), "a dry run keeps none"


@pytest.mark.usefixtures("english")
def test_what_was_removed_is_told_in_words() -> None:
    told = {"before": date(2024, 11, 5), "removed": {"messages": 1_000, "texts": 0, "quarantine": 3}, "versions_changed": 2}
    assert report.retain_lines(told)[0] == "What happened before 5 Nov 2024 is gone. Removed: messages 1,000, refused rows 3."


@pytest.mark.usefixtures("english")
def test_what_a_person_decided_is_told_first() -> None:
    told = {"load_id": 4, "gate": {"passed": True, "checks": []}, "version": None}
    assert report.decided("discarded")(told) == ["Load 4: discarded.", "Nothing is published yet."]
