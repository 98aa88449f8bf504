"""Where wards lie, for the tile map."""

from functools import lru_cache
from pathlib import Path

import polars as pl

from etl.versions import Version
from pages.shared.tiles import Place


@lru_cache(maxsize=4)
def _places(pattern: str) -> dict[str, Place | None]:
    wards = pl.scan_parquet(Path(pattern)).select("ward_code", "latitude", "longitude").collect()
    return {code: None if north is None or east is None else (north, east) for code, north, east in wards.iter_rows()}


def places(version: Version) -> dict[str, Place | None]:
    """Latitude and longitude in degrees by ward code, of today's wards and of those of the time; None where not known."""
    return _places(version.glob("wards"))
