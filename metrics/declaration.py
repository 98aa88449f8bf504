"""What a metric is: a plain record. Grouping, intervals and states are done once for all of them, elsewhere."""

from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from etl.language import _

Kind = Literal["count", "share", "rate", "time"]
Better = Literal["higher", "lower", "neutral"]
Population = Literal["interactions", "deadlines", "feedback", "channel_days", "duties"]
"""Whose rows are counted (population.py, activity.py). ``deadlines`` are interactions again, by their deadline's local date."""
Per = Literal["per_1000", "per_duty_day"]

MEASURES: dict[Kind, str] = {"count": "count", "share": "share", "rate": "per_1000", "time": "seconds"}
PER: dict[Per, int] = {"per_1000": 1000, "per_duty_day": 1}
"""What rates are printed for so many of."""
SOURCES: dict[Kind, str] = {
    "count": "",
    "share": "Wilson 1927; Newcombe 1998, method 3",
    "rate": "Garwood 1936; Byar (Breslow & Day 1987)",
    "time": "Kaplan & Meier 1958; Brookmeyer & Crowley 1982",
}


@dataclass(frozen=True, eq=False)
class Clock:
    """A span of time that starts when a case is asked, over the cases in which it can be measured."""

    name: str
    base: nw.Expr
    """Which cases."""
    ends: str
    """The instant that ends it (a column of the population); until then the case is censored at as_of."""


@dataclass(frozen=True, eq=False)
class Metric:
    """One metric. ``hits`` and ``base`` are conditions on the rows of its population, or an amount that each row adds."""

    name: str
    kind: Kind
    better: Better
    minimum: int
    """Under this denominator no value is printed."""
    texts: tuple[str, str, str]
    """Message ids: the question it answers, numerator, denominator. For times: what ends the clock, whose clock it is."""
    of: Population = "interactions"
    """Whose rows are counted above the line, and below it too but for rates that name another."""
    hits: nw.Expr | None = None
    """Rows of the numerator; of shares those that are in the base too."""
    base: nw.Expr | None = None
    """Rows of the denominator: shares and rates."""
    base_of: Population | None = None
    """Whose rows a rate counts below the line; None for those above it."""
    per: Per = "per_1000"
    """What a rate is printed for."""
    held: nw.Expr | None = None
    """How much held feedback touches a case, where the metric's own rows are not feedback."""
    clock: Clock | None = None
    quantile: float = 0.5
    compares_officers: bool = True
    """Whether officers are compared by it."""
    version: int = 1

    @property
    def measure(self) -> str:
        """The value's unit: count, share (0–1), per_1000, per_duty_day or seconds."""
        return self.per if self.kind == "rate" else MEASURES[self.kind]

    @property
    def below(self) -> Population:
        """Whose rows are counted below the line."""
        return self.base_of or self.of

    @property
    def question(self) -> str:
        """The question that it answers, in the language in use."""
        return _(self.texts[0])

    @property
    def numerator(self) -> str:
        """What is counted, in the language in use."""
        return _(self.texts[1])

    @property
    def denominator(self) -> str:
        """Among what, in the language in use; empty for counts."""
        return _(self.texts[2]) if self.texts[2] else ""

    @property
    def source(self) -> str:
        """Where its interval comes from; empty for counts, which have none."""
        return SOURCES[self.kind]
