"""Whose rows there are, what a viewer sees, and what always holds between them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.catalogue import METRICS
from metrics.figures import RESULT, figures
from metrics.query import UNIT_KINDS, Query, UnitKind
from metrics.scope import COMMAND_LINE, Scope
from tests import conftest
from tests.conftest import MakeVersion
from tests.metrics.test_figures_reference import AS_OF, CHANNELS, WARDS, some_case, some_days, some_duties, some_voice

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)


def units(rows: pl.DataFrame) -> list[str]:
    return rows["unit"].unique(maintain_order=True).to_list()


def random_version(folder: Path, seed: int, shuffled: bool = False) -> conftest.Version:
    random = Random(seed)
    cases = [some_case(random, i) for i in range(60)]
    voices = [some_voice(random, i, cases) for i in range(60)]
    days, duties = some_days(random), some_duties(random)
    for rows in (cases, voices, days, duties) if shuffled else ():
        random.shuffle(rows)
    tables = {"interactions": cases, "feedback": voices, "wards": WARDS, "channels": CHANNELS}
    tables |= {"channel_days": days, "duties": duties}
    return conftest.write_version(folder, f"v{seed}{shuffled}", tables, AS_OF, None)


@pytest.mark.parametrize("by", UNIT_KINDS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_a_split_adds_up_to_the_whole(tmp_path_factory: pytest.TempPathFactory, by: UnitKind, seed: int) -> None:
    version = random_version(tmp_path_factory.mktemp("split"), seed)
    whole = figures(version, Query(), COMMAND_LINE).select("metric", "numerator", "denominator")
    parts = figures(version, Query(by=by), COMMAND_LINE)
    summed = parts.group_by("metric", maintain_order=True).agg(
        pl.col("numerator").sum(), pl.when(pl.col("denominator").count() > 0).then(pl.col("denominator").sum()).first()
    )
    assert summed.equals(whole)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("order")
    query = Query(by="ward")
    in_order, shuffled = (figures(random_version(folder, seed, how), query, COMMAND_LINE) for how in (False, True))
    assert in_order.equals(shuffled)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_limits_contain_the_value(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rows = figures(random_version(tmp_path_factory.mktemp("limits"), seed), Query(by="topic"), COMMAND_LINE)
    known = rows.filter(pl.col("value").is_not_null() & pl.col("lower").is_not_null())
    assert len(known) > 0
    assert known.filter((pl.col("lower") > pl.col("value")) | (pl.col("value") > pl.col("upper"))).is_empty()
    assert not any(rows[name].is_nan().any() for name in ("value", "lower", "upper"))


def test_rows_have_the_declared_columns_in_order(make_version: MakeVersion) -> None:
    rows = figures(make_version(interactions=[{"asked_at": NOON}]), Query(), COMMAND_LINE)
    assert dict(rows.schema) == RESULT
    assert rows["metric"].to_list() == [metric.name for metric in METRICS]


def test_only_the_metrics_asked_for_in_the_catalogues_order(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON, "ward_code": "b"}, {"asked_at": NOON, "ward_code": "a"}])
    rows = figures(version, Query(by="ward", metrics=("compliments_per_1000", "received")), COMMAND_LINE)
    assert rows.select("metric", "unit").rows() == [
        ("received", "a"),
        ("received", "b"),
        ("compliments_per_1000", "a"),
        ("compliments_per_1000", "b"),
    ]
    assert (
        figures(version, Query(by="ward"), COMMAND_LINE).filter(pl.col("metric").is_in(["received", "compliments_per_1000"])).equals(rows)
    )


def test_every_unit_of_the_record_has_a_row_in_every_period(make_version: MakeVersion) -> None:
    early = {"asked_at": NOON - timedelta(days=90), "ward_code": "quiet"}
    version = make_version(interactions=[early, {"asked_at": NOON, "ward_code": "w1"}])
    rows = figures(version, Query(by="ward", metrics=("answered",), from_on=date(2026, 3, 1)), COMMAND_LINE)
    assert rows.select("unit", "state").rows() == [("quiet", "no_data"), ("w1", "too_few")]


def test_cases_outside_the_levels_fall_to_unknown(make_version: MakeVersion) -> None:
    cases = [{"asked_at": NOON, "officer_id": "o1", "attribution": level} for level in ("author", "named", "roster")]
    version = make_version(interactions=cases)
    rows = figures(version, Query(by="officer", metrics=("received",)), COMMAND_LINE)
    assert rows.select("unit", "value").rows() == [("o1", 2), ("unknown", 1)]
    wide = figures(version, Query(by="officer", metrics=("received",), attribution=("author", "named", "roster")), COMMAND_LINE)
    assert wide.select("unit", "value").rows() == [("o1", 3)]


def test_unknown_has_a_row_where_it_occurs_in_another_period(make_version: MakeVersion) -> None:
    before = {"asked_at": NOON - timedelta(days=90), "officer_id": "o1", "attribution": "roster"}
    version = make_version(interactions=[before, {"asked_at": NOON, "officer_id": "o1"}])
    rows = figures(version, Query(by="officer", metrics=("received",), from_on=date(2026, 3, 1)), COMMAND_LINE)
    assert rows.select("unit", "value").rows() == [("o1", 1), ("unknown", 0)]


def test_a_period_after_the_data_is_no_finished_one(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON}])
    row = figures(version, Query(metrics=("received",), from_on=date(2027, 1, 1)), COMMAND_LINE).row(0, named=True)
    assert (row["from"], row["to"], row["value"], row["state"]) == (date(2027, 1, 1), date(2027, 1, 1), 0, "provisional")


def test_an_empty_version_answers(make_version: MakeVersion) -> None:
    version = make_version()
    rows = figures(version, Query(), COMMAND_LINE)
    assert rows.filter(pl.col("denominator").is_not_null())["state"].unique().to_list() == ["no_data"]
    assert rows["from"].unique().to_list() == rows["to"].unique().to_list() == [date(2026, 2, 1)]
    assert figures(version, Query(by="ward"), COMMAND_LINE).is_empty()


def test_names_come_from_the_record(make_version: MakeVersion) -> None:
    version = make_version(
        interactions=[{"asked_at": NOON, "officer_id": "o1"}, {"asked_at": NOON}], officers=[{"officer_id": "o1", "name": "Nguyễn Văn An"}]
    )
    rows = figures(version, Query(by="officer", metrics=("received",)), COMMAND_LINE)
    assert rows.select("unit", "unit_name").rows() == [("o1", "Nguyễn Văn An"), ("unknown", "unknown")]


def test_a_viewer_sees_the_own_wards_only(make_version: MakeVersion) -> None:
    cases = [{"asked_at": NOON, "ward_code": ward, "ward_then": f"old {ward}"} for ward in ("w1", "w2", "w2")]
    wards = [{"ward_code": "w1"}, {"ward_code": "w2"}, *({"ward_code": f"old {w}", "current_code": w} for w in ("w1", "w2"))]
    version = make_version(interactions=cases, feedback=[{"ward_code": "w2", "received_at": NOON}], wards=wards)
    scope = Scope("x", "officer", wards=frozenset({"w1"}))
    rows = figures(version, Query(by="ward", metrics=("received", "compliments")), scope)
    assert rows.select("unit", "value").rows() == [("w1", 1), ("w1", 0)]
    then = figures(version, Query(by="ward", wards="then", metrics=("received",)), scope)
    assert then.select("unit", "value").rows() == [("old w1", 1)]
    quiet = figures(version, Query(by="ward", wards="then", metrics=("received",), from_on=date(2026, 3, 3), to_on=date(2026, 3, 3)), scope)
    assert "old w1" in units(quiet)
    assert "old w2" not in units(quiet)
    assert figures(version, Query(metrics=("received",)), scope)["value"].to_list() == [1]
    assert figures(version, Query(metrics=("received",), ward=("w2",)), scope)["value"].to_list() == [0]


def test_officers_are_listed_within_the_scope_only(make_version: MakeVersion) -> None:
    cases = [{"asked_at": NOON, "ward_code": "w1", "officer_id": "a"}, {"asked_at": NOON, "ward_code": "w2", "officer_id": "b"}]
    posted = [{"officer_id": officer, "ward_code": ward, "starts_on": date(2026, 1, 1)} for officer, ward in (("c", "w1"), ("d", "w2"))]
    roster = [{"officer_id": officer} for officer in "abcd"]
    version = make_version(interactions=cases, officers=roster, postings=posted)
    query = Query(by="officer", metrics=("received",))
    assert units(figures(version, query, COMMAND_LINE)) == ["a", "b", "c", "d"]
    assert units(figures(version, query, Scope("x", "commander", officers_of=frozenset({"w1"})))) == ["a", "c"]
    assert units(figures(version, query, Scope("x", "commander", wards=frozenset({"w2"}), officers_of=None))) == ["b", "d"]
    assert figures(version, query, Scope("x", "secretary")).is_empty()


def test_an_officer_of_two_wards_shows_only_the_cases_of_the_scope(make_version: MakeVersion) -> None:
    cases = [{"asked_at": NOON, "ward_code": ward, "officer_id": "a"} for ward in ("w1", "w2", "w2")]
    version = make_version(interactions=cases)
    rows = figures(version, Query(by="officer", metrics=("received",)), Scope("x", "commander", officers_of=frozenset({"w1"})))
    assert rows.select("unit", "value").rows() == [("a", 1)]
