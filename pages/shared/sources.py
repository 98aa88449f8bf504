"""What pages read: the published version, and its figures through one viewer's scope. Answers are kept, frames never passed in."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl

from etl.language import current_language, use_language
from etl.settings import read_settings
from etl.tables import UNKNOWN
from etl.versions import Version, current_version, read_version
from metrics.query import Query, UnitKind, WardMap
from metrics.scope import Scope
from pages.shared.terms import in_words, unit_name


def version() -> Version | None:
    """The published version, or None before the first. Read anew on every run: two small files."""
    return current_version(read_settings().snapshots)


@lru_cache(maxsize=128)
def _answer(folder: Path, query: Query, scope: Scope, language: str) -> pl.DataFrame:
    from metrics.figures import figures as compute

    use_language(language)
    return in_words(compute(read_version(folder.parent, folder.name), query, scope), query.by)


def figures(scope: Scope, query: Query) -> pl.DataFrame:
    """The result rows of METRICS section 2 for ``query`` on the published version within ``scope``, units in words; kept per version.

    Raises:
        LookupError: nothing is published yet (ask ``version()`` first).
    """
    current = version()
    if current is None:
        raise LookupError("no version is published")
    return _answer(current.folder, query, scope, current_language())


def names(scope: Scope, kind: UnitKind, wards: WardMap = "current") -> dict[str, str]:
    """Unit -> its name, for the lists of a filter: every unit of the kind that the scope may see, in the figures' order."""
    rows = figures(scope, Query(by=kind, metrics=("received",), wards=wards))
    return {unit: unit_name(unit, name) for unit, name in rows.select("unit", "unit_name").iter_rows()}


Aggregate = Callable[[Version, Query, Scope], pl.DataFrame]


@lru_cache(maxsize=128)
def _aggregate(aggregate: Aggregate, folder: Path, query: Query, scope: Scope) -> pl.DataFrame:
    return aggregate(read_version(folder.parent, folder.name), query, scope)


def ask(aggregate: Aggregate, scope: Scope, query: Query) -> pl.DataFrame:
    """What one of the aggregates beside the catalogue says on the published version, within ``scope``; kept per version.

    Raises:
        LookupError: nothing is published yet (ask ``version()`` first).
    """
    current = version()
    if current is None:
        raise LookupError("no version is published")
    return _aggregate(aggregate, current.folder, query, scope)


@lru_cache(maxsize=64)
def _first_ward(folder: Path) -> frozenset[str]:
    wards = pl.scan_parquet(folder / "wards" / "*.parquet").filter(pl.col("valid_to").is_null() & (pl.col("ward_code") != UNKNOWN))
    used = pl.scan_parquet(folder / "interactions" / "*.parquet").select(pl.col("ward_code").unique())
    found = wards.select("ward_code").join(used, on="ward_code", how="semi").select(pl.col("ward_code").min()).collect().item()
    return frozenset() if found is None else frozenset({found})


def first_ward(version: Version) -> frozenset[str]:
    """Code of the first of today's wards that has cases; empty where there is none."""
    return _first_ward(version.folder)
