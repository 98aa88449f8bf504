"""Conversations of Zalo accounts, a file of messages a quarter: a question, an automatic word, an answer, thanks, the case closed."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from etl.demo.channels import ZALO
from etl.demo.city import City
from etl.demo.dirt import ZALO_SPOTS, choose_spots, soil
from etl.demo.exports import EXPORTED_FROM, request_ids
from etl.demo.files import Sheet
from etl.demo.life import DAY, END, HOUR, MINUTE, TO_UTC, day_of, quarters
from etl.demo.words import ANSWERS, THANKS, nicknames
from etl.reference.topics import read_topics

SOURCE = "zalo-messages"
_SCHEMA = {
    "message_id": pl.String,
    "conversation_id": pl.String,
    "oa_id": pl.String,
    "sender": pl.String,
    "agent": pl.String,
    "user": pl.String,
    "time": pl.Int64,
    "text": pl.String,
    "event": pl.String,
    "label": pl.String,
}
_RECEIVED = "Cảm ơn bạn đã nhắn. Công an phường sẽ trả lời sớm nhất."
_AUTOMATIC_AFTER, _TOO_OFTEN = 3, 20
"""Seconds after which one account sends its first word, in the page's own name; said so often the same, it is no answer."""
_NEWS = "Bản tin tuần: cảnh giác với cuộc gọi giả danh công an."


def zalo_sheets(city: City, cases: pl.DataFrame, rng: np.random.Generator) -> Iterator[Sheet]:
    """The accounts' files, one a quarter; a conversation goes on in the next where its messages do.

    Args:
        cases: all requests; those of exported accounts are written.
    """
    cases = cases.filter((pl.col("way") == ZALO).fill_null(False))
    messages = pl.concat([_conversations(city, cases, rng), _news(city)]).sort("time", "message_id")
    thanks = messages["message_id"].str.ends_with("-4").to_numpy()
    messages = messages.with_columns(choose_spots(ZALO_SPOTS, thanks, np.zeros(messages.height, dtype=np.bool_), rng))
    names, quarter_of_day = quarters()
    quarter = pl.Series("quarter", quarter_of_day[day_of(messages["time"].to_numpy())])
    for number in quarter.unique().sort():
        part = messages.filter(quarter == number)
        questions = int(part["message_id"].str.ends_with("-1").sum())
        rows = soil(part.with_columns(time=((pl.col("time") - TO_UTC) * 1000).cast(pl.String)), ZALO_SPOTS)
        yield Sheet(f"zalo/zalo-tin-nhan_{names[number]}.jsonl", SOURCE, rows, interactions=questions)


def json_lines(rows: pl.DataFrame) -> str:
    """Messages as lines of JSON, cut short where a row is marked so."""
    record = pl.struct(
        "message_id",
        "conversation_id",
        "oa_id",
        "sender",
        pl.struct(code="agent").alias("agent"),
        pl.struct(display_name="user").alias("from"),
        pl.col("time").cast(pl.Int64),
        "text",
        "event",
        "label",
    ).struct.json_encode()
    lines = rows.select(pl.when(pl.col("line") == "short").then(record.str.head(90)).otherwise(record)).to_series()
    return "\n".join([*lines, ""])


