"""The record: what goes in comes out, all or nothing, and the database itself refuses an account that does not close."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import UserError
from etl.language import use_language
from etl.record import transaction
from etl.record.record import instant, microseconds, open_record, record_exists
from etl.settings import read_settings
from etl.tables import INPUT_TABLES

FILE = {"path": "a.csv", "source": "log", "definition": "d", "table_name": "duties", "verbatim": False, "by_content": False, "sha256": "s"}
FATES = dict.fromkeys(("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected"), 0)


@pytest.fixture
def url(tmp_path) -> str:  # type: ignore[no-untyped-def]
    return f"sqlite:///{tmp_path / 'record.sqlite'}"


def filled(url: str, **fates: int) -> None:
    with open_record(url, write=True) as record:
        load = record.new_load(state="published", started_at=0, finished_at=0, who="x", gate="{}", statistics="{}")
        for file_id in (1, 2):
            record.add_file(file_id=file_id, load_id=load, bytes=1, provisional=False, **FILE, **(FATES | {"rows": 0} | fates))


def test_every_kind_of_value_comes_back_as_it_went_in(url: str) -> None:
    filled(url)
    late = datetime(2026, 1, 5, 2, 3, 4, 567891, tzinfo=UTC)
    values = {
        "channel_days": {"channel_id": "g1\x1f", "day": date(2026, 1, 5), "members": 2**40, "posts": None},
        "officers": {"officer_id": "Đ 'x'", "name": None, "badge": "007", "active": False},
        "duties": {"officer_id": "A", "ward": "Láng", "channel_id": None, "starts_at": late, "ends_at": late},
    }
    for table, row in values.items():
        schema = {"file_id": pl.Int64(), "row_number": pl.Int64()} | INPUT_TABLES[table].schema | {"bare": pl.Int64()}
        rows = pl.DataFrame([row | {"file_id": 1, "row_number": i, "bare": 5} for i in (1, 2)], schema=schema)
        with open_record(url, write=True) as record:
            record.add_rows(table, rows)
        with open_record(url) as record:
            found = record.rows(table, [1])
            assert found.select(rows.columns).equals(rows), table
            assert found.schema == pl.Schema({name: schema[name] for name in found.columns})
            assert record.rows(table, [2]).is_empty()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_pages_leave_out_no_row_and_bring_none_twice(
    url: str, postgresql: Callable[[], str], monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(transaction, "ROWS_A_PAGE", 2)
    url = url if database == "sqlite" else postgresql()
    filled(url)
    texts = ["\x01\x1f\x7f", '"\\/', "[null]", "😀\u2028", "", "Láng\n", "null"]
    rows = pl.DataFrame({"file_id": [1, 1, 1, 2, 2, 2, 2], "row_number": [3, 1, 2, 1, 2, 3, 4], "officer_id": texts})
    rows = rows.with_columns(name=pl.lit(None, pl.String), badge="officer_id", active=True, bare=0).sort("file_id", "row_number")
    with open_record(url, write=True) as record:
        record.add_rows("officers", rows)
    with open_record(url) as record:
        assert record.rows("officers", [1, 2]).select(rows.columns).equals(rows)
        assert record.rows("officers", [2], columns=["badge"]).equals(
            rows.filter(file_id=2).select("file_id", "row_number", "badge", "bare")
        )
        found = record.rows("officers", [2], rows["officer_id"]).sort("row_number")
        assert found.select(rows.columns).equals(rows.filter(file_id=2))
        assert record.rows("officers", []).is_empty()


def test_what_fails_leaves_nothing(url: str) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        filled(url, rows=1)  # after the load and before the first file
    with open_record(url, write=True) as record:
        assert record.loads() == []
        record.new_load(state="held", started_at=0, finished_at=0, who="x", gate="{}", statistics="{}")
        record.keep = False
    with open_record(url) as record:
        assert record.loads() == []


def test_the_database_refuses_an_account_that_does_not_close(url: str) -> None:
    filled(url, rows=3, loaded=2, quarantined=1)
    with pytest.raises(sa.exc.IntegrityError):
        filled(url, rows=3, loaded=2)


def test_load_ids_grow(url: str) -> None:
    for _ in range(2):
        with open_record(url, write=True) as record:
            record.new_load(state="held", started_at=0, finished_at=0, who="x", gate="{}", statistics="{}")
    with open_record(url) as record:
        assert [load["load_id"] for load in record.loads()] == [1, 2]


def test_a_load_is_written_through_before_it_is_done(url: str) -> None:
    filled(url)
    with open_record(url, write=True) as record:
        pragmas = [
            record._connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert pragmas == [2, "wal", 1]  # 2: FULL


def test_a_reader_sees_what_was_committed_while_another_writes(url: str) -> None:
    filled(url)
    with open_record(url, write=True) as writer, open_record(url) as reader:
        writer.new_load(state="held", started_at=0, finished_at=0, who="x", gate="{}", statistics="{}")
        assert len(reader.loads()) == 1


def test_a_record_that_cannot_be_opened_is_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert not record_exists(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(UserError, match="LANGNGHE_DATABASE_URL"), open_record(f"sqlite:///{tmp_path}/no/such/folder.sqlite", write=True):
        pass


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(("page", "reason"), [(0, "không nhận ra định dạng"), (4096, "nội dung sai lệch")], ids=["no database", "damaged"])
def test_so_is_a_file_that_is_no_database_or_damaged(url: str, tmp_path: Path, page: int, reason: str, write: bool) -> None:
    use_language("vi")
    filled(url)
    path = tmp_path / "record.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:page] + b"minutes of the meeting " * 1000)
    with pytest.raises(UserError, match=rf"\({reason}\): .*LANGNGHE_HOME"), open_record(url, write) as record:
        record.loads()


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg2cffi://h/x", "postgresql+nothere://h/x", "postgresql:x", "postgresql+psycopg://u:p@h:port/x"]
)
def test_a_url_that_names_no_database_is_one_sentence(url: str) -> None:
    with pytest.raises(UserError, match=r"LANGNGHE_DATABASE_URL.*postgresql://USER"):
        record_exists(url)
    with pytest.raises(UserError, match=r"LANGNGHE_DATABASE_URL.*postgresql://USER"), open_record(url, write=True):
        pass


def test_a_record_that_would_be_lost_with_each_command_is_refused() -> None:
    for lost in ("sqlite://", "sqlite:///:memory:", "sqlite+pysqlite:///:memory:", "sqlite://?timeout=5", "sqlite:///file:x?mode=memory"):
        with pytest.raises(UserError, match="LANGNGHE_DATABASE_URL"):
            read_settings({"LANGNGHE_DATABASE_URL": lost})
    for kept in ("sqlite:///record.sqlite", "sqlite:////tmp/memory.sqlite?timeout=5", "postgresql://localhost/memory"):
        assert read_settings({"LANGNGHE_DATABASE_URL": kept}).database_url.endswith(kept.partition(":")[2])


def test_instants_are_whole_microseconds() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert microseconds(early) == -1
    assert instant(-1) == early
    assert instant(None) is None
