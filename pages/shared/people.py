"""Who the officers are, through the viewer's scope; kept per version."""

from functools import lru_cache
from pathlib import Path

import polars as pl

from etl.publishing.versions import Version, read_version
from metrics.officers import officers as find_officers
from metrics.officers import posted as count_posted
from metrics.officers import postings as find_postings
from metrics.scope import Scope
from pages.shared.order import by_given_name


@lru_cache(maxsize=16)
def _officers(folder: Path, scope: Scope) -> pl.DataFrame:
    rows = find_officers(read_version(folder.parent, folder.name), scope)
    places = sorted(range(rows.height), key=lambda line: (by_given_name(rows["name"][line]), rows["officer_id"][line]))
    return rows[places]


def officers(version: Version, scope: Scope) -> pl.DataFrame:
    """The officers whom the viewer may see by name (``metrics.officers``), in a roster's order."""
    return _officers(version.folder, scope)


@lru_cache(maxsize=16)
def _names(folder: Path, scope: Scope) -> dict[str, str]:
    rows = _officers(folder, scope).select("officer_id", "name", "badge", "ward").iter_rows()
    return {code: " · ".join(filter(None, (name, badge, ward))) for code, name, badge, ward in rows}


def names(version: Version, scope: Scope) -> dict[str, str]:
    """Id -> name, badge and ward of these officers: equal names are told apart. In a roster's order."""
    return _names(version.folder, scope)


def posted(version: Version, scope: Scope, ward: str) -> int:
    """How many officers are posted in a ward of today at as_of."""
    return count_posted(version, scope).get(ward, 0)


def postings(version: Version, scope: Scope, officer: str) -> pl.DataFrame:
    """One officer's postings, as far as the viewer may know them, the current ones first."""
    return find_postings(version, scope).filter(pl.col("officer_id") == officer)
