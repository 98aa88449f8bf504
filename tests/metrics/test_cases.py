"""The cases behind a figure: as many as its numerator and denominator say, and none that the viewer may not look at."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from etl.tables import UNKNOWN
from metrics.cases import cases
from metrics.catalogue import METRICS
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion, Version
from tests.metrics.test_figures_reference import AS_OF, CHANNELS, WARDS, some_case, some_voice

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNTED = [metric for metric in METRICS if not {metric.of, metric.below} & {"channel_days", "duties"}]


@pytest.fixture
def city(make_version: MakeVersion) -> Version:
    random = Random(7)
    asked = [some_case(random, i) for i in range(80)]
    told = [some_voice(random, i, asked) for i in range(80)]
    return make_version(interactions=asked, feedback=told, wards=WARDS, channels=CHANNELS, as_of=AS_OF)


def test_there_are_as_many_as_the_figure_says(city: Version) -> None:
    for metric in COUNTED:
        for row in figures(city, Query(by="ward", metrics=(metric.name,)), COMMAND_LINE).iter_rows(named=True):
            behind = cases(city, Query(by="ward"), metric.name, row["unit"], COMMAND_LINE, most=1000)
            assert behind.total == behind.rows.height == row["numerator"], (metric.name, row["unit"])
            if metric.kind != "count":
                below = cases(city, Query(by="ward"), metric.name, row["unit"], COMMAND_LINE, "denominator")
                assert below.total == row["denominator"], (metric.name, row["unit"])


def test_the_others_are_what_the_denominator_has_beside_the_numerator(make_version: MakeVersion) -> None:
    asked = [{"asked_at": NOON, "answered_at": NOON + HOUR}, {"asked_at": NOON + HOUR, "link": "https://example.org/2"}]
    version = make_version(interactions=asked, as_of=NOON + 9 * HOUR)
    (row,) = cases(version, Query(), "answered", "all", COMMAND_LINE, "others").rows.iter_rows(named=True)
    assert (row["interaction_id"], row["path"], row["row_number"], row["link"]) == ("i2", "cases.csv", 2, "https://example.org/2")


def test_an_instant_after_as_of_has_not_happened(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON, "answered_at": NOON + HOUR}], as_of=NOON)
    assert cases(version, Query(), "received", "all", COMMAND_LINE).rows["answered_at"].to_list() == [None]


def test_leaves_follow_each_other_from_the_first_asked(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON + hours * HOUR} for hours in (3, 1, 2)], as_of=NOON + 9 * HOUR)
    leaves = [cases(version, Query(), "received", "all", COMMAND_LINE, first=first, most=2) for first in (0, 2)]
    assert [leaf.rows["interaction_id"].to_list() for leaf in leaves] == [["i2", "i3"], ["i1"]]
    assert [leaf.total for leaf in leaves] == [3, 3]


def test_only_wards_whose_cases_one_may_look_at(make_version: MakeVersion) -> None:
    asked = [{"asked_at": NOON, "ward_code": ward, "officer_id": "A1"} for ward in ("00001", "00002")]
    version = make_version(interactions=asked)
    nobody = Scope("auditor", "auditor")
    own = Scope("secretary", "secretary", officers_of=frozenset({"00001"}), cases_of=frozenset({"00001"}))
    staff = Scope("staff", "data_staff", cases_of=None)
    assert cases(version, Query(), "received", "all", nobody).total == 0
    assert cases(version, Query(), "received", "all", own).rows["officer_id"].to_list() == ["A1"]
    assert cases(version, Query(), "received", "all", staff).rows["officer_id"].to_list() == [UNKNOWN, UNKNOWN]


def test_a_channels_day_is_no_case(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON}])
    for metric, part in (("members", "numerator"), ("received", "others"), ("compliments_per_1000", "others")):
        with pytest.raises(ValueError, match="no cases"):
            cases(version, Query(), metric, "all", COMMAND_LINE, part)  # type: ignore[arg-type]
