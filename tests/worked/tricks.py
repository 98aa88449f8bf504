"""Tricks on figures, each played in a ward of its own beside an honest one with the very same cases.

Every trick is a change of the honest ward's rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

Row = dict[str, str | None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 1, 5, 9)
"""A Monday, local time."""
CASES = 60
ACCOUNTS = 20


@dataclass(frozen=True)
class Ward:
    """One ward's rows: requests, feedback, and messages of threads."""

    code: str
    cases: list[Row]
    voices: list[Row]
    messages: list[Row]


def ordinary(code: str, random: Random | None = None) -> Ward:
    """Sixty requests of six weeks, two in five of them hard (thefts; one in three of these urgent), and what is said of the answers.

    Hard ones take 10 hours, some 30; easy ones 2. ``random`` draws who is late and who is never answered; without it every seventh
    and every eighth.
    """
    cases = []
    for number in range(CASES):
        hard = number % 5 < 2
        asked = FIRST + number % 42 * DAY + number % 4 * HOUR
        lots = (random.random(), random.random()) if random else ((number % 7) / 7, (number % 8) / 8)
        waits = 30 if lots[0] < 1 / 7 else 10 if hard else 2
        answered = None if lots[1] < 1 / 8 else asked + waits * HOUR
        row = {"interaction_id": f"{code}-{number:03}", "ward": code, "officer_id": f"officer-{code}", "attribution": "named"}
        row |= {"topic": "theft" if hard else "information", "urgency": "urgent" if hard and number % 3 == 0 else "normal"}
        row |= {"asked_at": _text(asked), "acknowledged_at": _text(asked + HOUR / 6), "answered_at": _text(answered)}
        row |= {"first_resolved_at": _text(answered and answered + HOUR), "resolved_at": _text(answered and answered + HOUR)}
        cases.append(row)
    voices = [
        voice(code, number, kind, FIRST + number % 40 * DAY) for number, kind in enumerate(["compliment", "complaint"] * (CASES // 2))
    ]
    return Ward(code, cases, voices, [])


def voice(code: str, number: int, kind: str, at: datetime, resident: str | None = None) -> Row:
    """One compliment or complaint about the ward's officer."""
    row = {"feedback_id": f"{code}-{kind}-{number:03}", "kind": kind, "ward": code, "officer_id": f"officer-{code}", "attribution": "named"}
    return row | {"received_at": _text(at), "resident": resident or f"{code} resident {number}", "outcome": "pending"}


def _text(at: datetime | None) -> str | None:
    return at.isoformat(" ", "minutes") if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def easy_first(ward: Ward) -> None:
    """Easy cases are answered within five minutes, hard ones never."""
    for case in ward.cases:
        if case["topic"] == "theft":
            case |= {"answered_at": None, "first_resolved_at": None, "resolved_at": None}
        else:
            at = _text(datetime.fromisoformat(str(case["asked_at"])) + HOUR / 12)
            case |= {"acknowledged_at": at, "answered_at": at, "first_resolved_at": at, "resolved_at": at}


def ghost_closings(ward: Ward) -> None:
    """Hard cases are closed after an hour without an answer."""
    for case in ward.cases:
        if case["topic"] == "theft":
            at = _text(datetime.fromisoformat(str(case["asked_at"])) + HOUR)
            case |= {"answered_at": None, "first_resolved_at": at, "resolved_at": at}


def relabelled(ward: Ward) -> None:
    """Urgent cases are written down as normal."""
    for case in ward.cases:
        case["urgency"] = "normal"


def many_closings(ward: Ward) -> None:
    """Late cases are closed after an hour, opened again twenty days later and closed an hour after that."""
    for case in ward.cases:
        asked, done = datetime.fromisoformat(str(case["asked_at"])), _time(case["resolved_at"])
        if done and done - asked > 20 * HOUR:
            again = asked + 20 * DAY
            case |= {"first_resolved_at": _text(asked + HOUR), "reopened_at": _text(again), "resolved_at": _text(again + HOUR)}


def split_in_three(ward: Ward) -> None:
    """Every easy case is entered three times."""
    easy = [case for case in ward.cases if case["topic"] == "information"]
    ward.cases.extend(case | {"interaction_id": f"{case['interaction_id']}-{copy}"} for copy in "bc" for case in easy)


def a_single_case(ward: Ward) -> None:
    """There is one case only, answered in four minutes."""
    case = ward.cases[0]
    at = _text(datetime.fromisoformat(str(case["asked_at"])) + HOUR / 15)
    ward.cases[:] = [case | {"acknowledged_at": at, "answered_at": at, "first_resolved_at": at, "resolved_at": at}]
    ward.voices.clear()


def _posts(kind: str, day_of: Callable[[int], int]) -> Callable[[Ward], None]:
    def trick(ward: Ward) -> None:
        for number in range(ACCOUNTS * 3):
            at = FIRST + day_of(number) * DAY + number * HOUR / 60
            ward.voices.append(voice(ward.code, 100 + number, kind, at, f"{ward.code} account {number % ACCOUNTS}"))

    return trick


def _drip(kind: str) -> Callable[[Ward], None]:
    def trick(ward: Ward) -> None:
        for number in range(ACCOUNTS * 3):
            ward.voices.append(voice(ward.code, 100 + number, kind, FIRST + number * DAY, f"{ward.code} account {number}"))

    return trick


def _canned(minutes: float) -> Callable[[Ward], None]:
    def trick(ward: Ward) -> None:
        for case in ward.cases:
            thread, asked = str(case["interaction_id"]), datetime.fromisoformat(str(case["asked_at"]))
            common = {"thread_id": thread, "ward": ward.code, "topic": case["topic"], "officer_id": f"officer-{ward.code}"}
            reply = {"author_role": "officer", "author": "Trực ban", "text": f"Đã tiếp nhận ({ward.code}), cảm ơn bạn."}
            asks = {"author_role": "resident", "author": thread, "text": f"Việc số {thread}"}
            ward.messages.append(common | asks | {"message_id": f"{thread}-0", "sent_at": _text(asked)})
            at = (asked + minutes * HOUR / 60).isoformat(" ")
            ward.messages.append(common | reply | {"message_id": f"{thread}-1", "sent_at": at})
        ward.cases.clear()

    return trick


@dataclass(frozen=True)
class Trick:
    """What is done, and the figures that it aims at."""

    name: str
    what: str
    play: Callable[[Ward], None]
    figures: tuple[str, ...]


def _one_day(_number: int) -> int:
    return 3


def _five_a_day(number: int) -> int:
    return number // 5


def _once_a_week(number: int) -> int:
    return number // ACCOUNTS * 7 + number % 5


PRAISE = ("praise_share", "compliments_per_1000")
BLAME = ("praise_share", "complaints_per_1000")
TRICKS = (
    Trick(
        "easy",
        "Easy cases in five minutes, hard ones never",
        easy_first,
        ("on_time", "answered", "first_response_median", "first_response_p90"),
    ),
    Trick("ghost", "Hard cases closed after an hour without an answer", ghost_closings, ("answered", "on_time", "resolution_median")),
    Trick("normal", "Urgent cases written down as normal from the first", relabelled, ("on_time",)),
    Trick("renamed", "Urgent cases logged as urgent, changed to normal later", relabelled, ("on_time",)),
    Trick(
        "again", "Late cases closed at once, opened and closed again twenty days later", many_closings, ("resolution_median", "reopened")
    ),
    Trick("split", "Every easy case entered three times", split_in_three, ("received", "on_time")),
    Trick("single", "One case only, answered in four minutes", a_single_case, ("first_response_median", "on_time")),
    Trick("canned0", "The same words to everybody, 30 seconds after the question", _canned(0.5), ("answered", "first_response_median")),
    Trick("canned2", "The same words to everybody, two minutes after the question", _canned(2), ("answered", "first_response_median")),
    Trick("praise1", "20 accounts × 3 posts of praise on one day", _posts("compliment", _one_day), PRAISE),
    Trick("blame1", "20 accounts × 3 posts of blame on one day", _posts("complaint", _one_day), BLAME),
    Trick("praise12", "the same praise, 5 a day over 12 days", _posts("compliment", _five_a_day), PRAISE),
    Trick("blame12", "the same blame, 5 a day over 12 days", _posts("complaint", _five_a_day), BLAME),
    Trick("praise3w", "the same praise, each account once a week for three weeks", _posts("compliment", _once_a_week), PRAISE),
    Trick("drip", "60 accounts, one compliment a day", _drip("compliment"), PRAISE),
    Trick("smear", "60 accounts, one complaint a day", _drip("complaint"), BLAME),
)
