"""What looks like service without being it: flags to look at, never penalties. None of them enters a figure; they stand in its note.

Of rows, never of a resident: how often one person wrote is kept nowhere.
"""

from dataclasses import dataclass

import narwhals as nw

from metrics.declaration import Metric, Population

LAST_DAYS = 3
"""Of a month: cases closed on them are counted together."""
USUAL_AT_MONTH_END = LAST_DAYS * 12 / 365
"""Share of all days that are such days: what closings spread evenly would give."""
RESOLVED = ~nw.col("resolved").is_null()


@dataclass(frozen=True, eq=False)
class Flag:
    """One flag: which rows show it, among which, and from when on a figure's note says so."""

    name: str
    of: Population
    hits: nw.Expr
    base: nw.Expr
    least: int
    """Rows that show it."""
    share: float
    """Of those among which it is looked for, 0–1."""

    def touches(self, metric: Metric) -> bool:
        """Whether a metric rests on such rows."""
        if self.of == "feedback":
            return metric.of == "feedback" and metric.kind != "count"
        ends = metric.clock.ends if metric.clock else ""
        return metric.of == self.of and "resolved" in f"{ends} {metric.base!r}"


FLAGS = (
    Flag("resolved_unanswered", "interactions", nw.col("answered").is_null() & RESOLVED, RESOLVED, 5, 0.05),
    Flag("closed_at_month_end", "interactions", nw.col("month_end") & RESOLVED, RESOLVED, 20, 2 * USUAL_AT_MONTH_END),
    Flag("repeated", "feedback", ~nw.col("counts") & ~nw.col("formal"), ~nw.col("formal"), 5, 0.2),
)
