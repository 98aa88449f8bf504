"""Which of the requests that threads of messages hold are to be made anew when other files stand.

Messages reach beyond their own thread: how often a text was sent is counted over all of them, and it says whether an answer is one.
So the threads that hold a touched message, or any text that was sent often, are threaded twice, as they stood and as they stand now;
what comes out is compared. No other thread can have changed.
"""

from collections.abc import Mapping

import polars as pl

from etl.before import KEY
from etl.fold import fold_key, fold_versions, lineage
from etl.record import Record
from etl.standing import standing_rows, with_files
from etl.threads import Threads, sent_often, thread_messages

_MESSAGES = "messages"
_THREAD = ["source", "thread_id"]


def rethreaded(
    record: Record,
    earlier: pl.DataFrame,
    standing: pl.DataFrame,
    files: pl.DataFrame,
    changed: pl.DataFrame,
    stated: Mapping[str, int],
) -> tuple[Threads, pl.DataFrame, pl.DataFrame]:
    """Thread the messages as they stand.

    Args:
        record: the open record.
        earlier: ``standing_files`` as they were.
        standing: ``standing_files`` as they are now.
        files: of both.
        changed: those of them that are not in both.
        stated: what was odd in all threads, as they stood.

    Returns:
        The requests of the threads that were looked at, and what is odd in all threads; keys of the requests in any thread that a
        message of ``changed`` stands or stood in, and of all that differ; keys of these messages (source, message_id).
    """
    rows = standing_rows(record, files, {}, [_MESSAGES])[_MESSAGES]
    sent = rows.filter(pl.col("file_id").is_in(changed["file_id"].implode())).select(fold_key(_MESSAGES)).unique()
    folds = [fold_versions(_MESSAGES, with_files(rows, stood)) for stood in (earlier, standing)]
    both = pl.concat(folds)
    touched = both.join(sent, on=sent.columns, how="semi").select(_THREAD)
    often = pl.col("said").is_in(pl.concat(map(sent_often, folds)).implode())
    looked_at = pl.concat([touched, both.filter(often).select(_THREAD)]).unique()
    was, now = (thread_messages(fold.join(looked_at, on=_THREAD, how="semi")) for fold in folds)
    requests = pl.concat([was.requests, now.requests])
    of_touched = requests.join(touched, on=_THREAD, how="semi").select(KEY)
    differ = pl.concat([_with_lineage(was, earlier), _with_lineage(now, standing)]).unique(keep="none").select(KEY)
    odd = {name: stated[name] - was.stated[name] + now.stated[name] for name in now.stated}
    return Threads(now.requests, odd), pl.concat([of_touched, differ]).unique(), sent


def _with_lineage(threads: Threads, files: pl.DataFrame) -> pl.DataFrame:
    """Requests with the file and row that brought them in place of the order in which these came: other files may stand before."""
    return threads.requests.drop("arrived").with_columns(lineage(threads.requests["arrived"], files))