def _conversations(city: City, cases: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The messages of the requests, in no order; ``time`` in wall seconds."""
    ids = request_ids(city, cases)
    topics = {topic.id: topic.vi for topic in read_topics().topics}
    base = cases.with_columns(
        conversation_id=ids,
        oa_id=city.channels["channel_id"].gather(cases["channel"]),
        nickname=nicknames(cases["resident"]),
        code=city.officers["officer_id"].gather(cases["officer"]),
        # No answer is word for word another's: sent within a minute it would be taken for an automatic one.
        answer=pl.Series(ANSWERS)[rng.integers(0, len(ANSWERS), cases.height)] + " Phiếu " + ids + ".",
        thanks=pl.Series(THANKS)[rng.integers(0, len(THANKS), cases.height)],
        thanked_at=pl.when(pl.Series(rng.random(cases.height) < 0.35)).then(
            pl.col("answered_at") + pl.Series(rng.integers(MINUTE, 20 * MINUTE, cases.height))
        ),
        closed_at=pl.coalesce("first_resolved_at", "resolved_at"),
        automatic=cases["channel"] == automatic_account(cases),
    ).with_columns(acknowledged_at=pl.when("automatic").then(pl.col("asked_at") + _AUTOMATIC_AFTER).otherwise("acknowledged_at"))
    staff = pl.when(pl.col("code").is_null()).then(pl.lit("oa")).otherwise(pl.lit("agent"))
    user = pl.lit("user")
    # Thanks after the case was closed would open it again.
    thanks = (pl.col("thanked_at") < pl.col("closed_at").fill_null(END)).fill_null(False)
    again = pl.col("resolved_at") > pl.col("reopened_at")
    return pl.concat(
        [
            _said(base, 1, "asked_at", user, text=pl.col("text"), label=pl.col("topic").replace(topics)),
            _said(base, 2, "acknowledged_at", pl.when("automatic").then(pl.lit("oa")).otherwise(pl.lit("auto")), text=pl.lit(_RECEIVED)),
            _said(base, 3, "answered_at", staff, text=pl.col("answer")),
            _said(base.filter(thanks), 4, "thanked_at", user, text=pl.col("thanks")),
            _said(base, 5, "closed_at", staff, event=pl.lit("close")),
            _said(base, 6, "reopened_at", user, text=pl.lit("Em hỏi lại việc này với ạ."), event=pl.lit("reopen")),
            _said(base.filter(again.fill_null(False)), 7, "resolved_at", staff, event=pl.lit("close")),
        ]
    )


def automatic_account(cases: pl.DataFrame) -> int:
    """The channel (position) whose first word is a machine's though it bears the page's name: the busiest account, where it is busy
    enough for that to show; else -1."""
    accounts = cases.filter((pl.col("way") == ZALO).fill_null(False)).group_by("channel").len()
    busy = accounts.filter(pl.col("len") > _TOO_OFTEN).sort("len", "channel", descending=[True, False])
    return int(busy["channel"][0]) if busy.height else -1


def _said(cases: pl.DataFrame, number: int, at: str, sender: pl.Expr, **more: pl.Expr) -> pl.DataFrame:
    """One message of each conversation that has come so far."""
    by_user = sender == "user"
    given = {
        "message_id": pl.format("{}-{}", "conversation_id", pl.lit(number)),
        "conversation_id": pl.col("conversation_id"),
        "oa_id": pl.col("oa_id"),
        "sender": sender,
        "agent": pl.when(sender == "agent").then("code"),
        "user": pl.when(by_user).then("nickname"),
        "time": pl.col(at),
    } | more
    here = cases.filter(pl.col(at).is_not_null())
    return here.select(given.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in _SCHEMA.items())


def _news(city: City) -> pl.DataFrame:
    """What the accounts send round once a month: threads in which no resident writes."""
    accounts = city.channels.filter(pl.col("export") == ZALO)["channel_id"]
    months = np.arange(EXPORTED_FROM + 10 * HOUR, END, 30 * DAY)
    count = len(accounts) * len(months)
    account = pl.Series(np.tile(np.arange(len(accounts)), len(months)))
    frame = pl.DataFrame({"oa_id": accounts.gather(account), "time": np.repeat(months, len(accounts)), "n": np.arange(count)})
    conversation = pl.lit("zb") + pl.col("n").cast(pl.String).str.zfill(5)
    given = {"message_id": conversation + "-0", "conversation_id": conversation, "sender": pl.lit("oa"), "text": pl.lit(_NEWS)}
    given |= {"oa_id": pl.col("oa_id"), "time": pl.col("time")}
    return frame.select(given.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in _SCHEMA.items())
