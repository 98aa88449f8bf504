"""Where wards lie, for the tile map, and when there were any."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from etl.publishing.versions import Version
from pages.shared.tiles import Place


@lru_cache(maxsize=4)
def _places(pattern: str) -> dict[str, Place | None]:
    wards = pl.scan_parquet(Path(pattern)).select("ward_code", "latitude", "longitude").collect()
    return {code: None if north is None or east is None else (north, east) for code, north, east in wards.iter_rows()}


def places(version: Version) -> dict[str, Place | None]:
    """Latitude and longitude in degrees by ward code, of today's wards and of those of the time; None where not known."""
    return _places(version.glob("wards"))


@lru_cache(maxsize=4)
def _wards(pattern: str) -> pl.DataFrame:
    return pl.scan_parquet(Path(pattern)).select("ward_code", "valid_from", "valid_to").collect()


def of_the_time(rows: pl.DataFrame, version: Version, first: date, last: date) -> pl.DataFrame:
    """Result rows by ward, without the wards that had ended before the first day or began after the last one, and that have no case."""
    never = _wards(version.glob("wards")).filter((pl.col("valid_to") < first) | (pl.col("valid_from") > last))
    without = pl.coalesce("denominator", "numerator", 0) == 0
    return rows.filter(~(without & pl.col("unit").is_in(never["ward_code"].implode())))
