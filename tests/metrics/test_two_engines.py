"""The same definitions on two engines: each figure that Polars gives Spark gives too, on the same files."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.publishing.versions import Version
from metrics.cli import main
from metrics.engine import computed_by
from metrics.figures import figures, figures_over
from metrics.query import Query, UnitKind
from metrics.scope import COMMAND_LINE, Scope
from metrics.spark import Spark, running
from tests.conftest import write_version
from tests.metrics.all_that_occurs import AS_OF, tables
from tests.metrics.test_figures import random_version

QUICK = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""For few rows: what the engine would compile first is not worth it."""
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    """Spark takes seconds to start: once is enough."""
    with running(QUICK) as engine:
        yield engine


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Made-up rows of every kind, with wards, channels and shifts."""
    return random_version(tmp_path_factory.mktemp("snapshots"), seed=3)


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """Counts and states exactly, all else to 1e-9: times, whole or half seconds, exactly too."""
    assert ours["numerator"].sum() > 0
    assert_frame_equal(ours, theirs, check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


def same_figures(spark: Spark, version: Version, query: Query, scope: Scope = COMMAND_LINE) -> None:
    with computed_by(spark):
        theirs = figures(version, query, scope)
    same(figures(version, query, scope), theirs)


@pytest.mark.parametrize("by", ["province", "ward", "channel", "officer"])
def test_every_metric_of_every_kind_of_unit(spark: Spark, version: Version, by: UnitKind) -> None:
    same_figures(spark, version, Query(by=by))


def test_what_every_definition_looks_at(spark: Spark, tmp_path: Path) -> None:
    everything = write_version(tmp_path, "v1", tables(), AS_OF, None)
    same_figures(spark, everything, Query(by="topic", attribution=("named", "author", "roster")))


FILTERS = [
    Query(by="ward", wards="then", ward=("w1", "old1"), topic=("rumour", "theft", "unknown"), from_on=date(2026, 1, 5)),
    Query(by="platform", officer=("o1", "o2"), attribution=("author", "roster"), to_on=date(2026, 1, 20)),
]


@pytest.mark.parametrize("query", FILTERS, ids=["wards of the day", "of two officers"])
def test_filters_and_periods(spark: Spark, version: Version, query: Query) -> None:
    same_figures(spark, version, replace(query, metrics=("received", "on_time", "first_response_median", "rating_positive")))


def test_who_looks_and_several_spans(spark: Spark, version: Version) -> None:
    scope = Scope("x", "commander", wards=frozenset({"w1"}), officers_of=frozenset({"w1"}))
    spans = [(date(2026, 1, day), date(2026, 1, day + 4)) for day in (1, 6, 15)]
    query = Query(by="officer", metrics=("received", "resolution_p90", "workload", "compliments_per_1000"))
    with computed_by(spark):
        theirs = figures_over(version, query, scope, spans)
    same(figures_over(version, query, scope, spans), theirs)


def test_files_are_read_where_and_as_they_lie(spark: Spark, tmp_path: Path) -> None:
    """A folder with a pattern's signs; parts of a second; answers before questions; a month's end; far years; columns that came later."""
    midnight = datetime(2026, 1, 31, 17, tzinfo=UTC)
    asked = [midnight - timedelta(microseconds=1), midnight, midnight + 1.5 * SECOND, midnight + 2.25 * SECOND]
    spent = [timedelta(microseconds=999_999), -1.5 * SECOND, timedelta(microseconds=-1), timedelta(days=70_000)]
    case = {"has_time": True, "ward_code": "w1"}
    rows = [case | {"asked_at": at, "answered_at": at + took, "resolved_at": at + took} for at, took in zip(asked, spent, strict=True)] * 24
    odd = tmp_path / "a [b] {c} *? %20 ă"
    version = write_version(odd, "v1", {"interactions": rows}, datetime(2300, 1, 1, tzinfo=UTC), None)
    for file in (version.folder / "interactions").glob("*.parquet"):
        pl.read_parquet(file, glob=False).drop("same_answer", "relabelled").with_columns(later=pl.lit(1)).write_parquet(file)
    same_figures(
        spark, version, Query(metrics=("received", "first_response_median", "resolution_p90", "night_share", "answered_within_15m"))
    )


def test_a_difference_would_be_seen(spark: Spark, version: Version) -> None:
    class CountsWhatIsKnown(Spark):
        def how_many(self, condition: nw.Expr) -> nw.Expr:
            return condition.cast(nw.Int64).count()

    broken = CountsWhatIsKnown(spark._session)
    with pytest.raises(AssertionError, match="value mismatch"):
        same_figures(broken, version, Query(metrics=("answered",)))


def command(version: Version, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was said beside it."""
    asked = [sys.executable, "-m", "metrics", "figures", "--by", "all", "--metric", "received", "--json", *arguments]
    settings = os.environ | {"LANGNGHE_SNAPSHOTS": str(version.folder.parent)} | environment
    done = subprocess.run(asked, env=settings, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_command_prints_the_same_rows(version: Version) -> None:
    printed = command(version)
    assert printed[0] == 0
    assert command(version, "--engine", "spark") == printed


def test_without_java(version: Version) -> None:
    code, out, err = command(version, "--engine", "spark", JAVA_HOME="/nowhere")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("--engine spark cần Java 17 trở lên, nhưng Java không chạy được: ")
    assert "/nowhere/bin/java" in err


def test_without_pyspark(version: Version, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(version.folder.parent))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert main(["figures", "--by", "all", "--engine", "spark"]) == 2
    hint = f"hãy chạy {sys.executable} -m pip install --require-hashes -r requirements-spark.lock, hoặc bỏ tùy chọn này."
    assert capsys.readouterr() == ("", f"--engine spark cần pyspark: {hint}\n")
