"""Short names: of metrics as a tile or a column head shows them, of units as a table does, and of what a figure rests on."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from etl.language import _, current_language
from etl.reference.topics import read_topics
from etl.tables import UNKNOWN
from etl.wording import durations
from pages.shared import wording


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


def worded(values: pl.Series, words: Callable[[Any], str]) -> pl.Series:
    """Each value in words; they are asked for once for each distinct value, however many rows there are."""
    distinct = values.unique()
    return values.replace_strict(distinct, [words(value) for value in distinct], return_dtype=pl.String)


def unit_name(unit: str, name: str) -> str:
    """A unit's name as people read it; what no log tells is "unknown" in words."""
    return _("unknown") if unit == UNKNOWN else name


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
        return _("{limit} or more", limit=wording.value(kind, lower))
    if kind == "time":
        return durations(lower, upper)
    first = wording.number(lower * 100, 1) if kind == "share" else wording.value(kind, lower)
    return f"{first}–{wording.value(kind, upper)}"


def interval_or_why(row: Mapping[str, Any], kind: str) -> str:
    """A result row's interval; why there is none where it has no value; a dash for a count."""
    return interval(kind, row["lower"], row["upper"]) or (wording.state(row["state"]) if row["value"] is None else "") or wording.NONE


def remark(row: Mapping[str, Any]) -> str:
    """What is to be known of a value that is there: under review, or provisional; else empty."""
    return "" if row["value"] is None else wording.state(row["state"])


def said(row: Mapping[str, Any], kind: str) -> list[str]:
    """All that a result row says, line by line: value, interval, cases, state and signal; never a value without its cases."""
    cases = None if kind == "count" else row["denominator"]
    lines = (
        wording.value(kind, row["value"], row["note"]),
        interval(kind, row["lower"], row["upper"]),
        "" if cases is None else f"n = {wording.number(cases)}",
        wording.state(row["state"]),
        wording.signal(row["signal"]),
    )
    return [line for line in lines if line]


def literal(text: str) -> str:
    """Text from the data as Markdown shows it letter by letter: nothing in it becomes a link, a picture or a formula."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&" else sign for sign in text.replace("\n", " "))
