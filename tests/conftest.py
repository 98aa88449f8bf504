"""What every test may use: a published version written from a handful of rows; a gate that is ready."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import settings

from etl.gate.gate import Gate
from etl.publishing.versions import MANIFEST, POINTER, Version, definitions, read_version
from etl.tables import FILES, TIDY_TABLES, UNITS, UNKNOWN, snapshot_schema

Row = Mapping[str, Any]
MakeVersion = Callable[..., Version]
LOCAL = timedelta(hours=7)

# A busy machine is no fault; the suite tries the same examples each time, `EXPLORE=1` others.
settings.register_profile("langnghe", deadline=None, derandomize="EXPLORE" not in os.environ)
settings.load_profile("langnghe")


def interaction(row: Row, number: int) -> dict[str, Any]:
    """A whole tidy row: an open case without officer, ward or topic, but for what ``row`` says."""
    ward = row.get("ward_code", UNKNOWN)
    officer = row.get("officer_id", UNKNOWN)
    derived = "resolved" if row.get("resolved_at") else "answered" if row.get("answered_at") else "open"
    return {
        "source": "sheet",
        "interaction_id": f"i{number}",
        "channel_id": UNKNOWN,
        "platform": "facebook_group",
        "ward_code": ward,
        "ward_then": ward,
        "officer_id": officer,
        "attribution": "none" if officer == UNKNOWN else "named",
        "topic": UNKNOWN,
        "tip_off": False,
        "urgency": "normal",
        "asked_at": datetime(2026, 1, 5, 2, tzinfo=UTC),
        "has_time": True,
        "status": derived,
        "reply_count": 0,
        "provisional": False,
        "file_id": 1,
        "row_number": number,
    } | dict(row)


def feedback(row: Row, number: int, topics: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """A whole tidy row: a compliment that counts, linked within its source, but for what ``row`` says."""
    ward = row.get("ward_code", UNKNOWN)
    officer = row.get("officer_id", UNKNOWN)
    source = row.get("source", "sheet")
    linked = row.get("interaction_id")
    linked_source = row.get("interaction_source", source if linked else None)
    return {
        "source": source,
        "feedback_id": f"f{number}",
        "kind": "compliment",
        "formal": False,
        "officer_id": officer,
        "attribution": "none" if officer == UNKNOWN else "named",
        "ward_code": ward,
        "channel_id": UNKNOWN,
        "platform": "facebook_group",
        "received_at": datetime(2026, 1, 6, 2, tzinfo=UTC),
        "has_time": True,
        "category": UNKNOWN,
        "counts": True,
        "held": False,
        "ward_then": ward,
        "topic": topics.get((linked_source, linked), UNKNOWN) if linked and linked_source else UNKNOWN,
        "interaction_source": linked_source,
        "provisional": False,
        "file_id": 2,
        "row_number": number,
    } | dict(row)


def ward(code: str) -> dict[str, Any]:
    """A ward of today, named by its code, in province 01."""
    return {"ward_code": code, "name": code, "province": "Hà Nội", "parent": "01", "current_code": code, "split": False}


def units(tables: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """All that occurs in the rows, as the loader would publish it."""
    cases = [*tables["interactions"], *tables["feedback"]]
    parents = {row["ward_code"]: row["parent"] for row in tables["wards"]}
    names = {("province", row["parent"]): row["province"] for row in tables["wards"]}
    for kind in ("ward", "ward_then"):
        names |= {(kind, row["ward_code"]): row["name"] for row in tables["wards"]}
    names |= {("officer", row["officer_id"]): row["name"] for row in tables["officers"]}
    names |= {("channel", row["channel_id"]): row["name"] for row in tables["channels"]}
    occurs = {("ward", row["ward_code"]) for row in tables["postings"]}
    occurs |= {("officer", row["officer_id"]) for row in tables["officers"]}
    occurs |= {("channel", row["channel_id"]) for row in tables["channels"]}
    for row in cases:
        occurs |= {(kind, row[column]) for kind, column in UNIT_COLUMNS.items()}
        occurs.add(("province", parents.get(row["ward_code"], UNKNOWN)))
    return [{"unit_kind": kind, "unit": unit, "unit_name": names.get((kind, unit)) or unit} for kind, unit in sorted(occurs)]


UNIT_COLUMNS = {
    "ward": "ward_code",
    "ward_then": "ward_then",
    "channel": "channel_id",
    "platform": "platform",
    "officer": "officer_id",
    "topic": "topic",
}


def write_version(
    folder: Path, name: str, tables: Mapping[str, Iterable[Row] | None], as_of: datetime | None, units_rows: Iterable[Row] | None
) -> Version:
    """Write one published version and point to it; see ``make_version``."""
    rows: dict[str, list[dict[str, Any]]] = {table: [dict(row) for row in tables.get(table) or ()] for table in TIDY_TABLES}
    rows["interactions"] = [interaction(row, number) for number, row in enumerate(rows["interactions"], 1)]
    topics = {(row["source"], row["interaction_id"]): row["topic"] for row in rows["interactions"]}
    rows["feedback"] = [feedback(row, number, topics) for number, row in enumerate(rows["feedback"], 1)]
    rows["officers"] = [{"name": row["officer_id"], "active": True} | row for row in rows["officers"]]
    rows["channels"] = [{"name": row["channel_id"], "platform": "facebook_group"} | row for row in rows["channels"]]
    codes = {row[column] for table in ("interactions", "feedback") for row in rows[table] for column in ("ward_code", "ward_then")}
    if tables.get("wards") is None:
        rows["wards"] = [ward(code) for code in sorted(codes - {UNKNOWN})]
    else:
        rows["wards"] = [ward(row["ward_code"]) | row for row in rows["wards"]]
    split = {row["ward_code"] for row in rows["wards"] if row["split"]}
    for row in (*rows["interactions"], *rows["feedback"]):
        row["split"] = row["ward_then"] in split
    rows[UNITS.name] = units(rows) if units_rows is None else [dict(row) for row in units_rows]
    rows[FILES.name] = [
        {"file_id": 1, "load_id": 1, "path": "cases.csv", "source": "sheet"},
        {"file_id": 2, "load_id": 1, "path": "feedback.csv", "source": "sheet"},
    ]
    for table, table_rows in rows.items():
        write_table(folder / name / table, table, table_rows)
    starts = [row[TIDY_TABLES[table].month_of or ""] for table in ("interactions", "feedback") for row in rows[table]]
    instants = [
        value for table in ("interactions", "feedback") for row in rows[table] for value in row.values() if isinstance(value, datetime)
    ]
    last = as_of or max(instants, default=datetime(2026, 2, 1, tzinfo=UTC))
    manifest = {
        "as_of": last.isoformat(),
        "checksum": "0" * 64,
        "first_on": (min(starts).astimezone(UTC) + LOCAL).date().isoformat() if starts else None,
        "rows": {table: len(rows[table]) for table in TIDY_TABLES},
        "definitions": definitions(),
    }
    (folder / name / MANIFEST).write_text(json.dumps(manifest))
    (folder / POINTER).write_text(json.dumps({"version": name}))
    return read_version(folder, name)


def redefine(folder: Path, **versions: int) -> None:
    """Let a published version be of a time when these metrics had other definitions."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["definitions"] |= versions
    (folder / MANIFEST).write_text(json.dumps(manifest))


