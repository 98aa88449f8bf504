"""What pages read: the published version, and its figures through one viewer's scope. Answers are kept, frames never passed in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from etl.language import current_language, use_language
from etl.publishing.versions import Version, current_version, read_version
from etl.settings import read_settings
from etl.tables import UNKNOWN
from metrics.figures import figures as compared
from metrics.figures import figures_over as uncompared
from metrics.figures import period
from metrics.narrowing import Span
from metrics.query import Query, UnitKind, WardMap
from metrics.scope import Scope
from metrics.wording import in_words, unit_name


def version() -> Version | None:
    """The published version, or None before the first. Read anew on every run: two small files."""
    return current_version(read_settings().snapshots)


COMPARED: tuple[UnitKind, ...] = ("ward", "officer", "channel")
"""Kinds of unit that are compared with each other on a page. A fair comparison is half of an answer's time."""


@lru_cache(maxsize=256)
def _answer(folder: Path, query: Query, scope: Scope, spans: tuple[Span, ...], language: str) -> pl.DataFrame:
    use_language(language)
    published = read_version(folder.parent, folder.name)
    return in_words(uncompared(published, query, scope, spans) if spans else compared(published, query, scope), query.by)


def figures(scope: Scope, query: Query, compare: bool = True) -> pl.DataFrame:
    """The result rows of METRICS section 2 for ``query`` on the published version within ``scope``, units in words; kept per version.

    Args:
        scope: the viewer's limits.
        query: what is asked.
        compare: whether what is expected of each unit, and how it stands beside the others, is asked too (of COMPARED).

    Raises:
        LookupError: nothing is published yet (ask ``version()`` first).
    """
    if compare and query.by in COMPARED:
        return _answer(_published().folder, query, scope, (), current_language())
    return figures_over(scope, query, (period(_published(), query),))


def figures_over(scope: Scope, query: Query, spans: Sequence[Span]) -> pl.DataFrame:
    """As ``figures`` for several spans in one pass, span after span, without a comparison between units.

    Args:
        scope: the viewer's limits.
        query: what is asked; its own period is left aside.
        spans: first and last local date of each, in order of time, none overlapping another.
    """
    everywhen = replace(query, from_on=None, to_on=None)
    return _answer(_published().folder, everywhen, scope, tuple(spans), current_language())


def _published() -> Version:
    current = version()
    if current is None:
        raise LookupError("no version is published")
    return current


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
    return _aggregate(aggregate, _published().folder, query, scope)


@lru_cache(maxsize=64)
def _first_ward(folder: Path) -> frozenset[str]:
    wards = pl.scan_parquet(folder / "wards" / "*.parquet").filter(pl.col("valid_to").is_null() & (pl.col("ward_code") != UNKNOWN))
    used = pl.scan_parquet(folder / "interactions" / "*.parquet").select(pl.col("ward_code").unique())
    found = wards.select("ward_code").join(used, on="ward_code", how="semi").select(pl.col("ward_code").min()).collect().item()
    return frozenset() if found is None else frozenset({found})


def first_ward(version: Version) -> frozenset[str]:
    """Code of the first of today's wards that has cases; empty where there is none."""
    return _first_ward(version.folder)
