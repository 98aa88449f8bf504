"""The gate: each check is broken once, nothing is published then, and the first load has nothing to be compared with."""

import polars as pl
import pytest

from etl.errors import UserError
from etl.gate.audit import batch_checks, read_thresholds
from etl.gate.checks import Check
from etl.gate.gate import Gate
from etl.gate.history import SourceStatistics
from etl.publishing.publish import Draft
from tests.etl.house import House, at, case


def failed(report: dict) -> list[str]:
    assert report["gate"]["passed"] is not any(not check["passed"] for check in report["gate"]["checks"])
    return [check["name"] for check in report["gate"]["checks"] if not check["passed"]]


def good(start: int, number: int, **cells: str) -> list[dict]:
    return [case(i, officer_id="A1", ward="Phường Láng", topic="theft", **cells) for i in range(start, start + number)]


def bad(number: int) -> list[dict]:
    return [case(f"bad{i}", asked_at="soon") for i in range(number)]


@pytest.fixture
def settled(house: House) -> House:
    """Three loads of ten rows have been published."""
    for i in range(3):
        report = house.load(f"log-{i}.csv", good(10 * i, 10))
        assert report["gate"]["passed"], failed(report)
    return house


def test_half_a_file_may_be_refused_but_no_more(house: House) -> None:
    house.drop("log-a.csv", good(0, 200))
    assert failed(house.load("log-b.csv", good(300, 10) + bad(10))) == []
    assert failed(house.load("log-c.csv", good(400, 10) + bad(11))) == ["quarantined_per_file", "quarantined_per_load"]
    assert house.status()["held"] == [2]


def test_a_small_file_is_not_judged_by_itself(house: House) -> None:
    house.drop("log-a.csv", good(0, 100))
    assert failed(house.load("log-b.csv", bad(19))) == []
    house.drop("log-c.csv", good(200, 200))
    assert failed(house.load("log-d.csv", bad(20))) == ["quarantined_per_file"]


def test_a_fifth_of_a_load_may_be_refused_but_no_more(house: House) -> None:
    assert failed(house.load("log-a.csv", good(0, 8) + bad(2))) == []
    report = house.load("log-b.csv", good(10, 7) + bad(2))
    assert failed(report) == ["quarantined_per_load"]
    (check,) = [check for check in report["gate"]["checks"] if not check["passed"]]
    assert (check["observed"], check["limit"]) == (pytest.approx(2 / 9, abs=1e-6), 0.2)


@pytest.mark.parametrize(("rows", "passes"), [(1, False), (2, True), (50, True), (51, False)])
def test_the_fourth_load_has_a_usual_number_of_rows(settled: House, rows: int, passes: bool) -> None:
    assert failed(settled.load("log-4.csv", good(100, rows))) == ([] if passes else ["rows.log"])


def test_the_third_load_is_not_compared(house: House) -> None:
    for i, rows in enumerate((10, 10, 200)):
        assert failed(house.load(f"log-{i}.csv", good(1000 * i, rows))) == []


def test_held_discarded_and_undone_loads_are_no_history(house: House) -> None:
    for i in range(3):
        house.load(f"log-{i}.csv", good(10 * i, 10))
    house.undo(1)
    assert failed(house.load("log-4.csv", good(100, 90))) == []


@pytest.mark.parametrize(("column", "check"), [("officer_id", "unknown_officers.log"), ("ward", "unknown_wards.log")])
def test_unknown_officers_and_wards_may_rise_by_twenty_points(settled: House, column: str, check: str) -> None:
    def rows(start: int, unknown: int) -> list[dict]:
        found = good(start, 10)
        return [row | {column: ""} if i < unknown else row for i, row in enumerate(found)]

    assert failed(settled.load("log-4.csv", rows(100, 2))) == []
    assert failed(settled.load("log-5.csv", rows(200, 3))) == [check]


def test_a_column_that_was_always_filled_is_not_suddenly_empty(settled: House) -> None:
    report = settled.load("log-4.csv", [row | {"topic": ""} for row in good(100, 10)])
    assert failed(report) == ["emptied.log"]
    assert [check["observed"] for check in report["gate"]["checks"] if not check["passed"]] == ["topic"]
    assert failed(settled.load("log-5.csv", good(200, 10, urgency="urgent"))) == []


