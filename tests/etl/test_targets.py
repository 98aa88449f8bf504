"""Targets: what the shipped file means, which entry counts, and that no slip of the pen goes unnoticed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from etl.errors import UserError
from etl.language import use_language
from etl.reference.targets import Targets, deadlines, read_targets
from etl.settings import DATA

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AS_OF = datetime(2026, 11, 25, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
SCHEMA = {"topic": pl.String(), "urgency": pl.String(), "asked_at": INSTANT, "acknowledged_at": INSTANT, "answered_at": INSTANT}
OFFICE = '[clocks.office]\ndays = ["mon", "tue", "wed", "thu", "fri"]\nhours = ["08:00-12:00", "13:30-17:30"]\n'
ENTRY = '[[targets]]\ntopic = "*"\nurgency = "*"\n'
HOUR = '{ hours = 1, clock = "round" }'


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("vi")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def targets_of(folder: Path, text: str) -> Targets:
    (folder / "targets.toml").write_text(text, "utf-8")
    return read_targets(folder / "targets.toml")


def due(
    targets: Targets,
    asked: str,
    acknowledged: str | None = None,
    answered: str | None = None,
    *,
    topic: str = "theft",
    urgency: str = "normal",
) -> tuple[str | None, str | None]:
    """Local times of one case's two deadlines."""
    instants = [at(text) if text else None for text in (asked, acknowledged, answered)]
    found = deadlines(pl.DataFrame([[topic, urgency, *instants]], SCHEMA, orient="row"), targets, AS_OF).row(0)
    first, second = (f"{instant.astimezone(HANOI):%Y-%m-%d %H:%M}" if instant else None for instant in found)
    return first, second


@pytest.mark.parametrize(
    ("urgency", "asked", "acknowledged", "answered", "acknowledge_due", "answer_due"),
    [
        ("normal", "2026-11-18 09:00", None, None, "2026-11-19 09:00", "2026-11-19 09:00"),
        ("complex", "2026-11-20 20:00", None, None, "2026-11-23 17:30", "2026-11-21 20:00"),
        # Urgent, no acknowledgement: four hours from when that was due; its closing instant starts at the next opening.
        ("urgent", "2026-11-20 20:00", None, None, "2026-11-23 17:30", "2026-11-25 12:00"),
        ("urgent", "2026-11-18 09:00", "2026-11-18 09:10", None, "2026-11-19 09:00", "2026-11-18 14:40"),
        ("urgent", "2026-11-18 09:00", "2026-11-18 09:10", "2026-11-18 16:00", "2026-11-19 09:00", "2026-11-18 14:40"),
        # Not separate: acknowledged by the answer itself, or after it.
        ("urgent", "2026-11-18 09:00", "2026-11-18 09:10", "2026-11-18 09:10", "2026-11-19 09:00", "2026-11-19 14:30"),
        ("urgent", "2026-11-18 09:00", "2026-11-18 09:20", "2026-11-18 09:10", "2026-11-19 09:00", "2026-11-19 14:30"),
        # Acknowledged after as_of (07:00 in Hanoi on the 25th): that has not happened.
        ("urgent", "2026-11-23 09:00", "2026-11-25 07:01", None, "2026-11-25 09:00", "2026-11-25 14:30"),
        ("urgent", "2026-11-23 09:00", "2026-11-25 07:00", None, "2026-11-25 09:00", "2026-11-25 12:00"),
        # Tết 2026
        ("urgent", "2026-02-16 10:00", "2026-02-16 10:01", None, "2026-02-23 17:30", "2026-02-23 12:00"),
    ],
)
def test_the_shipped_targets(
    urgency: str, asked: str, acknowledged: str | None, answered: str | None, acknowledge_due: str, answer_due: str
) -> None:
    shipped = read_targets(DATA / "targets.toml")
    assert due(shipped, asked, acknowledged, answered, urgency=urgency) == (acknowledge_due, answer_due)


