"""Erasure: a resident is taken out of every row that named them; the row stays, as if its log had named nobody.

Whom a row was about is known by the pseudonym alone: it is kept in a list, so that the same file read again, or a later one, names
nobody either.
"""

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.keeping.decide import writing
from etl.keeping.kept_versions import change_kept
from etl.keeping.rotation import key_in_use
from etl.language import _
from etl.publishing.publish import Publication, Say, published, republish
from etl.publishing.versions import current_version
from etl.record.record import Record, reclaim
from etl.settings import Settings
from etl.staging.pseudonym import pseudonymise, read_key
from etl.staging.stage import StagedFile
from etl.tables import RESIDENTS
from etl.text import nfc


def erase(settings: Settings, identifiers: Collection[str], say: Say) -> dict[str, Any]:
    """Take a resident out of the record and of every published version.

    Args:
        settings: where the record and snapshots lie.
        identifiers: all by which logs may name the one resident, each as it is written there: name, telephone number, id, link.
        say: takes one line of progress at a time.

    Returns:
        identifiers and rows (how many were given, how many rows lost their resident), versions_changed, and the report of ``rebuild``.

    Raises:
        UserError: no identifier was given.
    """
    began = time.monotonic()
    given = sorted({nfc(identifier) for identifier in identifiers} - {""})
    if not given:
        raise UserError(_("Give on standard input by what the resident is named in the logs, one a line."))
    publication: Publication | None = None
    with writing(settings, say) as record:
        key = key_in_use(record, read_key(settings.home))
        rows = forget(record, pseudonymise(pl.Series(given), key).to_list())
        if rows and record.latest_version():
            say(_("Building the next version"))
            publication = republish(record, settings, None)
            record.once_kept.append(publication.show)
        report = published(publication, record)
    versions = _unlink_kept(settings)
    reclaim(settings.database_url)
    facts = {"identifiers": len(given), "rows": rows, "versions_changed": versions}
    return report | facts | {"seconds": round(time.monotonic() - began, 3)}


def forget(record: Record, pseudonyms: Collection[str]) -> int:
    """Take residents out of every row and remember not to let them in again; how many rows named them."""
    record.add_erased(set(pseudonyms) - set(record.erased()))
    return record.forget_residents(list(pseudonyms))


def without_erased(staged: StagedFile, erased: Collection[str]) -> StagedFile:
    """A staged file without residents who were erased, links to what they wrote, and their texts."""
    rows, texts = staged.good, staged.texts
    for column in RESIDENTS:
        if column in rows.columns and erased:
            theirs = rows[column].is_in(list(erased)).fill_null(False)
            texts = texts.filter(~pl.col("row_number").is_in(rows["row_number"].filter(theirs).implode()))
            rows = rows.with_columns(pl.when(~theirs).then(name).alias(name) for name in (column, "link") if name in rows.columns)
    return replace(staged, good=rows, texts=texts)


def _unlink_kept(settings: Settings) -> int:
    """What has no link in the version that is shown has none in those before it."""
    shown = current_version(settings.snapshots)
    if shown is None:
        return 0
    key = ["source", "interaction_id"]
    cases = pl.read_parquet(shown.glob("interactions"), columns=[*key, "link"]).filter(pl.col("link").is_null()).select(key)

    def unlinked(rows: pl.DataFrame) -> pl.DataFrame:
        bare = rows.select(key).join(cases.with_columns(bare=True), on=key, how="left", maintain_order="left")["bare"].fill_null(False)
        return rows.with_columns(link=pl.when(~bare).then("link"))

    return change_kept(settings.snapshots, {"interactions": unlinked})
