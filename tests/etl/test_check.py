"""Step 4, check: every rule refuses what breaks it, by name, and lets pass what just does not."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.reading.read import read_records
from etl.reading.records import Broken
from etl.sources.source import Source
from etl.staging.check import CheckedRecords, check_records
from etl.staging.map import map_records
from etl.staging.rules import message
from etl.tables import INPUT_TABLES

MakeSource = Callable[..., Source]
LATEST = datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC)
TIMES = 'times = ["%d/%m/%Y %H:%M", "%d/%m/%Y", "iso"]'


@pytest.fixture
def checked(tmp_path: Path, make_source: MakeSource) -> Callable[..., CheckedRecords]:
    """Check rows of one table whose headers are the input columns; several rows of cells, or one row by name."""

    def checked(table: str, *rows: dict[str, Any], rest: str = "") -> CheckedRecords:
        names = list(dict.fromkeys(name for row in rows for name in row))
        source = make_source("\n".join(f'{name} = "{name}"' for name in names), rest, table=table, head=TIMES + '\ndelimiter = "|"')
        path = tmp_path / "a.csv"
        path.write_text(
            "\n".join(["|".join(names), *("|".join(str(row.get(name, "")) for name in names) for row in rows)]), encoding="utf-8"
        )
        return check_records(map_records(read_records(path, source), source), [], source, LATEST)

    return checked


def rules(records: CheckedRecords) -> list[tuple[str, str]]:
    return records.refused.select("rule", "column").rows()


ASKED = {"interaction_id": "1", "asked_at": "30/10/2026 08:00"}
PRAISE = {"feedback_id": "1", "kind": "compliment", "received_at": "30/10/2026 08:00"}
RATING = PRAISE | {"kind": "rating"}
DUTY = {"officer_id": "1", "starts_at": "30/10/2026 08:00", "ends_at": "30/10/2026 09:00"}
POSTING = {"officer_id": "1", "ward": "x", "starts_on": "30/10/2026", "ends_on": "30/10/2026"}
DAY = {"channel_id": "1", "day": "30/10/2026"}


@pytest.mark.parametrize(
    ("table", "row", "rule", "column"),
    [
        ("interactions", ASKED | {"asked_at": ""}, "required", "asked_at"),
        ("interactions", ASKED | {"asked_at": "30.10.2026"}, "time_unreadable", "asked_at"),
        ("interactions", ASKED | {"asked_at": "03/02/2004 23:59"}, "time_too_early", "asked_at"),
        ("interactions", ASKED | {"asked_at": "02/11/2026 00:00"}, "time_in_future", "asked_at"),
        ("interactions", ASKED | {"acknowledged_at": "30/10/2026 07:59"}, "before_asked", "acknowledged_at"),
        ("interactions", ASKED | {"answered_at": "29/10/2026"}, "before_asked", "answered_at"),
        ("interactions", ASKED | {"first_resolved_at": "30/10/2026 07:59"}, "before_asked", "first_resolved_at"),
        ("interactions", ASKED | {"reopened_at": "30/10/2026 07:59"}, "before_asked", "reopened_at"),
        ("interactions", ASKED | {"resolved_at": "30/10/2026 07:59"}, "before_asked", "resolved_at"),
        ("interactions", ASKED | {"classified_at": "30/10/2026 07:59"}, "before_asked", "classified_at"),
        (
            "interactions",
            ASKED | {"acknowledged_at": "30/10/2026 10:00", "answered_at": "30/10/2026 09:00"},
            "answered_before_acknowledged",
            "answered_at",
        ),
        (
            "interactions",
            ASKED | {"first_resolved_at": "30/10/2026 10:00", "reopened_at": "30/10/2026 09:00"},
            "reopened_before_resolved",
            "reopened_at",
        ),
        (
            "interactions",
            ASKED | {"reopened_at": "30/10/2026 10:00", "resolved_at": "30/10/2026 09:00"},
            "resolved_before_reopened",
            "resolved_at",
        ),
        (
            "interactions",
            ASKED | {"first_resolved_at": "30/10/2026 10:00", "resolved_at": "30/10/2026 09:00"},
            "resolved_before_first",
            "resolved_at",
        ),
        ("interactions", ASKED | {"urgency": "gấp"}, "unlisted_value", "urgency"),
        ("interactions", ASKED | {"tip_off": "maybe"}, "unlisted_value", "tip_off"),
        ("interactions", ASKED | {"reply_count": "-1"}, "number_range", "reply_count"),
        ("interactions", ASKED | {"reply_count": "1.5"}, "not_a_number", "reply_count"),
        ("interactions", ASKED | {"reply_count": "３"}, "not_a_number", "reply_count"),
        ("interactions", ASKED | {"reply_count": "9" * 30}, "not_a_number", "reply_count"),
        ("interactions", ASKED | {"officer_id": "a\x07b"}, "id_characters", "officer_id"),
        ("interactions", ASKED | {"interaction_id": "1.23457E+15"}, "id_rounded", "interaction_id"),
        ("interactions", ASKED | {"officer_id": "#N/A"}, "cell_error", "officer_id"),
        ("interactions", ASKED | {"ward": "#REF!"}, "cell_error", "ward"),
        ("interactions", ASKED | {"interaction_id": "1,23457E+15"}, "id_rounded", "interaction_id"),
        ("interactions", ASKED | {"officer_id": "x" * 201}, "id_too_long", "officer_id"),
        ("interactions", ASKED | {"text": "x" * 20_001}, "text_too_long", "text"),
        ("interactions", ASKED | {"ward": "a\0b"}, "text_null_byte", "ward"),
        ("interactions", ASKED | {"ward": "Hoàn Ki\ufffdm"}, "letters_lost", "ward"),
        ("interactions", ASKED | {"officer_id": "\ufffd"}, "letters_lost", "officer_id"),
        ("feedback", PRAISE | {"rating": "5"}, "rating_only_for_ratings", "rating"),
        ("feedback", RATING | {"rating": "6"}, "number_range", "rating"),
        ("feedback", RATING | {"rating": "0"}, "number_range", "rating"),
        ("feedback", PRAISE | {"decided_at": "29/10/2026"}, "decided_before_received", "decided_at"),
        ("feedback", PRAISE | {"kind": "khen"}, "unlisted_value", "kind"),
        ("duties", DUTY | {"ends_at": "30/10/2026 07:59"}, "ends_before_start", "ends_at"),
        ("postings", POSTING | {"ends_on": "29/10/2026"}, "ends_before_start", "ends_on"),
        ("channel_days", DAY | {"members": "-1"}, "number_range", "members"),
        ("channel_days", DAY | {"day": "02/11/2026"}, "time_in_future", "day"),
        ("channel_days", DAY | {"day": "03/02/2004"}, "time_too_early", "day"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_its_name(
    checked: Callable[..., CheckedRecords], table: str, row: dict[str, str], rule: str, column: str
) -> None:
    records = checked(table, row)
    assert rules(records) == [(rule, column)]
    assert records.good.is_empty()
    assert message(rule, column, None, "x")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("interactions", ASKED),
        ("interactions", ASKED | {"asked_at": "04/02/2004"}),
        ("interactions", ASKED | {"asked_at": "01/11/2026 23:59"}),
        ("interactions", ASKED | {"answered_at": "30/10/2026"}),
        ("interactions", ASKED | {"asked_at": "30/10/2026", "answered_at": "30/10/2026 00:00"}),
        (
            "interactions",
            dict.fromkeys(
                ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at"), "30/10/2026 08:00"
            ),
        ),
        ("interactions", ASKED | {"officer_id": "x" * 200, "text": "ữ" * 20_000, "ward": "nowhere", "topic": "nobody lists it"}),
        ("interactions", ASKED | {"reply_count": "3.0", "urgency": "URGENT"}),
        ("feedback", RATING | {"rating": "5"}),
        ("feedback", RATING | {"rating": "1"}),
        ("duties", DUTY | {"ends_at": "01/01/2031"}),
        ("postings", POSTING | {"starts_on": "01/01/1998"}),
        ("channel_days", DAY | {"members": "0"}),
    ],
)
def test_a_row_that_just_does_not_break_a_rule_passes(checked: Callable[..., CheckedRecords], table: str, row: dict[str, str]) -> None:
    assert rules(checked(table, row)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("1", True),
        ("0", False),
        ("yes", True),
        ("No", False),
        ("Có", True),
        ("không", False),
        ("x", True),
        ("", None),
    ],
)
def test_booleans(checked: Callable[..., CheckedRecords], text: str, value: bool | None) -> None:
    assert checked("interactions", ASKED | {"tip_off": text}).good["tip_off"].to_list() == [value]


def test_every_listed_value_passes_as_it_is(checked: Callable[..., CheckedRecords]) -> None:
    needed = {"interactions": ASKED, "feedback": PRAISE, "channels": {"channel_id": "1", "platform": "app"}}
    for table, row in needed.items():
        for column in INPUT_TABLES[table].columns:
            for value in column.values:
                records = checked(table, row | {column.name: value}, rest=f'[values.{column.name}]\n"khác" = "{column.values[0]}"')
                assert records.good[column.name].to_list() == [value]


def test_words_are_mapped_into_each_kind(checked: Callable[..., CheckedRecords]) -> None:
    row = ASKED | {"tip_off": "tố giác", "reply_count": "hai", "ward": "HK", "answered_at": "chưa"}
    rest = """
    values.tip_off = { "tố giác" = true }
    values.reply_count = { "hai" = 2 }
    values.ward = { "hk" = "Hoàn Kiếm" }
    values.answered_at = { "chưa" = "" }
    """.replace("    values", "[values]\n    values", 1).replace("values.", "")
    (good,) = checked("interactions", row, rest=rest).good.rows(named=True)
    assert (good["tip_off"], good["reply_count"], good["ward"], good["answered_at"]) == (True, 2, "Hoàn Kiếm", None)


def test_bare_dates_leave_their_bit(checked: Callable[..., CheckedRecords]) -> None:
    row = {"asked_at": "30/10/2026", "answered_at": "30/10/2026 08:00", "updated_at": "31/10/2026"}
    instants = INPUT_TABLES["interactions"].names("instant")
    (bits,) = checked("interactions", row).good["bare"].to_list()
    assert [name for i, name in enumerate(instants) if bits >> i & 1] == ["asked_at", "updated_at"]


def test_dates_are_the_local_day(checked: Callable[..., CheckedRecords]) -> None:
    assert checked("channel_days", DAY).good["day"].to_list() == [date(2026, 10, 30)]


def test_bare_dates_are_compared_by_local_date(checked: Callable[..., CheckedRecords]) -> None:
    late = {"asked_at": "30/10/2026 23:30", "answered_at": "30/10/2026"}
    early = {"asked_at": "31/10/2026 00:30", "answered_at": "30/10/2026"}
    assert rules(checked("interactions", late)) == []
    assert rules(checked("interactions", early)) == [("before_asked", "answered_at")]


def test_of_several_broken_rules_the_first_column_s_is_named(checked: Callable[..., CheckedRecords]) -> None:
    row = {"asked_at": "x", "answered_at": "y", "urgency": "z"}
    assert rules(checked("interactions", row)) == [("time_unreadable", "asked_at")]
    row = {"asked_at": "30/10/2026 08:00", "answered_at": "29/10/2026", "reply_count": "z"}
    assert rules(checked("interactions", row)) == [("not_a_number", "reply_count")]


def test_quarantine_shows_no_resident_and_masks_the_rest(checked: Callable[..., CheckedRecords]) -> None:
    row = {"asked_at": "gọi 0912345678", "resident": "Trần Thị Lan", "text": "nhà tôi ở 12 Hàng Bài", "ward": "lan@example.org"}
    (refused,) = checked("interactions", row).refused.rows(named=True)
    shown = json.dumps(refused, ensure_ascii=False)
    for hidden in ("Lan", "Hàng Bài", "lan@", "12345", "5678"):
        assert hidden not in shown
    assert refused["value"] == "gọi 0912******"
    assert json.loads(refused["row"])["resident"] == "***"


def test_a_resident_column_s_own_fault_is_named_without_the_cell(checked: Callable[..., CheckedRecords]) -> None:
    (refused,) = checked("interactions", ASKED | {"resident": "Lan" * 10_000}).refused.rows(named=True)
    assert (refused["rule"], refused["column"], refused["value"]) == ("text_too_long", "resident", "***")


def test_a_letter_that_was_lost_in_a_text_that_is_dropped_costs_nothing_and_is_never_kept(checked: Callable[..., CheckedRecords]) -> None:
    assert rules(checked("interactions", ASKED | {"text": "m\ufffdt", "resident": "Ki\ufffdm"})) == []
    refused = checked("interactions", ASKED | {"ward": "Hoàn Ki\ufffdm"}).refused
    assert "\ufffd" not in str(refused.rows())


def test_rows_that_could_not_be_split_are_refused_in_their_place(make_source: MakeSource, tmp_path: Path) -> None:
    source = make_source('asked_at = "a"')
    (tmp_path / "a.csv").write_text("a\n2026-10-30\nx\n2026-10-30\n")
    mapped = map_records(read_records(tmp_path / "a.csv", source), source)
    records = check_records(mapped, [Broken(1, "quoting"), Broken(9, "letters")], source, LATEST)
    assert records.refused.select("row_number", "rule").rows() == [(1, "quoting"), (2, "time_unreadable"), (9, "letters")]
    assert all(message(rule, "", None, "") for rule in ("quoting", "letters", "field_count"))
