"""How places are called where wards are read: the province that is meant, abbreviations, provinces and districts of the time before."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.language import _
from etl.text import fold, nearest
from etl.ward_names import read_part, spell

Types = dict[str, frozenset[str]]
"""Bare name -> the types (Quận, Tỉnh ...) that may stand before it."""

_TABLES = ("province_words", "district_words")
_KEYS = ("home_province", "no_ward", "country", *_TABLES)


@dataclass(frozen=True)
class Places:
    """The words of places.toml and the districts of districts.csv."""

    home_province: str
    """Code of the province that a bare name is taken to be in."""
    no_ward: frozenset[str]
    """Folded texts that say that there is no ward."""
    country: frozenset[str]
    """Bare names of the country."""
    province_words: dict[str, tuple[str, ...]]
    """Code of a province of today -> its other names."""
    district_words: dict[str, tuple[str, ...]]
    """Name of a district -> its other names."""
    former_provinces: dict[tuple[str, str], tuple[str, ...]]
    """Code of a province of today and name of a district -> names of the provinces in which it lay before 2025-07-01."""

    def province(self, code: str, name: str) -> Types:
        """All names of a province of today."""
        return names_of(name, self.province_words.get(code, ()))

    def district(self, name: str) -> Types:
        """All names of a district."""
        return names_of(name, self.district_words.get(name, ()))


@lru_cache(maxsize=4096)
def names_of(name: str, others: tuple[str, ...] = ()) -> Types:
    """The bare names of a place, each with the types that fit: its own, and those written with the other names."""
    first = read_part(name)[0]
    own = {first.type} if first.type else set()
    types: dict[str, set[str]] = {first.bare: set(own)}
    for other in others:
        for reading in read_part(other):
            types.setdefault(reading.bare, set(own)).update({reading.type} if reading.type else ())
    return {bare: frozenset(fitting) for bare, fitting in types.items()}


def read_places(path: Path, districts: Path) -> Places:
    """Read places.toml and districts.csv.

    Raises:
        UserError: the TOML file cannot be read, has an unknown key, or a value that is no list of texts; the sentence names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(_("{file} cannot be read: {why}", file=path.name, why=error)) from error
    for key in content:
        if key not in _KEYS:
            raise UserError(
                _(
                    "{file}: unknown key {key}; the nearest known one is {near}.",
                    file=path.name,
                    key=key,
                    near=nearest(key, _KEYS) or _KEYS[0],
                )
            )
    words = {table: {name: _texts(path, table, found) for name, found in content.get(table, {}).items()} for table in _TABLES}
    former: dict[tuple[str, str], tuple[str, ...]] = {}
    for parent, district, province in pl.read_csv(districts, infer_schema=False).iter_rows():
        former[parent, district] = (*former.get((parent, district), ()), province)
    return Places(
        home_province=str(content.get("home_province", "")),
        no_ward=frozenset(fold(word) for word in _texts(path, "no_ward", content.get("no_ward", []))),
        country=frozenset(spell(word)[0] for word in _texts(path, "country", content.get("country", []))),
        province_words=words["province_words"],
        district_words=words["district_words"],
        former_provinces=former,
    )


def _texts(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UserError(_("{file}: {key} must be a list of texts.", file=path.name, key=key))
    return tuple(value)
