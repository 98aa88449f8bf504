"""However it arrives, it is one record: files twice, renamed, compressed, split and in any order; rows late, corrected and withdrawn."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from etl.gate.gate import Gate
from etl.publishing.before import NOTHING
from etl.publishing.fates import FATES
from etl.publishing.parts import checksum, cuts, part_of
from etl.publishing.publish import fold_rows, read_references
from etl.publishing.standing import PUBLISHED, standing_files
from etl.publishing.tidy import tidy_tables
from etl.settings import read_settings
from etl.sources.inbox import single_file
from etl.sources.source import read_source
from etl.staging.stage import stage_file
from tests.etl.house import House, case, sheet, source
from tests.etl.scene import workbook
from tests.numbers import times

ORDERS = times(3, 100)
PEOPLE, INTERLEAVINGS = times(2, 20), times(10, 50)
"""Sets of rows, and in how many ways each of them comes."""
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)

Row = dict[str, str]


def some_version(chance: Random, number: int) -> Row:
    """What one sheet says of a request: open, answered, resolved, open again, withdrawn; written down early or late."""
    day = chance.randint(6, 20)
    facts = chance.choice(
        [
            {},
            {"answered_at": f"2026-01-{day:02} 09:00"},
            {"answered_at": f"2026-01-{day:02} 09:00", "resolved_at": f"2026-01-{day:02} 17:00"},
            {"reopened_at": f"2026-01-{day:02} 12:00"},
            {"status": "withdrawn"},
            {"asked_at": f"2026-01-0{chance.randint(1, 5)} 08:00"},
        ]
    )
    told = {"topic": chance.choice(["", "theft", "other"]), "officer_id": chance.choice(["", "A1", "A2"])}
    row = case(number, **told, **facts) | {"updated_at": f"2026-01-{day:02} {chance.choice(['18:00', '18:00', '19:30'])}"}
    return {name: value or "" for name, value in row.items()}


def some_voice(chance: Random, number: int) -> Row:
    """What one sheet says of a complaint."""
    told = {"category": chance.choice(["", "attitude", "delay"]), "outcome": chance.choice(["", "pending", "upheld", "withdrawn"])}
    written = f"2026-01-{chance.randint(6, 20):02} 18:00"
    row = {"feedback_id": f"f{number}", "kind": "complaint", "received_at": "2026-01-05 09:00", "interaction_id": f"c{number}"}
    return row | {"resident": f"R{number % 3}", "updated_at": written} | told


# -- files --------------------------------------------------------------------


def as_lines(rows: list[Row]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def as_book(rows: list[Row]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return workbook([columns, *([row.get(name, "") for name in columns] for row in rows)])


def as_zip(content: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


FORMS: dict[str, Callable[[list[Row]], bytes]] = {"csv": lambda rows: sheet(rows).encode(), "xlsx": as_book, "jsonl": as_lines}


def some_files(chance: Random, form: str, rows: list[Row]) -> list[tuple[str, bytes]]:
    """The rows in one to three files, each of them there once to three times, as it is or compressed, under any name."""
    mixed, cut = chance.sample(rows, len(rows)), sorted(chance.sample(range(1, len(rows)), chance.randint(0, 2)))
    found = []
    for begin, end in zip([0, *cut], [*cut, len(rows)], strict=True):
        content = FORMS[form](mixed[begin:end])
        for _copy in range(chance.randint(1, 3)):
            name = f"{form}-{chance.randrange(10**9)}.{form}"
            packed = {"": content, ".gz": gzip.compress(content), ".zip": as_zip(content, name)}
            ending = chance.choice(list(packed))
            found.append((name + ending, packed[ending]))
    return found


def loaded(house: House, chance: Random, columns: str = "updated_at") -> str:
    """The same rows of three formats, in some files, order and loads; the checksum of what they come to."""
    rows = Random(1)
    files = []
    for form in FORMS:
        house.source(form, glob=f"{form}-*", format=form, columns=columns)
        files += some_files(chance, form, [some_version(rows, n % 6) for n in range(18)])
    chance.shuffle(files)
    loads = chance.randint(1, 2)
    for begin in range(loads):
        for name, content in files[begin::loads]:
            house.drop(name, content)
        report = house.refresh(as_of=AS_OF)
        assert all(file["rows"] == sum(file[fate] for fate in FATES) for file in report["files"])
        assert report["gate"]["passed"]
    found: str = report["checksum"]
    return found


@pytest.mark.long
def test_no_order_repetition_compression_or_cut_of_files_matters(gate: Gate, tmp_path: Path) -> None:
    found = {loaded(House(tmp_path / str(number), gate), Random(number)) for number in range(ORDERS)}
    assert len(found) == 1


def test_what_does_not_say_when_it_was_written_depends_on_the_order(gate: Gate, tmp_path: Path) -> None:
    assert len({loaded(House(tmp_path / str(number), gate), Random(number), columns="") for number in range(3)}) > 1


# -- rows ---------------------------------------------------------------------


def staged(folder: Path, table: str, rows: list[Row], columns: str) -> pl.DataFrame:
    """What the loader keeps of the rows."""
    definition, path = folder / f"{table}.toml", folder / f"{table}.csv"
    definition.write_text(source(table, table, columns=columns))
    path.write_text(sheet(rows))
    references = read_references(read_settings({}))
    found = stage_file(single_file(path, [read_source(definition)]), AS_OF, b"k" * 32, references.topics)
    assert found.refused.is_empty()
    return found.good


def published(chance: Random, rows: dict[str, pl.DataFrame], by_content: bool) -> str:
    """The checksum of all rows once they have come in any order, one to four to a file, some of them twice."""
    files: list[dict[str, Any]] = []
    frames: dict[str, list[pl.DataFrame]] = {table: [] for table in rows}
    left = {table: [*range(frame.height), *chance.sample(range(frame.height), 3)] for table, frame in rows.items()}
    for places in left.values():
        chance.shuffle(places)
    while waiting := [table for table in left if left[table]]:
        table, size, number = chance.choice(waiting), chance.randint(1, 4), len(files) + 1
        some, left[table] = rows[table][left[table][:size]], left[table][size:]
        frames[table].append(some.with_columns(file_id=pl.lit(number, pl.Int64), row_number=pl.int_range(1, pl.len() + 1)))
        kept = {
            "file_id": number,
            "load_id": number,
            "path": str(chance.random()),
            "source": table,
            "table_name": table,
            "sha256": str(number),
        }
        files.append(kept | {"by_content": by_content, "verbatim": False, "provisional": False, "state": PUBLISHED})
    standing = standing_files(files)
    facts = ("source", "by_content", "provisional", "position")
    versions = {table: pl.concat(some).join(standing.select("file_id", *facts), on="file_id") for table, some in frames.items()}
    tables, _whole = tidy_tables(fold_rows(versions).tables, standing, read_references(read_settings({})), AS_OF, NOTHING)
    return checksum(part_of(cut, cut.rows()) for cut in cuts(tables))


def interleaved(folder: Path, number: int, ways: int, columns: str = "updated_at") -> set[str]:
    chance = Random(number)
    rows = {
        "interactions": staged(folder, "interactions", [some_version(chance, n % 8) for n in range(24)], columns),
        "feedback": staged(folder, "feedback", [some_voice(chance, n % 4) for n in range(12)], columns),
    }
    return {published(chance, rows, bool(columns)) for _way in range(ways)}


@pytest.mark.long
@pytest.mark.parametrize("number", range(PEOPLE))
def test_no_interleaving_of_late_corrected_and_withdrawn_rows_matters(number: int, tmp_path: Path) -> None:
    assert len(interleaved(tmp_path, number, INTERLEAVINGS)) == 1


def test_rows_taken_as_they_come_would_depend_on_it(tmp_path: Path) -> None:
    assert len(interleaved(tmp_path, 0, 3, columns="")) > 1
