"""Retention: what is older than it may be goes, from the record and from every published version that is kept.

The day on which something happened counts, by the clock of today: a request's question, a judgement's arrival, a shift's end. A
thread of messages goes as a whole once its first message is too old, so that no later message is taken for a question. Officers,
their postings and channels are no happenings and stay.
"""

import calendar
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from etl.keeping.decide import writing
from etl.keeping.kept_versions import change_kept
from etl.language import _
from etl.publishing.publish import Publication, Say, published, republish
from etl.record.record import Record, microseconds, reclaim
from etl.settings import Settings
from etl.tables import LOCAL_TIME_ZONE, TIDY_TABLES

HAPPENED = {"interactions": "asked_at", "feedback": "received_at", "messages": "sent_at", "duties": "ends_at", "channel_days": "day"}
"""Table → when a row happened; the others are no happenings."""


def retain(settings: Settings, months: int, quarantine_days: int, say: Say, now: datetime | None = None) -> dict[str, Any]:
    """Remove what happened before the local day ``months`` months ago, and what is in quarantine for more than ``quarantine_days``.

    Args:
        settings: where the record and snapshots lie.
        months: that rows and pseudonyms are kept.
        quarantine_days: that refused rows are kept.
        say: takes one line of progress at a time.
        now: today, if not by the clock.

    Returns:
        before (the first day that is kept), removed (rows by table, ``quarantine`` and ``texts``), versions_changed, and the report of
        ``rebuild``.
    """
    began = time.monotonic()
    now = now or datetime.now(UTC)
    first_day = _months_before(now.astimezone(ZoneInfo(LOCAL_TIME_ZONE)).date(), months)
    with writing(settings, say) as record:
        removed = _remove(record, first_day, now - timedelta(days=quarantine_days))
        removed["texts"] = record.remove_texts_before(text_limit(settings.keep_text, now))
        publication: Publication | None = None
        if record.latest_version() and sum(removed[table] for table in HAPPENED):
            say(_("Building the next version"))
            publication = republish(record, settings, None)
            record.once_kept.append(publication.show)
        report = published(publication, record)
    changes = {table: _since(HAPPENED[table], first_day) for table in HAPPENED if table in TIDY_TABLES}
    versions = change_kept(settings.snapshots, changes) if settings.snapshots.is_dir() else 0
    reclaim(settings.database_url)
    facts = {"before": first_day, "removed": removed, "versions_changed": versions}
    return report | facts | {"seconds": round(time.monotonic() - began, 3)}


def _remove(record: Record, first_day: date, quarantine: datetime) -> dict[str, int]:
    removed = {}
    for table, column in HAPPENED.items():
        limit = first_day.isoformat() if column == "day" else microseconds(_midnight(first_day))
        removed[table] = record.remove_before(table, column, limit, whole="thread_id" if table == "messages" else None)
    return removed | {"quarantine": record.remove_refused_before(microseconds(quarantine))}


def text_limit(days: int, now: datetime) -> int:
    """Texts that came before it may no longer be kept; of 0 days, none may."""
    return microseconds(now - timedelta(days=days)) + (days == 0)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(LOCAL_TIME_ZONE)).astimezone(UTC)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _since(column: str, first_day: date) -> Any:
    limit = first_day if column == "day" else _midnight(first_day)
    return lambda rows: rows.filter(pl.col(column) >= limit)
