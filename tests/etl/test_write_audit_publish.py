"""Write, audit, publish: every check of the gate and every row rule is broken once, and what is published does not move."""

from collections.abc import Callable

import polars as pl
import pytest

from etl.gate import verdicts
from etl.gate.audit import Thresholds, batch_checks, read_thresholds
from etl.gate.checks import KINDS
from etl.gate.gate import Gate
from etl.publishing.publish import Draft
from etl.report import gate_lines
from etl.staging.rules import sentences
from tests.etl.house import House, at, case, sheet, source

# -- the gate ----------------------------------------------------------------


def rows(start: int, number: int, **cells: str) -> list[dict]:
    usual = {"officer_id": "A1", "ward": "Phường Láng", "topic": "theft", "channel_id": "g1", "answered_at": "2026-01-05 10:00"}
    return [case(i, **usual | cells) for i in range(start, start + number)]


def bad(start: int, number: int) -> list[dict]:
    return [case(f"bad{i}", asked_at="soon") for i in range(start, start + number)]


HELD: dict[str, tuple[tuple[str, ...], Callable[[], list[dict]]]] = {
    "quarantined_per_file": (("quarantined_per_file", "quarantined_file_rows"), lambda: rows(100, 9) + bad(0, 11)),
    "quarantined_per_load": (("quarantined_per_load",), lambda: rows(100, 10) + bad(0, 3)),
    "rows": (("rows_low", "rows_high", "history_loads", "history_least"), lambda: rows(100, 51)),
    "unknown_officers": (("unknown_rise",), lambda: rows(100, 7) + rows(200, 3, officer_id="")),
    "unknown_wards": (("unknown_rise",), lambda: rows(100, 7) + rows(200, 3, ward="")),
    "emptied": ((), lambda: rows(100, 10, topic="")),
}
"""Kind of check → the limits of data/gate.toml that it has, and the file that breaks it."""
WARNED = {
    "answer_seconds": (("answers_least", "answers_low", "answers_high"), lambda: rows(100, 10, answered_at="2026-01-05 12:01")),
    "silent_channels": ((), lambda: rows(100, 10, asked_at="2026-01-20 09:00", answered_at="2026-01-20 10:00", channel_id="g2")),
}
BY_NO_FILE = ("unique", "one_fold_per_row", "present", "listed")
"""The steps before hold these: see ``test_a_draft_that_is_wrong``."""


def kind(check: dict) -> str:
    return max((kind for kind in KINDS if check["name"].startswith(kind)), key=len)


@pytest.fixture
def settled(house: House) -> House:
    """Three loads of ten rows have been published."""
    for i in range(3):
        assert house.load(f"log-{i}.csv", rows(10 * i, 10))["gate"]["passed"]
    return house


def test_every_check_and_every_limit_is_broken_here() -> None:
    assert {*HELD, *WARNED, *BY_NO_FILE} == set(KINDS)
    assert {limit for limits, _file in [*HELD.values(), *WARNED.values()] for limit in limits} == set(Thresholds.__dataclass_fields__)


@pytest.mark.parametrize("broken", HELD)
def test_a_check_that_fails_holds_the_load_and_says_so(settled: House, broken: str) -> None:
    before = settled.status()
    report = settled.load("log-4.csv", HELD[broken][1]())
    assert broken in [kind(check) for check in report["gate"]["checks"] if not check["passed"]]
    assert (report["gate"]["passed"], report["checksum"], report["version"]) == (False, before["checksum"], before["version"])
    assert settled.status() | {"rows": 0} == before | {"rows": 0, "loads": 4, "held": [4], "quarantined": len(settled.quarantine(4))} | {
        "inbox": {"new": 0, "known": 4}
    }
    (name,) = [check["name"] for check in report["gate"]["checks"] if kind(check) == broken]
    words = verdicts.in_words(name)
    assert words != name
    assert f"{words}: " in verdicts.reasons(settled.loads()[-1]["gate"])
    assert any(line.startswith(f"The gate: {words}: ") for line in gate_lines(report["gate"]))


@pytest.mark.parametrize("broken", WARNED)
def test_what_only_warns_holds_nothing(settled: House, broken: str) -> None:
    report = settled.load("log-4.csv", WARNED[broken][1]())
    assert [kind(check) for check in report["gate"]["warnings"] if not check["passed"]] == [broken]
    assert (report["gate"]["passed"], report["version"]) == (True, "000004")
    assert settled.loads()[-1]["gate"] == report["gate"]
    (check,) = verdicts.warning(report["gate"])
    assert f"The gate warns: {verdicts.said(check)}. {verdicts.advice(check)}" in gate_lines(report["gate"])
    assert not any(check["name"] in line for line in gate_lines(report["gate"]))


def test_a_silent_channel_is_called_by_its_name_with_its_code(settled: House) -> None:
    settled.source("kênh", "channels")
    settled.load("kênh.csv", [{"channel_id": "g1", "platform": "facebook_group", "name": "Nhóm phường Láng"}])
    report = settled.load("log-4.csv", WARNED["silent_channels"][1]())
    (check,) = verdicts.warning(report["gate"])
    assert verdicts.said(check) == "Channels that have fallen silent: Nhóm phường Láng (g1)"


