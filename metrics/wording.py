"""A result row in words: what metrics, units, states, flags and reasons are called, and values as people read them."""

import polars as pl

from etl.language import _, current_language
from etl.reference.topics import read_topics
from etl.tables import UNKNOWN
from etl.wording import NONE, duration, durations, number, percent
from metrics.flags import LAST_DAYS


def metric_name(name: str) -> str:
    """A metric's short name in words; the name itself where nobody has given it one."""
    return {
        "received": _("Questions received"),
        "answered": _("Answered"),
        "acknowledged_on_time": _("Acknowledged on time"),
        "on_time": _("Answered on time"),
        "first_response_median": _("First response, median"),
        "first_response_p90": _("First response, 90 of 100 within"),
        "answered_within_15m": _("Answered within 15 minutes"),
        "answered_within_1h": _("Answered within 1 hour"),
        "answered_within_24h": _("Answered within 24 hours"),
        "overdue_open": _("Overdue, not yet answered"),
        "backlog": _("Waiting"),
        "backlog_0_1d": _("Waiting under 1 day"),
        "backlog_1_3d": _("Waiting 1 to 3 days"),
        "backlog_3_7d": _("Waiting 3 to 7 days"),
        "backlog_7_30d": _("Waiting 7 to 30 days"),
        "backlog_30d_up": _("Waiting 30 days and more"),
        "resolution_median": _("Time to resolution, median"),
        "resolution_p90": _("Time to resolution, 90 of 100 within"),
        "reopened": _("Reopened within 14 days"),
        "compliments": _("Compliments"),
        "complaints": _("Complaints"),
        "ratings": _("Ratings"),
        "formal": _("Formal complaints and denunciations"),
        "compliments_per_1000": _("Compliments per 1,000 answered"),
        "complaints_per_1000": _("Complaints per 1,000 answered"),
        "upheld_complaints_per_1000": _("Upheld complaints per 1,000 answered"),
        "praise_share": _("Compliments among judgements"),
        "rating_positive": _("Satisfied, of those who rated"),
        "rating_response": _("Cases that were rated"),
        "satisfaction_766": _("Satisfied, by Index 766"),
        "on_time_766": _("On time, by Index 766"),
        "tip_offs": _("Tip-offs"),
        "tip_offs_founded": _("Tip-offs founded"),
        "tip_off_classified_median": _("Time to classify a tip-off, median"),
        "members": _("Members"),
        "posts": _("Posts"),
        "views": _("Views"),
        "shares": _("Shares"),
        "corrections": _("Corrections of rumours"),
        "member_growth": _("New members per 1,000"),
        "interactions_per_1000_members": _("Questions per 1,000 members"),
        "correction_median": _("Time to correct a rumour, median"),
        "night_share": _("Asked at night"),
        "workload": _("Answered per duty day"),
        "unattributed": _("Answered, officer unknown"),
        "without_time": _("Without a known time"),
    }.get(name, name)


def platform_name(platform: str) -> str:
    """A platform in words; a code that nobody lists is its own name."""
    return {
        "facebook_group": _("Facebook groups"),
        "facebook_page": _("Facebook pages"),
        "zalo_oa": _("Zalo official accounts"),
        "zalo_group": _("Zalo groups"),
        "portal": _("Portal"),
        "app": _("App"),
        "hotline": _("Hotline"),
        "counter": _("Counter"),
        "other": _("Other platforms"),
    }.get(platform, platform)


def topic_name(topic: str) -> str:
    """A topic in words, as data/reference/topics.toml has it; a topic that nobody lists is its own name."""
    return read_topics().label(topic, current_language())


def category_name(category: str) -> str:
    """What a judgement is about, in words, as data/reference/topics.toml has it."""
    return _("unknown") if category == UNKNOWN else read_topics().category_label(category, current_language())


def in_words(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Result rows whose units are codes (topics, platforms), with these units' names in the language in use; others as they are."""
    names = {"topic": topic_name, "platform": platform_name}.get(kind)
    if names is None:
        return rows
    return rows.with_columns(unit_name=pl.Series([name if name == UNKNOWN else names(name) for name in rows["unit"]], dtype=pl.String))


def unit_name(unit: str, name: str) -> str:
    """A unit's name as people read it; what no log tells is "unknown" in words."""
    return _("unknown") if unit == UNKNOWN else name


def value(kind: str, x: float | None, note: str | None = None) -> str:
    """A figure's value in its metric's unit.

    Args:
        kind: the metric's kind: count, share (0–1), rate (per 1,000) or time (seconds).
        x: the value; None prints a dash, or "more than …" where the note says ``more_than:<seconds>``.
        note: the result row's note.
    """
    if x is None:
        for part in (note or "").replace(",", ";").split(";"):
            key, _colon, seconds = part.strip().partition(":")
            if key == "more_than" and seconds:
                return _("more than {duration}", duration=duration(float(seconds)))
        return NONE
    if kind == "share":
        return percent(x)
    if kind == "time":
        return duration(x)
    return number(x, 1 if kind == "rate" else 0)


def interval(kind: str, lower: float | None, upper: float | None) -> str:
    """A 95 % interval in the metric's unit: "91,8–92,8 %", "4,7–5,1 ngày"; empty where there is none.

    Args:
        kind: the metric's kind: share (limits 0–1), rate (per 1,000) or time (seconds).
        lower: lower limit.
        upper: upper limit; None where a time's limit is not reached.
    """
    if lower is None:
        return ""
    if upper is None:
        return _("{limit} or more", limit=value(kind, lower))
    if kind == "time":
        return durations(lower, upper)
    first = number(lower * 100, 1) if kind == "share" else value(kind, lower)
    return f"{first}–{value(kind, upper)}"


def state(name: str | None) -> str:
    """A result row's state in words; empty for ``ok``."""
    words = {
        "no_data": _("no data"),
        "hidden": _("hidden"),
        "too_few": _("too few to compare"),
        "under_review": _("under review"),
        "provisional": _("provisional"),
    }
    return words.get(name or "", "")


def flag_name(flag: str) -> str:
    """A flag in words."""
    return {
        "resolved_unanswered": _("Resolved without an answer"),
        "closed_at_month_end": _("Resolved on the last {n} days of a month", n=LAST_DAYS),
        "relabelled": _("Urgent once, and not any more"),
        "same_answer": _("Answered with a text sent more than 20 times"),
        "repeated": _("Repeated voices"),
    }[flag]


def reason_name(reason: str) -> str:
    """Why rows differ, in words."""
    return {
        "since": _("happened since"),
        "late": _("logged late"),
        "gone": _("taken out"),
        "correction": _("corrected in the log"),
        "decision": _("a decision"),
        "voices": _("waves and repeated voices"),
        "wards": _("split wards"),
        "roster": _("roster or channels"),
        "definition": _("deadlines or topics redefined"),
        "other": _("linked rows changed"),
        "time": _("time went on"),
    }[reason]
