"""A backup: one file that holds the record and what is needed to go on from it, the same from SQLite and from PostgreSQL.

A ZIP archive of ``backup.json``, of every table's rows as Parquet, and of the wards, topics and targets by which they resolve. It
goes back into a later program too: its tables are made as they were then, filled, and brought up to date as any record is. Residents'
pseudonyms are in it, the key is not unless it was asked for: without it pseudonyms still compare with one another, but new rows of the
same residents do not.
"""

import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.keeping.erasure import forget
from etl.language import _, reason_of
from etl.lock import writer_lock
from etl.publishing.publish import (
    REFERENCE_FILES,
    Publication,
    Say,
    published,
    read_references,
    references_digest,
    republish,
    shown_version,
)
from etl.publishing.tidy import References
from etl.record.record import Record, open_record, record_exists
from etl.record.schema import BACKED_UP, SCHEMA, schemas
from etl.settings import REFERENCE, Settings
from etl.sources.inbox import ARCHIVE_ERRORS
from etl.staging.pseudonym import has_key, put_key, read_key

FORMAT = 1
CONTENTS = "backup.json"
TARGETS = "targets.toml"
KEY = "key"


def backup(settings: Settings, path: Path, with_key: bool, say: Say) -> dict[str, Any]:
    """Write the record to one file, as it is at one instant, while others read and write it.

    Args:
        settings: where the record lies.
        path: the file; one that is there is replaced once the new one is whole.
        with_key: put the pseudonyms' key in too.
        say: takes one line of progress at a time.

    Returns:
        path, bytes, version, as_of, checksum, rows (by table), with_key.

    Raises:
        UserError: nothing is published yet, or the file cannot be written.
    """
    if not record_exists(settings.database_url):
        raise UserError(_("Nothing has been loaded yet: run a refresh first."))
    building = path.with_name(f".{path.name}.partial")
    try:
        with os.fdopen(os.open(building, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with open_record(settings.database_url) as record, zipfile.ZipFile(file, "w") as archive:
                contents = _pack(record, settings, archive, with_key, say)
            os.fsync(file.fileno())
        building.replace(path)
    except OSError as error:
        building.unlink(missing_ok=True)
        raise UserError(_("{path} cannot be written: {reason}.", path=path, reason=reason_of(error))) from None
    shown = {name: contents[name] for name in ("version", "as_of", "checksum", "rows", "with_key")}
    return {"path": str(path), "bytes": path.stat().st_size} | shown


def _pack(record: Record, settings: Settings, archive: zipfile.ZipFile, with_key: bool, say: Say) -> dict[str, Any]:
    if record.latest_version() is None:
        raise UserError(_("Nothing is published yet: there is nothing to go back to."))
    head, latest = published(None, record), record.latest_version() or {}
    if latest["references"] != references_digest(settings):
        say(_("Wards, topics or targets have changed since the last version: refresh first, else the restore cannot be checked."))
    digests: dict[str, str] = {}

    def add(name: str, content: bytes) -> None:
        archive.writestr(name, content)
        digests[name] = hashlib.sha256(content).hexdigest()

    rows = dict.fromkeys(BACKED_UP, 0)
    say(_("Packing the record"))
    for table in BACKED_UP:
        for number, some in enumerate(record.contents(table)):
            packed = io.BytesIO()
            some.write_parquet(packed, compression="zstd")
            add(f"{table}/{number:05d}.parquet", packed.getvalue())
            rows[table] += some.height
    for name, path in _reference_files(settings).items():
        add(name, path.read_bytes())
    if with_key:
        add(KEY, read_key(settings.home))
    contents = {name: head[name] for name in ("version", "checksum")} | {"as_of": head["as_of"].isoformat(), "rows": rows}
    contents |= {"format": FORMAT, "schema": SCHEMA, "references": latest["references"], "with_key": with_key, "sha256": digests}
    archive.writestr(CONTENTS, json.dumps(contents | {"made_at": datetime.now(UTC).isoformat()}, indent=1))
    return contents | {"as_of": head["as_of"]}


def _reference_files(settings: Settings) -> dict[str, Path]:
    """By which files rows resolve, by their names in the archive."""
    return {TARGETS: settings.targets} | {name: REFERENCE / name for name in REFERENCE_FILES}


def restore(settings: Settings, path: Path, replace: bool, say: Say, other_figures: bool = False) -> dict[str, Any]:
    """Make the record what a backup holds. It is shown only if it gives, with the wards, topics and targets of then, the very checksum
    that the backup names; else nothing changes.

    Whom the record that is replaced had erased is erased in what was restored too.

    Args:
        settings: where the record is to lie.
        path: a file that ``backup`` wrote, under this schema or an earlier one.
        replace: take the place of a record that is there.
        say: takes one line of progress at a time.
        other_figures: go on where this program makes other figures of the same rows than the one that made the backup.

    Returns:
        load_id (None), version, as_of, checksum (of what is shown, by today's references), rows (by table), with_key (whether a key was
        put in its place), seconds.

    Raises:
        UserError: the file is no whole backup or a newer program's, it gives other figures, or there is a record and ``replace`` is
            false.
    """
    began = time.monotonic()
    archive, contents = _opened(path)
    with archive, writer_lock(settings.home), open_record(settings.database_url, write=True) as record:
        if record.loads() and not replace:
            raise UserError(_("There is a record already: restore with --replace to put the backup in its place, or set LANGNGHE_HOME."))
        erased, marks = record.erased(), record.key_marks()
        _fill(record, path, archive, contents)
        say(_("Building the version that the backup names"))
        same_name = contents["version"] if shown_version(settings) is None else None
        references, outdated = _references_of_then(settings, archive)
        publication = republish(record, settings, None, same_name, anew=True, references=references)
        if publication.checksum != contents["checksum"] and not other_figures:
            publication.drop()
            raise UserError(_other_figures(publication, contents))
        if outdated:
            say(_("Wards, topics or targets have changed since the backup: building with those of today"))
        if erased and record.key_marks() != marks:
            say(_("The backup is of before the key was changed: repeat the erasures made since."))
        elif forget(record, erased):
            outdated = True
        if outdated:
            publication = republish(record, settings, None, publication.version, anew=True)
        put = contents["with_key"] and put_key(settings.home, archive.read(KEY))
        if record.key_marks() and not has_key(settings.home):
            say(
                _(
                    "The backup holds no key: before the next refresh, put the one of the record's former home into {path}.",
                    path=settings.home / "key",
                )
            )
        report = published(publication, record)
        record.once_kept.append(publication.show)
    return report | {"rows": contents["rows"], "with_key": put, "seconds": round(time.monotonic() - began, 3)}


def _fill(record: Record, path: Path, archive: zipfile.ZipFile, contents: dict[str, Any]) -> None:
    """All tables as they were when the backup was made, and then as they are today."""
    record.begin_anew(contents["schema"])
    try:
        for table, rows in _frames(archive, contents):
            record.fill(table, rows)
    except LookupError:
        raise UserError(_damaged(path)) from None
    record.bring_up_to_date()


def _references_of_then(settings: Settings, archive: zipfile.ZipFile) -> tuple[References, bool]:
    """The wards, topics and targets of the archive, and whether they are not those of today."""
    today = {name: path.read_bytes() for name, path in _reference_files(settings).items()}
    then = today | {name: archive.read(name) for name in today if name in archive.namelist()}
    with TemporaryDirectory() as folder:
        for name, content in then.items():
            Path(folder, name).write_bytes(content)
        return read_references(replace(settings, targets=Path(folder, TARGETS)), Path(folder)), then != today


def _other_figures(publication: Publication, contents: dict[str, Any]) -> str:
    return _(
        "What was restored gives the checksum {found}, not {wanted}: nothing was changed. Its rows are whole, but this program makes "
        "other figures of them: restore with the version that made it, or accept these with --other-figures.",
        found=publication.checksum,
        wanted=contents["checksum"],
    )


def _opened(path: Path) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    """The archive and its table of contents, once every member was found to be what that says."""
    try:
        archive = zipfile.ZipFile(path)
        contents: dict[str, Any] = json.loads(archive.read(CONTENTS))
        made_by = (contents["format"], contents["schema"])
        if sorted([*contents["sha256"], CONTENTS]) != sorted(archive.namelist()):
            raise UserError(_damaged(path))
        for name, digest in contents["sha256"].items():
            if hashlib.sha256(archive.read(name)).hexdigest() != digest:
                raise UserError(_damaged(path))
    except (*ARCHIVE_ERRORS, LookupError, TypeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise UserError(_("{path} cannot be read as a backup: {reason}.", path=path, reason=reason_of(error))) from None
        raise UserError(_damaged(path)) from None
    if made_by[0] != FORMAT or made_by[1] not in schemas():
        raise UserError(
            _("{path} was made by a newer version of this program (schema {known}): use that one.", path=path, known=made_by[1])
        )
    return archive, contents


def _damaged(path: Path) -> str:
    return _("{path} is damaged or no backup: take another one.", path=path)


def _frames(archive: zipfile.ZipFile, contents: dict[str, Any]) -> Iterator[tuple[str, pl.DataFrame]]:
    names = sorted(name for name in contents["sha256"] if name.endswith(".parquet"))
    for table in contents["rows"]:  # each after those it refers to, as they were backed up
        for name in names:
            if name.split("/")[0] == table:
                yield table, pl.read_parquet(io.BytesIO(archive.read(name)))
