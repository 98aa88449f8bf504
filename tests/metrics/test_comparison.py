"""Each unit beside what is expected, beside chance and beside the others: recomputed a second way, and where nothing may be said."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest

from metrics import funnel, shrinkage
from metrics.comparison import COMPARISON
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion, Version
from tests.metrics import reference_comparison as reference

START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, 08:00 local
AS_OF = START + timedelta(days=60)
WARDS = [f"w{number:02}" for number in range(14)]
TOPICS, PLATFORMS, URGENCIES = ("theft", "procedure", "rumour"), ("portal", "zalo_oa"), ("normal", "urgent")


def some_cases(random: Random, count: int = 900, spread: float = 0.15) -> list[dict[str, Any]]:
    """Cases of fourteen wards that differ by ``spread``; the last three wards have only a few."""
    level = {ward: 0.7 + spread * (number % 5 - 2) / 2 for number, ward in enumerate(WARDS)}
    rows = []
    for _number in range(count):
        ward = random.choices(WARDS, [8] * 11 + [0.3] * 3)[0]
        asked = START + timedelta(hours=random.randrange(24 * 40))
        topic = random.choice(TOPICS)
        answered = random.random() < min(1.0, level[ward] + (0.15 if topic == "theft" else 0))
        row = {"ward_code": ward, "asked_at": asked, "topic": topic, "platform": random.choice(PLATFORMS), "channel_id": f"c{ward}"}
        row |= {"urgency": random.choice(URGENCIES), "has_time": random.random() < 0.95, "officer_id": f"o{ward}", "attribution": "named"}
        rows.append(row | ({"answered_at": asked + timedelta(hours=2)} if answered else {}))
    return rows


def some_voices(random: Random, count: int = 500) -> list[dict[str, Any]]:
    kinds = {ward: [1 + 2 * (number % 4), 3, 3] for number, ward in enumerate(WARDS)}
    rows = []
    for _number in range(count):
        ward = random.choices(WARDS, [8] * 11 + [0.3] * 3)[0]
        kind = random.choices(["compliment", "complaint", "rating"], kinds[ward])[0]
        row = {"ward_code": ward, "kind": kind, "received_at": START + timedelta(hours=random.randrange(24 * 40))}
        row |= {"platform": random.choice(PLATFORMS), "officer_id": f"o{ward}", "attribution": "named", "channel_id": f"c{ward}"}
        rows.append(row | ({"rating": random.randint(1, 5)} if kind == "rating" else {}))
    return rows


@pytest.fixture
def city(make_version: MakeVersion) -> Version:
    random = Random(11)
    return make_version(interactions=some_cases(random), feedback=some_voices(random), as_of=AS_OF)


def band(case: dict[str, Any]) -> str:
    local = case["asked_at"] + timedelta(hours=7)
    minutes = local.hour * 60 + local.minute
    if not case["has_time"]:
        return "unknown"
    if minutes >= 22 * 60 or minutes < 6 * 60:
        return "night"
    if local.weekday() >= 5:
        return "weekend"
    return "office" if 8 * 60 <= minutes < 17 * 60 + 30 else "evening"


def cells_of(version: Version, metric: str) -> dict[str, dict[tuple[str, ...], tuple[int, int]]]:
    """Ward → cell → (cases or exposure, events)."""
    asked = pl.read_parquet(version.glob("interactions")).to_dicts()
    told = pl.read_parquet(version.glob("feedback")).to_dicts()
    found: dict[str, dict[tuple[str, ...], tuple[int, int]]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))

    def add(ward: str, cell: tuple[str, ...], cases: int, events: int) -> None:
        known = found[ward][cell]
        found[ward][cell] = (known[0] + cases, known[1] + events)

    for case in asked:
        answered = case["answered_at"] is not None
        if metric == "answered":
            add(case["ward_code"], (case["topic"], case["urgency"], case["platform"], band(case)), 1, int(answered))
        elif metric.endswith("per_1000") and answered:
            add(case["ward_code"], (case["platform"],), 1, 0)
    for voice in told:
        if metric == "praise_share" and voice["kind"] != "rating":
            add(voice["ward_code"], (voice["topic"], voice["platform"]), 1, int(voice["kind"] == "compliment"))
        elif metric.startswith(f"{voice['kind']}s_per"):
            add(voice["ward_code"], (voice["platform"],), 0, 1)
    return found


@pytest.mark.parametrize(
    ("metric", "kind", "better"),
    [
        ("answered", "share", "higher"),
        ("praise_share", "share", "higher"),
        ("compliments_per_1000", "rate", "higher"),
        ("complaints_per_1000", "rate", "lower"),
    ],
)
def test_every_number_is_what_a_second_computation_finds(city: Version, metric: str, kind: str, better: str) -> None:
    rows = figures(city, Query(by="ward", metrics=(metric,)), COMMAND_LINE)
    cells = cells_of(city, metric)
    whole: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for of in cells.values():
        for cell, (cases, events) in of.items():
            whole[cell] = (whole[cell][0] + cases, whole[cell][1] + events)
    e = reference.expected(cells, whole)
    level = sum(events for _cases, events in whole.values()) / sum(cases for cases, _events in whole.values())
    per = 1000 if kind == "rate" else 1
    units = {
        row["unit"]: reference.Unit(row["numerator"], e[row["unit"]], row["denominator"])
        for row in rows.iter_rows(named=True)
        if row["denominator"]
    }
    adjusted = {ward: level * unit.o / unit.e for ward, unit in units.items()}
    if kind == "share":
        adjusted = {ward: min(1.0, max(0.0, value)) for ward, value in adjusted.items()}
    compared = rows.filter(pl.col("state").is_in(["ok", "provisional"]))
    q, words = reference.signals(kind, better, [units[ward] for ward in compared["unit"]])
    n = np.array([unit.n for unit in units.values()])
    x = np.array([adjusted[ward] * unit.n for ward, unit in units.items()])
    prior = reference.prior(kind, x, n)
    assert 5 <= compared.height < rows.height, "some wards must have too few"
    assert prior is not None
    weight = prior[0] + prior[1] if kind == "share" else prior[1]
    reliability = np.mean([units[ward].n / (units[ward].n + weight) for ward in compared["unit"]])
    for place, row in enumerate(compared.iter_rows(named=True)):
        unit = units[row["unit"]]
        assert row["expected"] == pytest.approx(unit.e, rel=1e-12)
        assert row["adjusted"] == pytest.approx(adjusted[row["unit"]] * per, rel=1e-12)
        assert (row["q_value"], row["signal"]) == (pytest.approx(q[place], abs=1e-9), words[place])
        mean, low, high = reference.shrunk(kind, prior, adjusted[row["unit"]] * unit.n, unit.n)
        found = row["shrunk"], row["shrunk_lower"], row["shrunk_upper"], row["reliability"]
        assert found == pytest.approx((mean * per, low * per, high * per, reliability), rel=1e-6)
    assert nothing_compared(rows.filter(~pl.col("state").is_in(["ok", "provisional"])))


def nothing_compared(rows: pl.DataFrame) -> bool:
    return all(rows[name].is_null().all() for name in COMPARISON)


def test_expected_events_add_up_to_the_observed_ones(make_version: MakeVersion) -> None:
    many = make_version(interactions=some_cases(Random(5), spread=0), as_of=AS_OF)
    rows = figures(many, Query(by="topic", metrics=("answered", "night_share")), COMMAND_LINE)
    for _metric, of in rows.group_by("metric"):
        assert of["expected"].sum() == pytest.approx(of["numerator"].sum())


@pytest.mark.parametrize("elsewhere", [0, 3])
def test_what_is_said_where_nobody_was_answered_is_expected_of_all_alike(make_version: MakeVersion, elsewhere: int) -> None:
    """Words from a counter where no request is logged: they belong to no platform of the answered cases."""
    answered = [
        {"ward_code": ward, "asked_at": START, "answered_at": START, "platform": "portal"} for ward in WARDS[:2] for _case in range(60)
    ]
    words = [{"ward_code": WARDS[0], "kind": "compliment", "received_at": START, "platform": "counter"}] * 6
    words += [{"ward_code": WARDS[1], "kind": "compliment", "received_at": START, "platform": "portal"}] * elsewhere
    version = make_version(interactions=answered, feedback=words, as_of=AS_OF)
    wards, whole = (figures(version, Query(by=by, metrics=("compliments_per_1000",)), COMMAND_LINE) for by in ("ward", "all"))
    assert wards["expected"].to_list() == pytest.approx([(6 + elsewhere) / 2] * 2)
    assert whole["adjusted"].to_list() == pytest.approx(whole["value"].to_list())


def test_nothing_is_expected_where_it_never_happens(make_version: MakeVersion) -> None:
    """Nobody on the portal has a tip-off proved; 0 is what is expected there, and there is nothing to hold it against."""
    tip = {"tip_off": True, "classified_at": START, "asked_at": START}
    rows = [tip | {"ward_code": ward, "platform": "zalo_oa", "verdict": "founded"} for ward in WARDS[:5] for _case in range(20)]
    rows += [tip | {"ward_code": "w99", "platform": "portal", "verdict": "unfounded"}] * 20
    found = figures(make_version(interactions=rows, as_of=AS_OF), Query(by="ward", metrics=("tip_offs_founded",)), COMMAND_LINE)
    portal = found.filter(pl.col("unit") == "w99").row(0, named=True)
    assert (portal["value"], portal["expected"], portal["state"]) == (0, 0, "ok")
    assert portal["adjusted"] is portal["signal"] is portal["shrunk"] is None
    assert found["expected"].sum() == found["numerator"].sum() == 100


def test_the_whole_is_never_cut_by_ward_nor_by_who_looks(city: Version) -> None:
    query = Query(by="ward", metrics=("answered",))
    of_all = figures(city, query, COMMAND_LINE).filter(pl.col("unit").is_in(WARDS[:3]))
    filtered = figures(city, Query(by="ward", metrics=("answered",), ward=tuple(WARDS[:3])), COMMAND_LINE)
    within = figures(city, query, Scope("x", "commander", wards=frozenset(WARDS[:3])))
    for cut in (filtered, within):
        cut = cut.filter(pl.col("denominator") > 0)
        assert cut.select("unit", "expected", "adjusted").equals(of_all.select("unit", "expected", "adjusted"))
        assert cut["shrunk"].is_null().all(), "three units are too few to say how far units differ"


def test_the_filters_by_topic_and_platform_cut_the_whole_too(city: Version) -> None:
    rows = figures(city, Query(by="platform", metrics=("answered",), topic=("theft",)), COMMAND_LINE)
    assert rows["expected"].sum() == pytest.approx(rows["numerator"].sum())


def test_wards_have_a_range_of_places_and_officers_none(city: Version) -> None:
    wards = figures(city, Query(by="ward", metrics=("answered",)), COMMAND_LINE).filter(pl.col("signal").is_not_null())
    officers = figures(city, Query(by="officer", metrics=("answered",)), COMMAND_LINE).filter(pl.col("signal").is_not_null())
    assert wards["reliability"].min() >= 0.4
    assert (wards["rank_low"] <= wards["rank_high"]).all()
    assert wards["rank_low"].min() == 1
    assert officers.height == wards.height
    assert officers["rank_low"].is_null().all()
    assert officers["shrunk"].is_not_null().all()


def test_a_place_is_a_range_that_holds_the_order_of_the_estimates() -> None:
    prior = shrinkage.Prior("share", 50.0, 10.0)
    low, high = shrinkage.places(prior, np.array([90.0, 50.0, 84.0]), np.array([100.0, 100.0, 100.0]), higher_is_better=True)
    assert (low.tolist(), high.tolist()) == ([1, 3, 1], [2, 3, 2])
    low, high = shrinkage.places(prior, np.array([900.0, 500.0]), np.array([1000.0, 1000.0]), higher_is_better=False)
    assert (low.tolist(), high.tolist()) == ([2, 1], [2, 1])


@pytest.mark.parametrize("kind", ["share", "rate"])
def test_places_are_those_of_draws_sorted_one_by_one(kind: shrinkage.Kind) -> None:
    prior, random = shrinkage.Prior(kind, 5.0, 2.0), np.random.default_rng(0)
    x, n = np.array([9.0, 5.0, 8.4, 7.0]), np.array([10.0, 10.0, 11.0, 9.0])
    a, b = prior.posterior(x, n)
    values = [random.beta(a, b) if kind == "share" else random.gamma(a, 1 / b) for _draw in range(350)]
    ordered = np.sort([[1 + sum(other > own for other in draw) for own in draw] for draw in values], axis=0)
    low, high = shrinkage.places(prior, x, n, higher_is_better=True, draws=350)
    assert (low.tolist(), high.tolist()) == (ordered[8].tolist(), ordered[341].tolist())


@pytest.mark.parametrize(("kind", "x"), [("share", [10.0, 10.0, 10.0, 10.0, 0.0]), ("rate", [0.0, 0.0, 0.0, 0.0, 10.0])])
def test_equals_whose_draws_are_rounded_to_one_value_share_their_places(kind: shrinkage.Kind, x: list[float]) -> None:
    prior = shrinkage.Prior(kind, 1e-6, 1e-6)
    low, high = shrinkage.places(prior, np.array(x), np.full(5, 10.0), higher_is_better=kind == "share")
    assert (low.tolist(), high.tolist()) == ([1, 1, 1, 1, 5], [4, 4, 4, 4, 5])


@pytest.mark.parametrize("kind", ["share", "rate"])
def test_no_limit_lies_below_nothing(kind: funnel.Kind) -> None:
    """Of one ten-thousandth of an event none happens 9,999 times of 10,000."""
    units = funnel.Units(kind, np.zeros(1), np.array([1e-4]), np.array([10.0]))
    assert [limit.tolist() for limit in funnel.limits(units, 0.0, 0.998)] == [[0.0], [0.0]]


def test_all_complaints_compare_wards_only_upheld_ones_compare_officers(city: Version) -> None:
    rows = figures(city, Query(by="officer", metrics=("complaints_per_1000", "compliments_per_1000")), COMMAND_LINE)
    complaints, compliments = (rows.filter(pl.col("metric") == name) for name in ("complaints_per_1000", "compliments_per_1000"))
    assert nothing_compared(complaints)
    assert compliments["expected"].is_not_null().any()


def test_counts_and_times_are_not_compared(city: Version) -> None:
    rows = figures(city, Query(by="ward", metrics=("received", "first_response_median", "backlog")), COMMAND_LINE)
    assert nothing_compared(rows)


def test_units_that_share_one_value_are_shrunk_to_it(make_version: MakeVersion) -> None:
    rows = [
        {"ward_code": ward, "asked_at": START + timedelta(hours=hour), "answered_at": AS_OF if hour % 2 else None}
        for ward in WARDS
        for hour in range(20)
    ]
    found = figures(make_version(interactions=rows, as_of=AS_OF), Query(by="ward", metrics=("answered",)), COMMAND_LINE)
    assert found["reliability"].unique().to_list() == [0.0]
    assert found.select("shrunk", "shrunk_lower", "shrunk_upper").unique().rows() == [(0.5, 0.5, 0.5)]
    assert found["signal"].unique().to_list() == ["none"]
    assert found["rank_low"].is_null().all()


def test_where_nobody_was_answered_nothing_is_compared(make_version: MakeVersion) -> None:
    rows = [{"ward_code": ward, "asked_at": START + timedelta(hours=hour)} for ward in WARDS for hour in range(12)]
    found = figures(make_version(interactions=rows, as_of=AS_OF), Query(by="ward", metrics=("answered",)), COMMAND_LINE)
    assert found["value"].unique().to_list() == [0.0]
    assert found["expected"].is_null().all()


def test_the_limit_of_spiegelhalters_appendix() -> None:
    units = funnel.Units("rate", np.array([1.0]), np.array([2.5]), np.array([1.0]))
    low, high = funnel.limits(units, 0.0, 0.998)
    assert high[0] == pytest.approx(3.265, abs=5e-4)
    assert low[0] == 0


@pytest.mark.parametrize("kind", ["share", "rate"])
@pytest.mark.parametrize("tau2", [0.0, 0.01])
def test_limits_and_chances_are_those_of_exact_tails(kind: funnel.Kind, tau2: float) -> None:
    random = np.random.default_rng(3)
    n = random.integers(1, 400, 60).astype(float)
    e = n * random.uniform(0.01, 0.99, 60)
    o = np.minimum(n, random.poisson(e)).astype(float)
    units = funnel.Units(kind, o, e, n)
    scale = n if kind == "share" else e
    for coverage in (0.95, 0.998):
        low, high = funnel.limits(units, tau2, coverage)
        for i in range(60):
            exact = reference.limits(kind, reference.Unit(o[i], e[i], n[i]), tau2, coverage)
            assert (low[i] * scale[i], high[i] * scale[i]) == pytest.approx(exact, abs=1e-9)
    found = funnel.chances(units, tau2)
    assert found.tolist() == pytest.approx(
        [reference.chance(kind, reference.Unit(*each), tau2) for each in zip(o, e, n, strict=True)], abs=1e-9
    )


def test_phi_and_tau2_of_a_second_computation() -> None:
    random = np.random.default_rng(4)
    n = random.integers(20, 400, 40).astype(float)
    o = np.round(n * random.beta(20, 5, 40))
    e = n * 0.8
    found = funnel.dispersion(funnel.Units("share", o, e, n))
    assert found == pytest.approx(reference.spread("share", [reference.Unit(*each) for each in zip(o, e, n, strict=True)]), abs=1e-9)
    assert found[1] > 0
