"""The catalogue as a whole."""

import pytest

from etl.language import use_language
from metrics.catalogue import METRICS
from metrics.declaration import Metric

ORDER = """received answered acknowledged_on_time on_time first_response_median first_response_p90 answered_within_15m answered_within_1h
    answered_within_24h overdue_open backlog backlog_0_1d backlog_1_3d backlog_3_7d backlog_7_30d backlog_30d_up resolution_median
    resolution_p90 reopened compliments complaints ratings formal compliments_per_1000 complaints_per_1000 upheld_complaints_per_1000
    praise_share rating_positive rating_response satisfaction_766 on_time_766 tip_offs tip_offs_founded tip_off_classified_median
    members posts views shares corrections member_growth interactions_per_1000_members correction_median night_share workload
    unattributed without_time"""


def test_names_stand_in_the_order_of_the_definitions() -> None:
    assert [metric.name for metric in METRICS] == ORDER.split()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_text_is_translated(metric: Metric) -> None:
    use_language("en")
    english = (metric.question, metric.numerator, metric.denominator)
    use_language("vi")
    vietnamese = (metric.question, metric.numerator, metric.denominator)
    for there, here in zip(english, vietnamese, strict=True):
        assert (there == here == "") or there != here


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_record_is_whole(metric: Metric) -> None:
    assert (metric.clock is None) == (metric.kind != "time")
    assert (metric.hits is None) == (metric.kind == "time")
    assert (metric.base is None) == (metric.kind in ("count", "time"))
    assert metric.base_of is None or metric.kind == "rate"
    assert (metric.minimum == 0) == (metric.kind == "count")
    assert bool(metric.denominator) == bool(metric.source) == (metric.kind != "count")


def test_no_complaint_is_called_a_formal_one() -> None:
    use_language("vi")
    for metric in METRICS:
        if metric.name != "formal":
            assert "khiếu nại" not in f"{metric.question} {metric.numerator} {metric.denominator}".lower()
