"""What figures need to know of wards."""

from dataclasses import dataclass

from etl.publishing.versions import Version
from metrics.engine import read
from metrics.memory import MEMORY


@dataclass(frozen=True)
class Wards:
    """The wards of a version."""

    parents: dict[str, str]
    """Ward → its province."""
    current: dict[str, str]
    """Ward of the day → today's."""


def read_wards(version: Version) -> Wards:
    """The version's wards."""
    rows = MEMORY.frame(version, "wards", lambda: read(version, "wards", ("ward_code", "parent", "current_code")))
    return Wards(*(dict(zip(rows["ward_code"], rows[column], strict=True)) for column in ("parent", "current_code")))
