"""Where each ward's tile lies: one equal square a ward, near its place on the ground, without a map server."""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, cos, radians, sqrt

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

Place = tuple[float, float]
"""Latitude and longitude in degrees."""
Tile = tuple[int, int]
"""Column from the west and row from the south, both from 0."""

ROOM = 1.3
"""Squares on the grid for each ward: the free ones let the city keep its outline."""
LANDSCAPE = (1.4, 2.0)
"""Narrowest and widest grid, width by height: screens lie on their side."""


def tiles(places: Mapping[str, Place | None]) -> dict[str, Tile]:
    """Give every ward a square of its own, so that the squared distances from the wards' places are least in sum.

    A ward that lies both north and east of another therefore never gets a square both south and west of the other's.
    Wards without a known place stand in rows below the others, by code.

    Args:
        places: latitude and longitude in degrees by ward code; None where not known.

    Returns:
        Column and row by ward code; no two wards share a square.
    """
    known = {code: place for code, place in sorted(places.items()) if place is not None}
    lost = [code for code, place in sorted(places.items()) if place is None]
    on_grid = _assign(tuple(known.values()))
    width = max((column for column, _row in on_grid), default=ceil(sqrt(len(lost))) - 1) + 1
    below = ceil(len(lost) / width) if lost else 0
    gap = below + 1 if below and known else below
    assigned = {code: (column, row + gap) for code, (column, row) in zip(known, on_grid, strict=True)}
    return assigned | {code: (index % width, below - 1 - index // width) for index, code in enumerate(lost)}


@lru_cache(maxsize=8)
def _assign(places: tuple[Place, ...]) -> tuple[Tile, ...]:
    if not places:
        return ()
    latitude, longitude = np.array(places, dtype=float).T
    east, north = _spread(longitude), _spread(latitude)
    columns, rows = _shape(len(places), np.ptp(longitude) * cos(radians(float(latitude.mean()))), np.ptp(latitude))
    column, row = (grid.ravel() for grid in np.meshgrid(np.arange(columns), np.arange(rows)))
    distance = (np.subtract.outer(east * (columns - 1), column)) ** 2 + (np.subtract.outer(north * (rows - 1), row)) ** 2
    chosen = linear_sum_assignment(distance)[1]
    return tuple((int(column[square] - column[chosen].min()), int(row[square] - row[chosen].min())) for square in chosen)


def _spread(along: np.ndarray) -> np.ndarray:
    """Places along one axis on 0–1, half by distance and half by order: a dense centre needs more room than it has."""
    if len(along) == 1 or np.ptp(along) == 0:
        return np.full(len(along), 0.5)
    by_distance = (along - along.min()) / np.ptp(along)
    by_order = (rankdata(along) - 1) / (len(along) - 1)
    return (by_distance + by_order) / 2


def _shape(wards: int, width: float, height: float) -> tuple[int, int]:
    narrow, wide = LANDSCAPE
    form = min(max(width / height if height else wide, narrow), wide)
    columns = ceil(sqrt(ROOM * wards * form))
    return columns, ceil(ROOM * wards / columns)