def write_table(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Write a table's files: one a local month where the table is kept so, else ``all.parquet``."""
    folder.mkdir(parents=True)
    frame = pl.DataFrame(rows, schema=snapshot_schema(table), orient="row", strict=True)
    by = TIDY_TABLES[table].month_of if table in TIDY_TABLES else None
    if by is None or not rows:
        frame.write_parquet(folder / "all.parquet")
        return
    months = frame.with_columns((pl.col(by) + LOCAL).dt.strftime("%Y-%m").alias("month"))
    for (month,), part in months.partition_by("month", as_dict=True, include_key=False).items():
        part.write_parquet(folder / f"{month}.parquet")


@pytest.fixture
def make_version(tmp_path: Path) -> MakeVersion:
    """A factory: ``make_version(interactions=[{...}], feedback=[{...}], wards=[{...}], ..., as_of=..., units=[{...}])``.

    Each keyword but ``as_of`` and ``units`` is a tidy table with its rows; columns left out get plain values (see
    ``interaction`` and ``feedback``), tables left out are empty, but ``wards`` then lists the wards that occur.
    ``as_of`` is the latest instant of the rows where it is not given; ``units`` is what occurs. Each call publishes one
    more version under ``tmp_path / "snapshots"`` and points to it.
    """
    number = 0

    def make(*, as_of: datetime | None = None, units: Iterable[Row] | None = None, **tables: Iterable[Row]) -> Version:
        nonlocal number
        number += 1
        assert set(tables) <= set(TIDY_TABLES), f"no such table: {sorted(set(tables) - set(TIDY_TABLES))}"
        return write_version(tmp_path / "snapshots", f"v{number:03}", tables, as_of, units)

    return make


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """Great Expectations takes seconds to import: once is enough."""
    with Gate() as ready:
        yield ready
