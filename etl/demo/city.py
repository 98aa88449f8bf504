"""The made-up city: real ward names, and invented channels, officers and postings with planted habits."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.demo.channels import channel_lots, first_groups, make_channels
from etl.demo.life import MONTHS
from etl.demo.lots import Floats, Ints, Lots, lots
from etl.demo.people import make_officers
from etl.demo.spelling import split_name
from etl.errors import UserError
from etl.language import _
from etl.settings import REFERENCE
from etl.text import fold

HANOI = "01"
FEWEST_PLANTED = 5
_MIDDLE = 21.03, 105.85
"""Latitude and longitude of Hoàn Kiếm."""
_SILENT_IN, _POOR_IN, _EXCELLENT_IN = 5, 3, 4
"""Places among the ordinary wards, by size."""


@dataclass(frozen=True, eq=False)
class City:
    """What stands before anything is asked."""

    wards: pl.DataFrame
    """One row per ward of the city, in order of code: ward_code, name, alone (its name occurs once in the country), listed (how a
    roster names it: with a district of before where several had that name then, for a list goes back before the reform),
    volume (share of all cases), pace (added to the logarithm of answer times), silence (factor of the share never answered),
    upheld (share of complaints that prove right), planted (poor, excellent or none)."""
    old_wards: pl.DataFrame
    """One row per ward of before the reform that went to one of them: ward (position), ward_code, name, district, split (its land
    went to several), twin (another of its district has the same name, but for the type), lingers (its name is none of today's, so
    that it can be used on without doubt)."""
    channels: pl.DataFrame
    """One row per channel, as make_channels has them."""
    officers: pl.DataFrame
    """One row per officer: officer_id, name, badge, active, pace and silence (as a ward's), activity (share of the ward's cases), planted
    (poor, excellent or none)."""
    stints: pl.DataFrame
    """One row per officer's time in a ward: officer (position), ward (position), first and last (months from 0, both included)."""
    first_groups: Ints
    """Position in ``channels`` of each ward's first group."""
    channel_lots: Lots
    """Channels by ward × topic."""
    channel_of_lot: Ints
    """Position of each lot's channel in ``channels``."""
    officer_lots: Lots
    """Officers by ward × month."""
    officer_of_lot: Ints
    """Position of each lot's officer in ``officers``."""


def build_city(wards: int, rng: np.random.Generator) -> City:
    """Make up a city.

    Args:
        wards: how many of Hanoi's wards; from FEWEST_PLANTED on, a ward and an officer are planted poor and one of each excellent,
            and a channel falls silent.

    Raises:
        UserError: none or more wards than there are.
    """
    chosen, old = _wards(wards, rng)
    ordinary = ordinary_wards(chosen)
    silent, poor, excellent = (
        ordinary[place % len(ordinary)] if wards >= FEWEST_PLANTED else None for place in (_SILENT_IN, _POOR_IN, _EXCELLENT_IN)
    )
    channels = make_channels(chosen, silent, rng)
    officers, stints = make_officers(chosen, {"poor": poor, "excellent": excellent}, rng)
    places, channel_of_lot = channel_lots(channels, chosen.height)
    months = stints.with_columns(month=pl.int_ranges("first", pl.col("last") + 1)).explode("month")
    months = months.with_columns(officers["activity"].gather(months["officer"])).sort("ward", "month", "officer")
    urns = (months["ward"] * MONTHS + months["month"]).to_numpy()
    return City(
        wards=chosen,
        old_wards=old,
        channels=channels,
        officers=officers,
        stints=stints,
        first_groups=first_groups(channels),
        channel_lots=places,
        channel_of_lot=channel_of_lot,
        officer_lots=lots(urns, months["activity"].to_numpy()),
        officer_of_lot=months["officer"].to_numpy(),
    )


def ordinary_wards(wards: pl.DataFrame) -> list[int]:
    """Positions of the wards with nothing planted, the largest first."""
    places = wards.with_row_index("ward").filter(pl.col("planted") == "none")
    return [int(ward) for ward in places.sort("volume", "ward", descending=[True, False])["ward"]]