def test_a_draft_that_is_wrong(gate: Gate) -> None:
    fold = pl.DataFrame({"source": ["log", "log"], "interaction_id": ["c1", "c1"]})
    batch = pl.DataFrame({"feedback_id": ["f"], "kind": ["praise"], "received_at": [None]})
    batch = batch.with_columns(attribution=pl.lit("guess"), platform=pl.lit(None, pl.String), outcome=pl.lit(None, pl.String))
    draft = Draft({"interactions": fold}, {"interactions": fold.head(1)}, at("2026-01-05 09:00"))
    files = pl.DataFrame({"path": ["a"], "rows": [1], "quarantined": [0]})
    checks, frames = batch_checks(files, {"feedback": batch}, draft, {}, {}, read_thresholds())
    gate.ask(checks, frames)
    broken = [kind(check) for check in gate.answer()["checks"] if not check["passed"]]
    assert set(broken) == set(BY_NO_FILE)


# -- the rules of a row ------------------------------------------------------

JSON = 'name = "json"\ntable = "interactions"\nfiles = ["json*"]\nformat = "jsonl"\ntimes = ["iso"]\n[columns]\n'
JSON += 'interaction_id = "id"\nasked_at = "at"\nward = "ward"\n'
ASKED = "2026-01-05 09:00"
RULES: dict[str, tuple[str, str | bytes]] = {
    "required": ("log", sheet([case(1, asked_at="")])),
    "field_count": ("log", "interaction_id,asked_at\nc1,2026-01-05,more\n"),
    "quoting": ("log", f'interaction_id,asked_at,topic\nc1,{ASKED},"theft\n'),
    "letters": ("log", sheet([case(1, topic="trộm cắp ở phường của đồng chí#")]).encode().replace(b"#", b"\xff")),
    "letters_lost": ("log", sheet([case(1, topic="tr\ufffdm")])),
    "no_json_object": ("json", '{"id": "1", "at"\n'),
    "nested_too_deep": ("json", '{"id": "1", "at": "2026-01-05", "ward": ' + "[" * 2000 + "]" * 2000 + "}\n"),
    "nested_value": ("json", '{"id": "1", "at": "2026-01-05", "ward": {"name": "x"}}\n'),
    "key_twice": ("json", '{"id": "1", "at": "2026-01-05", "at": "2026-01-06"}\n'),
    "time_unreadable": ("log", sheet([case(1, asked_at="soon")])),
    "time_ambiguous": ("either", sheet([case(i, asked_at=day) for i, day in enumerate(("25/01/2026", "01/25/2026", "02/01/2026"))])),
    "time_too_early": ("log", sheet([case(1, asked_at="2004-02-03 09:00")])),
    "time_in_future": ("log", sheet([case(1, asked_at="2999-01-05 09:00")])),
    "unlisted_value": ("log", sheet([case(1, urgency="very")])),
    "not_a_number": ("log", sheet([case(1, reply_count="two")])),
    "number_range": ("log", sheet([case(1, reply_count="-1")])),
    "id_characters": ("log", sheet([case("1\x07")])),
    "cell_error": ("log", sheet([{"interaction_id": "#N/A", "asked_at": ASKED}])),
    "id_rounded": ("log", sheet([{"interaction_id": "1.23457E+15", "asked_at": ASKED}])),
    "id_too_long": ("log", sheet([case("1" * 200)])),
    "text_null_byte": ("log", sheet([case(1, ward="a\x00b")])),
    "text_too_long": ("log", sheet([case(1, ward="x" * 20_001)])),
    "before_asked": ("log", sheet([case(1, answered_at="2026-01-04 09:00")])),
    "answered_before_acknowledged": ("log", sheet([case(1, acknowledged_at="2026-01-07 09:00", answered_at="2026-01-06 09:00")])),
    "reopened_before_resolved": ("log", sheet([case(1, first_resolved_at="2026-01-07 09:00", reopened_at="2026-01-06 09:00")])),
    "resolved_before_reopened": ("log", sheet([case(1, reopened_at="2026-01-07 09:00", resolved_at="2026-01-06 09:00")])),
    "resolved_before_first": ("log", sheet([case(1, first_resolved_at="2026-01-07 09:00", resolved_at="2026-01-06 09:00")])),
    "rating_only_for_ratings": ("judged", sheet([{"kind": "compliment", "received_at": ASKED, "rating": "5"}])),
    "decided_before_received": ("judged", sheet([{"kind": "complaint", "received_at": ASKED, "decided_at": "2026-01-04 09:00"}])),
    "ends_before_start": ("duty", sheet([{"officer_id": "A1", "starts_at": ASKED, "ends_at": "2026-01-05 08:00"}])),
}
"""Rule → the source, and a file that has only rows that break it."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> House:
    """A home with one published load, and a source for every file of RULES."""
    house = House(tmp_path_factory.mktemp("house"), gate)
    house.source("log")
    house.source("judged", "feedback")
    house.source("duty", "duties")
    (house.sources / "either.toml").write_text(source("either").replace('["iso"]', '[["%d/%m/%Y", "%m/%d/%Y"]]'))
    (house.sources / "json.toml").write_text(JSON)
    assert house.load("log.csv", rows(0, 10))["gate"]["passed"]
    return house


def test_every_rule_is_broken_here() -> None:
    assert set(RULES) == set(sentences())


@pytest.mark.parametrize("rule", RULES)
def test_a_row_that_breaks_a_rule_is_kept_apart_and_a_load_of_such_rows_is_held(published: House, rule: str) -> None:
    of, content = RULES[rule]
    before = published.status()["checksum"]
    report = published.load(f"{of}-{rule}.csv" if of != "json" else f"json-{rule}.jsonl", content)
    refused = published.quarantine(report["load_id"])
    assert rule in [row["rule"] for row in refused]
    assert all(row["message"] for row in refused)
    assert (report["gate"]["passed"], report["checksum"], published.status()["checksum"]) == (False, before, before)
    assert verdicts.in_words("quarantined_per_load") in verdicts.reasons(published.loads()[-1]["gate"])
