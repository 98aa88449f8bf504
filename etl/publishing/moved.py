"""Which past figures a load moved: of months that were over when the version before its own was published."""

from zoneinfo import ZoneInfo

from etl.errors import UserError
from etl.publishing.parts import TIDY
from etl.publishing.versions import Version, parts, read_version, version_before
from etl.settings import Settings
from etl.tables import LOCAL_TIME_ZONE

Months = dict[str, list[str]]
"""Table (interactions by when they were asked, feedback by when it was received) → months, ``YYYY-MM``, in order of time."""


def moved_by(settings: Settings, version: str | None) -> Months | None:
    """The past months that a published version moved; None where it or the one before is not kept."""
    try:
        after = read_version(settings.snapshots, version or "none")
    except UserError:
        return None
    before = version_before(after)
    return moved_months(before, after) if before else None


def moved_months(before: Version, after: Version) -> Months:
    """Past months in which a published row came, went or changed; one that only came once more, in another file, moved nothing."""
    old, new = ({key: digest[:TIDY] for key, digest in parts(version).items()} for version in (before, after))
    changed = sorted(key.split("/", 1) for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    running = f"{before.as_of.astimezone(ZoneInfo(LOCAL_TIME_ZONE)):%Y-%m}"
    return {table: [month for of, month in changed if of == table and month < running] for table in ("interactions", "feedback")}
