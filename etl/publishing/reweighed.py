"""Which feedback is to be made anew when other files stand, or requests are made anew.

One voice and bursts look at other rows than a row's own: at those of its week, and at those of the days before. So with each row that is
touched all of its week go, and all of the weeks in whose days before it stands or stood.
"""

from datetime import timedelta

import polars as pl

from etl.publishing.before import Before
from etl.publishing.standing import with_files
from etl.publishing.voices import BURST_HISTORY_DAYS
from etl.record.record import Record
from etl.tables import TIDY_TABLES
from etl.times import local_date

_FEEDBACK = "feedback"
_KEY = list(TIDY_TABLES[_FEEDBACK].key)
_WEEKS_ON = (BURST_HISTORY_DAYS + 6) // 7
"""The last week that a row reaches, counted from its own."""


def reweighed(record: Record, before: Before, files: pl.DataFrame, changed: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Keys of the feedback to be made anew: source, feedback_id.

    Args:
        record: the open record.
        before: what else stays.
        files: that stand or stood in the version before.
        changed: those of them that do not do both.
        asked: keys of feedback that is to be made anew in any case.
    """
    every = files["file_id"].to_list()
    came = record.rows(_FEEDBACK, changed["file_id"].to_list())
    about = record.rows(_FEEDBACK, every, before.keys["interactions"]["interaction_id"])
    touched = pl.concat([with_files(pl.concat([came, about]), files).select(_KEY), asked]).unique()
    versions = with_files(record.rows(_FEEDBACK, every, touched["feedback_id"]), files).join(touched, on=_KEY, how="semi")
    week = local_date(pl.col("received_at")).dt.truncate("1w")
    weeks = {own + timedelta(weeks=on) for own in versions.select(week).to_series().unique() for on in range(_WEEKS_ON + 1)}
    beside = before.rest(_FEEDBACK, [*_KEY, "received_at"]).filter(week.is_in(list(weeks)))
    return pl.concat([touched, beside.select(_KEY)]).unique()
