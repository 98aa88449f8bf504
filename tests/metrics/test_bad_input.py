"""Inputs at which a formula may divide by nothing: each has a stated result and state, of every metric and every kind of unit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from etl.publishing.versions import Version
from metrics import changes, freshness, hours, judgements, output, quality, terminal
from metrics.catalogue import BY_NAME, METRICS
from metrics.figures import figures, figures_over
from metrics.improvement import improvement
from metrics.query import CHARTED, UNIT_KINDS, Query, UnitKind
from metrics.scope import COMMAND_LINE, Scope
from metrics.trend import trend
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AS_OF = NOON + 40 * DAY
Row = dict[str, Any]
Answer = Callable[[Version, Query, Scope], pl.DataFrame]
ANSWERS: tuple[Answer, ...] = (
    *(hours.hours, quality.checks, quality.sources, quality.codes, freshness.channels),
    *(judgements.by_category, judgements.by_outcome, judgements.time_to_decision, judgements.bursts),
)
"""What pages ask for beside figures and their course."""
PLACE: Row = {"ward_code": "w1", "officer_id": "A1", "channel_id": "k1", "topic": "theft"}
CASE: Row = PLACE | {"asked_at": NOON, "answer_due": NOON + DAY, "acknowledge_due": NOON + HOUR, "tip_off": True}
DONE: Row = {"answered_at": NOON + HOUR, "first_resolved_at": NOON + HOUR, "resolved_at": NOON + HOUR, "classified_at": NOON + HOUR}
VERDICT: Row = {"verdict": "founded"}
VOICE: Row = PLACE | {"received_at": NOON}
SPOKEN: list[Row] = [VOICE | {"kind": "compliment"}, VOICE | {"kind": "complaint"}, VOICE | {"kind": "rating", "rating": 5}]


@dataclass(frozen=True)
class Bad:
    """One bad input, and what every share, rate and time says of the whole."""

    state: set[str]
    interactions: list[Row] = field(default_factory=list)
    feedback: list[Row] = field(default_factory=list)
    channel_days: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    from_on: date | None = None
    to_on: date | None = None


WARDS: list[Row] = [{"ward_code": f"w{n}", "officer_id": f"A{n}", "channel_id": f"k{n}"} for n in range(8)]
EMPTIED = [{"channel_id": "k1", "day": date(2026, 3, day), "members": 0, "posts": 0} for day in (2, 3)]
BAD = {
    "nothing was ever loaded": Bad({"no_data"}),
    "an empty period": Bad({"no_data"}, [CASE | DONE] * 20, SPOKEN * 20, EMPTIED, from_on=date(2026, 3, 5), to_on=date(2026, 3, 6)),
    "a period after the data": Bad({"no_data"}, [CASE | DONE] * 20, SPOKEN * 20, EMPTIED, from_on=date(2027, 1, 1)),
    "one case": Bad({"no_data", "too_few", "ok"}, [CASE | DONE | VERDICT], SPOKEN, EMPTIED),
    "all open": Bad({"no_data", "ok"}, [CASE] * 60, SPOKEN * 20, EMPTIED),
    "all at one instant": Bad({"no_data", "too_few", "ok"}, [CASE | dict.fromkeys(DONE, NOON)] * 60, SPOKEN * 60),
    "exposure zero": Bad({"no_data", "ok"}, [], SPOKEN * 60, EMPTIED),
    "duty without a case": Bad({"no_data", "ok"}, [], [], duties=[{"officer_id": "A1", "starts_at": NOON, "ends_at": NOON + HOUR}]),
    "ties": Bad(
        {"no_data", "ok"}, [CASE | DONE | VERDICT | ward for ward in WARDS] * 60, [row | ward for ward in WARDS for row in SPOKEN] * 10
    ),
    "nobody ever did well": Bad({"no_data", "ok"}, [CASE | ward for ward in WARDS] * 60, [SPOKEN[1] | ward for ward in WARDS] * 10),
    "one unit": Bad({"no_data", "ok"}, [CASE | DONE | VERDICT] * 60, SPOKEN * 20),
    "answers before their questions": Bad({"no_data", "ok"}, [CASE | dict.fromkeys(DONE, NOON - HOUR)] * 60),
}


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, make_version: MakeVersion) -> tuple[Bad, Version]:
    """Each bad input, and its version."""
    given = BAD[request.param]
    tables = {name: getattr(given, name) for name in ("interactions", "feedback", "channel_days", "duties")}
    return given, make_version(**tables, as_of=AS_OF)


@pytest.mark.parametrize("by", UNIT_KINDS)
def test_a_stated_result_and_state(bad: tuple[Bad, Version], by: UnitKind) -> None:
    given, version = bad
    rows = figures(version, Query(by=by, from_on=given.from_on, to_on=given.to_on), COMMAND_LINE)
    assert rows.height % len(METRICS) == 0
    assert _impossible(rows).is_empty()
    assert set(rows["state"]) <= {"ok", "no_data", "too_few", "provisional"}
    output.figures_json(version, rows)  # which raises on NaN and infinity
    output.figures_csv(rows)
    terminal.figures_table(version, rows)
    for row in rows.iter_rows(named=True):
        kind = BY_NAME[row["metric"]].kind
        if kind == "count":
            assert row["state"] in ("ok", "provisional")
            assert (row["value"], row["denominator"]) == (row["numerator"], None)
        elif row["state"] in ("no_data", "too_few"):
            assert [name for name in OPEN_ONLY if row[name] is not None] == []
            assert (row["denominator"] == 0) is (row["state"] == "no_data")
        elif row["value"] is None:
            assert row["note"].startswith("more_than:")
        else:
            assert row["lower"] is None or row["lower"] <= row["value"]
            assert row["upper"] is None or row["upper"] >= row["value"]
    if by == "all" and given.to_on is None and given.from_on is None:
        assert {row["state"] for row in rows.iter_rows(named=True) if BY_NAME[row["metric"]].kind != "count"} <= given.state


OPEN_ONLY = ("value", "lower", "upper", "expected", "adjusted", "shrunk", "shrunk_lower", "shrunk_upper", "reliability")
OPEN_ONLY += ("rank_low", "rank_high", "q_value", "signal")
"""What is never printed under the minimum."""


def _impossible(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a number that is none."""
    numbers = [name for name, dtype in rows.schema.items() if dtype.is_float()]
    none = (pl.col(name).is_nan() | pl.col(name).is_infinite() for name in numbers)
    return rows.filter(pl.any_horizontal(pl.lit(False), *none).fill_null(False))


