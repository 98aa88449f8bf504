"""How places are called where wards are read: the province that is meant, abbreviations, provinces and districts of the time before."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from etl.errors import UserError
from etl.language import _
from etl.reference.ward_names import Part, read_name, read_part, spell
from etl.text import fold, nearest
from etl.toml_file import read_toml

K = TypeVar("K")

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


@dataclass(frozen=True)
class Where:
    """All places that a part of a text can be."""

    country: bool
    provinces: set[str]
    """Codes of provinces of today."""
    districts: set[str]
    former: set[tuple[str, str]]
    """Code of a province of today and name of a district, of the former provinces that it can be."""


class Gazetteer:
    """Finds places by name; a type may be left out, but none may contradict.

    Args:
        places: the words.
        provinces: code of a province of today -> its name.
        districts: names of the districts.
    """

    def __init__(self, places: Places, provinces: dict[str, str], districts: set[str]) -> None:
        self._country = places.country
        self._provinces = _index({(code, name): places.province_words.get(code, ()) for code, name in provinces.items()})
        self._districts = _index({(name, name): places.district_words.get(name, ()) for name in districts})
        self._former = _index({(pair, name): () for pair, names in places.former_provinces.items() for name in names})

    def find(self, part: Part) -> Where:
        """All places that ``part`` can be."""
        return Where(
            any(reading.bare in self._country for reading in part),
            _found(self._provinces, part),
            _found(self._districts, part),
            _found(self._former, part),
        )


Index = dict[str, list[tuple[str | None, K]]]


def _index(names: dict[tuple[K, str], tuple[str, ...]]) -> Index[K]:
    """Bare name -> the types that may stand before it, and what it is then."""
    index: Index[K] = defaultdict(list)
    for (key, name), others in names.items():
        own = read_name(name)
        readings = {own, *(reading for other in others for reading in read_part(other))}
        for bare in {reading.bare for reading in readings}:
            types = {reading.type for reading in readings if reading.bare == bare} - {None} or {own.type}
            index[bare].extend((type_, key) for type_ in types | {None})
    return index


def _found(index: Index[K], part: Part) -> set[K]:
    return {key for reading in part for type_, key in index.get(reading.bare, ()) if reading.type == type_}


def read_places(path: Path, districts: Path) -> Places:
    """Read places.toml and districts.csv.

    Raises:
        UserError: the TOML file cannot be read, has an unknown key, or a value that is no list of texts; the sentence names it.
    """
    content = read_toml(path)
    for key in content:
        if key not in _KEYS:
            raise UserError(
                _(
                    "{file}: unknown key {key}; the nearest known one is {near}.",
                    file=path.name,
                    key=key,
                    near=nearest(key, _KEYS, least=0),
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
