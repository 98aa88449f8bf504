"""A definition that changes gets a new version: the computation of every version that ever was is pinned by its digest."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from etl.language import use_language
from etl.settings import DEFINITIONS
from metrics.catalogue import ANSWERED, METRICS
from metrics.declaration import Metric
from metrics.definitions import example, exclusions, formula
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion
from tests.metrics.all_that_occurs import AS_OF, tables

PINNED: dict[str, dict[str, str]] = json.loads(DEFINITIONS.read_text())
"""Metric -> version -> digest. A line is only ever added: what a version meant does not change afterwards."""
ANSWERS: dict[str, dict[str, list[float | None]]] = json.loads((Path(__file__).parent / "answers.json").read_text())
"""Metric -> version -> numerator, denominator, value of the rows of ``all_that_occurs``."""


def digest(metric: Metric) -> str:
    """Changes when the metric is computed otherwise; words may be mended."""
    clock = metric.clock and (repr(metric.clock.base), metric.clock.ends, metric.quantile)
    conditions = [repr(each) for each in (metric.hits, metric.base, metric.held)]
    plain = (metric.kind, metric.better, metric.minimum, metric.of, metric.base_of, metric.per, metric.compares_officers)
    return hashlib.sha256(repr((plain, conditions, clock)).encode()).hexdigest()[:16]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_changed_definition_has_a_new_version(metric: Metric) -> None:
    """After a change raise the metric's ``version`` and add its digest under the new number to ``data/definitions.json``."""
    known = PINNED[metric.name]
    assert known.get(str(metric.version)) == digest(metric)
    assert list(known) == [str(number) for number in range(1, metric.version + 1)]
    assert len(set(known.values())) == len(known)


def test_what_a_definition_made_of_all_that_occurs_is_on_record(make_version: MakeVersion) -> None:
    """The conditions stand on columns that the populations make: where one of these changes, so do the answers of the metrics on it."""
    rows = figures(make_version(**tables(), as_of=AS_OF), Query(), COMMAND_LINE)
    answers = {name: list(found) for name, *found in rows.select("metric", "numerator", "denominator", "value").iter_rows()}
    assert answers == {metric.name: ANSWERS[metric.name][str(metric.version)] for metric in METRICS}
    assert {name: list(told) for name, told in ANSWERS.items()} == {name: list(told) for name, told in PINNED.items()}


def test_the_digest_sees_every_part_of_a_definition() -> None:
    on_time = next(metric for metric in METRICS if metric.name == "on_time")
    others = [
        replace(on_time, minimum=5),
        replace(on_time, better="lower"),
        replace(on_time, hits=ANSWERED),
        replace(on_time, base=ANSWERED),
        replace(on_time, compares_officers=False),
    ]
    assert digest(on_time) not in {digest(other) for other in others}
    assert digest(replace(on_time, texts=("?", "a", "b"))) == digest(on_time)


def test_what_is_left_out_is_said() -> None:
    use_language("en")
    of = {metric.name: "; ".join(exclusions(metric)) for metric in METRICS}
    assert "only the date is known" in of["on_time"]
    assert "only the date is known" not in of["answered"]
    assert "has not passed" in of["acknowledged_on_time"]
    assert "too shortly" in of["reopened"]
    assert "formal" in of["praise_share"]
    assert "formal" not in of["formal"]
    assert "held as a wave" in of["praise_share"]
    assert "held as a wave" not in of["compliments"]


def test_an_example_ends_in_its_figure_as_the_language_writes_it() -> None:
    metrics = {metric.name: metric for metric in METRICS}
    use_language("vi")
    assert example(metrics["on_time"]).endswith("→ 5 ÷ 10 = 50 %")
    assert example(metrics["compliments_per_1000"]).endswith("→ 6 ÷ 60 × 1.000 = 100")
    assert example(metrics["workload"]).endswith("→ 3 ÷ 2 = 1,5")
    use_language("en")
    assert example(metrics["resolution_median"]).endswith("→ 5.5 hours (9 of 10 ended)")
    assert "× 1,000" in formula(metrics["complaints_per_1000"])
    assert "×" not in formula(metrics["workload"])
