"""Two databases, one truth: SQLite and PostgreSQL keep, fold, undo and publish the same."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from etl.errors import BusyError, UserError
from etl.gate.gate import Gate
from etl.record.record import open_record
from etl.record.schema import METADATA
from etl.tables import SERVING_TABLES, TIDY_TABLES
from tests.etl.house import House, case

CASES = [
    case(1, ward="Phường Hồng Hà", officer_id="A1", answered_at="2026-01-05 10:00", resident="Lan", updated_at="2026-01-05 10:00"),
    case(2, channel_id="g1", answered_at="2026-01-06", topic="theft"),
    case(3, asked_at="not a time"),
    case(4, officer_id="A1", reply_count="2"),
]
VOICES = [
    {"feedback_id": f"f{n}", "kind": "compliment", "received_at": "2026-01-07 08:00", "interaction_id": f"c{n}", "resident": "Lan"}
    for n in range(1, 9)
]


def differences(url: str) -> list[object]:
    """What the database has otherwise than declared."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)
    engine.dispose()
    return found


def set_schema(url: str, schema: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})
    engine.dispose()


@pytest.fixture
def houses(tmp_path: Path, gate: Gate, postgresql: Callable[[], str]) -> list[House]:
    """The same home twice: on SQLite and on PostgreSQL."""
    made = [House(tmp_path / "sqlite", gate), House(tmp_path / "postgresql", gate, postgresql())]
    for house in made:
        house.source("log", columns="updated_at")
        for table in ("feedback", "officers", "postings", "duties", "channels", "channel_days"):
            house.source(table, table)
    return made


def fill(house: House) -> list[str]:
    """Load every table in three loads, take one back, correct a row; the checksum after each step."""
    house.drop("feedback.csv", VOICES)
    house.drop("officers.csv", [{"officer_id": "A1", "name": "Nguyễn Văn An", "badge": "001", "active": "có"}])
    house.drop("postings.csv", [{"officer_id": "A1", "ward": "Phường Hồng Hà", "starts_on": "2025-08-01"}])
    house.drop(
        "duties.csv", [{"officer_id": "A1", "ward": "", "channel_id": "g1", "starts_at": "2026-01-05 07:00", "ends_at": "2026-01-05 15:00"}]
    )
    steps = [house.load("log-1.csv", CASES)]
    house.drop(
        "channels.csv", [{"channel_id": "g1", "platform": "zalo_oa", "name": "Zalo", "ward": "Phường Láng", "opened_on": "2023-01-01"}]
    )
    house.drop("channel_days.csv", [{"channel_id": "g1", "day": "2026-01-05", "members": "120", "posts": ""}])
    steps.append(house.refresh())
    steps.append(house.load("log-2.csv", [case(1, resolved_at="2026-01-08 09:00", updated_at="2026-01-08 09:00")]))
    steps += [house.undo(3), house.rebuild()]
    return [step["checksum"] for step in steps]


def test_the_same_inbox_gives_the_same_checksum_and_tables_at_every_step(houses: list[House]) -> None:
    sqlite, postgresql = ([*fill(house)] for house in houses)
    assert sqlite == postgresql
    assert len(set(sqlite)) == 3, "the load that was taken back left no trace, and the others changed something"
    for table in (*TIDY_TABLES, *SERVING_TABLES):
        first, second = (house.table(table) for house in houses)
        assert first.equals(second), table
    first, second = (house.status() for house in houses)
    assert (first["backend"], second["backend"]) == ("sqlite", "postgresql")
    assert first | {"backend": ""} == second | {"backend": ""}
    kept = [[{k: v for k, v in load.items() if not k.endswith("ed_at")} for load in house.loads()] for house in houses]
    assert kept[0] == kept[1]
    assert houses[0].quarantine() == houses[1].quarantine()


def test_a_text_of_any_letters_comes_back_as_it_is(houses: list[House]) -> None:
    names = [None, "", " ", '"', '""', "\\.", "\\N", "a\nb", "a\r\nb", "a,b", "\\", "Đ\x1f'", "NULL"]
    schema = {"officer_id": pl.String(), "name": pl.String(), "badge": pl.String(), "active": pl.Boolean()}
    rows = pl.DataFrame([{"officer_id": f"A{n}", "name": name} for n, name in enumerate(names)], schema=schema)
    rows = rows.with_columns(bare=pl.lit(0, pl.Int64), file_id=pl.lit(1, pl.Int64)).with_row_index("row_number", 1)
    for house in houses:
        house.load("log.csv", [case(1)])
        with open_record(house.settings.database_url, write=True) as opened:
            opened.add_rows("officers", rows)
        with open_record(house.settings.database_url) as opened:
            assert opened.rows("officers", [1]).sort("row_number")["name"].to_list() == names


def test_a_held_load_waits_and_ends_on_both(houses: list[House]) -> None:
    bad = [case(n, asked_at="?") for n in range(15)] + [case(n) for n in range(20, 30)]
    found = []
    for house in houses:
        shown = house.load("log-1.csv", [case(100)])["checksum"]
        held = house.load("log-2.csv", bad)
        assert (held["gate"]["passed"], held["checksum"]) == (False, shown)
        found.append(house.publish(held["load_id"])["checksum"])
        held = house.load("log-3.csv", [{**row, "reply_count": "1"} for row in bad])
        assert house.discard(held["load_id"])["checksum"] == found[-1]
    assert found[0] == found[1] != shown


def test_nothing_of_a_dry_run_is_kept(houses: list[House]) -> None:
    for house in houses:
        house.load("log-1.csv", [case(1)])
        before = house.status()
        house.drop("log-2.csv", [case(2)])
        house.refresh(dry_run=True)
        assert house.status() | {"inbox": 0} == before | {"inbox": 0}


def test_whoever_reads_cannot_write(houses: list[House]) -> None:
    for house in houses:
        house.settings.home.mkdir()
        with open_record(house.settings.database_url, write=True):
            pass
        with pytest.raises((UserError, sa.exc.InternalError), match=r"read-?only"), open_record(house.settings.database_url) as reader:
            reader.new_load(state="held", started_at=0, finished_at=0, who="x", gate="{}", statistics="{}")


def test_two_homes_on_one_database_have_one_writer(houses: list[House]) -> None:
    house = houses[1]
    house.load("log-1.csv", [case(1)])
    with (
        open_record(house.settings.database_url, write=True),
        pytest.raises(BusyError),
        open_record(house.settings.database_url, write=True),
    ):
        pass
    with open_record(house.settings.database_url, write=True) as record:
        assert len(record.loads()) == 1


def test_the_migrations_make_the_tables_that_the_record_declares(houses: list[House]) -> None:
    for house in houses:
        house.refresh()
        assert differences(house.settings.database_url) == []


def test_a_record_of_a_newer_program_is_left_alone(houses: list[House]) -> None:
    for house in houses:
        house.load("log-1.csv", [case(1)])
        set_schema(house.settings.database_url, "9999")
        with pytest.raises(UserError, match="newer version"):
            house.refresh()
        with pytest.raises(UserError, match="newer version"):
            house.status()
