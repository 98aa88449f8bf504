"""The roster's sheets: postings and shifts."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.demo.cases import month_of_day
from etl.demo.city import City
from etl.demo.life import DAY, DAYS, FIRST_DAY, HOUR, MONTHS, wall_seconds
from etl.demo.people import month_start


def postings(city: City, rng: np.random.Generator) -> pl.DataFrame:
    """One row per posting: officer_id, ward (position), starts_on, ends_on (null while it lasts)."""
    started = [date(2020 + int(year), int(month), 1) for year, month in rng.integers((0, 1), (4, 13), (city.stints.height, 2))]
    rows = []
    for (officer, ward, first, last), early in zip(city.stints.iter_rows(), started, strict=True):
        starts = early if first == 0 else month_start(first)
        ends = None if last == MONTHS - 1 else month_start(last + 1) - timedelta(1)
        rows.append((city.officers["officer_id"][officer], ward, starts, ends))
    return pl.DataFrame(rows, schema={"officer_id": pl.String, "ward": pl.Int64, "starts_on": pl.Date, "ends_on": pl.Date}, orient="row")


def duties(city: City, rng: np.random.Generator) -> pl.DataFrame:
    """One row per shift in every other ward, a third of them at its first group: officer_id, ward (position), channel_id, starts_at,
    ends_at (wall seconds)."""
    wards = np.repeat(np.arange(0, city.wards.height, 2), DAYS)
    days = np.tile(np.arange(DAYS), len(wards) // DAYS)
    officers = city.officer_of_lot[city.officer_lots.draw(rng, wards * MONTHS + month_of_day()[days])]
    starts = wall_seconds(FIRST_DAY) + days * DAY + np.where(rng.random(len(wards)) < 0.7, 7, 13) * HOUR
    at_group = pl.Series(rng.random(len(wards)) < 1 / 3)
    return pl.DataFrame(
        {
            "officer_id": city.officers["officer_id"][officers],
            "ward": wards,
            "channel_id": city.channels["channel_id"][city.first_groups[wards]].set(~at_group, None),
            "starts_at": starts,
            "ends_at": starts + 9 * HOUR,
        }
    )
