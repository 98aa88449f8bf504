"""Facebook pages as the Graph API gives them, one file a page: posts, and under them what residents ask and the page replies."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from etl.demo.channels import PAGE
from etl.demo.city import City
from etl.demo.dirt import PAGE_SPOTS, choose_spots, soil
from etl.demo.exports import EXPORTED_FROM, on_own_post, request_ids
from etl.demo.files import Sheet
from etl.demo.life import DAY, END, HOUR, MINUTE, TO_UTC, wall_seconds
from etl.demo.lots import Ints
from etl.demo.spelling import slug
from etl.demo.stories import RUMOURS, rumour_ward
from etl.demo.words import ANSWERS, POSTS, THANKS, nicknames

SOURCE = "facebook-page-posts"
_RESIDENT, _REPLY, _THANKS = 700_000_000_000_000, 5_000_000_000, 7_000_000_000
_EVERY = 2 * DAY
"""Between two posts of a page, on average."""


def page_sheets(city: City, cases: pl.DataFrame, rng: np.random.Generator) -> Iterator[Sheet]:
    """The pages' files. A record is a post or a comment, in the order in which they stand.

    Args:
        cases: all requests; those of exported pages are written.
    """
    cases = cases.filter((pl.col("way") == PAGE).fill_null(False))
    for page in city.channels.with_row_index("channel").filter(pl.col("export") == PAGE).iter_rows(named=True):
        asked = cases.filter(pl.col("channel") == page["channel"])
        entries = _posts(page, rumour_ward(city), rng)
        records = _in_order(entries, _comments(city, page, asked, entries, rng))
        thanks = records["kind"].eq("thanks").to_numpy()
        records = records.with_columns(choose_spots(PAGE_SPOTS, thanks, np.zeros(records.height, dtype=np.bool_), rng))
        name = slug(city.wards["name"][page["ward"]])
        rows = soil(records, PAGE_SPOTS).with_columns(page_id=pl.lit(page["channel_id"]), page_name=pl.lit(page["name"]))
        yield Sheet(f"facebook/facebook-page_{name}.json", SOURCE, rows, interactions=asked.height)


def page_json(rows: pl.DataFrame) -> str:
    """A page's records as the document that the Graph API gives."""
    author = pl.when(pl.col("from_id").is_not_null()).then(pl.struct(id="from_id", name="from_name")).alias("from")
    parent = pl.when(pl.col("parent_id").is_not_null()).then(pl.struct(id="parent_id")).alias("parent")
    comment = pl.struct("id", "created_time", author, "message", parent)
    comments = rows.filter(pl.col("kind") != "post").group_by("entry").agg(comments=pl.struct(data=comment.implode()))
    posts = rows.filter(pl.col("kind") == "post").join(comments, on="entry", how="left", maintain_order="left")
    post = pl.struct("id", "created_time", author, "message", "permalink_url", "comments").struct.json_encode()
    head = pl.select(pl.struct(id=pl.lit(rows["page_id"][0]), name=pl.lit(rows["page_name"][0])).struct.json_encode()).item()
    return str(head).removesuffix("}") + ',"data":[\n' + ",\n".join(posts.select(post).to_series()) + "\n]}\n"


