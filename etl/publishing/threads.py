"""Step 3, thread: messages become the requests that residents made in them; done at publication, over all messages that stand.

A thread is read anew whenever a version is made, so that messages may come late, out of order, twice, or split over files: what
is published rests on nothing but the messages themselves. There are two kinds of threads:

- a **conversation** is one request: its resident's first message asks, whatever came before. One that never ends (a messenger's) is
  cut by a rule of thumb: a resident who writes after ``silence_days`` without a message asks anew;
- a thread that **starts with a page's or officer's post** is one request for each resident's top-level comment, and the replies
  below that comment (by ``parent_id``, at any depth) belong to it.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from etl.publishing.fold import folded_schema
from etl.tables import INPUT_TABLES, OFFICIAL

REOPENS_WITHIN = timedelta(days=14)
CANNED_WITHIN = timedelta(minutes=1)
SAME_TIMES = 20
"""An answer sent word for word more often than this is flagged, whenever it was sent; it stays an answer."""
CANNED_TIMES = 20
"""A text sent word for word more often than this within a minute of the question is an automatic acknowledgement."""

COUNTED = ("message_id", "thread_id", "parent_id", "author_role", "sent_at", "event", "silence_days", "said")
"""Columns of messages by which ``times_sent`` counts."""
_INHERITED = ("channel_id", "platform", "ward", "topic", "link")
"""Taken from the opening message, else from the thread's first message that has them."""
_INSTANTS = ("asked_at", "acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at")
_OFFICIAL = pl.col("author_role").is_in(OFFICIAL)
_RESIDENT = pl.col("author_role") == "resident"
_POSTS = pl.col("event") == "post"
_RESOLVES = (pl.col("event") == "resolve").fill_null(False)
_PLACE = pl.col("place")


@dataclass(frozen=True)
class Threads:
    """``requests``: one row per request, the columns of folded interactions and ``thread_id``; ``stated``: what was odd, counted."""

    requests: pl.DataFrame
    stated: dict[str, int]


def thread_messages(messages: pl.DataFrame, texts: pl.DataFrame | None = None) -> Threads:
    """Make requests of messages.

    Asked: the first message of a resident. Acknowledged: the first later one by anybody but a resident. Answered: the first later
    one by an officer or page that is no canned acknowledgement; ``reply_count`` counts all of these. Resolved: the event. Reopened:
    the resident's first message within 14 days after a resolution, or the event. Other residents neither acknowledge nor reopen.
    An answered request is its first answerer's (no officer's where a page answered), an unanswered one that of the officer whom the
    log last names as holding it.

    Args:
        messages: folded rows of the table ``messages``, in any order.
        texts: ``word_for_word`` of all messages, where these are not all.

    Source: DATA, Threading.
    """
    rows = _with_cases(messages)
    cases = rows.filter(pl.col("case") == _PLACE)
    own = rows.filter(pl.col("case").is_not_null()).sort("case", "place")
    later = _later(own, rows)
    texts = word_for_word(_times_sent(later)) if texts is None else texts
    for found in (_answers(later, texts), _resolutions(later, rows), _holders(own)):
        cases = cases.join(found, on="case", how="left", maintain_order="left")
    cases = cases.join(_of_threads(rows), on="thread", how="left", maintain_order="left")
    return Threads(_requests(rows, cases), _stated(rows))


def sent_often(messages: pl.DataFrame) -> pl.Series:
    """Texts that were sent so often, in whatever threads, that it may matter; no other text can be canned.

    Args:
        messages: folded rows of the table ``messages``.
    """
    counts = messages.filter(pl.col("said").is_not_null()).group_by("said").len()
    return counts.filter(pl.col("len") > min(CANNED_TIMES, SAME_TIMES))["said"]


def times_sent(messages: pl.DataFrame) -> pl.DataFrame:
    """How often an officer or page sent each text after a question (``often``), and within a minute of it (``quickly``): the numbers of
    several threads add up.

    Args:
        messages: folded rows of the table ``messages``: of whole threads; of their columns the COUNTED.
    """
    rows = _with_cases(messages)
    return _times_sent(_later(rows, rows))


def word_for_word(times: pl.DataFrame) -> pl.DataFrame:
    """Texts that were sent word for word so often that it says something of them.

    Args:
        times: ``times_sent`` of all messages.

    Returns:
        One row per text (``said``): whether it is an automatic acknowledgement (``canned``), or an answer that is flagged.
    """
    canned = pl.col("quickly") > CANNED_TIMES
    return times.filter(canned | (pl.col("often") > SAME_TIMES)).select("said", canned=canned)


def _with_cases(messages: pl.DataFrame) -> pl.DataFrame:
    rows = _in_order(messages)
    return rows.with_columns(case=_questions(rows))


