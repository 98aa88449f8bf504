"""Which of the requests that threads of messages hold are to be made anew when other files stand.

Messages reach beyond their own thread: how often a text was sent is counted over all of them, and it says whether an answer is one.
So of all messages that much is read, and counted as they stood and as they stand now; only the threads that hold a touched message, or
a text of which it is no longer the same, are threaded, both ways, and what comes out is compared. No other thread can have changed.
"""

from collections.abc import Mapping

import polars as pl

from etl.publishing.before import KEY
from etl.publishing.fold import fold_key, fold_versions, lineage
from etl.publishing.standing import with_files
from etl.publishing.threads import COUNTED, Threads, sent_often, thread_messages, times_sent, word_for_word
from etl.record.record import Record

_MESSAGES = "messages"
_MESSAGE = fold_key(_MESSAGES)
_THREAD = ["source", "thread_id"]


def rethreaded(
    record: Record,
    earlier: pl.DataFrame,
    standing: pl.DataFrame,
    changed: pl.DataFrame,
    asked: pl.DataFrame,
    stated: Mapping[str, int],
) -> tuple[Threads, pl.DataFrame, pl.DataFrame]:
    """Thread the messages as they stand.

    Args:
        record: the open record.
        earlier: ``standing_files`` as they were.
        standing: ``standing_files`` as they are now.
        changed: those files that are not in both.
        asked: keys of requests that are to be made anew in any case.
        stated: what was odd in all threads, as they stood.

    Returns:
        The requests of the threads that were looked at, and what is odd in all threads; keys of the requests in any thread that a
        message of ``changed`` or a request of ``asked`` stands or stood in, and of all that differ; keys of these messages (source,
        message_id).
    """
    both = pl.concat([earlier, standing]).filter(table_name=_MESSAGES).unique("file_id")
    ids = both["file_id"].to_list()
    rows = with_files(record.rows(_MESSAGES, ids, columns=COUNTED), both)
    sent = rows.filter(pl.col("file_id").is_in(changed["file_id"].implode())).select(_MESSAGE).unique()
    stays, moves = (rows.join(sent, on=_MESSAGE, how=how) for how in ("anti", "semi"))
    stay = fold_versions(_MESSAGES, with_files(stays, standing))
    moved = [fold_versions(_MESSAGES, with_files(moves, files)) for files in (earlier, standing)]
    of_asked = [stay.join(asked.rename({"interaction_id": name}), on=["source", name], how="semi") for name in ("thread_id", "message_id")]
    touched = pl.concat([*moved, *of_asked]).select(_THREAD).unique()

    beside = stay.join(touched, on=_THREAD, how="anti")
    own = [pl.concat([stay.join(touched, on=_THREAD, how="semi"), messages]) for messages in moved]
    texts = _word_for_word(beside, own)
    otherwise = beside.join(pl.concat(texts).unique(keep="none"), on="said", how="semi")
    looked_at = pl.concat([touched, otherwise.select(_THREAD)]).unique()
    wanted = pl.concat([*own, beside.join(looked_at, on=_THREAD, how="semi")])["message_id"]
    whole = with_files(record.rows(_MESSAGES, ids, wanted), both)
    was, now = (
        thread_messages(fold_versions(_MESSAGES, with_files(whole, files)).join(looked_at, on=_THREAD, how="semi"), sent_so)
        for files, sent_so in zip((earlier, standing), texts, strict=True)
    )
    requests = pl.concat([was.requests, now.requests])
    of_touched = requests.join(touched, on=_THREAD, how="semi").select(KEY)
    differ = pl.concat([_with_lineage(was, earlier), _with_lineage(now, standing)]).unique(keep="none").select(KEY)
    odd = {name: stated[name] - was.stated[name] + now.stated[name] for name in now.stated}
    return Threads(now.requests, odd), pl.concat([of_touched, differ]).unique(), sent


def _word_for_word(beside: pl.DataFrame, own: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Which texts were sent word for word, in these threads beside others and in each of their own; see ``word_for_word``."""
    often = pl.concat([sent_often(pl.concat([beside, messages])) for messages in own])
    holding = beside.join(beside.filter(pl.col("said").is_in(often.implode())), on=_THREAD, how="semi")
    times = times_sent(holding)
    return [word_for_word(pl.concat([times, times_sent(messages)]).group_by("said").sum()) for messages in own]


def _with_lineage(threads: Threads, files: pl.DataFrame) -> pl.DataFrame:
    """Requests with the file and row that brought them in place of the order in which these came: other files may stand before."""
    return threads.requests.drop("arrived").with_columns(lineage(threads.requests["arrived"], files))