def _posts(page: dict[str, object], ward_of_rumour: int, rng: np.random.Generator) -> pl.DataFrame:
    """The page's own posts: news every other day, and rumours set right."""
    steps = rng.exponential(_EVERY, 4 * (END - EXPORTED_FROM) // _EVERY).cumsum().astype(np.int64)
    at = (EXPORTED_FROM + steps) // DAY * DAY + rng.integers(8 * HOUR, 20 * HOUR, len(steps))
    at = np.concatenate(([EXPORTED_FROM - 10 * HOUR], at[at < END]))
    texts = [POSTS[number] for number in rng.integers(0, len(POSTS), len(at))]
    tales = [rumour for rumour in RUMOURS if not rumour.one_ward or page["ward"] == ward_of_rumour]
    right = [(wall_seconds(rumour.corrected, 9 * HOUR), f"Đính chính: {rumour.correction}") for rumour in tales]
    later = [(when, text) for when, text in right if when >= EXPORTED_FROM]
    posts = pl.DataFrame({"at": [*at.tolist(), *(when for when, _text in later)], "message": [*texts, *(text for _when, text in later)]})
    posts = posts.sort("at", maintain_order=True).with_row_index("number", offset=1)
    return posts.select(
        "at",
        "message",
        kind=pl.lit("post"),
        id=pl.format("{}_{}", pl.lit(page["channel_id"]), pl.col("number") + 2200),
        from_id=pl.lit(page["channel_id"]),
        from_name=pl.lit(page["name"]),
        permalink_url=pl.format("https://www.facebook.example/{}/posts/{}", pl.lit(page["channel_id"]), pl.col("number") + 2200),
        parent_id=pl.lit(None, pl.String),
    ).with_columns(entry="id", entry_at="at")


def _comments(city: City, page: dict[str, object], asked: pl.DataFrame, posts: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Residents' comments and own posts, the page's replies, and thanks; in no order."""
    ids, own = request_ids(city, asked), on_own_post(asked)
    latest: Ints = np.searchsorted(posts["at"].to_numpy(), asked["asked_at"].to_numpy(), side="right") - 1
    entry, entry_at = posts["id"].gather(latest).zip_with(~own, ids), posts["at"].gather(latest).zip_with(~own, asked["asked_at"])
    thanked = asked["answered_at"] + pl.Series(rng.integers(MINUTE, 20 * MINUTE, asked.height))
    speaks = pl.Series(rng.random(asked.height) < 0.35) & (thanked <= END).fill_null(False)
    base = asked.select(
        "text",
        "asked_at",
        "answered_at",
        entry=entry,
        entry_at=entry_at,
        own=own,
        request=ids,
        number=pl.col("number").cast(pl.Int64),
        parent_id=ids.set(own, None),
        resident=(pl.col("resident") + _RESIDENT).cast(pl.String),
        nickname=nicknames(asked["resident"]),
        # No answer is word for word another's: sent within a minute it would be taken for an automatic one.
        answer=pl.Series(ANSWERS)[rng.integers(0, len(ANSWERS), asked.height)] + " #" + asked["number"].cast(pl.String),
        thanks=pl.Series(THANKS)[rng.integers(0, len(THANKS), asked.height)],
        thanked_at=thanked.set(~speaks, None),
    )
    resident = {"from_id": pl.col("resident"), "from_name": pl.col("nickname")}
    by_page = {"from_id": pl.lit(page["channel_id"]), "from_name": pl.lit(page["name"])}
    link = pl.when("own").then(pl.format("https://www.facebook.example/{}", "request"))
    kind = pl.when("own").then(pl.lit("post")).otherwise(pl.lit("question"))
    question = {"kind": kind, "id": pl.col("request"), "message": pl.col("text"), "permalink_url": link}
    question["parent_id"] = pl.lit(None, pl.String)
    reply = {"kind": pl.lit("reply"), "id": (pl.col("number") + _REPLY).cast(pl.String), "message": pl.col("answer")}
    thanks = {"kind": pl.lit("thanks"), "id": (pl.col("number") + _THANKS).cast(pl.String), "message": pl.col("thanks")}
    said = []
    for when, more in (("asked_at", question | resident), ("answered_at", reply | by_page), ("thanked_at", thanks | resident)):
        given = {"entry": pl.col("entry"), "entry_at": pl.col("entry_at"), "parent_id": pl.col("parent_id"), "at": pl.col(when)} | more
        given.setdefault("permalink_url", pl.lit(None, pl.String))
        said.append(base.filter(pl.col(when).is_not_null()).select(given[name].alias(name) for name in posts.columns))
    return pl.concat(said)


def _in_order(posts: pl.DataFrame, comments: pl.DataFrame) -> pl.DataFrame:
    """The newest post first, under each its comments from the oldest on; times as Facebook writes them."""
    records = pl.concat([posts, comments]).sort(-pl.col("entry_at"), "entry", pl.col("kind") != "post", "at", "id")
    return records.with_columns(created_time=pl.from_epoch(pl.col("at") - TO_UTC, "s").dt.strftime("%Y-%m-%dT%H:%M:%S+0000"))
