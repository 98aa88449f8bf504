"""What is asked: which figures, of which units, in which period, of which cases."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

UnitKind = Literal["all", "province", "ward", "channel", "platform", "officer", "topic"]
UNIT_KINDS: tuple[UnitKind, ...] = ("all", "province", "ward", "channel", "platform", "officer", "topic")
CHARTED: tuple[UnitKind, ...] = ("all", "ward", "channel")
"""Kinds of unit that have a course over time; an officer has none that could alarm."""
Every = Literal["week", "month"]
EVERY: tuple[Every, ...] = ("week", "month")
WardMap = Literal["current", "then"]
WARD_MAPS: tuple[WardMap, ...] = ("current", "then")


@dataclass(frozen=True)
class Query:
    """One question put to one version. Hashable, so that an answer can be kept."""

    by: UnitKind = "all"
    metrics: tuple[str, ...] = ()
    """Names of metrics; empty for all, always answered in the catalogue's order."""
    from_on: date | None = None
    """First local date; None for the first item's."""
    to_on: date | None = None
    """Last local date, included; None for as_of's."""
    wards: WardMap = "current"
    ward: tuple[str, ...] = ()
    """Only cases of these wards, by the codes of the chosen map; empty for all. So too the next two."""
    topic: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    officer: tuple[str, ...] = ()
    """Only cases that are these officers'; empty for all. What limits whose officers the viewer may see limits these cases too."""
    attribution: tuple[str, ...] = ("author", "named")
    """Which levels make a case an officer's; all other cases fall to ``unknown``. Acts on by="officer" and on ``officer`` alone."""
