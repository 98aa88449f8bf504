"""Channels whose log is not a sheet but what the platform gives out, message by message; and what such a log cannot say."""

import polars as pl

from etl.demo.channels import PAGE, ZALO
from etl.demo.city import City
from etl.demo.life import REFORM, wall_seconds

EXPORTED_FROM = wall_seconds(REFORM)
"""Before, all was noted in sheets."""
_COMMENT, _OWN_POST_ONE_IN = 3_000_000_000, 7
_UNSAID = {"tip_off": pl.lit(False), "urgency": pl.lit("normal"), "linked": pl.lit(False)} | {
    name: pl.lit(None) for name in ("ward", "old_ward", "verdict", "classified_at")
}
"""No message says this of its request."""
_NOT_ON_A_PAGE = ("acknowledged_at", "first_resolved_at", "reopened_at", "resolved_at", "topic", "officer")


def on_own_post(cases: pl.DataFrame) -> pl.Series:
    """Whether each request on a page is a post of the resident's own, and not a comment."""
    return cases["number"] % _OWN_POST_ONE_IN == 0


def request_ids(city: City, cases: pl.DataFrame) -> pl.Series:
    """The number that each request has in its log: the staff's own, the conversation's, the comment's or the post's."""
    on_page = (pl.lit(_COMMENT, pl.Int64) + pl.col("number")).cast(pl.String)
    page = city.channels["channel_id"].gather(cases["channel"])
    own_post = pl.format("{}_{}", page, on_page)
    digits = pl.col("number").cast(pl.String).str.zfill(7)
    return cases.select(
        pl.when(pl.col("way") == ZALO)
        .then(pl.lit("zl") + digits)
        .when(pl.col("way") == PAGE)
        .then(pl.when(on_own_post(cases)).then(own_post).otherwise(on_page))
        .otherwise(pl.lit("LH") + digits)
    ).to_series()


def as_messages_tell(city: City, cases: pl.DataFrame) -> pl.DataFrame:
    """Requests of the exported channels reduced to what their messages say.

    Args:
        cases: of make_cases.

    Returns:
        All requests with ``way`` (page, zalo, null for a sheet).
    """
    way = city.channels["export"].gather(cases["channel"]).set(cases["asked_at"] < EXPORTED_FROM, None)
    messages, page = way.is_not_null(), (way == PAGE).fill_null(False)
    attribution, answered = pl.col("attribution"), pl.col("answered_at").is_not_null()
    writes = attribution.is_in(["author", "named"]) & answered
    told = {name: pl.when(messages).then(value.cast(cases[name].dtype)).otherwise(name) for name, value in _UNSAID.items()}
    told |= {name: pl.when(~page).then(pl.col(name)) for name in _NOT_ON_A_PAGE if name != "officer"}
    told["officer"] = pl.when(~messages | (writes & ~page)).then("officer")
    told["true_ward"] = pl.when(messages).then("resident_ward").otherwise("true_ward")
    cases = cases.with_columns(way.alias("way"), **told)
    status = (
        pl.when(pl.col("resolved_at").is_not_null())
        .then(pl.lit("resolved"))
        .when(answered & pl.col("reopened_at").is_null())
        .then(pl.lit("answered"))
        .otherwise(pl.lit("open"))
    )
    known = pl.when(pl.col("officer").is_null()).then(pl.lit("none")).otherwise(pl.lit("author"))
    return cases.with_columns(
        status=pl.when(messages).then(status).otherwise("status"), attribution=pl.when(messages).then(known).otherwise("attribution")
    )