def test_the_first_entry_that_fits_counts(tmp_path: Path) -> None:
    targets = targets_of(
        tmp_path,
        '[[targets]]\ntopic = "theft"\nurgency = "*"\nfrom = 2026-10-01\nanswer = { hours = 1, clock = "round" }\n'
        '[[targets]]\ntopic = "*"\nurgency = "urgent"\nanswer = { hours = 2, clock = "round" }\n'
        '[[targets]]\ntopic = "theft"\nurgency = "normal"\nacknowledge = { hours = 0.25, clock = "round" }\n',
    )
    assert due(targets, "2026-10-01 00:00", urgency="urgent") == (None, "2026-10-01 01:00")  # "from" is the local day
    assert due(targets, "2026-09-30 23:59", urgency="urgent") == (None, "2026-10-01 01:59")
    assert due(targets, "2026-09-30 23:59") == ("2026-10-01 00:14", None)
    assert due(targets, "2026-10-02 10:00", topic="rumour", urgency="urgent") == (None, "2026-10-02 12:00")
    assert due(targets, "2026-10-02 10:00", topic="rumour") == (None, None)


def test_a_file_without_entries_gives_no_deadlines(tmp_path: Path) -> None:
    assert due(targets_of(tmp_path, ""), "2026-11-18 09:00") == (None, None)


def test_rows_keep_their_order_and_types() -> None:
    shipped = read_targets(DATA / "targets.toml")
    asked = [at("2026-11-18 09:00") + timedelta(hours=5) * number for number in (3, 0, 2, 1)]
    cases = pl.DataFrame([["theft", "normal", instant, None, None] for instant in asked], SCHEMA, orient="row")
    found = deadlines(cases, shipped, AS_OF)
    assert found.schema == {"acknowledge_due": INSTANT, "answer_due": INSTANT}
    assert found["answer_due"].to_list() == [instant + timedelta(hours=24) for instant in asked]
    assert deadlines(cases.clear(), shipped, AS_OF).schema == found.schema


