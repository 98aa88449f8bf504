"""Nothing is kept longer than it may be: not in the record, not in a byte of its file, not in any published version."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from etl.gate.gate import Gate
from etl.keeping import retention
from etl.keeping.retention import HAPPENED, retain
from etl.publishing.versions import current_version, parts, read_version
from etl.record.record import open_record
from etl.tables import TIDY_TABLES
from tests.etl.house import House, at, case

NOW = at("2026-11-15 08:00")
FIRST = date(2024, 11, 15)
OLD = [case("old1", asked_at="2024-03-01 09:00", resident="Lan"), case("old2", asked_at="2024-11-14 23:59", topic="tuổi xưa")]
YOUNG = [case("edge", asked_at="2024-11-15 00:00"), case("young", asked_at="2026-01-05 09:00", answered_at="2026-01-06 09:00")]
SHIFTS = [
    {"officer_id": "A1", "ward": "", "channel_id": "g1", "starts_at": "2024-11-10 08:00", "ends_at": "2024-11-10 16:00"},
    {"officer_id": "A1", "ward": "", "channel_id": "g1", "starts_at": "2024-11-14 20:00", "ends_at": "2024-11-15 04:00"},
]
DAYS = [{"channel_id": "g1", "day": day, "members": "5", "posts": "1"} for day in ("2024-11-14", "2024-11-15")]
VOICES = [
    {"feedback_id": f"f{i}", "kind": "compliment", "received_at": received, "officer_id": "A1", "resident": "Lan"}
    for i, received in enumerate(("2024-05-05 08:00", "2025-05-05 08:00"))
]


def message(number: int, thread: str, sent_at: str, role: str = "resident") -> dict[str, str]:
    return {"message_id": f"m{number}", "thread_id": thread, "author_role": role, "author": "Hoa", "sent_at": sent_at, "text": "?"}


TALK = [
    message(1, "t1", "2024-10-01 08:00"),
    message(2, "t1", "2025-01-02 08:00"),  # of a thread that began too long ago: by itself it would be a question
    message(3, "t2", "2025-01-02 08:00"),
    message(4, "t2", "2025-01-02 09:00", "officer"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path, gate: Gate) -> House:
    """A home of three versions with things of every age."""
    url = request.getfixturevalue("postgresql")() if request.param == "postgresql" else ""
    house = made(tmp_path / "old", gate, url)
    house.drop("log-1.csv", [*OLD, *YOUNG])
    house.drop("feedback-1.csv", VOICES)
    house.drop("talk.csv", TALK)
    house.drop("duties.csv", SHIFTS)
    house.drop("channel_days.csv", DAYS)
    house.refresh()
    house.load("log-2.csv", [case("young", topic="theft")])
    house.load("log-3.csv", [case("late", asked_at="2026-02-05 09:00")])
    return house


def made(folder: Path, gate: Gate, url: str = "") -> House:
    house = House(folder, gate, url)
    house.source("log")
    house.source("talk", "messages")
    for table in ("feedback", "duties", "channel_days"):
        house.source(table, table)
    return house


def kept(house: House, months: int = 24, days: int = 30) -> dict[str, Any]:
    return retain(house.settings, months, days, house.said.append, NOW)


def overdue(house: House) -> list[str]:
    """Where something lies that happened before FIRST: in the record and in all published versions."""
    with open_record(house.settings.database_url) as record:
        files = [file["file_id"] for file in record.files()]
        frames = {f"record {table}": (table, record.rows(table, files)) for table in HAPPENED}
    for folder in house.settings.snapshots.glob("0*"):
        found = {table: pl.read_parquet(folder / table / "*.parquet") for table in HAPPENED if table in TIDY_TABLES}
        frames |= {f"{folder.name} {table}": (table, rows) for table, rows in found.items()}
    return [place for place, (table, rows) in frames.items() if not rows.filter(before(HAPPENED[table])).is_empty()]


def before(column: str) -> pl.Expr:
    return pl.col(column) < (FIRST if column == "day" else at("2024-11-15 00:00"))


def test_nothing_overdue_is_left_anywhere_and_what_is_left_is_as_if_it_had_come_alone(old: House, tmp_path: Path, gate: Gate) -> None:
    assert len(overdue(old)) == 5 + 3 * 4
    report = kept(old)
    assert overdue(old) == []
    assert report["before"] == FIRST
    gone = {"interactions": 2, "feedback": 1, "messages": 2, "duties": 1, "channel_days": 1, "quarantine": 0, "texts": 0}
    assert report["removed"] == gone
    assert report["versions_changed"] == 3
    alone = made(tmp_path / "alone", gate)
    alone.drop("log-1.csv", YOUNG)
    alone.drop("feedback-1.csv", VOICES[1:])
    alone.drop("talk.csv", TALK[2:])
    alone.drop("duties.csv", SHIFTS[1:])
    alone.drop("channel_days.csv", DAYS[1:])
    alone.refresh()
    alone.load("log-2.csv", [case("young", topic="theft")])
    assert report["checksum"] == alone.load("log-3.csv", [case("late", asked_at="2026-02-05 09:00")])["checksum"]
    assert old.status()["checksum"] == report["checksum"] == old.rebuild()["checksum"]


def test_a_version_that_is_kept_is_whole_and_says_what_is_left(old: House, tmp_path: Path, gate: Gate) -> None:
    kept(old)
    alone = made(tmp_path / "alone", gate)
    alone.drop("log-1.csv", YOUNG)
    alone.drop("feedback-1.csv", VOICES[1:])
    alone.drop("talk.csv", TALK[2:])
    alone.drop("duties.csv", SHIFTS[1:])
    alone.drop("channel_days.csv", DAYS[1:])
    alone.refresh()
    (was, now) = (read_version(house.settings.snapshots, "000001") for house in (alone, old))
    # What stands once for all wards, channels and officers is not cut: only what happened is.
    assert (now.rows, now.first_on) == (was.rows | {"wards": now.rows["wards"]}, was.first_on)
    assert now.checksum == was.checksum
    assert {key: digest for key, digest in parts(now).items() if "/2" in key}.keys() == {key for key in parts(was) if "/2" in key}
    assert sorted(file.stem for file in (now.folder / "interactions").glob("*")) == ["2024-11", "2025-01", "2026-01"]


def test_a_second_run_changes_nothing(old: House) -> None:
    first = kept(old)
    files = {path: path.stat().st_mtime_ns for path in old.settings.snapshots.rglob("*") if path.is_file()}
    second = kept(old)
    assert (second["checksum"], second["version"], second["versions_changed"]) == (first["checksum"], first["version"], 0)
    assert set(second["removed"].values()) == {0}
    assert {path: path.stat().st_mtime_ns for path in old.settings.snapshots.rglob("*") if path.is_file()} == files
    assert old.refresh()["version"] == first["version"], "the files in the inbox are known"


def test_a_run_killed_after_its_commit_is_done_by_the_next(old: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = retention.change_kept
    monkeypatch.setattr(retention, "change_kept", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kept(old)
    assert {place.split()[0] for place in overdue(old)} == {"000001", "000002", "000003"}
    monkeypatch.setattr(retention, "change_kept", real)
    assert kept(old)["versions_changed"] == 3
    assert overdue(old) == []


@pytest.mark.parametrize("step", range(1, 8))
def test_a_version_cut_short_while_it_changed_ends_as_if_nothing_had_happened(
    tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    house = made(tmp_path / "cut", gate)
    house.load("log-1.csv", [*OLD, *YOUNG])
    house.load("feedback-1.csv", VOICES)
    left = step
    real, unlink = Path.replace, Path.unlink

    def counted(self: Path, *arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= self.parent.parent.name == "000001" or self.parent.name == "000001"
        if left == 0:
            raise KeyboardInterrupt
        return (real if arguments else unlink)(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", counted)
        patch.setattr(Path, "unlink", counted)
        try:
            kept(house)
        except KeyboardInterrupt:
            assert step < 7
    kept(house)
    assert overdue(house) == []
    version = read_version(house.settings.snapshots, "000001")
    found = pl.read_parquet(version.glob("interactions"))["interaction_id"].sort().to_list()
    assert (found, version.rows["interactions"], version.first_on) == (["cedge", "cyoung"], 2, FIRST)


def test_everything_may_be_too_old(old: House) -> None:
    report = retain(old.settings, 1, 30, old.said.append, NOW)
    assert report["removed"]["messages"] == 4
    for name in ("000001", report["version"]):
        version = read_version(old.settings.snapshots, name)
        assert version.first_on is None
        assert (version.rows["interactions"], version.rows["feedback"], version.rows["duties"]) == (0, 0, 0)
        assert pl.read_parquet(version.glob("interactions")).is_empty()
        assert version.checksum == report["checksum"] or version.rows["wards"] or version.rows["channels"]
    assert current_version(old.settings.snapshots) is not None


def test_refused_rows_go_after_their_days(tmp_path: Path, gate: Gate) -> None:
    house = made(tmp_path / "refused", gate)
    house.load("log.csv", [*(case(n) for n in range(9)), case("x", asked_at="soon", topic="dấu vết")])
    version = house.status()["version"]
    assert len(house.quarantine()) == 1
    assert kept(house, months=240, days=10_000)["removed"]["quarantine"] == 0
    finished = house.loads()[0]["finished_at"]
    report = retain(house.settings, 240, 30, house.said.append, finished.replace(year=finished.year + 1))
    assert (report["removed"]["quarantine"], report["version"]) == (1, version)
    assert house.quarantine() == []
    assert house.loads()[0]["fates"]["quarantined"] == 1, "the account stays closed"
    assert "dấu vết".encode() not in b"".join(path.read_bytes() for path in house.settings.home.glob("record*"))


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_no_byte_of_what_went_is_left_in_the_database(backend: str, tmp_path: Path, gate: Gate, postgresql: Callable[[], str]) -> None:
    house = made(tmp_path / "bytes", gate, postgresql() if backend == "postgresql" else "")
    house.load("log.csv", [*OLD, *YOUNG])
    assert "tuổi xưa".encode() in on_disk(house)
    kept(house)
    assert "tuổi xưa".encode() not in on_disk(house)
    assert b"young" in on_disk(house)


def on_disk(house: House) -> bytes:
    """The bytes of the record's files."""
    engine = sa.create_engine(house.settings.database_url, isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "sqlite":
        files = list(house.settings.home.glob("record*"))
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            number = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar()
            files = list(Path(connection.exec_driver_sql("SHOW data_directory").scalar_one(), "base", str(number)).iterdir())
    engine.dispose()
    return b"".join(path.read_bytes() for path in files)


def test_the_command_says_what_it_removed(tmp_path: Path, gate: Gate) -> None:
    house = made(tmp_path / "said", gate)
    house.load("log.csv", [case("old", asked_at="2010-01-01 08:00"), case("new", asked_at="2026-02-01 08:00")])
    done = house.run("etl", "retain", "--months", "120")
    assert (done.returncode, "requests 1" in done.stdout) == (0, True), done
    assert '"versions_changed": 0' in house.run("etl", "retain", "--json").stdout
    assert "--months" in house.run("etl", "retain", "--months", "0").stderr
