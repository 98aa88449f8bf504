"""Every metric, declared once, in the order in which figures are answered. A new metric is one record and one worked example."""

import narwhals as nw

from metrics.declaration import Clock, Metric
from metrics.engine import DAY, HOUR, SECOND

TIMED = nw.col("timed")
ANSWERED = ~nw.col("answered").is_null()
RESOLVED = ~nw.col("resolved").is_null()
TO_ANSWER = nw.col("answered") - nw.col("asked")
TIP_OFF = nw.col("tip_off")
OPEN = nw.col("open")
AGE = nw.col("age")
REOPENING = 14 * DAY
EVERY = nw.col("age") >= 0
LATE = (TIMED & (nw.col("answered") > nw.col("answer_due"))).fill_null(False)
MEMBERS = nw.col("members_at_end")

FIRST_RESPONSE = Clock("first_response", TIMED, "answered")
RESOLUTION = Clock("resolution", TIMED, "resolved")
CLASSIFICATION = Clock("classification", TIMED & TIP_OFF, "classified")
CORRECTION = Clock("correction", TIMED & (nw.col("topic") == "rumour"), "answered")


def _within(name: str, span: int, question: str, numerator: str, denominator: str) -> Metric:
    hits, base = TO_ANSWER <= span, TIMED & (AGE >= span)  # noqa: SIM300
    return Metric(f"answered_within_{name}", "share", "higher", 10, (question, numerator, denominator), hits=hits, base=base)


def _backlog(name: str, numerator: str, from_days: int, to_days: int | None) -> Metric:
    old = OPEN & (AGE >= from_days * DAY)  # noqa: SIM300
    hits = old if to_days is None else old & (AGE < to_days * DAY)  # noqa: SIM300
    return Metric(name, "count", "lower", 0, ("How many are waiting, by how long?", numerator, ""), hits=hits)


def _time(name: str, clock: Clock, quantile: float, minimum: int, question: str, ends: str, cases: str) -> Metric:
    return Metric(name, "time", "lower", minimum, (question, ends, cases), clock=clock, quantile=quantile)


def _feedback_count(name: str, question: str, numerator: str, hits: nw.Expr) -> Metric:
    return Metric(name, "count", "neutral", 0, (question, numerator, ""), of="feedback", hits=hits)


def _activity(name: str, question: str, numerator: str, amount: nw.Expr) -> Metric:
    return Metric(name, "count", "neutral", 0, (question, numerator, ""), of="channel_days", hits=amount)


