"""The populations that most figures are about: cases asked, and feedback received.

Each row is what it was at as_of: an instant after as_of has not happened. Written with narwhals, on whole microseconds, so
that any engine gives the same rows. What a question asks of them (span, filters, unit) is narrowing.py.
"""

from collections.abc import Sequence

import narwhals as nw

from etl.publishing.versions import Version
from etl.tables import UNKNOWN, snapshot_schema
from metrics.engine import DAY, HOUR, LOCAL_HOURS, SECOND, Days, Frame, microseconds, month, scan
from metrics.flags import LAST_DAYS

INSTANTS = ("acknowledged", "answered", "first_resolved", "reopened", "resolved", "classified")


def cases(version: Version, linked: bool, months: Days | None = None, also: Sequence[str] = ()) -> Frame:
    """Counted interactions asked by as_of.

    Args:
        version: what to read.
        linked: whether the feedback about each case is looked up: adds ``rated`` (a rating is linked), ``rating_held`` (how many
            linked ratings are held), ``unhappy`` (a rating of 1 or 2, or a complaint, is linked), ``unhappy_held``.
        months: only files of the months in which these days lie.
        also: further columns of the snapshot, as they are.

    Returns:
        One row per case: ``channel_id``, ``platform``, ``ward_code``, ``ward_then``, ``officer_id``, ``attribution``, ``topic``,
        ``split`` (the land of the day's ward went to several of today's), ``provisional``; instants in microseconds, null where they have
        not happened: ``asked``, ``acknowledged`` (an answer counts as one), ``answered``, ``first_resolved``, ``reopened``, ``resolved``,
        ``classified``;
        ``acknowledge_due``, ``answer_due`` (null where no target fits); ``timed``, ``open``, ``night``, ``band`` (night, weekend, office,
        evening, unknown), ``urgency``, ``officer_known``, ``tip_off``, ``verdict``, ``month_end`` (resolved on the last days of a month),
        ``relabelled`` (urgent once), ``same_answer`` (a text sent again and again);
        ``file_id`` and ``row_number`` that brought it.
    """
    as_of = microseconds(version.as_of)
    rows = scan(version, "interactions", snapshot_schema("interactions"), months)
    rows = rows.filter(nw.col("asked_at") <= as_of, ~nw.col("status").is_in(["withdrawn", "duplicate"]))
    if linked:
        rows = _with_feedback(rows, version, as_of)
    rows = rows.with_columns(
        **{name: _happened(f"{name}_at", as_of) for name in INSTANTS},
        asked=nw.col("asked_at"),
        timed=nw.col("has_time"),
        night=_night(nw.col("asked_at")),
        band=_band(nw.col("asked_at"), nw.col("has_time")),
        officer_known=nw.col("officer_id") != UNKNOWN,
        month_end=_month_end(nw.col("resolved_at")),
        **_not_null("relabelled", "same_answer", "split"),
    )
    resolved_since = (nw.col("resolved") >= nw.col("reopened")).fill_null(False)
    rows = rows.with_columns(
        acknowledged=nw.min_horizontal("acknowledged", "answered"),
        open=nw.col("answered").is_null() | (~nw.col("reopened").is_null() & ~resolved_since),
        verdict=nw.when(nw.col("classified_at").is_null() | ~nw.col("classified").is_null()).then(nw.col("verdict")),
    )
    return rows.select(*PLACES, *INSTANTS, *CASE, *(LINKED if linked else ()), *dict.fromkeys((*LINEAGE, *also)))


PLACES = ("channel_id", "platform", "ward_code", "ward_then", "officer_id", "attribution", "topic", "split", "provisional")
CASE = (
    *("asked", "acknowledge_due", "answer_due", "timed", "open", "night", "band", "urgency", "officer_known", "tip_off", "verdict"),
    *("month_end", "relabelled", "same_answer"),
)
LINKED = ("rated", "rating_held", "unhappy", "unhappy_held")
FEEDBACK = ("at", "formal", "compliment", "complaint", "rated", "rating", "category", "timed")
JUDGED = ("outcome", "decided", "upheld", "usable", "waiting", "held", "counts")
LINEAGE = ("file_id", "row_number")


def asked(rows: Frame, version: Version) -> Frame:
    """Cases by the day they were asked, with what as_of makes of their age and deadlines.

    Returns:
        The rows with ``at``, ``age`` (microseconds), ``acknowledge_passed``, ``answer_passed`` (the deadline is not after as_of),
        ``answer_overdue`` (it is before as_of).
    """
    as_of = microseconds(version.as_of)
    return rows.with_columns(
        at=nw.col("asked"),
        age=as_of - nw.col("asked"),
        acknowledge_passed=nw.col("acknowledge_due") <= as_of,
        answer_passed=nw.col("answer_due") <= as_of,
        answer_overdue=nw.col("answer_due") < as_of,
    )


def due(rows: Frame, version: Version) -> Frame:
    """As ``asked``, but by the day of the deadline to answer; those without one by the day they were asked."""
    deadline = nw.when(nw.col("answer_due").is_null()).then(nw.col("asked")).otherwise(nw.col("answer_due"))
    return asked(rows, version).with_columns(at=deadline)