@pytest.mark.parametrize("by", CHARTED)
def test_a_course_without_a_way(bad: tuple[Bad, Version], by: UnitKind) -> None:
    given, version = bad
    rows = trend(version, Query(by=by, from_on=given.from_on, to_on=given.to_on), COMMAND_LINE, "week")
    assert _impossible(rows).is_empty()
    assert rows.filter(pl.col("value").is_null() & (pl.col("rules").list.len() > 0)).is_empty()
    output.figures_json(version, rows)
    terminal.trend_table(version, rows)


def test_what_else_is_asked_has_an_answer_without_an_impossible_number(bad: tuple[Bad, Version]) -> None:
    given, version = bad
    for answer in ANSWERS:
        assert _impossible(answer(version, Query(from_on=given.from_on, to_on=given.to_on), COMMAND_LINE)).is_empty(), answer


def test_a_change_from_nothing_and_to_nothing_is_stated(bad: tuple[Bad, Version], make_version: MakeVersion) -> None:
    given, version = bad
    query, nothing = Query(metrics=changes.METRICS, from_on=given.from_on, to_on=given.to_on), make_version(as_of=AS_OF)
    for before, after in ((nothing, version), (version, nothing)):
        rows, why = changes.explained_changes(before, after, COMMAND_LINE, query)
        assert _impossible(rows).is_empty()
        assert rows.height == len(changes.METRICS)
        output.changes_json(before, after, rows, why)
        terminal.changes_table(before, after, rows, why)


@pytest.mark.parametrize(("answered", "told"), [(NOON, len(WARDS)), (None, 0)], ids=["all answered", "none answered"])
def test_where_all_are_alike_none_improved(make_version: MakeVersion, answered: datetime | None, told: int) -> None:
    days = [{"asked_at": NOON + day * DAY, "answered_at": answered and answered + day * DAY} for day in range(2)]
    version = make_version(interactions=[ward | day for ward in WARDS for day in days] * 12, as_of=NOON + 2 * DAY)
    later = (NOON + DAY).date()
    rows = improvement(version, Query(by="ward", metrics=("answered",), from_on=later, to_on=later), COMMAND_LINE)
    assert _impossible(rows).is_empty()
    assert rows["signal"].to_list() == ["none"] * told


def test_ties_share_a_place_and_raise_nothing(make_version: MakeVersion) -> None:
    given = BAD["ties"]
    version = make_version(interactions=given.interactions, feedback=given.feedback, as_of=AS_OF)
    rows = figures(version, Query(by="ward"), COMMAND_LINE).filter(pl.col("signal").is_not_null())
    assert set(rows["signal"]) == {"none"}
    assert set(rows["reliability"]) == {0.0}
    assert rows["rank_low"].is_null().all()
    assert (rows["shrunk"] - rows["value"]).abs().max() < 1e-12  # type: ignore[operator]


def test_no_span_is_no_row(make_version: MakeVersion) -> None:
    assert figures_over(make_version(), Query(), COMMAND_LINE, []).is_empty()