def test_sources_are_compared_with_themselves_only(settled: House) -> None:
    settled.source("other")
    assert failed(settled.load("other.csv", good(0, 500))) == []


def test_files_that_are_read_again_say_nothing_of_how_much_comes_in(settled: House) -> None:
    for i in range(3, 7):
        assert failed(settled.load(f"log-{i}.csv", good(10 * i, 10))) == []
    settled.source("log", topic="elsewhere")  # a slip of the pen
    assert failed(settled.refresh()) == ["emptied.log"]
    settled.discard(8)
    settled.source("log", ward="ward", columns="text")
    report = settled.refresh()  # seven files of ten rows, seven times the usual
    assert failed(report) == []
    assert sum(file["unchanged"] for file in report["files"]) == 70
    assert failed(settled.load("log-8.csv", good(80, 51))) == ["rows.log"]


# -- checks that no file can break, because the steps before hold -------------


def checked(gate: Gate, folds: dict[str, pl.DataFrame], batches: dict[str, pl.DataFrame], published: int) -> list[str]:
    tables = {"interactions": pl.DataFrame({"interaction_id": ["c"] * published})}
    files = pl.DataFrame({"path": ["a"], "rows": [1], "quarantined": [0]})
    gate.ask(*batch_checks(files, batches, Draft(folds, tables, at("2026-01-05 09:00")), {}, {}, read_thresholds()))
    return [check["name"] for check in gate.answer()["checks"] if not check["passed"]]


def test_a_doubled_key_is_seen(gate: Gate) -> None:
    fold = pl.DataFrame({"source": ["log", "log"], "interaction_id": ["c1", "c1"]})
    assert checked(gate, {"interactions": fold}, {}, 2) == ["unique_interactions"]
    assert checked(gate, {"interactions": fold.with_columns(source=pl.Series(["a", "b"]))}, {}, 2) == []


def test_a_published_row_without_its_fold_is_seen(gate: Gate) -> None:
    fold = pl.DataFrame({"source": ["log"], "interaction_id": ["c1"]})
    assert checked(gate, {"interactions": fold}, {}, 2) == ["one_fold_per_row"]


def test_what_the_declarations_say_is_validated_once_more(gate: Gate) -> None:
    batch = pl.DataFrame({"feedback_id": ["f"], "kind": ["praise"], "received_at": [None], "attribution": ["guess"]})
    batch = batch.with_columns(platform=pl.lit("facebook"), outcome=pl.lit(None, pl.String))
    assert checked(gate, {}, {"feedback": batch}, 0) == [
        "present_feedback.received_at",
        "listed_feedback.attribution",
        "listed_feedback.platform",
    ]


def test_an_expectation_that_crashes_is_a_bug_and_no_verdict() -> None:
    with Gate() as gate:
        frame = pl.DataFrame({"a": [1]})
        gate.ask([Check("odd", "f", "ExpectColumnValuesToBeUnique", {"column": "missing"}, 0, 0)], {"f": frame})
        with pytest.raises(RuntimeError, match="odd"):
            gate.answer()


def test_thresholds_are_read_strictly(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "gate.toml"
    shipped = read_thresholds()
    assert (shipped.quarantined_per_file, shipped.quarantined_file_rows, shipped.quarantined_per_load) == (0.5, 20, 0.2)
    assert (shipped.history_loads, shipped.history_least, shipped.rows_low, shipped.rows_high, shipped.unknown_rise) == (8, 3, 0.2, 5, 0.2)
    path.write_text("rows_lo = 1")
    with pytest.raises(UserError, match="rows_low"):
        read_thresholds(path)
    path.write_text("rows_low = true")
    with pytest.raises(UserError):
        read_thresholds(path)


def test_only_the_last_eight_loads_are_looked_back_on() -> None:
    def load(rows: int) -> SourceStatistics:
        return SourceStatistics(rows, 0.0, 0.0, ["asked_at"])

    files = pl.DataFrame({"path": ["a"], "rows": [1], "quarantined": [0]})
    draft = Draft({}, {}, at("2026-01-05 09:00"))
    history = {"log": [load(1000)] * 20 + [load(10)] * 8}
    checks, _frames = batch_checks(files, {}, draft, {"log": load(10)}, history, read_thresholds())
    assert {check.name: check.limit for check in checks}["rows.log"] == "2–50"