METRICS: tuple[Metric, ...] = (
    Metric("received", "count", "neutral", 0, ("How many asked?", "interactions asked in the period", ""), hits=EVERY),
    Metric(
        "answered",
        "share",
        "higher",
        10,
        ("How many of those who asked have an answer?", "answered by the data's date", "interactions asked in the period"),
        hits=ANSWERED,
        base=EVERY,
    ),
    Metric(
        "acknowledged_on_time",
        "share",
        "higher",
        10,
        (
            "Are residents told in time that they were heard?",
            "acknowledged, or answered, by the deadline",
            "interactions with known time whose deadline to acknowledge has passed",
        ),
        hits=nw.col("acknowledged") <= nw.col("acknowledge_due"),
        base=TIMED & nw.col("acknowledge_passed"),
    ),
    Metric(
        "on_time",
        "share",
        "higher",
        10,
        (
            "Are residents answered by the deadline?",
            "answered by the deadline",
            "interactions with known time whose deadline to answer has passed",
        ),
        hits=nw.col("answered") <= nw.col("answer_due"),
        base=TIMED & nw.col("answer_passed"),
    ),
    _time(
        "first_response_median",
        FIRST_RESPONSE,
        0.5,
        10,
        "How long does half of the residents wait for an answer?",
        "answered; those who still wait are counted in",
        "interactions with known time",
    ),
    _time(
        "first_response_p90",
        FIRST_RESPONSE,
        0.9,
        10,
        "Within what time are nine of ten residents answered?",
        "answered; those who still wait are counted in",
        "interactions with known time",
    ),
    _within(
        "15m",
        15 * 60 * SECOND,
        "How many are answered within 15 minutes?",
        "answered within 15 minutes",
        "interactions with known time asked at least 15 minutes before the data's date",
    ),
    _within(
        "1h",
        HOUR,
        "How many are answered within an hour?",
        "answered within an hour",
        "interactions with known time asked at least an hour before the data's date",
    ),
    _within(
        "24h",
        DAY,
        "How many are answered within 24 hours?",
        "answered within 24 hours",
        "interactions with known time asked at least 24 hours before the data's date",
    ),
    Metric(
        "overdue_open",
        "count",
        "lower",
        0,
        ("How many wait for an answer past the deadline?", "interactions with known time, unanswered, deadline passed", ""),
        hits=TIMED & ~ANSWERED & nw.col("answer_overdue"),
    ),
    _backlog("backlog", "open: unanswered, or reopened and not resolved since", 0, None),
    _backlog("backlog_0_1d", "open, asked less than 1 day ago", 0, 1),
    _backlog("backlog_1_3d", "open, asked 1 to 3 days ago", 1, 3),
    _backlog("backlog_3_7d", "open, asked 3 to 7 days ago", 3, 7),
    _backlog("backlog_7_30d", "open, asked 7 to 30 days ago", 7, 30),
    _backlog("backlog_30d_up", "open, asked 30 days ago or earlier", 30, None),
    _time(
        "resolution_median",
        RESOLUTION,
        0.5,
        10,
        "How long until half of the cases are resolved?",
        "resolved for good; those still open are counted in",
        "interactions with known time",
    ),
    _time(
        "resolution_p90",
        RESOLUTION,
        0.9,
        10,
        "Within what time are nine of ten cases resolved?",
        "resolved for good; those still open are counted in",
        "interactions with known time",
    ),
    Metric(
        "reopened",
        "share",
        "lower",
        10,
        (
            "How many resolved cases come back?",
            "reopened within 14 days after first resolved",
            "interactions first resolved at least 14 days before the data's date",
        ),
        hits=nw.col("reopened") - nw.col("first_resolved") <= REOPENING,
        base=AGE - (nw.col("first_resolved") - nw.col("asked")) >= REOPENING,
    ),
    _feedback_count("compliments", "How many compliments came in?", "compliments, held and repeated ones included", nw.col("compliment")),
    _feedback_count("complaints", "How many complaints came in?", "complaints, held and repeated ones included", nw.col("complaint")),
    _feedback_count("ratings", "How many ratings came in?", "ratings, held and repeated ones included", nw.col("rated")),
    _feedback_count(
        "formal", "How many formal complaints and denunciations came in?", "formal complaints and denunciations", nw.col("formal")
    ),
    Metric(
        "compliments_per_1000",
        "rate",
        "higher",
        50,
        ("How often are residents' thanks written down?", "compliments, one voice each", "answered interactions"),
        of="feedback",
        hits=nw.col("compliment"),
        base=ANSWERED,
        base_of="interactions",
    ),
    Metric(
        "complaints_per_1000",
        "rate",
        "lower",
        50,
        ("How often do residents complain?", "complaints, one voice each", "answered interactions"),
        of="feedback",
        hits=nw.col("complaint"),
        base=ANSWERED,
        base_of="interactions",
        compares_officers=False,  # anybody may complain of anybody: only what was upheld says something of an officer
    ),
    Metric(
        "upheld_complaints_per_1000",
        "rate",
        "lower",
        50,
        ("How often is a complaint found to be right?", "complaints decided as upheld, one voice each", "answered interactions"),
        of="feedback",
        hits=nw.col("complaint") & nw.col("upheld"),
        base=ANSWERED,
        base_of="interactions",
    ),
    Metric(
        "praise_share",
        "share",
        "higher",
        10,
        ("Is there more praise or more blame?", "compliments, one voice each", "compliments and complaints, one voice each"),
        of="feedback",
        hits=nw.col("compliment"),
        base=nw.col("compliment") | nw.col("complaint"),
    ),
    Metric(
        "rating_positive",
        "share",
        "higher",
        10,
        ("Are those who rate satisfied?", "ratings of 4 and 5", "ratings, one voice each"),
        of="feedback",
        hits=nw.col("rating") >= 4,
        base=nw.col("rated"),
    ),
    Metric(
        "rating_response",
        "share",
        "higher",
        10,
        ("How many of those served give a rating?", "resolved interactions with a rating", "resolved interactions"),
        hits=nw.col("rated"),
        base=RESOLVED,
        held=nw.col("rating_held"),
    ),
    Metric(
        "satisfaction_766",
        "share",
        "higher",
        10,
        (
            "How satisfied are residents by Index 766, which takes silence for satisfaction?",
            "answered neither late nor with a rating of 1 or 2 or a complaint",
            "answered interactions whose deadline, or day of asking without one, lies in the period",
        ),
        of="deadlines",
        hits=~LATE & ~nw.col("unhappy"),
        base=ANSWERED,
        held=nw.col("unhappy_held"),
    ),
    Metric(
        "on_time_766",
        "share",
        "higher",
        10,
        (
            "Are residents answered by the deadline, as Index 766 counts it?",
            "answered by the deadline",
            "interactions with known time whose deadline lies in the period and has passed",
        ),
        of="deadlines",
        hits=nw.col("answered") <= nw.col("answer_due"),
        base=TIMED & nw.col("answer_passed"),
    ),
    Metric("tip_offs", "count", "neutral", 0, ("How many tip-offs came in?", "tip-offs", ""), hits=TIP_OFF),
    Metric(
        "tip_offs_founded",
        "share",
        "neutral",
        10,
        ("How many tip-offs prove true?", "tip-offs that proved founded", "tip-offs with a verdict"),
        hits=nw.col("verdict") == "founded",
        base=TIP_OFF & nw.col("verdict").is_in(["founded", "unfounded"]),
    ),
    _time(
        "tip_off_classified_median",
        CLASSIFICATION,
        0.5,
        10,
        "How long until half of the tip-offs are classified?",
        "classified; those that wait are counted in",
        "tip-offs with known time",
    ),
    _activity("members", "How many follow the channel?", "members on each channel's last known day of the period", MEMBERS),
    _activity("posts", "How much does the channel post?", "posts in the period", nw.col("posts")),
    _activity("views", "How often is the channel seen?", "views in the period", nw.col("views")),
    _activity("shares", "How often is the channel passed on?", "shares in the period", nw.col("shares")),
    _activity("corrections", "How many rumours does the channel correct?", "corrections published in the period", nw.col("corrections")),
    Metric(
        "member_growth",
        "rate",
        "neutral",
        50,
        (
            "Does the channel grow?",
            "members on the last known day of the period less those on the first; below 0 where it shrank",
            "members on the first known day of the period",
        ),
        of="channel_days",
        hits=MEMBERS.fill_null(0) - nw.col("members_at_start").fill_null(0),
        base=nw.col("members_at_start"),
    ),
    Metric(
        "interactions_per_1000_members",
        "rate",
        "neutral",
        50,
        ("How many of a channel's members ask?", "interactions asked in the period", "members on the last known day of the period"),
        hits=EVERY,
        base=MEMBERS,
        base_of="channel_days",
    ),
    _time(
        "correction_median",
        CORRECTION,
        0.5,
        5,
        "How long until half of the rumours are answered?",
        "answered; those that wait are counted in",
        "questions about rumours, with known time",
    ),
    Metric(
        "night_share",
        "share",
        "neutral",
        10,
        ("How many ask at night?", "asked from 22:00 to 06:00", "interactions with known time"),
        hits=nw.col("night"),
        base=TIMED,
    ),
    Metric(
        "workload",
        "rate",
        "neutral",
        1,
        ("How many answers does a day on duty bring?", "answered interactions", "duty days: days on which an officer's shift begins"),
        hits=ANSWERED,
        base=nw.col("at") >= 0,
        base_of="duties",
        per="per_duty_day",
    ),
    Metric(
        "unattributed",
        "share",
        "lower",
        1,
        ("For how many answers is the officer not known?", "answered by nobody known", "answered interactions"),
        hits=~nw.col("officer_known"),
        base=ANSWERED,
    ),
    Metric(
        "without_time",
        "share",
        "lower",
        1,
        ("For how many cases is only the date known?", "interactions with a bare date", "interactions asked in the period"),
        hits=~TIMED,
        base=EVERY,
    ),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}


def chosen(names: tuple[str, ...]) -> list[Metric]:
    """The metrics of these names, or all where none is named, in the catalogue's order.

    Raises:
        KeyError: a name is not in the catalogue.
    """
    wanted = {BY_NAME[name].name for name in names}
    return [metric for metric in METRICS if metric.name in wanted or not wanted]
