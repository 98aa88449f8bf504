"""A worked example of every metric, small enough to be counted on the fingers. The tests lay these very cases before the engine."""

from dataclasses import dataclass

from etl.language import _

OUT = "Out: one withdrawn, one duplicate, one asked after the data's date."
NO_TIME = "One known by date only is out."


@dataclass(frozen=True)
class Example:
    """What lies in the record, told in a few words, and what comes of it."""

    stories: tuple[str, ...]
    """Message ids of the sentences that tell it."""
    numerator: int
    denominator: int | None
    """None for counts."""
    value: float
    """A share in 0–1, a rate, seconds or a count."""

    @property
    def story(self) -> str:
        """What lies in the record, in the language in use."""
        return " ".join(_(sentence) for sentence in self.stories)


def _of(numerator: int, denominator: int | None, value: float, *stories: str) -> Example:
    return Example(stories, numerator, denominator, value)


EXAMPLES: dict[str, Example] = {
    "received": _of(1, None, 1, "One case was asked.", OUT),
    "answered": _of(7, 10, 0.7, "Ten cases: seven answered, two not, one only after the data's date.", OUT),
    "acknowledged_on_time": _of(
        6,
        10,
        0.6,
        "Ten deadlines passed: five acknowledged in time, one answered in time without an acknowledgement, three late, one never.",
        "Out: one not due yet, one without a deadline, one known by date only.",
    ),
    "on_time": _of(
        5,
        10,
        0.5,
        "Ten deadlines passed: five answers came in time, four late, one never.",
        "Out: one answered early that is not due yet, one known by date only.",
    ),
    "first_response_median": _of(
        9,
        10,
        5.5 * 3600,
        "Ten cases: answered after 1, 2, … 9 hours, one still waits.",
        "Half is reached at 5 hours and passed at 6.",
        NO_TIME,
    ),
    "first_response_p90": _of(
        9, 10, 9 * 3600, "Ten cases: answered after 1, 2, … 9 hours, one still waits.", "The ninth is answered at 9 hours."
    ),
    "answered_within_15m": _of(
        4,
        10,
        0.4,
        "Ten cases: four answered after 15 minutes, five after 16, one has waited 15 minutes.",
        "Out: one asked 14 minutes ago, one known by date only.",
    ),
    "answered_within_1h": _of(
        9,
        10,
        0.9,
        "Ten cases: nine answered after an hour, one after 61 minutes.",
        "Out: one answered at once, but asked only 59 minutes ago.",
    ),
    "answered_within_24h": _of(
        2, 10, 0.2, "Ten cases: two answered after a day, eight a minute later.", "Out: one that has waited only 23 hours."
    ),
    "overdue_open": _of(
        1,
        None,
        1,
        "One unanswered case is past its deadline.",
        "Out: one answered late, one due at this very moment, one known by date only, one without a deadline.",
    ),
    "backlog": _of(
        4,
        None,
        4,
        "Four wait: two never answered, one reopened, one answered only after the data's date.",
        "Out: one answered, one reopened and resolved again, one reopened after the data's date.",
        OUT,
    ),
    "backlog_0_1d": _of(
        2, None, 2, "Two wait: asked just now, and a minute less than a day ago.", "Out: one asked exactly a day ago, one answered."
    ),
    "backlog_1_3d": _of(
        2,
        None,
        2,
        "Two wait: asked exactly a day ago, and a minute less than three days ago.",
        "Out: one asked exactly three days ago, one a minute less than a day ago.",
    ),
    "backlog_3_7d": _of(
        2,
        None,
        2,
        "Two wait: asked exactly three days ago, and a minute less than seven days ago.",
        "Out: one asked exactly seven days ago, one a minute less than three days ago.",
    ),
    "backlog_7_30d": _of(
        2, None, 2, "Two wait: asked exactly seven days ago, and twenty days ago.", "Out: one asked a minute less than seven days ago."
    ),
    "backlog_30d_up": _of(
        2, None, 2, "Two wait: asked exactly thirty days ago, and forty days ago.", "Out: one asked a minute less than thirty days ago."
    ),
    "resolution_median": _of(
        9,
        10,
        5.5 * 3600,
        "Ten cases: resolved after 1, 2, … 9 hours; one was resolved and is open again.",
        "Half is reached at 5 hours and passed at 6.",
    ),
    "resolution_p90": _of(
        9, 10, 9 * 3600, "Ten cases: resolved after 1, 2, … 9 hours, one still open.", "The ninth is resolved at 9 hours."
    ),
    "reopened": _of(
        2,
        10,
        0.2,
        "Ten cases resolved 14 days ago or earlier: two came back within 14 days, one a minute later, seven never.",
        "Out: one that came back, but was resolved less than 14 days ago.",
    ),
    "compliments": _of(
        8,
        None,
        8,
        "Eight compliments: six, one more by the same voice, one held.",
        "Out: one received after the data's date, and all complaints.",
    ),
    "complaints": _of(5, None, 5, "Five complaints, one of them held.", "Out: one withdrawn, one formal, and all compliments."),
    "ratings": _of(2, None, 2, "Two ratings, one of them by the same voice again.", "Out: compliments and complaints."),
    "formal": _of(1, None, 1, "One formal complaint.", "Out: one formal complaint that was withdrawn, and all other feedback."),
    "compliments_per_1000": _of(
        6, 60, 100, "Six compliments that count, sixty answered cases.", "Out: one more compliment by the same voice, one unanswered case."
    ),
    "complaints_per_1000": _of(
        4, 50, 80, "Four complaints that count, fifty answered cases.", "Out: one complaint withdrawn, one formal, one unanswered case."
    ),
    "upheld_complaints_per_1000": _of(
        1,
        50,
        20,
        "One complaint decided as upheld, fifty answered cases.",
        "Out: one decided after the data's date, one not upheld, one formal.",
    ),
    "praise_share": _of(
        6,
        10,
        0.6,
        "Six compliments and four complaints that count.",
        "Out: one more compliment by the same voice, one complaint withdrawn, one rating.",
    ),
    "rating_positive": _of(
        7, 10, 0.7, "Ten ratings: three of 5, four of 4, and one each of 3, 2 and 1.", "Out: one more 5 by the same voice."
    ),
    "rating_response": _of(
        2,
        10,
        0.2,
        "Ten resolved cases, two with a rating; two ratings of one case are one case.",
        "Out: a compliment, and the rating of a case that is not resolved.",
    ),
    "satisfaction_766": _of(
        7,
        10,
        0.7,
        "Ten answered cases: one late, one rated 2 and complained of, one complained of; seven of which nobody said anything bad.",
        "A case known by date only is never late; a complaint that was withdrawn or repeats a voice takes nothing away.",
        "Out: one unanswered, one due after the period.",
    ),
    "on_time_766": _of(
        9,
        10,
        0.9,
        "Ten deadlines lie in the period: nine answered in time, eight of them asked before the period; one never answered.",
        "Out: one due later, one due before the period, one known by date only, one without a deadline.",
    ),
    "tip_offs": _of(1, None, 1, "One tip-off.", "Out: one case that is no tip-off, one tip-off that is a duplicate."),
    "tip_offs_founded": _of(
        6,
        10,
        0.6,
        "Ten tip-offs with a verdict: six founded, four unfounded.",
        "Out: one of unknown verdict, one without any, one founded case that is no tip-off.",
    ),
    "tip_off_classified_median": _of(
        9,
        10,
        5.5 * 3600,
        "Ten tip-offs: classified after 1, 2, … 9 hours, one answered but never classified.",
        "Half is reached at 5 hours and passed at 6.",
        "Out: one case that is no tip-off.",
    ),
    "members": _of(500, None, 500, "The last day on which the members are known, 9 March, had 500."),
    "posts": _of(7, None, 7, "Three days of the period had 1, 2 and 4 posts.", "Out: the day before the period and the day after it."),
    "views": _of(150, None, 150, "Two days of the period had 100 and 50 views.", "Out: the day before the period and the day after it."),
    "shares": _of(5, None, 5, "Two days of the period had 2 and 3 shares.", "Out: the day before the period and the day after it."),
    "corrections": _of(2, None, 2, "Two days of the period had a correction each.", "Out: the day before the period and the day after it."),
    "member_growth": _of(100, 400, 250, "400 members on the first day known in the period, 500 on the last."),
    "interactions_per_1000_members": _of(2, 500, 4, "Two cases asked, 500 members on the last day known.", OUT),
    "correction_median": _of(
        4,
        5,
        3 * 3600,
        "Five rumours: answered after 1, 2, 3 and 4 hours, one still waits.",
        "Half of five is passed at the third.",
        "Out: three cases of other topics.",
    ),
    "night_share": _of(
        4, 10, 0.4, "Ten cases: two at 22:00, two at 5:59, three at 6:00, three at 21:59.", "One known by date only is out."
    ),
    "workload": _of(3, 2, 1.5, "Three answered cases; two officers on duty on one day, one of them in two shifts: two duty days."),
    "unattributed": _of(1, 4, 0.25, "Four answered cases: of one the officer is not known.", "Out: one unanswered case."),
    "without_time": _of(1, 4, 0.25, "Four cases, one known by date only.", OUT),
}
