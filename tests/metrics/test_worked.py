"""The worked example of every metric: the cases that its story tells, before the engine."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etl.language import _, use_language
from metrics.catalogue import METRICS
from metrics.examples import EXAMPLES
from metrics.figures import figures
from metrics.query import Query
from metrics.scope import COMMAND_LINE
from tests.conftest import MakeVersion

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
"""Monday 2 March 2026, 12:00 local."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AS_OF = NOON + 20 * DAY
Row = dict[str, Any]


def asked(answered: timedelta | None = None, at: datetime = NOON, **more: Any) -> Row:
    return {"asked_at": at} | ({} if answered is None else {"answered_at": at + answered}) | more


def waits(age: timedelta, **more: Any) -> Row:
    return asked(at=AS_OF - age, **more)


def said(kind: str, **more: Any) -> Row:
    return {"kind": kind, "received_at": NOON} | more


def about(case: str, kind: str, rating: int | None = None, **more: Any) -> Row:
    return said(kind, interaction_id=case, rating=rating, **more)


def day(on: date, **amounts: int) -> Row:
    return {"channel_id": "k1", "day": on} | amounts


@dataclass(frozen=True)
class Worked:
    """What lies in the record, for the whole's figure from a day (1 March) to as_of's; what comes of it is in ``EXAMPLES``."""

    cases: list[Row] = field(default_factory=list)
    feedback: list[Row] = field(default_factory=list)
    channel_days: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    from_on: date = date(2026, 3, 1)


ANSWERED = asked(HOUR)
SPREAD = [asked(h * HOUR) for h in range(1, 10)]
"""Answered after 1, 2, … 9 hours."""
DUE = {"answer_due": NOON + 2 * HOUR}
NOT_YET_DUE = {"answer_due": AS_OF + HOUR}
NO_TIME = {"has_time": False}
GONE = [asked(HOUR, status="withdrawn"), asked(HOUR, status="duplicate"), asked(at=AS_OF + HOUR)]
"""Not counted, and not asked yet."""
OPEN_AGAIN = {"first_resolved_at": NOON + HOUR, "reopened_at": NOON + 2 * HOUR}
RUMOUR, TIP = {"topic": "rumour"}, {"tip_off": True}
DAYS = [
    day(date(2026, 2, 28), members=50, posts=9, views=9, shares=9, corrections=9),
    day(date(2026, 3, 1), members=400, posts=1, views=100, shares=2, corrections=1),
    day(date(2026, 3, 9), members=500, posts=2, views=50, shares=3, corrections=1),
    day(date(2026, 3, 10), posts=4),
    day(date(2026, 3, 23), members=999, posts=9, views=9, shares=9, corrections=9),
]
"""The day before the period, three in it (of the last the members are not known), and the day after as_of's."""
VOICES = [
    *(said("compliment") for _ in range(6)),
    *(said("complaint") for _ in range(4)),
    said("compliment", counts=False),
    said("complaint", outcome="withdrawn"),
    said("complaint", formal=True),
    said("compliment", received_at=AS_OF + HOUR),
]