def _later(own: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The messages that follow their question, with what is known of when that was asked."""
    later = own.filter(pl.col("case") < _PLACE)
    return later.with_columns(asked_at=rows["sent_at"].gather(later["case"]), asked_bare=rows["is_bare"].gather(later["case"]))


def _times_sent(later: pl.DataFrame) -> pl.DataFrame:
    known = ~pl.col("is_bare") & ~pl.col("asked_bare")
    quickly = known & (pl.col("sent_at") - pl.col("asked_at") <= CANNED_WITHIN)
    sent = later.filter(_OFFICIAL, pl.col("said").is_not_null())
    return sent.group_by("said").agg(often=pl.len().cast(pl.Int64), quickly=quickly.sum().cast(pl.Int64))


def _in_order(messages: pl.DataFrame) -> pl.DataFrame:
    """Messages thread by thread in order of time, with their ``place`` (row) and ``thread`` (number), and whether they start a thread
    (``starts``) and stand in one that starts with a page's or officer's post (``posted``): with their first message, unless its event
    says otherwise or it replies to another of the thread.

    Of equal instants a post comes first, then residents, then replies; then the id decides. A reply known only by its date stands
    at the end of that day: it follows the question of the day.
    """
    opens = _POSTS.fill_null(False) | (pl.col("message_id") == pl.col("thread_id"))
    rows = messages.with_columns(
        is_bare=pl.col("bare") % 2 == 1,  # a message has one instant: when it was sent
        rank=pl.when(opens).then(0).when(_RESIDENT).then(1).otherwise(2),
    )
    end_of_day = pl.col("sent_at") + timedelta(days=1, microseconds=-1)
    stands_at = pl.when(pl.col("is_bare") & (pl.col("rank") == 2)).then(end_of_day).otherwise("sent_at")
    rows = rows.sort("source", "thread_id", stands_at, "rank", "message_id").with_row_index("place")
    rows = rows.with_columns(asks_anew=_asks_anew(rows))
    rows = rows.with_columns(thread=pl.struct("source", "thread_id", pl.col("asks_anew").cum_sum()).rle_id())
    rows = rows.with_columns(starts=(pl.col("thread") != pl.col("thread").shift(1)).fill_null(True))
    first = rows.filter("starts", pl.col("parent_id") != pl.col("message_id"))
    replies = first.join(rows.select("thread", parent_id="message_id"), on=["thread", "parent_id"], how="semi")["place"]
    with_post = _OFFICIAL & _POSTS.fill_null(~_PLACE.is_in(replies.implode()))
    return rows.with_columns(posted=pl.when("starts").then(with_post).forward_fill())


def _asks_anew(rows: pl.DataFrame) -> pl.Series:
    """Whether a resident's message opens a thread of its own within an endless conversation, because of the silence before it."""
    before = pl.col("sent_at").shift(1).over("source", "thread_id")
    silence = pl.duration(days="silence_days")
    return rows.select((_RESIDENT & (pl.col("sent_at") - before > silence)).fill_null(False)).to_series()


def _questions(rows: pl.DataFrame) -> pl.Series:
    """The place of the question that each message belongs to; null where it belongs to none."""
    asked = _PLACE.filter(_RESIDENT).min().over("thread")
    case = rows.select(pl.when(~pl.col("posted")).then(asked)).to_series()
    comments = rows.filter("posted")
    top = _top_comments(comments)
    asks = rows["author_role"].gather(top) == "resident"
    return case.scatter(comments["place"], top.set(~asks.fill_null(False), None))


def _top_comments(comments: pl.DataFrame) -> pl.Series:
    """The place of the top-level comment above each message of posted threads. One whose parent is the post, or was never logged,
    is a top-level comment itself; null where parents run in a circle."""
    local = comments.select("thread", "message_id", "parent_id", "starts").with_row_index("above")
    known = local.select("thread", "above", parent_id="message_id").filter(~local["starts"])
    parents = local.drop("above").join(known, on=["thread", "parent_id"], how="left", maintain_order="left")["above"]
    own = np.arange(comments.height)
    above = np.where((parents.is_null() | comments["starts"]).to_numpy(), own, parents.fill_null(0).to_numpy())
    is_top = above == own
    for _round in range(comments.height.bit_length()):  # each doubles the height that is climbed
        above = above[above]
    return comments["place"].gather(above).set(pl.Series(~is_top[above]), None)


def _answers(later: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """By case: places of the first acknowledgement and of the first answer, how many answers there are, and whether the first one's
    text was sent word for word more than SAME_TIMES."""
    canned, same = (texts.filter(kind)["said"] for kind in ("canned", ~pl.col("canned")))
    answers = _OFFICIAL & ~pl.col("said").is_in(canned.implode()).fill_null(False)
    return later.group_by("case").agg(
        acknowledged=_PLACE.filter(~_RESIDENT).min(),
        answered=_PLACE.filter(answers).min(),
        reply_count=answers.sum(),
        same_answer=pl.col("said").is_in(same.implode()).filter(answers).first().fill_null(False),
    )


def _resolutions(later: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """By case: places of the first resolution, of the first reopening, and of the last resolution where no reopening follows it."""
    reopened = (pl.col("event") == "reopen").fill_null(False)
    closed = later.join(later.filter(_RESOLVES | reopened).select("case").unique(), on="case", how="semi", maintain_order="left")
    closed = closed.with_columns(
        asker=rows["author"].gather(closed["case"]),
        solved=pl.when(_RESOLVES).then("sent_at").forward_fill().over("case"),
        ever=_RESOLVES.any().over("case"),
    )
    resident = _RESIDENT & ~_RESOLVES & (pl.col("author") == pl.col("asker")).fill_null(True)
    in_time = (pl.col("sent_at") - pl.col("solved") <= REOPENS_WITHIN).fill_null(False)
    # What was reopened had been resolved; where the log lacks that, its word is taken.
    said_so = reopened & (pl.col("solved").is_not_null() | ~pl.col("ever"))
    reopens = said_so | (resident & in_time)
    found = closed.group_by("case").agg(
        first_resolved=_PLACE.filter(_RESOLVES).min(),
        reopened=_PLACE.filter(reopens).min(),
        resolved=_PLACE.filter(_RESOLVES).max(),
        again=_PLACE.filter(reopens).max(),
    )
    open_again = (pl.col("again") > pl.col("resolved")).fill_null(False)
    return found.with_columns(resolved=pl.when(~open_again).then("resolved")).drop("again")


def _holders(own: pl.DataFrame) -> pl.DataFrame:
    """By case: the officer whom somebody else's message named last, and whether a message stands in a file that was cut off."""
    named = pl.col("officer_id").filter(pl.col("author_role") != "officer")
    return own.group_by("case", maintain_order=True).agg(holder=named.last(ignore_nulls=True), cut_off=pl.col("provisional").any())


def _of_threads(rows: pl.DataFrame) -> pl.DataFrame:
    """By thread: the first value of what a request inherits."""
    return rows.group_by("thread", maintain_order=True).agg(
        pl.col(name).first(ignore_nulls=True).alias(f"thread_{name}") for name in _INHERITED
    )


def _requests(rows: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases as folded interactions."""
    places = dict(zip(_INSTANTS, ("place", "acknowledged", "answered", "first_resolved", "reopened", "resolved"), strict=True))
    instants = {name: rows["sent_at"].gather(cases[place]) for name, place in places.items()}
    bits = INPUT_TABLES["interactions"].names("instant")
    bare = sum(
        rows["is_bare"].gather(cases[place]).fill_null(False).cast(pl.Int64) * (1 << bits.index(name)) for name, place in places.items()
    )
    by_officer = (rows["author_role"].gather(cases["answered"]) == "officer").fill_null(False)
    writer = rows["officer_id"].gather(cases["answered"])
    answered = pl.col("answered").is_not_null()
    made = cases.with_columns(
        interaction_id=pl.when(pl.col("posted") | pl.col("silence_days").is_not_null()).then("message_id").otherwise("thread_id"),
        officer_id=pl.when(by_officer).then(writer).when(~answered).then("holder"),
        attribution=pl.when(by_officer & writer.is_not_null()).then(pl.lit("author")).when(answered).then("attribution"),
        resident="author",
        reply_count=pl.col("reply_count").fill_null(0),
        provisional="cut_off",
        bare=bare,
        **instants,
        **{name: pl.coalesce(name, f"thread_{name}") for name in _INHERITED},
    )
    schema = folded_schema("interactions")
    unknown = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in made.columns]
    return made.with_columns(unknown).select("thread_id", *(pl.col(name).cast(dtype) for name, dtype in schema.items()))


def _stated(rows: pl.DataFrame) -> dict[str, int]:
    """What threads hold that no request can show."""
    in_none = pl.col("case").is_null()
    early = _OFFICIAL & (pl.col("case") > _PLACE) & ~_POSTS.fill_null(False)
    post = pl.when("starts").then("message_id").forward_fill()
    counts = rows.select(
        threads_without_resident=pl.col("thread").n_unique() - pl.col("thread").filter(_RESIDENT).n_unique(),
        answers_before_their_question=early.sum(),
        residents_in_no_request=(_RESIDENT & in_none).sum(),
        requests_told_apart_by_silence=(pl.col("asks_anew") & (_RESIDENT.cum_sum().over("source", "thread_id") > 1)).sum(),
        replies_to_no_request=(_OFFICIAL & in_none & pl.col("posted") & ~pl.col("starts") & (pl.col("parent_id") != post)).sum(),
    )
    return {name: int(count) for name, count in counts.row(0, named=True).items()}
