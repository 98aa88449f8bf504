"""Builds data/reference/wards.csv and districts.csv from the lists that the package vietnamadminunits carries.

``python -m etl.reference.lists`` is needed only where the official lists changed; the built table is kept with the project. Where
the lists come from and which successor a split ward gets is written down in data/reference/wards.md.
"""

import json
import re
import sqlite3
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from etl.settings import REFERENCE
from etl.tables import TIDY_TABLES

CHANGE_DAY = date(2025, 7, 1)
"""From this local day on communes lie directly under provinces, and districts are gone."""
OLD = "old-"
"""Before the official code of a unit that the change dissolved: the numbers were given out again (00004: Trúc Bạch, now Ba Đình)."""

_TODAY = "SELECT * FROM admin_units"
_BEFORE = "SELECT * FROM admin_units_legacy"


def main() -> None:
    """Write the table anew and say what is in it."""
    source = source_folder()
    wards = build(source)
    wards.write_csv(REFERENCE / "wards.csv")
    build_districts(source, wards).write_csv(REFERENCE / "districts.csv")
    old = wards.filter(pl.col("valid_to").is_not_null())
    print(f"{wards.height - old.height} wards of today, {old.height} before, of which {old['split'].sum()} were split")


def source_folder() -> Path:
    """Folder of the installed package's data; the package itself is not imported (it takes seconds)."""
    package = find_spec("vietnamadminunits")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("vietnamadminunits")
    return Path(package.origin).parent / "data"


def build(source: Path) -> pl.DataFrame:
    """The reference table of wards.

    Args:
        source: folder with ``dataset.db`` (both lists of units) and ``converter_2025.json`` (which old unit went where).

    Returns:
        One row per ward of today and per unit of the lowest level before 2025-07-01, by ward_code; columns of the tidy table ``wards``.
        Where a unit's successor is unknown nothing is made up: the build stops with a KeyError that names it.
    """
    with sqlite3.connect(source / "dataset.db") as database:
        database.row_factory = sqlite3.Row
        today = [dict(row) for row in database.execute(_TODAY)]
        before = [dict(row) for row in database.execute(_BEFORE)]
    new = {(row["provinceKey"], row["wardKey"]): _today(row) for row in today}
    successors = _successors(json.loads((source / "converter_2025.json").read_text(encoding="utf-8")))
    rows = [*new.values(), *(_before(row, successors, new) for row in before)]
    text = [name for name, dtype in TIDY_TABLES["wards"].schema.items() if dtype == pl.String]
    return pl.DataFrame(rows, schema=TIDY_TABLES["wards"].schema).with_columns(pl.col(text).str.normalize("NFC")).sort("ward_code")


def build_districts(source: Path, wards: pl.DataFrame) -> pl.DataFrame:
    """The provinces of the time before the change, by their districts.

    Args:
        source: folder with ``dataset.db``.
        wards: the table that ``build`` gave.

    Returns:
        One row per district before 2025-07-01 and province of today into which a part of it went: parent (today's province code),
        district, former_province (its province then); sorted.
    """
    with sqlite3.connect(source / "dataset.db") as database:
        then = {
            f"{OLD}{row[0] or row[1]}": row[2]
            for row in database.execute("SELECT wardCode, districtCode, province FROM admin_units_legacy")
        }
    old = wards.filter(pl.col("valid_to").is_not_null())
    former = old.select("parent", "district", former_province=pl.col("ward_code").replace_strict(then).str.normalize("NFC"))
    return former.unique().sort("parent", "district", "former_province")


def _successors(converter: dict[str, Any]) -> dict[str, tuple[tuple[str, str], bool]]:
    """Key of an old unit -> (province and ward key of the unit of today that it went to, whether its land went to several)."""
    whole = {
        old: ((province, ward), False)
        for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for ward, olds in wards.items()
        for old in olds
    }
    split = {
        old: ((province, _successor(old, parts)), True)
        for province, olds in converter["DICT_PROVINCE_WARD_DIVIDED"].items()
        for old, parts in olds.items()
    }
    return whole | split


def _successor(old: str, parts: list[dict[str, Any]]) -> str:
    """Of several units of today the one that kept the old unit's name, else the source's default (by its centre)."""
    namesakes: list[str] = [part["newWardKey"] for part in parts if _bare(part["newWardKey"]) == _bare(old.rsplit("_", 1)[1])]
    defaults: list[str] = [part["newWardKey"] for part in parts if part["isDefaultNewWard"]]
    return namesakes[0] if len(namesakes) == 1 else defaults[0]


def _bare(key: str) -> str:
    """A unit's key ("phuongcuanam") without its type."""
    return re.sub(r"^(phuong|xa|thitran|dackhu)", "", key)


def level_of(name: str) -> str:
    """Phường, Xã, Thị trấn, Đặc khu or Huyện: what a unit is, by its full name (the lists' own column of types contradicts some)."""
    levels = ("Phường", "Xã", "Thị trấn", "Đặc khu", "Huyện")
    return next(level for level in levels if name.casefold().startswith(level.casefold() + " "))


def _cased(name: str) -> str:
    """``name`` with its type written as everywhere else ("Thị Trấn Óc Eo" stands in the lists too)."""
    level = level_of(name)
    return level + name[len(level) :]


def _today(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "ward_code": row["wardCode"],
        "name": _cased(row["ward"]),
        "type": level_of(row["ward"]),
        "district": None,
        "province": row["province"],
        "parent": row["provinceCode"],
        "latitude": row["wardLat"],
        "longitude": row["wardLon"],
        "valid_from": CHANGE_DAY,
        "valid_to": None,
        "current_code": row["wardCode"],
        "split": False,
    }


def _before(
    row: dict[str, Any], successors: dict[str, tuple[tuple[str, str], bool]], new: dict[tuple[str, str], dict[str, Any]]
) -> dict[str, Any]:
    # Five islands were districts without wards: the district is their unit of the lowest level.
    level = "ward" if row["ward"] else "district"
    key, split = successors[f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"]
    current = new[key]
    return {
        "ward_code": OLD + row[f"{level}Code"],
        "name": _cased(row[level]),
        "type": level_of(row[level]),
        "district": row["district"],
        "province": current["province"],  # today's, so that a province's sums agree on both maps
        "parent": current["parent"],
        "latitude": row[f"{level}Lat"],
        "longitude": row[f"{level}Lon"],
        "valid_from": None,
        "valid_to": date(2025, 6, 30),
        "current_code": current["ward_code"],
        "split": split,
    }


if __name__ == "__main__":
    main()