WORKED = {
    "received": Worked([ANSWERED, *GONE]),
    "answered": Worked([*[ANSWERED] * 7, *[asked()] * 2, asked(answered_at=AS_OF + HOUR), *GONE]),
    # In time; by its answer, which no acknowledgement came before; late; never; and out: not due yet, no target, no time.
    "acknowledged_on_time": Worked(
        [
            *[asked(acknowledged_at=NOON + HOUR, acknowledge_due=NOON + HOUR)] * 5,
            asked(HOUR, acknowledge_due=NOON + HOUR),
            *[asked(acknowledged_at=NOON + 2 * HOUR, acknowledge_due=NOON + HOUR)] * 3,
            asked(acknowledge_due=AS_OF),
            *(asked(HOUR, acknowledge_due=AS_OF + MINUTE), ANSWERED, asked(HOUR, acknowledge_due=NOON + HOUR, **NO_TIME)),
        ],
    ),
    "on_time": Worked(
        [
            *[asked(2 * HOUR, **DUE)] * 5,
            *[asked(3 * HOUR, **DUE)] * 4,
            asked(**DUE),
            asked(HOUR, **NOT_YET_DUE),
            asked(HOUR, **DUE, **NO_TIME),
        ],
    ),
    # Half of ten is reached at 5 h, and the curve runs flat there until 6 h.
    "first_response_median": Worked([*SPREAD, asked(), asked(HOUR, **NO_TIME)]),
    # A tenth is left at 9 h, and the last one never comes.
    "first_response_p90": Worked([*SPREAD, asked()]),
    "answered_within_15m": Worked(
        [*[asked(15 * MINUTE)] * 4, *[asked(16 * MINUTE)] * 5, waits(15 * MINUTE), waits(14 * MINUTE), asked(MINUTE, **NO_TIME)]
    ),
    "answered_within_1h": Worked([*[asked(HOUR)] * 9, asked(61 * MINUTE), asked(MINUTE, at=AS_OF - 59 * MINUTE)]),
    "answered_within_24h": Worked([*[asked(DAY)] * 2, *[asked(DAY + MINUTE)] * 8, waits(23 * HOUR)]),
    "overdue_open": Worked([asked(**DUE), asked(9 * HOUR, **DUE), asked(answer_due=AS_OF), asked(**DUE, **NO_TIME), asked()]),
    "backlog": Worked(
        [
            *(asked(), asked(**NO_TIME), asked(HOUR, **OPEN_AGAIN), asked(answered_at=AS_OF + HOUR)),
            *(ANSWERED, asked(HOUR, **OPEN_AGAIN, resolved_at=NOON + 3 * HOUR), asked(HOUR, reopened_at=AS_OF + HOUR), *GONE),
        ],
    ),
    "backlog_0_1d": Worked([waits(0 * DAY), waits(DAY - MINUTE), waits(DAY), asked(HOUR, at=AS_OF - 2 * HOUR)]),
    "backlog_1_3d": Worked([waits(DAY), waits(3 * DAY - MINUTE), waits(3 * DAY), waits(DAY - MINUTE)]),
    "backlog_3_7d": Worked([waits(3 * DAY), waits(7 * DAY - MINUTE), waits(7 * DAY), waits(3 * DAY - MINUTE)]),
    "backlog_7_30d": Worked([waits(7 * DAY), waits(20 * DAY), waits(7 * DAY - MINUTE)]),
    "backlog_30d_up": Worked([waits(30 * DAY), waits(40 * DAY), waits(30 * DAY - MINUTE)], from_on=date(2026, 1, 1)),
    # Nine are resolved after 1 to 9 hours; the tenth was, but is open again.
    "resolution_median": Worked([*(asked(resolved_at=NOON + h * HOUR) for h in range(1, 10)), asked(HOUR, **OPEN_AGAIN)]),
    "resolution_p90": Worked([*(asked(resolved_at=NOON + h * HOUR) for h in range(1, 10)), asked()]),
    # Back on the 14th day and after it, one day too late to know; one resolved less than 14 days before as_of.
    "reopened": Worked(
        [
            *[asked(first_resolved_at=NOON, reopened_at=NOON + 14 * DAY)] * 2,
            asked(first_resolved_at=NOON, reopened_at=NOON + 14 * DAY + MINUTE),
            *[asked(first_resolved_at=AS_OF - 14 * DAY)] * 7,
            asked(first_resolved_at=AS_OF - 14 * DAY + MINUTE, reopened_at=AS_OF),
        ],
    ),
    "compliments": Worked(feedback=[*VOICES, said("compliment", held=True)]),
    "complaints": Worked(feedback=[*VOICES, said("complaint", held=True)]),
    "ratings": Worked(feedback=[said("rating", rating=5), said("rating", rating=1, counts=False), *VOICES]),
    "formal": Worked(feedback=[*VOICES, said("complaint", formal=True, outcome="withdrawn")]),
    "compliments_per_1000": Worked([*[ANSWERED] * 60, asked(), *GONE], VOICES),
    "complaints_per_1000": Worked([*[ANSWERED] * 50, asked(), *GONE], VOICES),
    "upheld_complaints_per_1000": Worked(
        [ANSWERED] * 50,
        [
            said("complaint", outcome="upheld", decided_at=AS_OF),
            said("complaint", outcome="upheld", decided_at=AS_OF + HOUR),
            said("complaint", outcome="not_upheld"),
            said("complaint", outcome="upheld", formal=True),
        ],
    ),
    "praise_share": Worked(feedback=[*VOICES, said("rating", rating=5)]),
    "rating_positive": Worked(
        feedback=[*(said("rating", rating=r) for r in (5, 5, 5, 4, 4, 4, 4, 3, 2, 1)), said("rating", rating=5, counts=False)]
    ),
    # Two ratings of one case are one case; a compliment is no rating; an unresolved case is not asked for one.
    "rating_response": Worked(
        [*(asked(resolved_at=NOON + HOUR, interaction_id=f"c{n}") for n in range(10)), asked(HOUR, interaction_id="c10")],
        [*(about(case, "rating", 4) for case in ("c0", "c0", "c1", "c10")), about("c2", "compliment")],
    ),
    # Late; rated 2 and complained of, once; complained of; the untimed one is never late.
    "satisfaction_766": Worked(
        [
            asked(3 * HOUR, **DUE, interaction_id="late"),
            *(asked(HOUR, **DUE, interaction_id=name) for name in ("rated", "blamed", "praised")),
            asked(3 * HOUR, **DUE, **NO_TIME),
            *[ANSWERED] * 5,
            *(asked(), asked(HOUR, **NOT_YET_DUE | {"answer_due": AS_OF + DAY})),
        ],
        [
            *(about("rated", "rating", 2), about("rated", "complaint"), about("blamed", "complaint"), about("praised", "rating", 3)),
            *(about("praised", "complaint", outcome="withdrawn"), about("praised", "complaint", counts=False)),
        ],
    ),
    # Asked before the period and due in it: in. Due after as_of: out.
    "on_time_766": Worked(
        [
            *[asked(HOUR, at=NOON - 5 * DAY, answer_due=NOON)] * 8,
            *(asked(HOUR, **DUE), asked(**DUE)),
            *(
                asked(HOUR, **NOT_YET_DUE),
                asked(HOUR, at=NOON - 9 * DAY, answer_due=NOON - 5 * DAY),
                asked(HOUR, **DUE, **NO_TIME),
                ANSWERED,
            ),
        ],
    ),
    "tip_offs": Worked([asked(**TIP), ANSWERED, asked(**TIP, status="duplicate")]),
    "tip_offs_founded": Worked(
        [
            *[asked(**TIP, verdict="founded")] * 6,
            *[asked(**TIP, verdict="unfounded")] * 4,
            *(asked(**TIP, verdict="unknown"), asked(**TIP), asked(verdict="founded")),
        ],
    ),
    "tip_off_classified_median": Worked(
        [*(asked(**TIP, classified_at=NOON + h * HOUR) for h in range(1, 10)), asked(HOUR, **TIP), ANSWERED]
    ),
    "members": Worked(channel_days=DAYS),
    "posts": Worked(channel_days=DAYS),
    "views": Worked(channel_days=DAYS),
    "shares": Worked(channel_days=DAYS),
    "corrections": Worked(channel_days=DAYS),
    "member_growth": Worked(channel_days=DAYS),
    "interactions_per_1000_members": Worked([ANSWERED, asked(), *GONE], channel_days=DAYS),
    # Half of five is passed at the third.
    "correction_median": Worked([*(asked(h * HOUR, **RUMOUR) for h in range(1, 5)), asked(**RUMOUR), *[ANSWERED] * 3]),
    # 22:00 and 05:59 are night, 06:00 and 21:59 are not.
    "night_share": Worked(
        [
            *[asked(at=NOON + 10 * HOUR)] * 2,
            *[asked(at=NOON + 18 * HOUR - MINUTE)] * 2,
            *[asked(at=NOON + 18 * HOUR)] * 3,
            *[asked(at=NOON + 10 * HOUR - MINUTE)] * 3,
            asked(at=NOON + 12 * HOUR, **NO_TIME),
        ],
    ),
    # Two shifts of one day are one duty day.
    "workload": Worked(
        [ANSWERED] * 3 + [asked()],
        duties=[{"officer_id": o, "starts_at": NOON + h * HOUR, "ends_at": NOON + 40 * HOUR} for o, h in (("A1", 0), ("A1", 4), ("A2", 0))],
    ),
    "unattributed": Worked([ANSWERED, *[asked(HOUR, officer_id="A1")] * 2, asked(HOUR, officer_id="A1", attribution="roster"), asked()]),
    "without_time": Worked([ANSWERED, *[asked()] * 2, asked(HOUR, **NO_TIME), *GONE]),
}


def test_every_metric_has_its_example() -> None:
    assert list(WORKED) == list(EXAMPLES) == [metric.name for metric in METRICS]


def test_every_story_is_told_in_both_languages() -> None:
    stories = {sentence for example in EXAMPLES.values() for sentence in example.stories}
    use_language("vi")
    assert [sentence for sentence in stories if _(sentence) == sentence] == []


@pytest.mark.parametrize("metric", WORKED)
def test_by_hand(metric: str, make_version: MakeVersion) -> None:
    rows, example = WORKED[metric], EXAMPLES[metric]
    version = make_version(interactions=rows.cases, feedback=rows.feedback, channel_days=rows.channel_days, duties=rows.duties, as_of=AS_OF)
    query = Query(metrics=(metric,), from_on=rows.from_on, to_on=date(2026, 3, 22))
    (row,) = figures(version, query, COMMAND_LINE).to_dicts()
    assert (row["numerator"], row["denominator"], row["value"], row["state"]) == (
        example.numerator,
        example.denominator,
        pytest.approx(example.value),
        "ok",
    )
