"""The made-up groups, pages and accounts: four platforms in every ward, the city's portal and hotline, and how many follow them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.demo.life import DAY, DAYS, END, FIRST_DAY, TOPICS, wall_seconds
from etl.demo.lots import Floats, Ints, Lots, lots
from etl.demo.spelling import slug

MEMBERS = 400_000
"""Who follows all groups, pages and accounts of the whole city on its last day, in sum."""
ALL_WARDS = 126
SILENT_FROM = date(2026, 3, 9)
"""The first day without a word from the silent channel."""


@dataclass(frozen=True)
class Kind:
    """What a ward may have of one platform."""

    platform: str
    prefix: str
    title: str
    chances: tuple[float, ...]
    """One more channel for each chance that comes true."""
    share: float
    """How much of a ward's questions the platform takes."""
    size: float
    """Members against a ward's group."""


KINDS = (
    Kind("facebook_group", "fb-nhom", "An ninh trật tự", (1, 0.6, 0.4), 0.5, 1.0),
    Kind("facebook_page", "fb-trang", "Công an", (0.85,), 0.13, 0.8),
    Kind("zalo_oa", "zalo-oa", "Zalo Công an", (0.8,), 0.14, 0.5),
    Kind("zalo_group", "zalo-nhom", "Tổ dân phố", (0.7, 0.4), 0.06, 0.15),
)
CITY_CHANNELS = (
    ("cong-thong-tin", "portal", "Cổng thông tin thành phố", 0.12),
    ("duong-day-nong", "hotline", "Đường dây nóng thành phố", 0.05),
)
_TASTE = {
    "procedure": {"zalo_oa": 1.5, "zalo_group": 0.6, "portal": 2.5, "hotline": 0.6},
    "emergency": {"facebook_group": 0.7, "facebook_page": 0.4, "zalo_oa": 0.6, "portal": 0.2, "hotline": 8.0},
    "traffic_accident": {"facebook_page": 0.7, "portal": 0.3, "hotline": 4.0},
    "rumour": {"facebook_group": 1.3, "facebook_page": 1.5, "portal": 0.4, "hotline": 0.5},
}
"""How a topic's residents differ in where they ask."""
PAGE, ZALO = "page", "zalo"
_WAYS = {"facebook_page": PAGE, "zalo_oa": ZALO}
_ONE_IN = 5
"""Of the pages and of the accounts so many are exported."""
_SCHEMA = {
    "channel_id": pl.String,
    "platform": pl.String,
    "name": pl.String,
    "ward": pl.Int64,
    "opened_on": pl.Date,
    "weight": pl.Float64,
    "share": pl.Float64,
}


def make_channels(wards: pl.DataFrame, silent_ward: int | None, rng: np.random.Generator) -> pl.DataFrame:
    """Make up channels.

    Args:
        wards: of City.
        silent_ward: the ward of whose channels one falls silent.

    Returns:
        One row per channel, a ward's first group first: channel_id, platform, name, ward (position, null for the city's),
        opened_on, share (of a ward's questions), members (on the last day), silent (whether it falls silent on SILENT_FROM), export (page
        or zalo where the log is what the platform gives out, else null).
    """
    rows: list[tuple[str, str, str, int | None, date, float, float]] = []
    for ward, (code, name, volume) in enumerate(wards.select("ward_code", "name", "volume").iter_rows()):
        place = slug(name)
        for kind in KINDS:
            count = int((rng.random(len(kind.chances)) < kind.chances).sum())
            for number in range(1, count + 1):
                title = f"{kind.title} {number if kind.platform == 'zalo_group' else ''} {name}{f' ({number})' if number > 1 else ''}"
                late = number > 1 and rng.random() < 0.3
                opened = FIRST_DAY + timedelta(int(rng.integers(30, 400)) * (1 if late else -1) - (0 if late else 400))
                weight = kind.size * volume * rng.lognormal(0, 0.7) / number
                share = kind.share / count * (1.5 if number == 1 and count > 1 else 1)
                channel_id = f"{kind.prefix}-{place}-{code}{f'-{number}' if number > 1 else ''}"
                rows.append((channel_id, kind.platform, " ".join(title.split()), ward, opened, weight, share))
    for channel_id, platform, name, share in CITY_CHANNELS:
        rows.append((channel_id, platform, name, None, date(2020, 1, 1), 0.0, share))
    channels = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    of_all = pl.col("weight") / pl.col("weight").sum() * MEMBERS * wards.height / ALL_WARDS
    channels = channels.with_columns(members=of_all.round().cast(pl.Int64)).drop("weight")
    channels = channels.with_columns(silent=pl.int_range(pl.len()) == (-1 if silent_ward is None else _silent(channels, silent_ward)))
    channels = channels.with_columns(export=_exported(channels)).with_row_index("position")
    of_page = pl.col("position").map_elements(_page_number, return_dtype=pl.String)
    return channels.with_columns(channel_id=pl.when(pl.col("export") == PAGE).then(of_page).otherwise("channel_id")).drop("position")


