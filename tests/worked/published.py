"""What somebody else published, beside what this project and a second method find for the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent
Numbers = Sequence[float] | np.ndarray
FEW = 4
"""So many numbers are printed one by one; of more the largest difference tells."""


def data(name: str) -> dict[str, np.ndarray]:
    """A table of this folder by column."""
    return {column.name: column.to_numpy() for column in pl.read_csv(HERE / f"{name}.csv")}


@dataclass(frozen=True)
class Published:
    """One published result. NaN stands for "none"."""

    source: str
    what: str
    published: Numbers
    ours: Numbers
    second: Numbers
    """Ours, recomputed by ``by``."""
    by: str
    digits: int
    """Decimals that are printed at the source: half of the last one is no difference."""
    why: str = ""
    """Why ours differs; empty where it must not."""
    agree: float = 1e-9
    """How near the second method comes."""

    @property
    def difference(self) -> float:
        """The largest one; infinite where only one of the two is none."""
        theirs, ours = (np.asarray(numbers, np.float64) for numbers in (self.published, self.ours))
        if (np.isnan(theirs) != np.isnan(ours)).any():
            return np.inf
        return float(np.nanmax(np.abs(theirs - ours)))

    @property
    def equal(self) -> bool:
        """As far as was printed."""
        return self.difference <= 0.5 * 10.0**-self.digits * (1 + 1e-6)

    def cells(self) -> list[str]:
        """Its row of the table."""
        verdict = "none" if self.equal else "one has none" if np.isinf(self.difference) else f"{self.difference:.2g}"
        return [self.source, self.what, self._printed(self.published), self._printed(self.ours), verdict, self.by, self.why]

    def _printed(self, numbers: Numbers) -> str:
        if len(numbers) > FEW:
            return f"{len(numbers)} numbers"
        return ", ".join("–" if np.isnan(number) else f"{number:.{self.digits}f}" for number in numbers)


HEADER = ["source", "what", "published", "ours", "difference", "second method", "why it differs"]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
