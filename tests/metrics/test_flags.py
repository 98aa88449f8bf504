"""Flags: said in the note of the figures that rest on such rows, where there are enough of them; no figure moves by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from metrics.catalogue import METRICS
from metrics.figures import figures
from metrics.flags import FLAGS
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
LAST_DAY = datetime(2026, 3, 31, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
Row = dict[str, Any]
CLOSED: Row = {"asked_at": NOON, "resolved_at": NOON + HOUR, "answered_at": NOON + HOUR}
UNANSWERED: Row = {"asked_at": NOON, "resolved_at": NOON + HOUR}
PRAISE: Row = {"received_at": NOON, "kind": "compliment"}


def notes(make_version: MakeVersion, *metrics: str, by: Any = "all", **tables: list[Row]) -> dict[str, str | None]:
    version = make_version(**tables, as_of=LAST_DAY + timedelta(days=60))
    rows = figures(version, Query(by=by, metrics=metrics), COMMAND_LINE)
    return {row["metric"] if by == "all" else row["unit"]: row["note"] for row in rows.iter_rows(named=True)}


def test_resolved_without_an_answer(make_version: MakeVersion) -> None:
    found = notes(make_version, "answered", "resolution_median", "rating_response", interactions=[CLOSED] * 20 + [UNANSWERED] * 5)
    assert found == {"answered": None, "resolution_median": "resolved_unanswered:5", "rating_response": "resolved_unanswered:5"}
    assert notes(make_version, "resolution_median", interactions=[CLOSED] * 20 + [UNANSWERED] * 4) == {"resolution_median": None}
    assert notes(make_version, "resolution_median", interactions=[CLOSED] * 200 + [UNANSWERED] * 5) == {"resolution_median": None}


def test_closings_bunched_before_the_month_ends(make_version: MakeVersion) -> None:
    bunched = CLOSED | {"resolved_at": LAST_DAY}
    assert notes(make_version, "resolution_p90", interactions=[CLOSED] * 60 + [bunched] * 20) == {
        "resolution_p90": "closed_at_month_end:20"
    }
    assert notes(make_version, "resolution_p90", interactions=[CLOSED] * 90 + [bunched] * 20) == {"resolution_p90": None}
    before = CLOSED | {"resolved_at": LAST_DAY - timedelta(days=3)}
    assert notes(make_version, "resolution_p90", interactions=[CLOSED] * 60 + [before] * 20) == {"resolution_p90": None}


def test_one_voice_that_speaks_again_is_said_of_the_unit_it_speaks_of(make_version: MakeVersion) -> None:
    often = [PRAISE | {"officer_id": "A1", "counts": number < 10} for number in range(15)]
    others = [PRAISE | {"officer_id": "A2"} for _ in range(15)]
    found = notes(make_version, "praise_share", by="officer", feedback=often + others)
    assert found == {"A1": "repeated:5", "A2": None}
    assert notes(make_version, "compliments", by="officer", feedback=often + others) == {"A1": None, "A2": None}


def test_no_figure_moves_by_a_flag(make_version: MakeVersion) -> None:
    metrics = ("resolution_median", "reopened")
    query = Query(metrics=metrics)
    as_of = LAST_DAY + timedelta(days=60)
    flagged, plain = (
        figures(make_version(interactions=[CLOSED] * 20 + [other] * 5, as_of=as_of), query, COMMAND_LINE).drop("note")
        for other in (UNANSWERED, CLOSED)
    )
    assert flagged.equals(plain)


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_every_flag_touches_some_figure_and_not_all(flag: Any) -> None:
    touched = [metric.name for metric in METRICS if flag.touches(metric)]
    assert 2 <= len(touched) < len(METRICS) / 2


def test_urgent_once_and_answers_sent_again_and_again(make_version: MakeVersion) -> None:
    case = CLOSED | {"answer_due": NOON + 2 * HOUR}
    found = notes(make_version, "answered", "on_time", interactions=[case] * 20 + [case | {"relabelled": True}] * 5)
    assert found == {"answered": None, "on_time": "relabelled:5"}
    urgent = [case | {"urgency": "urgent"}] * 21
    assert notes(make_version, "on_time", interactions=urgent + [case | {"relabelled": True}] * 5) == {"on_time": None}
    assert notes(make_version, "answered", interactions=[case] * 20 + [case | {"same_answer": True}] * 21) == {"answered": "same_answer:21"}


def test_a_version_from_before_a_column_is_read_all_the_same(make_version: MakeVersion) -> None:
    version = make_version(interactions=[CLOSED] * 20)
    for file in (version.folder / "interactions").glob("*.parquet"):
        pl.read_parquet(file).drop("relabelled", "same_answer").write_parquet(file)
    (row,) = figures(version, Query(metrics=("answered",)), COMMAND_LINE).to_dicts()
    assert (row["value"], row["note"]) == (1, None)