def test_the_digest_follows_the_meaning(tmp_path: Path) -> None:
    digest = targets_of(tmp_path, OFFICE + ENTRY + 'answer = { hours = 8, clock = "office" }').digest
    same = OFFICE.replace('"mon", "tue"', '"tue", "mon"') + "# a word\n" + ENTRY + 'answer = { clock = "office", hours = 8.0 }'
    assert targets_of(tmp_path, same).digest == digest
    day, night = OFFICE.replace("office", "day"), OFFICE.replace("office", "night").replace("08:00", "07:00")
    assert targets_of(tmp_path, day + night).digest == targets_of(tmp_path, night + day).digest
    for meant, other in (
        ("8.0", "8.5"),
        ("08:00", "08:30"),
        ("answer", "acknowledge"),
        ('"mon"', '"sat"'),
        ('topic = "*"', 'topic = "theft"'),
    ):
        assert targets_of(tmp_path, same.replace(meant, other)).digest != digest
    assert len(digest) == 64


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b""])
def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path, prefix: bytes) -> None:
    (tmp_path / "t.toml").write_bytes(prefix + (ENTRY + f"answer = {HOUR}").replace("\n", "\r\n").encode())
    assert due(read_targets(tmp_path / "t.toml"), "2026-11-18 09:00") == (None, "2026-11-18 10:00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[target]]", ["no key target", "nearest is targets"]),
        (OFFICE + 'holiday = "VN"', ["clocks.office", "no key holiday", "nearest is holidays"]),
        (ENTRY + f'answer = {HOUR}\ntopics = ""', ["[[targets]] 1", "no key topics", "nearest is topic"]),
        (ENTRY + 'answer = { hour = 1, clock = "round" }', ["[[targets]] 1.answer", "no key hour", "nearest is hours"]),
        (OFFICE.replace("08:00-12:00", "12:00-08:00"), ["clocks.office", "hours", '"12:00-08:00"', "opening before it closes"]),
        (OFFICE.replace("08:00-12:00", "08:00-08:00"), ["clocks.office", "hours", '"08:00-08:00"']),
        (OFFICE.replace("08:00-12:00", "08:00-14:00"), ["clocks.office", "hours", '"08:00-14:00"', "none over another"]),
        (OFFICE.replace("17:30", "24:01"), ["clocks.office", "hours", '"13:30-24:01"']),
        (OFFICE.replace("17:30", "17:60"), ["clocks.office", "hours", '"13:30-17:60"']),
        (OFFICE.replace('"mon"', '"monday"'), ["clocks.office", "days", '"monday"', "sun"]),
        ('[clocks.office]\nhours = ["08:00-12:00"]', ["clocks.office", "days is missing"]),
        ('[clocks.office]\ndays = ["mon"]', ["clocks.office", "hours is missing"]),
        ('[clocks.office]\ndays = []\nhours = ["08:00-12:00"]', ["clocks.office", "days = []"]),
        (OFFICE + 'holidays = "Vietnam"', ["clocks.office", "holidays", '"Vietnam"', '"VN"']),
        (OFFICE + 'closed = ["16/02/2026"]', ["clocks.office", "closed", "16/02/2026", "2026-02-16"]),
        (OFFICE + "open = 2026-02-16", ["clocks.office", "open", "2026-02-16", "list"]),
        (OFFICE.replace("office", "round"), ["clocks", "round", "another name"]),
        ("[targets]\n", ["targets", "[[targets]]"]),
        ("clocks = 3", ["clocks", "3", "table"]),
        (ENTRY.replace('topic = "*"', "") + f"answer = {HOUR}", ["[[targets]] 1", "topic is missing"]),
        (ENTRY.replace('urgency = "*"', "") + f"answer = {HOUR}", ["[[targets]] 1", "urgency is missing"]),
        (ENTRY.replace('urgency = "*"', 'urgency = "high"') + f"answer = {HOUR}", ["[[targets]] 1", "urgency", '"high"', "urgent"]),
        (ENTRY.replace('topic = "*"', "topic = 3") + f"answer = {HOUR}", ["[[targets]] 1", "topic = 3"]),
        (ENTRY, ["[[targets]] 1", "answer is missing", "both"]),
        (ENTRY + "from = 2026-01-01T00:00:00\n" + f"answer = {HOUR}", ["[[targets]] 1", "from", "2026-01-01 00:00:00"]),
        (ENTRY + f"answer = {HOUR}\n" + ENTRY + "answer = 4", ["[[targets]] 2.answer", "4", "table"]),
        (ENTRY + f"answer = {HOUR.replace('round', 'ofice')}", ["[[targets]] 1.answer", "clock", '"ofice"', "round"]),
        (ENTRY + "answer = { hours = 1 }", ["[[targets]] 1.answer", "clock is missing"]),
        (ENTRY + 'answer = { clock = "round" }', ["[[targets]] 1.answer", "hours is missing"]),
        *(
            (ENTRY + f"answer = {HOUR.replace('1', wrong)}", ["[[targets]] 1.answer", "hours = ", "above 0"])
            for wrong in ("0", "-1", '"8"', "true", "nan", "inf", "1e9", "1" + "0" * 400, "1e-12")
        ),
        (
            ENTRY + 'acknowledge = { hours = 1, clock = "round" }\nanswer = { hours = 1, clock = "round", after = "answered" }',
            ["after", '"answered"'],
        ),
        (ENTRY + 'answer = { hours = 1, clock = "round", after = "acknowledge" }', ["[[targets]] 1.answer", "after", "same entry"]),
        (
            ENTRY + 'acknowledge = { hours = 1, clock = "round", after = "acknowledge" }',
            ["[[targets]] 1.acknowledge", "after", "only an answer"],
        ),
        ("topic\nx = 1", ["no TOML", "line 1"]),
        ("x = " + "1" * 5000, ["no TOML"]),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(UserError) as caught:
        targets_of(tmp_path, text)
    for part in (str(tmp_path / "targets.toml"), *said):
        assert part in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no targets file .*none\.toml.*LANGNGHE_TARGETS"):
        read_targets(tmp_path / "none.toml")
    with pytest.raises(UserError, match="cannot be read"):
        read_targets(tmp_path)
    (tmp_path / "old.toml").write_bytes("# thời hạn".encode("utf-16"))
    with pytest.raises(UserError, match=r"old\.toml is not in UTF-8"):
        read_targets(tmp_path / "old.toml")


def test_vietnamese_first(tmp_path: Path) -> None:
    use_language("vi")
    with pytest.raises(UserError, match="thiếu topic: hãy viết mã chủ đề"):
        targets_of(tmp_path, '[[targets]]\nurgency = "*"')
