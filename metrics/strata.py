"""What a unit would have had, had each of its cases gone as cases of its kind go in the whole: indirect standardisation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.intervals import Array

FEWEST = 20
"""A cell of the whole with fewer cases is pooled with its siblings."""

OF_CASES = ("topic", "urgency", "platform", "band")
OF_FEEDBACK = ("topic", "platform")
OF_RATES = ("platform",)
"""What cells are told apart by; where they are too small the last is dropped first."""


@dataclass(frozen=True)
class Strata:
    """What was counted of each unit in each cell, cell after cell."""

    units: list[str]
    cells: pl.DataFrame
    """One row per cell: what it is told apart by."""
    unit: npt.NDArray[np.int64]
    """Of each row its place in ``units``."""
    cell: npt.NDArray[np.int64]
    """Of each row its place in ``cells``."""
    counts: pl.DataFrame

    def expected(self, base: str, rates: pl.DataFrame) -> Array:
        """Expected events of every unit: its cases (or exposure) ``base`` in each cell times the whole's ``rate`` there."""
        keys = [name for name in rates.columns if name != "rate"]
        rate = self.cells.join(rates, on=keys, how="left", maintain_order="left")["rate"].fill_null(0.0).to_numpy()
        found: Array = np.bincount(self.unit, self.counts[base].to_numpy() * rate[self.cell], len(self.units)).astype(np.float64)
        return found


def strata(rows: pl.DataFrame, dimensions: Sequence[str]) -> Strata:
    """Rows of counts by ``unit`` and ``dimensions`` (texts) as ``Strata``, in an order that is always the same."""
    kinds = {name: pl.Enum(rows[name].unique().cast(pl.String).sort()) for name in ("unit", *dimensions)}
    codes = {name: rows[name].cast(kind).to_physical().cast(pl.Int64).to_numpy() for name, kind in kinds.items()}
    place = np.zeros(len(rows), np.int64)
    for name in dimensions:
        place = place * len(kinds[name].categories) + codes[name]
    found, first, cell = np.unique(place, return_index=True, return_inverse=True)
    order = np.argsort(codes["unit"] * len(found) + cell)
    return Strata(
        units=kinds["unit"].categories.to_list(),
        cells=rows.select(dimensions)[first].select(pl.col(dimensions).cast(pl.String)),
        unit=codes["unit"][order],
        cell=cell[order],
        counts=rows.drop("unit", *dimensions)[order],
    )


def pooled(whole: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """The rate of every cell of the whole.

    Args:
        whole: the dimensions, ``base`` (cases, or exposure) and ``hits`` (events); several rows of a cell are added up.
        dimensions: what cells are told apart by, most important first.

    Returns:
        One row per cell: the dimensions, ``rate`` (events per case; 0 where nobody was exposed). Cells under FEWEST cases are pooled with
        the small ones beside them, over the last dimension, then over the last two, and so on; what is left at the end is one
        cell, so that the expected events of all units add up to the observed ones.

    Source:
        Spiegelhalter 2005 (Stat Med 24:1185), 3.3: indirect standardisation.
    """
    left = whole.group_by(dimensions).agg(pl.col("base").sum(), pl.col("hits").sum())
    done: list[pl.DataFrame] = []
    for kept in range(len(dimensions), -1, -1):
        key = list(dimensions[:kept])
        sums = [pl.col(name).sum().over(key) if key else pl.col(name).sum() for name in ("base", "hits")]
        sized = left.with_columns(sums[0].alias("_base"), sums[1].alias("_hits"))
        stands = sized["_base"] >= (FEWEST if kept else 0)
        rate = pl.when(pl.col("_base") > 0).then(pl.col("_hits") / pl.col("_base")).otherwise(0.0)
        done.append(sized.filter(stands).select(*dimensions, rate=rate))
        left = left.filter(~stands)
    return pl.concat(done)
