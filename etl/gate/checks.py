"""What a check of the quality gate is. Light, for the gate's process begins with it."""

from dataclasses import dataclass
from typing import Any

KINDS = (
    *("quarantined_per_file", "quarantined_per_load", "unique", "one_fold_per_row", "present", "listed"),
    *("rows", "unknown_officers", "unknown_wards", "emptied", "answer_seconds", "silent_channels"),
)
"""What is checked; a check is called after one of these and what it looks at: ``unique_feedback``, ``rows.SOURCE``."""


@dataclass(frozen=True)
class Check:
    """One expectation on one staged frame."""

    name: str
    frame: str
    """Name of the staged frame."""
    expectation: str
    """Class of great_expectations.expectations."""
    arguments: dict[str, Any]
    observed: float | int | str | None
    limit: float | int | str | None
    warns: bool = False
    """A failure is told and holds no load."""