def _exported(channels: pl.DataFrame) -> pl.Series:
    """How each channel is exported: page, zalo, or null where staff keep a sheet."""
    way = pl.col("platform").replace_strict(_WAYS, default=None, return_dtype=pl.String)
    every = pl.int_range(pl.len()).over("platform", "silent") % _ONE_IN == 0
    return channels.select(pl.when(every & ~pl.col("silent")).then(way)).to_series()


def _page_number(position: int) -> str:
    """The number that Facebook gave the page at that position of the channels: its channel_id."""
    return str(100_064_000_000_000 + 7919 * (position + 1))


def _silent(channels: pl.DataFrame, ward: int) -> int:
    """The ward's largest channel after its first group, of those that stood from the beginning; -1 where there is none."""
    others = channels.with_row_index().filter((pl.col("ward") == ward) & (pl.col("opened_on") < FIRST_DAY))[1:]
    return int(others.sort("members", "index", descending=[True, False])["index"][0]) if others.height else -1


def first_groups(channels: pl.DataFrame) -> Ints:
    """The position of each ward's first group, which is always there."""
    of_wards = channels.with_row_index().filter(pl.col("ward").is_not_null())
    return of_wards.group_by("ward", maintain_order=True).first()["index"].to_numpy().astype(np.int64)


def alive(channels: pl.DataFrame) -> tuple[Ints, Ints]:
    """From and until when each channel is used (wall seconds)."""
    opened = (channels["opened_on"].cast(pl.Int64) * DAY).to_numpy()
    silent = np.where(channels["silent"].to_numpy(), wall_seconds(SILENT_FROM), END + DAY)
    return opened, silent


def channel_lots(channels: pl.DataFrame, wards: int) -> tuple[Lots, Ints]:
    """Which channels a ward's residents use for a topic: lots by ward × topic, and each lot's position in ``channels``."""
    own: list[list[int]] = [[] for _ward in range(wards)]
    for position, ward in enumerate(channels["ward"]):
        for uses in own if ward is None else [own[ward]]:
            uses.append(position)
    platforms = channels["platform"].to_numpy()
    positions = [np.array(uses) for uses in own]
    urns = np.concatenate([np.repeat(np.arange(len(TOPICS)) + ward * len(TOPICS), len(uses)) for ward, uses in enumerate(positions)])
    lot = np.concatenate([np.tile(uses, len(TOPICS)) for uses in positions])
    taste: Floats = np.ones(len(lot))
    for number, topic in enumerate(TOPICS):
        for platform, factor in _TASTE.get(topic.name, {}).items():
            taste[(urns % len(TOPICS) == number) & (platforms[lot] == platform)] = factor
    return lots(urns, channels["share"].to_numpy()[lot] * taste), lot


def channel_days(channels: pl.DataFrame, rumours: dict[date, Floats], rng: np.random.Generator) -> pl.DataFrame:
    """One row per channel of a ward and day on which it was open: the input columns of ``channel_days``.

    Args:
        channels: of make_channels.
        rumours: day → by position in ``channels`` the chance that a rumour is set right there.
    """
    own = channels.with_row_index("channel").filter(pl.col("ward").is_not_null())
    count = own.height
    position = np.repeat(own["channel"].to_numpy(), DAYS)
    day = np.tile(np.arange(DAYS), count)
    # What is gained over the two years, or since it was opened, faster at first; now and then some leave.
    opened, silent = alive(channels)
    first = np.maximum(opened // DAY - wall_seconds(FIRST_DAY) // DAY, 0)[own["channel"].to_numpy()]
    gained = np.repeat(np.where(first > 0, 0.97, rng.uniform(0.15, 0.6, count)), DAYS)
    bend = np.repeat(rng.uniform(0.6, 1.1, count), DAYS)
    passed = np.maximum(day + 1 - np.repeat(first, DAYS), 0) / np.repeat(DAYS - first, DAYS)
    grown = 1 - gained * (1 - passed**bend)
    trembling = 1 + rng.normal(0, 0.0015, len(day)) * (day < DAYS - 1)
    members = np.rint(np.repeat(own["members"].to_numpy(), DAYS) * grown * trembling).astype(np.int64)
    posts = rng.poisson(np.repeat(rng.lognormal(np.log(1.1), 0.6, count), DAYS))
    views = (posts * members * rng.lognormal(np.log(0.5), 0.5, len(day))).astype(np.int64)
    reactions = rng.binomial(views, 0.04)
    chance = np.full((DAYS, channels.height), 0.002)
    for when, chances in rumours.items():
        chance[(when - FIRST_DAY).days] = chances
    corrections = (rng.random(len(day)) < chance[day, position]).astype(np.int64)
    frame = pl.DataFrame(
        {
            "channel_id": own["channel_id"].gather(pl.Series(np.repeat(np.arange(count), DAYS))),
            "day": pl.Series(day, dtype=pl.Int32) + (FIRST_DAY - date(1970, 1, 1)).days,
            "members": members,
            "posts": np.maximum(posts, corrections),
            "views": views,
            "comments": rng.binomial(views, 0.012),
            "reactions": reactions,
            "shares": rng.binomial(reactions, 0.1),
            "corrections": corrections,
        }
    )
    at = wall_seconds(FIRST_DAY) + day * DAY
    return frame.with_columns(pl.col("day").cast(pl.Date)).filter(pl.Series((at >= opened[position]) & (at < silent[position])))
