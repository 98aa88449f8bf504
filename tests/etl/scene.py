"""A refresh of a home, and all that is seen before it and after it: what tests of kills, crowds and faults hold against each other."""

import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from etl.gate.gate import Gate
from etl.publishing.versions import current_version
from etl.record.record import open_record, record_exists
from etl.refresh import Request, refresh
from etl.settings import Settings
from etl.tables import INPUT_TABLES, KEYED, SERVING_TABLES, TIDY_TABLES
from tests.etl.house import House, case, sheet
from tests.etl.warm import Command

Seen = tuple[str | None, str | None]
"""Digests of what pages see and of what the record says; None where there is nothing yet."""


class Scene:
    """A second refresh and the home that it finds; the first one and none where ``empty``."""

    def __init__(self, folder: Path, gate: Gate, database: Callable[..., str], empty: bool = False) -> None:
        """``database`` makes one and returns its URL, a copy of another's where its URL is given; for SQLite it returns nothing."""
        self._database, self._gate = database, gate
        house = fitted(House(folder / "undisturbed", gate, database()))
        self.inbox, self.sources = house.inbox, house.sources
        first_files(house)
        if not empty:
            house.refresh()
        self.old = look(house.settings)
        self._before = self._copy(house.settings, folder / "before", database(house.settings.database_url))
        second_files(house)
        house.refresh()
        self.new, self._left = look(house.settings), left_in(house.settings.home)
        assert self.new != self.old

    def home(self, folder: Path, url: str | None = None) -> Settings:
        """The home that the refresh finds, once more; on a copy of its database, or on the database at ``url``."""
        return self._copy(self._before, folder, self._database(self._before.database_url) if url is None else url)

    def _copy(self, settings: Settings, home: Path, url: str) -> Settings:
        if settings.home.exists():
            shutil.copytree(settings.home, home)
        return placed(settings, home, url)

    def command(self, settings: Settings, **how: Any) -> Command:
        """The refresh of a home, to be run by ``Warm``."""
        environment = {"LANGNGHE_HOME": str(settings.home), "LANGNGHE_DATABASE_URL": settings.database_url, "LANGNGHE_LANGUAGE": "en"}
        return Command(("refresh", "--inbox", str(self.inbox), "--sources", str(self.sources)), environment, **how)

    def look(self, settings: Settings) -> Seen:
        """What is seen now: the old or the new, and pages show nothing that is not committed."""
        seen = look(settings)
        assert seen in {self.old, (self.old[0], self.new[1]), self.new}, "neither the old nor the new"
        return seen

    def attempt(self, settings: Settings) -> None:
        """The refresh in this process, whatever comes of it."""
        refresh(settings, Request(self.inbox, [self.sources]), lambda _line: None, self._gate)

    def refresh(self, settings: Settings) -> None:
        """The next run, undisturbed: everything is as if nothing had happened."""
        self.attempt(settings)
        assert look(settings) == self.new, "not what an undisturbed run gives"
        assert left_in(settings.home) == self._left, "something lies about"


def placed(settings: Settings, home: Path, url: str) -> Settings:
    """The settings with another home and database."""
    return replace(settings, home=home, snapshots=home / "snapshots", database_url=url or f"sqlite:///{home / 'record.sqlite'}")


# -- what is loaded -----------------------------------------------------------


def fitted(house: House) -> House:
    """The house with a source for every table, and for every format that the files below have."""
    house.source("log", columns="updated_at")
    house.source("feedback", "feedback", format="xlsx")
    house.source("messages", "messages", format="jsonl")
    for name in ("officers", "postings", "duties", "channels", "channel_days"):
        house.source(name, name, glob=f"{name}.csv")
    return house


def first_files(house: House) -> None:
    house.drop("log-1.csv", [case(n, topic=f"t{n % 3}", updated_at="2026-01-05 10:00", channel_id="g1") for n in range(60)])
    house.drop("officers.csv", [{"officer_id": "A1", "name": "Nguyễn Văn An", "active": "có"}])
    house.drop("channels.csv", [{"channel_id": "g1", "platform": "zalo_oa", "name": "Zalo"}])


def second_files(house: House) -> None:
    """Late, new, corrected, refused; plain, compressed, as a workbook."""
    corrected = [case(n, answered_at="2026-01-06 08:00", ward="Phường Láng", updated_at="2026-01-06 09:00") for n in range(30)]
    house.drop("log-2.csv", [*corrected, case(99, asked_at="soon")])
    rows = sheet([case(n, officer_id="A1", updated_at="2026-01-07 09:00") for n in range(50, 90)])
    house.drop("log-3.csv.gz", gzip.compress(rows.encode(), mtime=0))
    said = {"author_role": "resident", "channel_id": "g1"}
    asked = [said | {"message_id": f"m{n}", "thread_id": f"t{n}", "sent_at": "2026-01-05 08:00"} for n in range(20)]
    answered = [row | {"message_id": f"r{row['message_id']}", "author_role": "officer", "sent_at": "2026-01-05 09:30"} for row in asked]
    house.drop("messages.jsonl", "\n".join(map(json.dumps, [*asked, *answered])))
    voices = [(f"f{n}", "compliment", "2026-01-07 08:00", f"c{n}", "Lan") for n in range(9)]
    house.drop("feedback.xlsx", workbook([("feedback_id", "kind", "received_at", "interaction_id", "resident"), *voices]))
    house.drop("postings.csv", [{"officer_id": "A1", "ward": "Phường Láng", "starts_on": "2025-08-01"}])
    house.drop("duties.csv", [{"officer_id": "A1", "channel_id": "g1", "starts_at": "2026-01-05 07:00", "ends_at": "2026-01-05 15:00"}])
    house.drop("channel_days.csv", [{"channel_id": "g1", "day": "2026-01-05", "members": "120"}])


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """An XLSX file of texts."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return written.getvalue()


# -- what is seen -------------------------------------------------------------


def look(settings: Settings) -> Seen:
    """Pages first: what they show is committed by then."""
    return pages_see(settings), record_says(settings)


def pages_see(settings: Settings) -> str | None:
    """Every table of the shown version, with what its manifest says."""
    version = current_version(settings.snapshots)
    if version is None:
        return None
    digest = hashlib.sha256(f"{version.name} {version.checksum} {version.as_of} {version.rows}".encode())
    for name in (*TIDY_TABLES, *SERVING_TABLES):
        digest.update(pl.read_parquet(version.glob(name)).write_csv().encode())
    return digest.hexdigest()


def record_says(settings: Settings) -> str | None:
    """Every table of the record, but for the instants of our own clock and for pseudonyms, which each home makes with a key of its own."""
    if not record_exists(settings.database_url):
        return None
    with open_record(settings.database_url) as record:
        files = record.files()
        if not files:
            return None
        said = [_without(record.loads(), "started_at", "finished_at"), files, _without(record.versions(), "published_at")]
        said.append(_without(record.refused(), "key"))
        ids = [file["file_id"] for file in files]
        rows = [record.rows(name, ids).drop(KEYED.get(name, ())).sort("file_id", "row_number") for name in INPUT_TABLES]
    return hashlib.sha256(json.dumps([said, [frame.write_csv() for frame in rows]]).encode()).hexdigest()


def _without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def left_in(home: Path) -> list[str]:
    """All that lies in a home, but for what SQLite keeps beside an open database."""
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm")))
