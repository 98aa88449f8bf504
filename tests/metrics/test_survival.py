"""Kaplan–Meier quantiles against R, textbooks and lifelines."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from metrics.survival import quantiles

WORKED = Path(__file__).parent.parent / "worked"


def of(*spans: tuple[int, bool], unit: str = "a", share: float = 0.5) -> dict[str, Any]:
    frame = pl.DataFrame({"unit": [unit] * len(spans), "seconds": [s for s, _ in spans], "ended": [e for _, e in spans]})
    return quantiles(frame, [share]).row(0, named=True)


def limits(row: dict[str, Any]) -> list[float | None]:
    return [row["value_0"], row["lower_0"], row["upper_0"]]


def test_rs_lung_data() -> None:
    lung = pl.read_csv(WORKED / "lung.csv").select(pl.lit("a").alias("unit"), seconds="time", ended=pl.col("status") == 1)
    row = quantiles(lung, [0.5]).row(0, named=True)
    assert limits(row) == [310, 284, 361]
    assert (row["cases"], row["events"], row["last"]) == (228, 165, 1022)


def test_freireichs_leukaemia_trial() -> None:
    """Median weeks in remission: 23 under 6-MP, 8 under placebo (Freireich et al. 1963)."""
    treated = [(t, True) for t in (6, 6, 6, 7, 10, 13, 16, 22, 23)]
    waiting = [(t, False) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
    placebo = [(t, True) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]
    assert of(*treated, *waiting)["value_0"] == 23
    assert of(*placebo)["value_0"] == 8


def test_a_flat_is_halved() -> None:
    assert of(*((t, True) for t in (1, 2, 3, 4)))["value_0"] == 2.5
    assert of(*((t, True) for t in (1, 2, 5, 9)))["value_0"] == 3.5


def test_a_flat_is_seen_through_rounding() -> None:
    """0.1 is not one of the doubles: ten cases, nine answered, leave a tenth only within rounding."""
    assert of(*((t, True) for t in range(10)), share=0.9)["value_0"] == 8.5


def test_a_flat_to_the_end_has_no_middle() -> None:
    """``print(survfit(Surv(c(1, 2, 5, 7), c(1, 1, 0, 0)) ~ 1))``: median 2."""
    assert of((1, True), (2, True), (5, False), (7, False))["value_0"] == 2


def test_an_answer_before_its_question_stays_in_its_unit() -> None:
    """A later version of a row may move the question behind its answer."""
    rows = [("a", 5, True), ("a", 9, False), ("b", -7, True), ("b", 4, True), ("b", 6, True)]
    found = quantiles(pl.DataFrame(rows, schema=["unit", "seconds", "ended"], orient="row"), [0.5])
    assert found.select("unit", "value_0", "last").rows() == [("a", 5, 9), ("b", 4, 6)]


def test_censored_at_the_same_time_were_at_risk() -> None:
    """At 3 all three are at risk, so the curve falls to 2/3; were the censored gone before, it would fall to 0."""
    assert of((3, True), (3, False), (3, False))["value_0"] is None


def test_never_answered_cases_do_not_vanish() -> None:
    row = of((60, True), (90, True), *((1000, False) for _ in range(6)))
    assert limits(row)[0] is None
    assert row["last"] == 1000


def test_an_answer_at_once_counts() -> None:
    assert limits(of((0, True), (0, True), (0, True), (9, False)))[0] == 0


def test_all_at_one_time_leave_no_band() -> None:
    """The curve falls from 1 to 0: R prints the median and NA for both limits."""
    assert limits(of((5, True), (5, True))) == [5, None, None]


def test_none_ended() -> None:
    assert limits(of((5, False), (6, False))) == [None, None, None]


def test_a_band_that_comes_back_up_counts_where_it_first_came_down() -> None:
    """Its upper side comes down to a half with the 531st of 1,000 answers; one more, with two left at risk, lifts it above a half."""
    answered = [(t, True) for t in range(1, 532)]
    assert of(*answered, *((532, False) for _ in range(469)))["upper_0"] == 531
    assert of(*answered, *((532, False) for _ in range(467)), (533, True), (534, False))["upper_0"] == 531


def test_a_single_event_may_lower_the_band_by_more_than_its_depth() -> None:
    """Of three cases one went: −log of what is left is 0.4055, and its standard deviation 0.4082."""
    assert of((1, True), (2, False), (3, False), share=0.945)["lower_0"] == 1


spans = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40)


@given(spans, st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=0, max_size=8), st.sampled_from([0.37, 0.53, 0.88]))
def test_lifelines_agrees_away_from_flats(mine: list[tuple[int, bool]], others: list[tuple[int, bool]], share: float) -> None:
    every = [("b", *span) for span in mine] + [("a", *span) for span in others] + [("c", *span) for span in others]
    row = quantiles(pl.DataFrame(every, schema=["unit", "seconds", "ended"], orient="row"), [share]).filter(pl.col("unit") == "b")
    fitted = KaplanMeierFitter().fit([t for t, _ in mine], [ended for _, ended in mine])
    curve, band = fitted.survival_function_.iloc[:, 0], fitted.confidence_interval_
    died = fitted.event_table["observed"] > 0
    for name, heights in (("value_0", curve), ("lower_0", band.iloc[:, 0]), ("upper_0", band.iloc[:, 1])):
        # At a height of 0 R has no band; lifelines draws one.
        below = [t for t, height in heights.items() if died[t] and height < 1 - share and (name == "value_0" or curve[t] > 0)]
        assert row[name][0] == (below[0] if below else None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans()), min_size=1), st.randoms(use_true_random=False))
def test_order_and_neighbours_do_not_matter(rows: list[tuple[str, int, bool]], random: Any) -> None:
    schema = ["unit", "seconds", "ended"]
    whole = quantiles(pl.DataFrame(rows, schema=schema, orient="row"), [0.5, 0.9])
    shuffled = random.sample(rows, len(rows))
    assert quantiles(pl.DataFrame(shuffled, schema=schema, orient="row"), [0.5, 0.9]).equals(whole)
    alone = [quantiles(part, [0.5, 0.9]) for part in pl.DataFrame(rows, schema=schema, orient="row").partition_by("unit")]
    assert pl.concat(alone).sort("unit").equals(whole.sort("unit"))


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_no_cases(share: float) -> None:
    nothing = pl.DataFrame(schema={"unit": pl.String, "seconds": pl.Int64, "ended": pl.Boolean})
    assert quantiles(nothing, [share]).is_empty()
