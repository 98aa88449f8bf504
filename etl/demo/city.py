"""The made-up city: real ward names, and invented channels, officers and postings with planted habits."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from etl.demo.life import MONTHS, TOPICS
from etl.demo.lots import Lots, lots
from etl.demo.people import make_officers
from etl.demo.spelling import split_name
from etl.errors import UserError
from etl.language import _
from etl.settings import REFERENCE
from etl.text import fold

HANOI = "01"
FEWEST_PLANTED = 5
SLOTS = ("facebook_group", "facebook_page", "zalo_oa", "portal", "hotline")
"""Where residents ask: three of the ward, two of the city."""
_SLOT_SHARES = np.array([0.55, 0.13, 0.15, 0.12, 0.05])
_SLOT_TASTE = {"procedure": [1, 1, 1.5, 2.5, 0.6], "emergency": [0.7, 0.4, 0.6, 0.2, 8], "traffic_accident": [1, 0.7, 0.9, 0.3, 4]}
CITY_CHANNELS = {"portal": "cong-thong-tin", "hotline": "duong-day-nong"}


@dataclass(frozen=True, eq=False)
class City:
    """What stands before anything is asked."""

    wards: pl.DataFrame
    """One row per ward of the city, in order of code: ward_code, name, alone (its name occurs once in the country),
    volume (share of all cases), pace (added to the logarithm of answer times), silence (factor of the share never answered),
    upheld (share of complaints that prove right), planted (poor, excellent or none)."""
    old_wards: pl.DataFrame
    """One row per ward of before the reform that went to one of them: ward (position), name, district, ward_code,
    lingers (its name is none of today's, so that it can be used on without doubt)."""
    channels: pl.DataFrame
    """One row per channel: channel_id, platform, name, ward (position, null for the city's), opened_on, members."""
    officers: pl.DataFrame
    """One row per officer: officer_id, name, badge, active, pace, activity."""
    stints: pl.DataFrame
    """One row per officer's time in a ward: officer (position), ward (position), first and last (months from 0, both included)."""
    channel_lots: Lots
    """Channels by ward × topic."""
    channel_of_lot: pl.Series
    """Position of each lot's channel in ``channels``."""
    officer_lots: Lots
    """Officers by ward × month."""
    officer_of_lot: pl.Series


def build_city(wards: int, rng: np.random.Generator) -> City:
    """Make up a city.

    Args:
        wards: how many of Hanoi's wards; from FEWEST_PLANTED on, one of them is planted poor and one excellent.

    Raises:
        UserError: none or more wards than there are.
    """
    chosen, old = _wards(wards, rng)
    channels = _channels(chosen, rng)
    officers, stints = make_officers(chosen, rng)
    channel_lots, channel_of_lot = _channel_lots(chosen.height, channels)
    months = stints.with_columns(month=pl.int_ranges("first", pl.col("last") + 1)).explode("month")
    months = months.join(officers.with_row_index("officer").select(pl.col("officer").cast(pl.Int64), "activity"), on="officer")
    months = months.sort("ward", "month", "officer")
    urns = (months["ward"] * MONTHS + months["month"]).to_numpy()
    return City(
        wards=chosen,
        old_wards=old,
        channels=channels,
        officers=officers,
        stints=stints,
        channel_lots=channel_lots,
        channel_of_lot=channel_of_lot,
        officer_lots=lots(urns, months["activity"].to_numpy()),
        officer_of_lot=months["officer"],
    )


def _wards(count: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Wards and what is planted in them; the wards of before the reform that became them."""
    every = pl.read_csv(REFERENCE / "wards.csv", infer_schema=False)
    names = every.filter(pl.col("valid_to").is_null()).select("ward_code", "name", "parent")
    alone = [fold(split_name(name)[1]) for name in names["name"]]
    names = names.with_columns(alone=pl.Series(alone).is_unique()).filter(pl.col("parent") == HANOI)
    old = every.filter(pl.col("valid_to").is_not_null() & (pl.col("parent") == HANOI))
    todays = {fold(split_name(name)[1]) for name in names["name"]}
    names = names.filter(pl.col("ward_code").is_in(old["current_code"].implode()))
    if not 1 <= count <= names.height:
        raise UserError(_("--wards is {count}: choose from 1 to {most}.", count=count, most=names.height))
    # Names that occur once in the country come first: their bare name is enough.
    order = np.lexsort((rng.random(names.height), ~names["alone"].to_numpy()))
    chosen = names[np.sort(order[:count])].select("ward_code", "name", "alone").sort("ward_code")

    volume = rng.lognormal(0, 0.6, count)
    by_volume = np.argsort(volume)
    poor, excellent = by_volume[count // 3], by_volume[2 * count // 3]
    pace, upheld = rng.normal(0, 0.2, count), rng.normal(0.3, 0.03, count)
    silence, planted = np.ones(count), np.full(count, "none", dtype=object)
    if count >= FEWEST_PLANTED:
        pace[poor], silence[poor], upheld[poor], planted[poor] = 1.1, 3.0, 0.65, "poor"
        pace[excellent], silence[excellent], upheld[excellent], planted[excellent] = -1.0, 0.3, 0.15, "excellent"
    chosen = chosen.with_columns(
        volume=pl.Series(volume / volume.sum()),
        pace=pl.Series(pace),
        silence=pl.Series(silence),
        upheld=pl.Series(upheld),
        planted=pl.Series(list(planted), dtype=pl.String),
    )
    positions = chosen.with_row_index("ward").select(pl.col("ward").cast(pl.Int64), current_code="ward_code")
    old = old.join(positions, on="current_code").select("ward", "name", "district", "ward_code").sort("ward", "ward_code")
    return chosen, old.with_columns(lingers=pl.Series([fold(split_name(name)[1]) not in todays for name in old["name"]]))


def _channels(wards: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A group in every ward, a page and a Zalo account in some, the city's portal and hotline."""
    rows: list[tuple[str, str, str, int | None, date, int]] = []
    for ward, name in enumerate(wards["name"]):
        slug = fold(split_name(name)[1]).replace(" - ", "-").replace(" ", "-")
        code = wards["ward_code"][ward]
        members = int(wards["volume"][ward] * wards.height * 9000) + 800
        rows.append((f"fb-nhom-{slug}-{code}", "facebook_group", f"An ninh trật tự {name}", ward, date(2022, 1 + ward % 12, 15), members))
        if rng.random() < 0.6:
            rows.append((f"fb-trang-{slug}-{code}", "facebook_page", f"Công an {name}", ward, date(2021, 1 + ward % 12, 1), members // 2))
        if rng.random() < 0.5:
            rows.append((f"zalo-{slug}-{code}", "zalo_oa", f"Zalo Công an {name}", ward, date(2023, 1 + ward % 12, 8), members // 3))
    rows.append((CITY_CHANNELS["portal"], "portal", "Cổng thông tin thành phố", None, date(2020, 1, 1), 0))
    rows.append((CITY_CHANNELS["hotline"], "hotline", "Đường dây nóng thành phố", None, date(2019, 1, 1), 0))
    schema = {
        "channel_id": pl.String,
        "platform": pl.String,
        "name": pl.String,
        "ward": pl.Int64,
        "opened_on": pl.Date,
        "members": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _channel_lots(wards: int, channels: pl.DataFrame) -> tuple[Lots, pl.Series]:
    """Which channels a ward's residents use for a topic."""
    slot_of = {platform: slot for slot, platform in enumerate(SLOTS)}
    urns: list[int] = []
    weights: list[float] = []
    positions: list[int] = []
    own: list[list[int]] = [[] for _ward in range(wards)]
    shared: list[int] = []
    for position, ward in enumerate(channels["ward"]):
        (shared if ward is None else own[ward]).append(position)
    platforms = channels["platform"].to_list()
    for ward in range(wards):
        for number, topic in enumerate(TOPICS):
            taste = _SLOT_TASTE.get(topic.name, [1] * len(SLOTS))
            for position in own[ward] + shared:
                slot = slot_of[platforms[position]]
                urns.append(ward * len(TOPICS) + number)
                weights.append(_SLOT_SHARES[slot] * taste[slot])
                positions.append(position)
    return lots(np.array(urns), np.array(weights)), pl.Series(positions)
