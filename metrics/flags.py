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
ANSWERED, URGENT = ~nw.col("answered").is_null(), nw.col("urgency") == "urgent"
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

    rests_on: tuple[str, ...] = ()
    """A share or time that looks at one of these columns rests on such rows; of feedback every share and rate does."""

    def touches(self, metric: Metric) -> bool:
        """Whether a metric rests on such rows."""
        if metric.kind == "count" or metric.of != self.of:
            return False
        if self.of == "feedback":
            return True
        looked_at = f"col({metric.clock.ends})" if metric.clock else f"{metric.hits!r} {metric.base!r}"
        return any(f"col({column})" in looked_at for column in self.rests_on)


FLAGS = (
    Flag("resolved_unanswered", "interactions", nw.col("answered").is_null() & RESOLVED, RESOLVED, 5, 0.05, ("resolved", "first_resolved")),
    Flag(
        "closed_at_month_end",
        "interactions",
        nw.col("month_end") & RESOLVED,
        RESOLVED,
        20,
        2 * USUAL_AT_MONTH_END,
        ("resolved", "first_resolved"),
    ),
    Flag("relabelled", "interactions", nw.col("relabelled"), nw.col("relabelled") | URGENT, 5, 0.2, ("acknowledge_due", "answer_due")),
    Flag("same_answer", "interactions", nw.col("same_answer") & ANSWERED, ANSWERED, 21, 0.2, ("answered",)),
    Flag("repeated", "feedback", ~nw.col("counts") & ~nw.col("formal"), ~nw.col("formal"), 5, 0.2),
)
