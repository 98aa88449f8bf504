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

    def whole(self) -> pl.DataFrame:
        """One row per cell: what it is told apart by, and what was counted there of all units."""
        sums = [np.bincount(self.cell, counted.to_numpy(), len(self.cells)).astype(np.int64) for counted in self.counts]
        return self.cells.with_columns(map(pl.Series, self.counts.columns, sums))

    def expected(self, base: str, rates: pl.DataFrame) -> Array:
        """Expected events of every unit: its cases (or exposure) ``base`` in each cell times the whole's ``rate`` there."""
        keys = [name for name in rates.columns if name != "rate"]
        rate = self.cells.join(rates, on=keys, how="left", maintain_order="left")["rate"].fill_null(0.0).to_numpy()
        found: Array = np.bincount(self.unit, self.counts[base].to_numpy() * rate[self.cell], len(self.units)).astype(np.float64)
        return found


def strata(rows: pl.DataFrame, dimensions: Sequence[str]) -> Strata:
    """Rows of counts by ``unit`` and ``dimensions`` (texts) as ``Strata``, in an order that is always the same."""
    names, codes = zip(*(_codes(rows[name]) for name in ("unit", *dimensions)), strict=True)
    place = np.zeros(len(rows), np.int64)
    for texts, code in zip(names[1:], codes[1:], strict=True):
        place = place * len(texts) + code
    found = np.unique(place)
    cell = np.searchsorted(found, place)
    one = np.empty(len(found), np.int64)
    one[cell] = np.arange(len(rows))
    order = np.argsort(codes[0] * len(found) + cell)
    return Strata(
        units=names[0],
        cells=rows.select(dimensions)[one].select(pl.col(dimensions).cast(pl.String)),
        unit=codes[0][order],
        cell=cell[order],
        counts=rows.drop("unit", *dimensions)[order],
    )


def _codes(texts: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts in their order, and of each row the place of its own among them."""
    numbered = texts.cast(pl.Categorical)
    different = pl.DataFrame({"number": numbered.unique()}).with_columns(text=pl.col("number").cast(pl.String)).sort("text")
    place = np.zeros(int(numbered.to_physical().max() or 0) + 1, np.int64)  # type: ignore[arg-type]
    place[different["number"].to_physical().to_numpy()] = np.arange(len(different))
    return different["text"].to_list(), place[numbered.to_physical().to_numpy()]


def pooled(whole: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """The rate of every cell of the whole.

    Args:
        whole: the dimensions, ``base`` (cases, or exposure) and ``hits`` (events); several rows of a cell are added up.
        dimensions: what cells are told apart by, most important first.

    Returns:
        One row per cell: the dimensions, ``rate`` (events per case; 0 where nobody was exposed). Cells under FEWEST cases are pooled with
        the small ones beside them, over the last dimension, then over the last two, and so on; what is left at the end is one
        cell. Events left where nobody was exposed (words at a counter that logs no request) are spread over all exposure alike, so that
        the expected events of all units add up to the observed ones.

    Source:
        Spiegelhalter 2005 (Stat Med 24:1185), 3.3: indirect standardisation.
    """
    left = whole.group_by(dimensions).agg(pl.col("base").sum(), pl.col("hits").sum())
    everywhere, spread = max(int(left["base"].sum()), 1), 0.0
    done: list[pl.DataFrame] = []
    for kept in range(len(dimensions), -1, -1):
        key = list(dimensions[:kept])
        if not key and not left["base"].sum():
            spread = int(left["hits"].sum()) / everywhere
        sums = [pl.col(name).sum().over(key) if key else pl.col(name).sum() for name in ("base", "hits")]
        sized = left.with_columns(sums[0].alias("_base"), sums[1].alias("_hits"))
        stands = sized["_base"] >= (FEWEST if kept else 0)
        rate = pl.when(pl.col("_base") > 0).then(pl.col("_hits") / pl.col("_base")).otherwise(0.0)
        done.append(sized.filter(stands).select(*dimensions, rate=rate))
        left = left.filter(~stands)
    return pl.concat(done).with_columns(pl.col("rate") + spread)
