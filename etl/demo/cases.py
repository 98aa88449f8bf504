"""What residents ask of the made-up police, and how they are answered.

Frames here carry wall seconds (see life.py) as integers, null where it has not happened by END.
"""

import numpy as np
import polars as pl

from etl.demo.channels import alive
from etl.demo.city import City
from etl.demo.course import answers, endings, happened, of_topic, tip_offs
from etl.demo.exports import as_messages_tell
from etl.demo.life import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    MONTHS,
    REFORM,
    TOPICS,
    day_of,
    questions,
    wall_seconds,
)
from etl.demo.lots import Ints, lots
from etl.demo.spelling import SPELLING_WEIGHTS, before, today
from etl.demo.stories import RUMOURS, rumoured
from etl.demo.words import QUESTIONS
from etl.tables import ATTRIBUTIONS, URGENCIES


def make_cases(city: City, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Make up requests.

    Args:
        count: how many.

    Returns:
        One row per request in order of time: number (from 1); instants as wall seconds; ward (as written, null where the log does
        not say); channel, officer, old_ward, rumour (positions in the city's, null for none); attribution, topic, urgency, status, tip_off,
        verdict, text, reply_count; resident (a number, null for nameless); linked (the log has a link); true_ward (position in
        the city's wards, null where the log does not say), resident_ward, late (above a day), way (page or zalo, null in a sheet).
    """
    topics, asked = questions(count, rng)
    volume = lots(np.zeros(city.wards.height, dtype=np.int64), city.wards["volume"].to_numpy())
    wards = volume.draw(rng, np.zeros(count, dtype=np.int64))
    rumour, asked, wards = rumoured(city, topics, asked, wards, rng)
    order = np.argsort(asked, kind="stable")
    topics, asked, wards, rumour = topics[order], asked[order], wards[order], rumour[order]

    months = month_of_day()[day_of(asked)]
    officers = city.officer_of_lot[city.officer_lots.draw(rng, wards * MONTHS + months)]
    channels = _channels(city, wards, topics, asked, rng)
    chance = rng.random(count)
    urgent, complex_ = of_topic("urgent", topics), of_topic("complex", topics)
    urgency = np.where(chance < urgent, 0, np.where(chance < urgent + complex_, 2, 1))

    replies = answers(city, asked, topics, urgency, wards, officers, rng)
    ends = endings(asked, replies["answered"], topics, rng)
    answered_yet = replies["answered"] <= END
    attribution = rng.choice(len(ATTRIBUTIONS), count, p=[0.45, 0.3, 0.15, 0.1])
    attribution = np.where(answered_yet, attribution, np.where(rng.random(count) < 0.4, 1, 3))
    nobody = pl.Series(attribution == ATTRIBUTIONS.index("none"))
    spelt, old, true_ward = _ward_texts(city, wards, asked, channels, rng)
    public = city.channels["platform"].str.starts_with("facebook").to_numpy()[channels]

    frame = pl.DataFrame(
        {
            "number": pl.Series(np.arange(1, count + 1), dtype=pl.Int32),
            "asked_at": asked,
            "acknowledged_at": happened(replies["acknowledged"]),
            "answered_at": happened(replies["answered"]),
            "first_resolved_at": happened(ends["first_resolved"]),
            "reopened_at": happened(ends["reopened"]),
            "resolved_at": happened(ends["resolved"]),
            "ward": spelt,
            "old_ward": old,
            "channel": pl.Series(channels, dtype=pl.Int32),
            "officer": pl.Series(officers, dtype=pl.Int32).set(nobody, None),
            "attribution": pl.Series(ATTRIBUTIONS)[attribution],
            "topic": pl.Series([topic.name for topic in TOPICS])[topics],
            "urgency": pl.Series(URGENCIES)[urgency],
            "text": _texts(topics, rumour, rng),
            "resident": _residents(wards, city, count, rng),
            "linked": pl.Series(public & (rng.random(count) < 0.85)),
            "reply_count": np.where(answered_yet, 1 + rng.poisson(1.2, count), rng.poisson(0.2, count)),
            "rumour": pl.Series(rumour, dtype=pl.Int32).set(pl.Series(rumour < 0), None),
            "true_ward": true_ward,
            "resident_ward": pl.Series(wards, dtype=pl.Int32),
            "late": replies["answered"] - asked > DAY,
            **tip_offs(asked, topics, rng),
        }
    )
    return as_messages_tell(city, _closed(frame, rng))


def _channels(city: City, wards: Ints, topics: Ints, asked: Ints, rng: np.random.Generator) -> Ints:
    """Where each request is asked; in the ward's first group where the channel drawn is not there yet or silent."""
    drawn = city.channel_of_lot[city.channel_lots.draw(rng, wards * len(TOPICS) + topics)]
    opened, silent = alive(city.channels)
    return np.where((asked >= opened[drawn]) & (asked < silent[drawn]), drawn, city.first_groups[wards])


def month_of_day() -> Ints:
    """Month (from 0) of each day since FIRST_DAY."""
    days = pl.date_range(FIRST_DAY, pl.lit(FIRST_DAY).dt.offset_by("24mo"), closed="left", eager=True)
    return ((days.dt.year() - FIRST_DAY.year) * 12 + days.dt.month() - FIRST_DAY.month).to_numpy().astype(np.int64)


def spelt_wards(city: City, wards: Ints, at: Ints, rng: np.random.Generator) -> tuple[pl.Series, pl.Series]:
    """How people name wards (positions) at those wall seconds: by the name of the day; in the first weeks after the reform some
    still by the old one, where that can be no other.

    Returns:
        The texts; and the position of the old ward that each names, null where it names one of today's.
    """
    spelling = rng.choice(len(SPELLING_WEIGHTS), len(wards), p=SPELLING_WEIGHTS)
    names = [text for row in city.wards.iter_rows(named=True) for text in today(row["name"], row["alone"])]
    old_names = [text for row in city.old_wards.iter_rows(named=True) for text in before(row["name"], row["district"], row["twin"])]
    old = lots(city.old_wards["ward"].to_numpy(), np.ones(city.old_wards.height)).draw(rng, wards)
    reform = wall_seconds(REFORM)
    lingers = city.old_wards["lingers"].to_numpy()[old]
    by_old = (at < reform) | (lingers & (at < reform + 60 * DAY) & (rng.random(len(wards)) < 0.15))
    place = np.where(by_old, len(names) + old * len(SPELLING_WEIGHTS), wards * len(SPELLING_WEIGHTS)) + spelling
    return pl.Series(names + old_names)[place], pl.Series(old, dtype=pl.Int32).set(pl.Series(~by_old), None)


def _ward_texts(city: City, wards: Ints, asked: Ints, channels: Ints, rng: np.random.Generator) -> tuple[pl.Series, pl.Series, pl.Series]:
    """How the log names the ward; the old ward that it names; and which ward that is. Empty cells lean on the channel's ward; the
    city's channels have none."""
    own = city.channels["ward"].is_not_null().to_numpy()[channels]
    # A channel's sheet is of today; what today's name meant before the reform would be a guess.
    share = np.where(own, np.where(asked >= wall_seconds(REFORM), 0.07, 0), 0.01)
    empty = rng.random(len(wards)) < share
    spelt, old = spelt_wards(city, wards, asked, rng)
    unsaid = pl.Series(empty)
    return spelt.set(unsaid, None), old.set(unsaid, None), pl.Series(wards, dtype=pl.Int32).set(pl.Series(empty & ~own), None)


def _residents(wards: Ints, city: City, count: int, rng: np.random.Generator) -> pl.Series:
    """Who asks, by number: few ask often, many once. One in twelve gives no name."""
    per_ward = np.maximum(20, (city.wards["volume"].to_numpy() * count * 0.6)).astype(np.int64)
    offset = np.concatenate(([0], np.cumsum(per_ward)[:-1]))
    who = offset[wards] + (per_ward[wards] * rng.random(count) ** 2.5).astype(np.int64)
    return pl.Series(who, dtype=pl.Int32).set(pl.Series(rng.random(count) < 1 / 12), None)


def _texts(topics: Ints, rumour: Ints, rng: np.random.Generator) -> pl.Series:
    """What residents write."""
    per_topic = len(QUESTIONS[TOPICS[0].name])
    texts = [text for topic in TOPICS for text in QUESTIONS[topic.name]]
    tales = [rumour.question for rumour in RUMOURS]
    return pl.Series(texts + tales)[
        np.where(rumour < 0, topics * per_topic + rng.integers(0, per_topic, len(topics)), len(texts) + np.maximum(rumour, 0))
    ]


def _closed(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Status, the sheet's habits, and when each row last changed."""
    chance = pl.Series(rng.random(frame.height))
    resolved, answered = pl.col("resolved_at").is_not_null(), pl.col("answered_at").is_not_null()
    status = (
        pl.when(chance < 0.01)
        .then(pl.lit("withdrawn"))
        .when(chance < 0.025)
        .then(pl.lit("duplicate"))
        .when(resolved)
        .then(pl.lit("resolved"))
        .when(pl.col("reopened_at").is_not_null())
        .then(pl.lit("open"))
        .when(answered)
        .then(pl.lit("answered"))
        .otherwise(pl.lit("open"))
    )
    events = ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at", "classified_at")
    return frame.with_columns(
        status=status,
        # A sheet leaves the first resolution empty where it was the only one.
        first_resolved_at=pl.when(pl.col("reopened_at").is_not_null()).then("first_resolved_at"),
        updated_at=pl.min_horizontal(pl.max_horizontal(*events) + pl.Series(rng.integers(30, 2 * HOUR, frame.height)), END),
    )
