"""Several spans in one pass are the same rows as a question for each; what is remembered never changes an answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from etl.publishing.versions import Version
from metrics import memory
from metrics.comparison import COMPARISON
from metrics.figures import RESULT, figures, figures_over
from metrics.memory import MEMORY, Memory
from metrics.query import UNIT_KINDS, Query, UnitKind
from metrics.scope import COMMAND_LINE, Scope
from tests import conftest
from tests.conftest import MakeVersion
from tests.metrics.test_figures import random_version

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
WEEKS = tuple((date(2026, 1, 1) + timedelta(days=7 * i), date(2026, 1, 7) + timedelta(days=7 * i)) for i in range(7))
SPANS = [
    WEEKS,
    ((date(2025, 11, 1), date(2025, 11, 30)), (date(2026, 1, 3), date(2026, 1, 3)), (date(2026, 1, 20), date(2026, 2, 28))),
    ((date(2026, 1, 1), date(2026, 1, 31)),),
]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test fills its own memory."""
    fresh = Memory()
    for name in ("tally", "units", "wards"):
        monkeypatch.setattr(f"metrics.{name}.MEMORY", fresh)
    yield
    assert fresh.size() <= fresh.limit


def uncompared() -> list[pl.Expr]:
    """Only a question of one span compares units."""
    return [pl.lit(None, dtype).alias(name) for name, dtype in COMPARISON.items()]


@pytest.mark.parametrize("apart", [1, 2], ids=["one after the other", "with days between"])
def test_a_thousand_spans_are_asked_as_a_few(make_version: MakeVersion, apart: int) -> None:
    """The weeks of twenty years: one question of the year 2004 in the log is enough for them."""
    first, last = NOON - 999 * timedelta(days=apart), NOON
    version = make_version(interactions=[{"asked_at": at} for at in (first, first + timedelta(days=1), last)], as_of=last)
    spans = [(day := (first + i * timedelta(days=apart)).date(), day) for i in range(1000)]
    rows = figures_over(version, Query(metrics=("received",)), COMMAND_LINE, spans)
    asked = rows.filter(pl.col("numerator") > 0).select("from", "numerator").rows()
    between = [((first + timedelta(days=1)).date(), 1)] if apart == 1 else []
    assert asked == [(first.date(), 1), *between, (last.date(), 1)]


@pytest.mark.parametrize("by", UNIT_KINDS)
@pytest.mark.parametrize("spans", SPANS, ids=["weeks", "gaps", "one"])
def test_every_span_is_answered_as_if_asked_alone(
    tmp_path: Path, by: UnitKind, spans: tuple[tuple[date, date], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = random_version(tmp_path, seed=len(by))
    together = figures_over(version, Query(by=by), COMMAND_LINE, spans)
    alone = [figures(version, Query(by=by, from_on=first, to_on=last), COMMAND_LINE) for first, last in spans]
    assert together.equals(pl.concat(alone).with_columns(uncompared()))
    monkeypatch.setattr("metrics.tally.MEMORY", Memory(limit=0))  # a version too large to be remembered is read from its files
    assert figures_over(version, Query(by=by), COMMAND_LINE, spans).equals(together)


def test_spans_are_answered_within_filters_and_scope(tmp_path: Path) -> None:
    version = random_version(tmp_path, seed=7)
    scope = Scope("x", "commander", wards=frozenset({"w1"}), officers_of=frozenset({"w1"}))
    for query in (Query(by="ward", wards="then", platform=("portal",)), Query(by="officer", topic=("rumour",))):
        alone = [figures(version, Query(**{**vars(query), "from_on": first, "to_on": last}), scope) for first, last in WEEKS]
        assert figures_over(version, query, scope, WEEKS).equals(pl.concat(alone).with_columns(uncompared()))


def test_no_span_has_no_rows(make_version: MakeVersion) -> None:
    rows = figures_over(make_version(interactions=[{"asked_at": NOON}]), Query(), COMMAND_LINE, ())
    assert rows.is_empty()
    assert dict(rows.schema) == RESULT


@pytest.mark.parametrize("spans", [WEEKS[::-1], (WEEKS[0], WEEKS[0]), ((date(2026, 1, 2), date(2026, 1, 1)),)])
def test_spans_that_overlap_or_run_backwards_are_refused(make_version: MakeVersion, spans: tuple[tuple[date, date], ...]) -> None:
    with pytest.raises(ValueError, match="in order of time"):
        figures_over(make_version(interactions=[{"asked_at": NOON}]), Query(), COMMAND_LINE, spans)


def received(version: Version) -> float:
    return float(figures(version, Query(metrics=("received",)), COMMAND_LINE)["value"].item())


def test_a_version_written_again_under_its_name_is_read_again(tmp_path: Path) -> None:
    once = conftest.write_version(tmp_path / "a", "v1", {"interactions": [{"asked_at": NOON}]}, NOON, None)
    assert received(once) == 1
    (tmp_path / "a").rename(tmp_path / "b")
    again = conftest.write_version(tmp_path / "a", "v1", {"interactions": [{"asked_at": NOON}] * 2}, NOON, None)
    assert received(again) == 2


def test_only_the_last_versions_are_remembered(make_version: MakeVersion) -> None:
    kept = Memory()
    versions = [make_version(interactions=[{"asked_at": NOON}] * n) for n in (1, 2, 3)]
    built: list[int] = []

    def ask(i: int) -> int:
        def build() -> pl.DataFrame:
            built.append(i)
            return pl.DataFrame({"n": [i]})

        return int(kept.frame(versions[i], "n", build).item())

    assert [ask(i) for i in (0, 1, 1, 0, 2, 0, 1)] == [0, 1, 1, 0, 2, 0, 1]
    assert built == [0, 1, 2, 1]
    assert memory.VERSIONS == 2


def test_what_is_too_large_is_not_remembered(make_version: MakeVersion) -> None:
    version = make_version(interactions=[{"asked_at": NOON}] * 3)
    small = Memory(limit=memory.BYTES_A_CASE * 3)
    assert not small.holds(version)
    assert MEMORY.holds(version)
    small.frame(version, "rows", lambda: pl.DataFrame({"n": range(1000)}))
    assert small.size() == 0
