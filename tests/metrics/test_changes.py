"""What differs between two published versions."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from etl.publishing.versions import MANIFEST, Version, version_before
from metrics.changes import METRICS, changes, months
from metrics.query import Query
from metrics.scope import COMMAND_LINE, Scope
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)


def with_parts(version: Version, **digests: str) -> Version:
    """The same version, with the digests of its files in its manifest."""
    path = version.folder / MANIFEST
    found: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(found | {"parts": {name.replace("__", "/").replace("_", "-"): digest for name, digest in digests.items()}}))
    return version


def test_the_wholes_figures_before_and_after(make_version: MakeVersion) -> None:
    before = make_version(interactions=[{"asked_at": NOON, "ward_code": "w1"}])
    after = make_version(interactions=[{"asked_at": NOON, "ward_code": "w1"}, {"asked_at": NOON, "ward_code": "w2"}])
    found = changes(before, after, COMMAND_LINE)
    assert found["metric"].to_list() == list(METRICS)
    assert found.filter(pl.col("metric") == "received").select("value_before", "value_after").row(0) == (1, 2)
    narrow = changes(before, after, Scope("x", "officer", wards=frozenset({"w1"})))
    assert narrow.filter(pl.col("metric") == "received").select("value_before", "value_after").row(0) == (1, 1)


def test_what_was_published_before_versions_said_by_which_definitions_had_the_first_ones(make_version: MakeVersion) -> None:
    before, after = make_version(interactions=[{"asked_at": NOON}]), make_version()
    received = Query(metrics=("received",))
    assert changes(replace(before, definitions=None), after, COMMAND_LINE, received)["value_before"].to_list() == [1]
    assert changes(replace(before, definitions={}), after, COMMAND_LINE, received)["value_before"].to_list() == [None]


def test_months_whose_rows_came_went_or_changed(make_version: MakeVersion) -> None:
    before = with_parts(make_version(), interactions__2026_01="a", interactions__2026_02="b", feedback__2026_01="c", wards__all="d")
    after = with_parts(make_version(), interactions__2026_01="a", interactions__2026_02="x", interactions__2026_03="y", wards__all="e")
    assert months(before, after) == {"interactions": ["2026-02", "2026-03"], "feedback": ["2026-01"]}
    assert months(after, after) == {"interactions": [], "feedback": []}


def test_the_version_before_is_the_one_whose_number_is_one_less(make_version: MakeVersion) -> None:
    made = make_version()
    snapshots = made.folder.parent
    made.folder.rename(snapshots / "000007")
    before = version_before(replace(made, name="000008", folder=snapshots / "000008"))
    assert before is not None
    assert before.name == "000007"
    assert version_before(replace(made, name="000009", folder=snapshots / "000009")) is None
    assert version_before(made) is None
