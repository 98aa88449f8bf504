"""What residents say afterwards: compliments, complaints and ratings, most of them about a request, some free-standing.

Many are silent, and those who speak are the pleased and the cross. Instants are wall seconds (life.py).
"""

import numpy as np
import polars as pl

from etl.demo.cases import spelt_wards
from etl.demo.city import City
from etl.demo.exports import request_ids
from etl.demo.life import DAY, END, HOUR, MONTHS, questions
from etl.demo.lots import Floats, lots
from etl.demo.stories import BURSTS, burst_rows
from etl.demo.words import BLAME, PRAISE, nicknames

PRAISES, BLAMES = ("helpfulness", "speed", "clarity"), ("speed", "attitude", "clarity", "procedure", "availability")
_PRAISE_OF = {"poor": 0.4, "excellent": 2.0}
_BLAME_OF = {"poor": 2.5, "excellent": 0.5}


def make_judgements(city: City, cases: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Make up what is said about ``cases``.

    Returns:
        compliments, complaints, ratings: one row per judgement in order of time, the input columns of ``feedback``, and true_ward
        (position in the city's wards, null where it cannot be known), planted (part of a burst: all of it counts).
    """
    made = {}
    for kind, about in _about(city, cases, rng).items():
        linked = _linked(city, cases, about, rng)
        parts = [linked] if kind == "ratings" else [linked, _free(city, linked.height // 6 + 1, rng)]
        parts += [burst_rows(city, burst) for burst in BURSTS if burst.kind == kind]
        parts = [part if "planted" in part.columns else part.with_columns(planted=pl.lit(False)) for part in parts]
        frame = _told(kind, pl.concat(parts, how="diagonal").sort("received_at", maintain_order=True), city, rng)
        prefix = {"compliments": "K", "complaints": "G", "ratings": "D"}[kind]
        made[kind] = frame.with_columns(feedback_id=pl.lit(prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6))
    return made


def _about(city: City, cases: pl.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Positions of the cases that are praised, blamed and rated."""
    counted = ~cases["status"].is_in(["withdrawn", "duplicate"]).to_numpy()
    answered = counted & cases["answered_at"].is_not_null().to_numpy()
    late = cases["late"].to_numpy()
    resolved = answered & (cases["status"] == "resolved").to_numpy()
    count = cases.height

    def of_officer(factors: dict[str, float]) -> Floats:
        by_officer = city.officers["planted"].replace_strict(factors, default=1.0, return_dtype=pl.Float64)
        return by_officer.gather(cases["officer"]).fill_null(1.0).to_numpy()

    praised = np.where(late, 0.012, 0.05) * of_officer(_PRAISE_OF)
    blamed = np.where(late, 0.07, 0.018) * of_officer(_BLAME_OF)
    return {
        "compliments": np.flatnonzero(answered & (rng.random(count) < praised)),
        "complaints": np.flatnonzero(counted & (rng.random(count) < blamed)),
        "ratings": np.flatnonzero(resolved & (rng.random(count) < np.where(late, 0.18, 0.12))),
    }


def _linked(city: City, cases: pl.DataFrame, about: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Judgements on requests. A third leaves the ward to the request."""
    chosen = cases[about]
    since = pl.max_horizontal("answered_at", "resolved_at", pl.col("asked_at") + DAY)
    waited = pl.Series(rng.lognormal(np.log(8 * HOUR), 1.2, chosen.height)).cast(pl.Int64)
    bare = pl.Series(rng.random(chosen.height) < 1 / 3) | chosen["ward"].is_null()
    told = chosen.select(
        "attribution",
        "true_ward",
        "late",
        interaction_id=request_ids(city, chosen),
        officer_id=city.officers["officer_id"].gather(chosen["officer"]),
        resident=nicknames(chosen["resident"]),
        received_at=since + waited,
        ward=pl.when(~bare).then("ward"),
        channel_id=city.channels["channel_id"].gather(chosen["channel"]).set(bare, None),
        platform=city.channels["platform"].gather(chosen["channel"]).set(bare, None),
    )
    return told.filter(pl.col("received_at") <= END)


def _free(city: City, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Judgements that name no request: a letter, a word at the front desk."""
    _topics, at = questions(count, rng)
    urns = np.zeros(count, dtype=np.int64)
    wards = lots(np.zeros(city.wards.height, dtype=np.int64), city.wards["volume"].to_numpy()).draw(rng, urns)
    officers = city.officer_of_lot[city.officer_lots.draw(rng, wards * MONTHS + MONTHS - 1)]
    named = pl.Series(rng.random(count) < 0.4)
    return pl.DataFrame(
        {
            "interaction_id": pl.repeat(None, count, dtype=pl.String, eager=True),
            "officer_id": city.officers["officer_id"][officers].set(~named, None),
            "attribution": pl.Series(["none", "named"])[named.cast(pl.Int64).to_numpy()],
            "resident": pl.repeat(None, count, dtype=pl.String, eager=True),
            "true_ward": pl.Series(wards, dtype=pl.Int32),
            "late": rng.random(count) < 0.2,
            "received_at": at,
            "ward": spelt_wards(city, wards, at, rng)[0],
            "channel_id": pl.repeat(None, count, dtype=pl.String, eager=True),
            "platform": pl.Series(["counter", "hotline", "other"])[rng.integers(0, 3, count)],
        }
    )


def _told(kind: str, frame: pl.DataFrame, city: City, rng: np.random.Generator) -> pl.DataFrame:
    """What the judgement says, and what became of a complaint."""
    count = frame.height
    late = frame["late"].to_numpy()
    reasons = BLAMES if kind == "complaints" else PRAISES
    texts = BLAME if kind == "complaints" else PRAISE
    frame = frame.with_columns(
        category=pl.Series(reasons)[rng.integers(0, len(reasons), count)],
        text=pl.Series(texts)[rng.integers(0, len(texts), count)],
        formal=pl.repeat(False, count, eager=True),
        rating=pl.repeat(None, count, dtype=pl.Int64, eager=True),
        outcome=pl.repeat(None, count, dtype=pl.String, eager=True),
        decided_at=pl.repeat(None, count, dtype=pl.Int64, eager=True),
    )
    if kind == "ratings":
        pleased, cross = (rng.choice(5, count, p=shares) + 1 for shares in ((0.06, 0.04, 0.1, 0.25, 0.55), (0.4, 0.2, 0.15, 0.13, 0.12)))
        nothing = pl.lit(None, pl.String)
        frame = frame.with_columns(rating=pl.Series(np.where(late, cross, pleased)), category=nothing, text=nothing)
    if kind == "complaints":
        frame = _decided(frame, city, rng)
    changed = pl.max_horizontal("received_at", "decided_at") + pl.Series(rng.integers(60, 3 * HOUR, count))
    return frame.with_columns(updated_at=pl.min_horizontal(changed, END)).drop("late")


def _decided(frame: pl.DataFrame, city: City, rng: np.random.Generator) -> pl.DataFrame:
    """Outcomes of complaints; some are formal, which the law sends another way."""
    count = frame.height
    share = city.wards["upheld"].to_numpy()[frame["true_ward"].fill_null(0).to_numpy()]
    chance = rng.random(count)
    outcome = np.where(chance < share, "upheld", np.where(chance < share + 0.12, "resolved", "not_upheld"))
    usual = ~frame["planted"].to_numpy()
    outcome = np.where((rng.random(count) < 0.03) & usual, "withdrawn", outcome)
    decided = frame["received_at"] + pl.Series(rng.lognormal(np.log(5 * DAY), 0.8, count)).cast(pl.Int64)
    pending = decided > END
    return frame.with_columns(
        formal=pl.Series((rng.random(count) < 0.03) & usual),
        outcome=pl.Series(list(outcome), dtype=pl.String).set(pending, "pending"),
        decided_at=decided.set(pending, None),
    )
