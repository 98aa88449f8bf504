"""Weighted draws for many rows at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lots:
    """Weighted lots in numbered urns (a ward's channels, a ward's officers of a month)."""

    cumulative: Floats
    starts: Floats
    totals: Floats
    first: Ints
    last: Ints

    def draw(self, rng: np.random.Generator, urns: Ints) -> Ints:
        """One lot's position for each entry of ``urns``; urns must not be empty."""
        at = self.starts[urns] + rng.random(len(urns)) * self.totals[urns]
        drawn = np.searchsorted(self.cumulative, at, side="right")
        return np.clip(drawn, self.first[urns], self.last[urns]).astype(np.int64)


def lots(urns: Ints, weights: Floats) -> Lots:
    """Put lots into urns.

    Args:
        urns: the urn of each lot, ascending, from 0 without gaps.
        weights: the weight of each lot, positive.
    """
    cumulative = np.cumsum(weights)
    last = np.flatnonzero(np.append(np.diff(urns) > 0, True))
    first = np.concatenate(([0], last[:-1] + 1))
    starts = cumulative[first] - weights[first]
    return Lots(cumulative, starts, cumulative[last] - starts, first.astype(np.int64), last.astype(np.int64))
