"""The roster's sheets: postings, shifts, and the days of groups and pages."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.demo.cases import month_of_day
from etl.demo.city import City
from etl.demo.life import DAY, DAYS, FIRST_DAY, HOUR, LAST_DAY, MONTHS, wall_seconds
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
    """One row per shift in every other ward: officer_id, ward (position), starts_at, ends_at (wall seconds)."""
    wards = np.repeat(np.arange(0, city.wards.height, 2), DAYS)
    days = np.tile(np.arange(DAYS), len(wards) // DAYS)
    officers = city.officer_of_lot.to_numpy()[city.officer_lots.draw(rng, wards * 24 + month_of_day()[days])]
    starts = wall_seconds(FIRST_DAY) + days * DAY + np.where(rng.random(len(wards)) < 0.7, 7, 13) * HOUR
    return pl.DataFrame(
        {"officer_id": city.officers["officer_id"][officers], "ward": wards, "starts_at": starts, "ends_at": starts + 9 * HOUR}
    )


def channel_days(city: City, rng: np.random.Generator) -> pl.DataFrame:
    """One row per group, page or account and day: the input columns of ``channel_days``."""
    channels = city.channels.filter(pl.col("ward").is_not_null())
    members = np.repeat(channels["members"].to_numpy(), DAYS)
    day = np.tile(np.arange(DAYS), channels.height)
    growth = np.repeat(rng.uniform(0.1, 0.6, channels.height), DAYS)
    posts = rng.poisson(np.repeat(rng.lognormal(np.log(1.2), 0.6, channels.height), DAYS))
    views = (posts * members * rng.lognormal(np.log(0.15), 0.5, len(day))).astype(np.int64)
    reactions = rng.binomial(views, 0.03)
    return pl.DataFrame(
        {
            "channel_id": np.repeat(channels["channel_id"].to_numpy(), DAYS),
            "day": pl.concat([pl.date_range(FIRST_DAY, LAST_DAY, eager=True)] * channels.height),
            "members": (members * (1 + growth * day / DAYS)).astype(np.int64),
            "posts": posts,
            "views": views,
            "comments": rng.binomial(views, 0.008),
            "reactions": reactions,
            "shares": rng.binomial(reactions, 0.1),
            "corrections": rng.binomial(posts, 0.05),
        }
    )
