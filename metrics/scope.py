"""Who is looking, and what they may see. No figure is computed without one."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["commander", "secretary", "officer", "auditor", "data_staff", "command_line"]


@dataclass(frozen=True)
class Scope:
    """The limits of one viewer. They narrow every query, in the data layer and not only in the menu."""

    who: str
    role: Role
    wards: frozenset[str] | None = None
    """Today's wards whose figures may be seen; None for all."""
    officers_of: frozenset[str] | None = frozenset()
    """Today's wards whose officers may be seen by name; None for all, empty for none."""
    cases_of: frozenset[str] | None = frozenset()
    """Today's wards whose cases may be looked at one by one; None for all, empty for none."""

    def may_see_officers_of(self, ward: str) -> bool:
        """Whether officers of ``ward`` (today's code) may be seen by name."""
        return self.officers_of is None or ward in self.officers_of


COMMAND_LINE = Scope(who="command line", role="command_line", officers_of=None, cases_of=None)
"""Whoever can read the snapshot's files on the server sees all of them."""
