"""The populations beside the cases: what a channel did itself, and who was on duty.

Both know today's ward only, whichever map is asked for; their topic is unknown, and a
channel's day is no officer's.
"""

import narwhals as nw

from etl.publishing.versions import Version
from etl.tables import UNKNOWN
from metrics.engine import Frame, local_days, local_midnights, microseconds, scan

AMOUNTS = ("members", "posts", "views", "shares", "corrections")


def channel_days(version: Version) -> Frame:
    """Channels' days up to as_of's.

    Returns:
        One row per channel and day: ``at`` (the day's first instant), ``channel_id``, ``platform``, ``ward_code``,
        ``ward_then``, ``split`` (false), ``members``, ``posts``, ``views``, ``shares``, ``corrections``; ``provisional``.
    """
    rows = scan(version, "channel_days", ("channel_id", "day", *AMOUNTS, "provisional")).with_columns(at=local_midnights(nw.col("day")))
    return _placed(_with_channels(rows, version).with_columns(ward_code=nw.col("channel_ward")), version, *AMOUNTS, "provisional")


def with_members(rows: Frame) -> Frame:
    """Adds ``members_at_start`` and ``members_at_end``: the members, on the first and the last day of the row's span on which its
    channel's are known; null on all other days, so that both add up over channels."""
    known = nw.when(~nw.col("members").is_null()).then(nw.col("at"))
    return rows.with_columns(
        members_at_start=nw.when(nw.col("at") == known.min().over("span", "channel_id")).then(nw.col("members")),
        members_at_end=nw.when(nw.col("at") == known.max().over("span", "channel_id")).then(nw.col("members")),
    )


def duty_days(version: Version) -> Frame:
    """Days on which an officer began a shift in a ward, by as_of.

    Returns:
        One row per officer, ward and local date, however many shifts: ``at`` (when the first begins), its
        ``channel_id`` and ``platform``, ``officer_id``, ``ward_code``, ``ward_then``, ``split`` (false).
    """
    rows = scan(version, "duties", ("officer_id", "starts_at", "ward_code", "channel_id"))
    rows = rows.with_columns(
        ward_code=nw.col("ward_code").fill_null(UNKNOWN),
        channel_id=nw.col("channel_id").fill_null(UNKNOWN),
        day=local_days(nw.col("starts_at")),
        at=nw.col("starts_at"),
    )
    first = nw.col("at") == nw.col("at").min().over("officer_id", "ward_code", "day")
    rows = _with_channels(rows.filter(first), version)
    return _placed(rows, version, "officer_id")


def _with_channels(rows: Frame, version: Version) -> Frame:
    """Adds ``platform`` and ``channel_ward`` by ``channel_id``."""
    channels = scan(version, "channels", ("channel_id", "platform", "ward_code")).rename({"ward_code": "channel_ward"})
    rows = rows.join(channels, on="channel_id", how="left")
    return rows.with_columns(platform=nw.col("platform").fill_null(UNKNOWN), channel_ward=nw.col("channel_ward").fill_null(UNKNOWN))


def _placed(rows: Frame, version: Version, *columns: str) -> Frame:
    rows = rows.filter(nw.col("at") <= microseconds(version.as_of)).with_columns(ward_then=nw.col("ward_code"), split=nw.lit(False))
    return rows.select("at", "channel_id", "platform", "ward_code", "ward_then", "split", *columns)