def feedback(version: Version, months: Days | None = None, also: Sequence[str] = ()) -> Frame:
    """Feedback received by as_of that was not withdrawn, formal ones among it; ``months`` and ``also`` as for cases.

    Returns:
        One row per feedback: the places of a case; ``at`` (received); ``formal``; ``compliment``, ``complaint``, ``rated`` (its
        kind, false where formal), ``rating``, ``category``, ``timed``; ``outcome`` (null where none was given by as_of),
        ``decided`` (when, null where that has not happened), ``upheld``; ``counts`` (one voice), ``held``, ``usable`` (it
        enters rates and shares), ``waiting`` (it would, but is held); ``file_id`` and ``row_number`` that brought it.
    """
    as_of = microseconds(version.as_of)
    rows = scan(version, "feedback", snapshot_schema("feedback"), months).filter(nw.col("received_at") <= as_of, _not_withdrawn())
    kind = nw.col("kind")
    plain = ~nw.col("formal")
    happened = nw.col("decided_at").is_null() | (nw.col("decided_at") <= as_of)
    rows = rows.with_columns(
        at=nw.col("received_at"),
        compliment=plain & (kind == "compliment"),
        complaint=plain & (kind == "complaint"),
        rated=plain & (kind == "rating"),
        timed=nw.col("has_time"),
        outcome=nw.when(happened & (nw.col("outcome") != "pending")).then(nw.col("outcome")),
        decided=_happened("decided_at", as_of),
        upheld=(nw.col("outcome") == "upheld") & happened,
        usable=nw.col("counts") & ~nw.col("held"),
        waiting=nw.col("counts") & nw.col("held"),
        **_not_null("split"),
    )
    return rows.select(*PLACES, *FEEDBACK, *JUDGED, *dict.fromkeys((*LINEAGE, *also)))


def _not_withdrawn() -> nw.Expr:
    return nw.col("outcome").is_null() | (nw.col("outcome") != "withdrawn")


def _not_null(*flags: str) -> dict[str, nw.Expr]:
    """Flags that a version has not that was published before they were known: nothing is said to be so."""
    return {flag: nw.col(flag).fill_null(False) for flag in flags}


def _happened(column: str, as_of: int) -> nw.Expr:
    return nw.when(nw.col(column) <= as_of).then(nw.col(column))


def _night(instant: nw.Expr) -> nw.Expr:
    """Whether an instant lies in 22:00–06:00 local: arithmetic on the day's microseconds, equal on every engine."""
    of_day = (instant + LOCAL_HOURS) % DAY
    return (of_day >= 22 * HOUR) | (of_day < 6 * HOUR)


def _band(instant: nw.Expr, timed: nw.Expr) -> nw.Expr:
    """The hour band of an instant: night 22–06 on any day; weekend Saturday and Sunday; office Monday to Friday 08:00–17:30; else
    evening; unknown where only a date is known."""
    local = instant + LOCAL_HOURS
    of_day, weekday = local % DAY, (local // DAY + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    office = (of_day >= 8 * HOUR) & (of_day < 17 * HOUR + HOUR // 2)
    of_working_day = nw.when(office).then(nw.lit("office")).otherwise(nw.lit("evening"))
    by_day = nw.when(weekday >= 5).then(nw.lit("weekend")).otherwise(of_working_day)
    return nw.when(timed).then(nw.when(_night(instant)).then(nw.lit("night")).otherwise(by_day)).otherwise(nw.lit(UNKNOWN))


def _month_end(instant: nw.Expr) -> nw.Expr:
    """Whether an instant lies on the LAST_DAYS of a local month."""
    local, later = (month(instant + offset) for offset in (LOCAL_HOURS, LOCAL_HOURS + LAST_DAYS * DAY))
    return local != later


def whole_seconds(microseconds: nw.Expr) -> nw.Expr:
    """A duration's whole seconds."""
    return microseconds // SECOND


def _with_feedback(rows: Frame, version: Version, as_of: int) -> Frame:
    """Cases with what their linked feedback says, one voice each."""
    columns = ("interaction_source", "interaction_id", "kind", "formal", "rating", "received_at", "outcome", "counts", "held")
    voices = scan(version, "feedback", columns).filter(
        ~nw.col("formal"),
        nw.col("received_at") <= as_of,
        _not_withdrawn(),
        nw.col("counts"),
        ~nw.col("interaction_id").is_null(),
        ~nw.col("interaction_source").is_null(),
    )
    rating = nw.col("kind") == "rating"
    unhappy = (nw.col("kind") == "complaint") | (rating & (nw.col("rating") <= 2)).fill_null(False)
    held = nw.col("held")
    marks = {"rated": rating & ~held, "rating_held": rating & held, "unhappy": unhappy & ~held, "unhappy_held": unhappy & held}
    linked = voices.group_by("interaction_source", "interaction_id").agg(
        **{name: mark.cast(nw.Int32).sum() for name, mark in marks.items()}
    )
    rows = rows.join(linked, left_on=["source", "interaction_id"], right_on=["interaction_source", "interaction_id"], how="left")
    known = {name: nw.col(name).fill_null(0) for name in marks}
    return rows.with_columns(**known).with_columns(rated=nw.col("rated") > 0, unhappy=nw.col("unhappy") > 0)
