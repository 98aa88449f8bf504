"""How a request goes on: told that it has come, answered, resolved, opened again; and what comes of a tip-off."""

import numpy as np
import polars as pl

from etl.demo.city import City
from etl.demo.life import DAY, END, HOUR, MINUTE, TOPICS, is_night, is_office, is_tet_second
from etl.demo.lots import Floats, Ints
from etl.tables import VERDICTS

_URGENCY_FACTOR = np.array([0.5, 1.0, 3.0])
_SPREAD = 1.1
"""Standard deviation of the logarithm of an answer time."""
NEVER = np.iinfo(np.int64).max // 4


def of_topic(field: str, topics: Ints) -> Floats:
    """One habit of each request's topic."""
    return np.array([float(getattr(topic, field)) for topic in TOPICS])[topics]


def happened(seconds: Ints) -> pl.Series:
    """Null where it has not happened when the logs are copied out."""
    return pl.Series(seconds).set(pl.Series(seconds > END), None)


def answers(city: City, asked: Ints, topics: Ints, urgency: Ints, wards: Ints, officers: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """Acknowledged and answered (wall seconds, NEVER where never): log-normal by topic, urgency, hour, ward and officer."""
    count = len(asked)
    office, night, urgent = is_office(asked), is_night(asked), urgency == 0
    minutes = of_topic("minutes", topics) * _URGENCY_FACTOR[urgency]
    minutes *= np.where(urgent, np.where(night, 1.3, 1.0), np.where(night, 2.5, np.where(office, 1.0, 1.6)))
    minutes *= np.where(is_tet_second(asked) & ~urgent, 2.5, 1.0)
    pace = city.wards["pace"].to_numpy()[wards] + city.officers["pace"].to_numpy()[officers]
    waited = np.maximum(minutes * MINUTE * np.exp(pace + rng.normal(0, _SPREAD, count)), 5).astype(np.int64)
    silence = np.minimum(
        of_topic("unanswered", topics) * city.wards["silence"].to_numpy()[wards] * city.officers["silence"].to_numpy()[officers], 0.6
    )
    answered = np.where(rng.random(count) < silence, NEVER, asked + waited)
    # Some are told "we have it" first; so are some of those who never hear more.
    told = (rng.random(count) < 0.55) & (waited > 10 * MINUTE)
    acknowledged = asked + np.maximum(waited * rng.beta(1, 5, count), 3).astype(np.int64)
    return {"acknowledged": np.where(told, acknowledged, NEVER), "answered": answered}


def endings(asked: Ints, answered: Ints, topics: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """First resolved, reopened, resolved at last (wall seconds, NEVER where never)."""
    count = len(asked)
    at_once = rng.random(count) < 0.4
    first = answered + np.where(at_once, 0, rng.lognormal(np.log(DAY), 1.2, count)).astype(np.int64)
    resolved = (answered < NEVER) & (rng.random(count) < of_topic("resolved", topics))
    first = np.where(resolved, first, NEVER)
    opened = first + 600 + rng.exponential(4 * DAY, count).astype(np.int64)
    again = resolved & (rng.random(count) < 0.04)
    opened = np.where(again, opened, NEVER)
    second = np.where(rng.random(count) < 0.85, opened + rng.lognormal(np.log(DAY), 1.0, count).astype(np.int64), NEVER)
    return {"first_resolved": first, "reopened": opened, "resolved": np.where(again & (opened <= END), second, first)}


def tip_offs(asked: Ints, topics: Ints, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Tip-offs, when they were classified (one in eight only after weeks) and what came of them."""
    count = len(asked)
    tip_off = rng.random(count) < of_topic("tip_off", topics)
    usual = np.where(rng.random(count) < 0.125, 12 * DAY, 3 * HOUR)
    classified = asked + np.maximum(rng.lognormal(np.log(usual), 1.0), 60).astype(np.int64)
    classified = np.where(tip_off & (rng.random(count) < 0.9), classified, NEVER)
    verdicts = pl.Series(VERDICTS)[rng.choice(len(VERDICTS), count, p=[0.5, 0.35, 0.15])]
    known = pl.Series((classified <= END - 3 * DAY) & (rng.random(count) < 0.8))
    return {
        "tip_off": pl.Series(tip_off),
        "verdict": verdicts.set(~known, None),
        "classified_at": happened(classified),
    }