def _wards(count: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Wards and what is planted in them; the wards of before the reform that became them."""
    every = pl.read_csv(REFERENCE / "wards.csv", infer_schema=False)
    names = every.filter(pl.col("valid_to").is_null()).select("ward_code", "name", "parent", "latitude", "longitude")
    alone = [fold(split_name(name)[1]) for name in names["name"]]
    names = names.with_columns(alone=pl.Series(alone).is_unique()).filter(pl.col("parent") == HANOI)
    if not 1 <= count <= names.height:
        raise UserError(_("--wards is {count}: choose from 1 to {most}.", count=count, most=names.height))
    # Names that occur once in the country come first: their bare name is enough.
    order = np.lexsort((rng.random(names.height), ~names["alone"].to_numpy()))
    chosen = names[np.sort(order[:count])].sort("ward_code")

    volume = rng.lognormal(0, 0.5, count) * _crowd(chosen)
    by_volume = np.argsort(volume)
    poor, excellent = by_volume[count // 3], by_volume[2 * count // 3]
    pace, upheld = rng.normal(0, 0.2, count), rng.normal(0.3, 0.03, count)
    silence, planted = np.ones(count), np.full(count, "none", dtype=object)
    if count >= FEWEST_PLANTED:
        pace[poor], silence[poor], upheld[poor], planted[poor] = 1.1, 3.0, 0.65, "poor"
        pace[excellent], silence[excellent], upheld[excellent], planted[excellent] = -1.0, 0.3, 0.15, "excellent"
    chosen = chosen.select(
        "ward_code",
        "name",
        "alone",
        listed=_listed(every, chosen),
        volume=pl.Series(volume / volume.sum()),
        pace=pl.Series(pace),
        silence=pl.Series(silence),
        upheld=pl.Series(upheld),
        planted=pl.Series(list(planted), dtype=pl.String),
    )
    return chosen, _old_wards(every, chosen, {fold(split_name(name)[1]) for name in names["name"]})


def _listed(every: pl.DataFrame, chosen: pl.DataFrame) -> pl.Series:
    """How rosters name the chosen wards."""
    old = every.filter(pl.col("valid_to").is_not_null() & (pl.col("parent") == HANOI))
    several = old.group_by("name").agg(pl.col("current_code").n_unique()).filter(pl.col("current_code") > 1)["name"]
    districts = old.group_by("current_code").agg(pl.col("district").first()).rename({"current_code": "ward_code"})
    district = chosen.join(districts, on="ward_code", how="left", maintain_order="left")["district"]
    return chosen.with_columns(district).select(
        listed=pl.when(pl.col("name").is_in(several.implode())).then(pl.format("{}, {}", "name", "district")).otherwise("name")
    )["listed"]


def _crowd(wards: pl.DataFrame) -> Floats:
    """How much is asked in a ward for where it lies: six times as much in the middle of the city as far out."""
    latitude, longitude = wards["latitude"].cast(pl.Float64).to_numpy(), wards["longitude"].cast(pl.Float64).to_numpy()
    kilometres = np.hypot((latitude - _MIDDLE[0]) * 111, (longitude - _MIDDLE[1]) * 104)
    crowd: Floats = 0.2 + np.exp(-((kilometres / 12) ** 2))
    return crowd


def _old_wards(every: pl.DataFrame, chosen: pl.DataFrame, todays: set[str]) -> pl.DataFrame:
    """The wards of before the reform that went to one of the chosen, as City has them.

    Args:
        every: the reference table of wards.
        todays: the city's names of today.
    """
    positions = chosen.with_row_index("ward").select(pl.col("ward").cast(pl.Int64), current_code="ward_code")
    old = every.filter(pl.col("valid_to").is_not_null() & (pl.col("parent") == HANOI)).join(positions, on="current_code")
    bare = pl.Series([fold(split_name(name)[1]) for name in old["name"]])
    return old.select(
        "ward",
        "ward_code",
        "name",
        "district",
        split=pl.col("split") == "true",
        twin=pl.struct("district", bare=bare).is_duplicated(),
        lingers=~bare.is_in(list(todays)),
    ).sort("ward", "ward_code")
