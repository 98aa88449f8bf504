"""Why a figure moved: each reason by itself, and all of them together make the whole move."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.publishing.versions import Version
from metrics.catalogue import METRICS
from metrics.changes import changes
from metrics.query import Query
from metrics.reasons import explained, moves, row_reasons
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THEN, NOW = NOON + 10 * DAY, NOON + 20 * DAY
Row = dict[str, Any]
CASE: Row = {"interaction_id": "c1", "asked_at": NOON, "ward_code": "w1", "ward_then": "w1", "officer_id": "A1", "answer_due": NOON + DAY}
VOICE: Row = {"feedback_id": "v1", "kind": "complaint", "received_at": NOON, "ward_code": "w1", "ward_then": "w1"}
EXPLAINED = tuple(metric.name for metric in METRICS if explained(metric))

OF_CASES: dict[str, tuple[Row | None, Row | None, str]] = {
    "asked since": (None, CASE | {"asked_at": THEN + HOUR}, "since"),
    "asked then, told later": (None, CASE, "late"),
    "undone": (CASE, None, "gone"),
    "answered since": (CASE, CASE | {"answered_at": THEN + HOUR, "status": "answered", "row_number": 9}, "since"),
    "answered since with a text that was sent again and again": (
        CASE,
        CASE | {"answered_at": THEN + HOUR, "status": "answered", "same_answer": True, "row_number": 9},
        "since",
    ),
    "answered then, told later": (CASE, CASE | {"answered_at": NOON + HOUR, "status": "answered", "row_number": 9}, "late"),
    "reopened since": (
        CASE | {"answered_at": NOON, "resolved_at": NOON + HOUR},
        CASE | {"answered_at": NOON, "reopened_at": THEN + HOUR, "row_number": 9},
        "since",
    ),
    "another time in the log": (
        CASE | {"answered_at": NOON + HOUR},
        CASE | {"answered_at": NOON + 2 * HOUR, "row_number": 9},
        "correction",
    ),
    "withdrawn": (CASE, CASE | {"status": "withdrawn", "row_number": 9}, "correction"),
    "another ward by the list": (CASE, CASE | {"ward_code": "w2"}, "wards"),
    "another ward by its channel": (CASE, CASE | {"ward_code": "w2", "ward_then": "w2"}, "roster"),
    "another officer by the roster": (CASE, CASE | {"officer_id": "A2", "attribution": "roster"}, "roster"),
    "another deadline by the targets": (CASE, CASE | {"answer_due": NOON + 2 * DAY}, "definition"),
}
OF_FEEDBACK: dict[str, tuple[Row | None, Row | None, str]] = {
    "decided": (VOICE, VOICE | {"outcome": "upheld", "decided_at": THEN + HOUR, "row_number": 9}, "decision"),
    "let go": (VOICE | {"held": True}, VOICE, "voices"),
    "received then, told later": (None, VOICE, "late"),
    "rated otherwise": (VOICE, VOICE | {"category": "attitude", "row_number": 9}, "correction"),
    "another category by the topics": (VOICE, VOICE | {"category": "attitude"}, "definition"),
    "found its question": (VOICE, VOICE | {"topic": "theft"}, "other"),
}


def pair(make_version: MakeVersion, table: str, first: Row | None, last: Row | None) -> tuple[Version, Version]:
    lines = [[{"row_number": 1} | row] if row else [] for row in (first, last)]
    return make_version(as_of=THEN, **{table: lines[0]}), make_version(as_of=NOW, **{table: lines[1]})


@pytest.mark.parametrize("name", OF_CASES)
def test_every_reason_of_a_case(name: str, make_version: MakeVersion) -> None:
    first, last, reason = OF_CASES[name]
    found = row_reasons(*pair(make_version, "interactions", first, last), "interactions")
    assert found.rows() == [("sheet", "c1", reason)]


@pytest.mark.parametrize("name", OF_FEEDBACK)
def test_every_reason_of_feedback(name: str, make_version: MakeVersion) -> None:
    first, last, reason = OF_FEEDBACK[name]
    found = row_reasons(*pair(make_version, "feedback", first, last), "feedback")
    assert found.rows() == [("sheet", "v1", reason)]


def test_a_row_that_came_again_from_another_file_moves_nothing(make_version: MakeVersion) -> None:
    before, after = pair(make_version, "interactions", CASE, CASE | {"file_id": 2, "row_number": 9})
    assert row_reasons(before, after, "interactions").is_empty()


@pytest.mark.parametrize("answered", [{}, {"answered_at": THEN + HOUR, "status": "answered"}])
def test_a_version_from_before_a_note_was_known_moves_nothing_more(make_version: MakeVersion, answered: Row) -> None:
    before, after = pair(make_version, "interactions", CASE, CASE | answered)
    for file in (before.folder / "interactions").glob("*.parquet"):
        pl.read_parquet(file).drop("split", "same_answer", "relabelled").write_parquet(file)
    assert row_reasons(before, after, "interactions")["reason"].to_list() == ["since"] * bool(answered)


def test_what_a_reason_adds(make_version: MakeVersion) -> None:
    late = {"interaction_id": "c2", "asked_at": NOON, "answered_at": NOON + HOUR, "ward_code": "w2"}
    before = make_version(as_of=THEN, interactions=[CASE | {"row_number": 1}])
    after = make_version(as_of=NOW, interactions=[CASE | {"row_number": 9, "answered_at": THEN + DAY}, late])
    query = Query(by="ward", metrics=("received", "answered"))
    assert moves(before, after, query, COMMAND_LINE).rows() == [
        ("received", "w2", "late", 1, None),
        ("answered", "w1", "since", 1, 0),
        ("answered", "w2", "late", 1, 1),
    ]


def test_a_deadline_that_passed_is_the_passing_of_time(make_version: MakeVersion) -> None:
    row = CASE | {"answer_due": THEN + DAY}
    before, after = pair(make_version, "interactions", row, row)
    assert moves(before, after, Query(metrics=("overdue_open", "on_time")), COMMAND_LINE).rows() == [
        ("overdue_open", "all", "time", 1, None),
        ("on_time", "all", "time", 0, 1),
    ]


def rows(fields: dict[str, st.SearchStrategy[Any]], key: str) -> st.SearchStrategy[list[Row]]:
    return st.dictionaries(st.integers(0, 3), st.fixed_dictionaries(fields)).map(
        lambda found: [row | {key: f"k{number}"} for number, row in found.items()]
    )


HOURS = st.integers(0, 500).map(lambda hours: NOON + hours * HOUR)
PLACES = {"ward_code": st.sampled_from(["w1", "w2"]), "row_number": st.integers(1, 3), "officer_id": st.sampled_from(["A1", "unknown"])}
CASES = rows(
    PLACES
    | {
        "asked_at": HOURS,
        "answered_at": st.none() | HOURS,
        "answer_due": st.none() | HOURS,
        "status": st.sampled_from(["open", "withdrawn"]),
    },
    "interaction_id",
)
VOICES = rows(
    PLACES | {"received_at": HOURS, "kind": st.sampled_from(["compliment", "complaint"]), "held": st.booleans(), "counts": st.booleans()},
    "feedback_id",
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.tuples(CASES, CASES), voices=st.tuples(VOICES, VOICES))
def test_the_reasons_together_make_the_move(
    cases: tuple[list[Row], list[Row]], voices: tuple[list[Row], list[Row]], make_version: MakeVersion
) -> None:
    before, after = (
        make_version(as_of=as_of, interactions=asked, feedback=said) for as_of, asked, said in zip((THEN, NOW), cases, voices, strict=True)
    )
    query = Query(by="ward", metrics=EXPLAINED, to_on=NOW.date())
    found = moves(before, after, query, COMMAND_LINE).group_by("metric", "unit").agg(pl.col("numerator", "denominator").sum())
    told = {(metric, unit): (up, down) for metric, unit, up, down in found.iter_rows()}
    for row in changes(before, after, COMMAND_LINE, query).iter_rows(named=True):
        moved = tuple((row[f"{side}_after"] or 0) - (row[f"{side}_before"] or 0) for side in ("numerator", "denominator"))
        assert told.get((row["metric"], row["unit"]), (0, 0)) == moved, row
