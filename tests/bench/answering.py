"""V3: the same counts and median of all wards over the whole history, by ours, DuckDB and PostgreSQL, on the same Parquet files.

Ours come with their intervals and states; what a page shows compares the units too, which no peer does: that is told beside.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from results import Result
from running import peer

from etl.publishing.versions import current_version
from metrics.figures import figures, figures_over, period
from metrics.query import Query
from metrics.scope import COMMAND_LINE

RUNS = 9
"""Answers timed once one has warmed the files."""
QUESTION = Query(by="ward", metrics=("received", "answered", "on_time", "first_response_median"))
SELECT = """
SELECT ward_code,
       count(*) AS received,
       count(*) FILTER (WHERE answered_at <= {as_of}) AS answered,
       count(*) FILTER (WHERE has_time AND answer_due <= {as_of} AND answered_at <= answer_due AND answered_at <= {as_of}) AS on_time,
       count(*) FILTER (WHERE has_time AND answer_due <= {as_of}) AS due,
       {median}
FROM {rows} WHERE asked_at <= {as_of} AND status NOT IN ('withdrawn', 'duplicate') GROUP BY ward_code ORDER BY ward_code
"""
"""The median is the plain one, with those who still wait at what they have waited; ours also counts how many were still at risk."""


def all_wards(home: Path, folder: Path) -> list[Result]:
    """Median seconds of an answer, each side warm: read from the files each time, and ours out of the memory that pages share beside
    DuckDB's out of a table in memory. PostgreSQL has its one table."""
    version = current_version(home / "snapshots")
    assert version is not None
    request = {"files": version.glob("interactions"), "as_of": version.as_of.isoformat(), "select": SELECT, "runs": RUNS}
    span = (period(version, QUESTION),)
    remembered, read = (_median(partial(figures_over, version, QUESTION, COMMAND_LINE, span, keep)) for keep in (True, False))
    compared = _median(partial(figures, version, QUESTION, COMMAND_LINE))
    what = "all wards over the whole history"
    results = [Result("–", f"{what}, units compared too", compared)]
    for versus, name, most in (("DuckDB", "duckdb_figures", 1.2), ("PostgreSQL", "postgres_figures", 1 / 5)):
        answer = peer(name, request | {"folder": str(folder / name)})
        files, memory = (answer["seconds"][kept] if answer else None for kept in ("files", "memory"))
        if answer:
            _same(figures(version, QUESTION, COMMAND_LINE), answer["rows"], versus)
        results.append(Result("V3", f"{what}, read from the snapshot each time", read, files, most, versus))
        results.append(Result("V3", f"{what}, out of memory as pages are", remembered, memory, most, versus))
    return results


def _median(answer: Callable[[], object]) -> float:
    times = []
    for _run in range(RUNS + 1):
        began = time.perf_counter()
        answer()
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _same(ours: Any, theirs: list[list[Any]], versus: str) -> None:
    """Counts must be equal; medians as near as the two definitions are."""
    found = {(row["metric"], row["unit"]): row for row in ours.iter_rows(named=True)}
    apart = 0.0
    for ward, received, answered, on_time, due, median in theirs:
        counted = (
            found["received", ward]["numerator"],
            found["answered", ward]["numerator"],
            found["on_time", ward]["numerator"],
            found["on_time", ward]["denominator"],
        )
        if counted != (received, answered, on_time, due):
            raise AssertionError(f"{ward}: ours {counted}, {versus} {(received, answered, on_time, due)}")
        value = found["first_response_median", ward]["value"]
        if value is not None and median:
            apart = max(apart, abs(value - median) / median)
    print(f"{versus}: counts of {len(theirs)} wards equal, medians at most {apart:.2%} apart", flush=True)
