"""Every table, declared once: the columns a log may bring (input) and the tidy tables that are published.

Casts, row rules, the gate's suite, the record's SQL tables, the empty sheets and the data dictionary are derived from here.
"""

import polars as pl

from etl.columns import Column, Table

UNKNOWN = "unknown"
LOCAL_TIME_ZONE = "Asia/Ho_Chi_Minh"

PLATFORMS = ("facebook_group", "facebook_page", "zalo_oa", "zalo_group", "portal", "app", "hotline", "counter", "other")
ATTRIBUTIONS = ("author", "named", "roster", "none")
URGENCIES = ("urgent", "normal", "complex")
STATUSES = ("open", "answered", "resolved", "withdrawn", "duplicate")
VERDICTS = ("founded", "unfounded", "unknown")
FEEDBACK_KINDS = ("compliment", "complaint", "rating")
OUTCOMES = ("pending", "upheld", "not_upheld", "resolved", "withdrawn")


def _instants(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "instant") for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "integer", minimum=0) for name in names)


INPUT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "interactions",
            "one row per version of a resident's request",
            ("interaction_id",),
            (
                Column("interaction_id", "id", doc="the source's own number; without one the row's content is its number"),
                Column("asked_at", "instant", required=True, doc="when the resident asked"),
                *_instants("acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at"),
                Column("status", "listed", values=STATUSES),
                Column("ward", doc="name or code, as written"),
                Column("channel_id", "id"),
                Column("platform", "listed", values=PLATFORMS),
                Column("officer_id", "id"),
                Column("attribution", "listed", values=ATTRIBUTIONS, doc="how we know the officer"),
                Column("topic", "id"),
                Column("tip_off", "boolean"),
                Column("verdict", "listed", values=VERDICTS),
                Column("classified_at", "instant"),
                Column("urgency", "listed", values=URGENCIES),
                Column("text", doc="coded to its category, then dropped"),
                Column("resident", doc="becomes a keyed pseudonym before anything is stored"),
                Column("link", doc="of the post, so that it can be answered"),
                Column("reply_count", "integer", minimum=0),
                Column("updated_at", "instant", doc="orders the versions of a row"),
            ),
        ),
        Table(
            "messages",
            "one row per message of a thread",
            ("message_id",),
            (
                Column("message_id", "id", required=True),
                Column("thread_id", "id", required=True),
                Column("parent_id", "id", doc="the message it replies to"),
                Column("author_role", "listed", required=True, values=("resident", "officer", "page", "bot")),
                Column("author", doc="becomes a keyed pseudonym before anything is stored"),
                Column("officer_id", "id"),
                Column("sent_at", "instant", required=True),
                Column("text", doc="becomes a keyed digest where an officer or page wrote it, then dropped"),
                Column(
                    "event", "listed", values=("post", "reply", "resolve", "reopen"), doc="the first of a thread is a post, else a reply"
                ),
                Column("channel_id", "id"),
                Column("platform", "listed", values=PLATFORMS),
                Column("ward"),
                Column("topic", "id"),
                Column("link"),
                Column("attribution", "listed", values=ATTRIBUTIONS, doc="roster: where no officer is named, whoever was on duty answered"),
                Column("silence_days", "integer", minimum=1, doc="of an endless conversation: after so many a resident asks anew"),
            ),
            derived=(Column("said", doc="keyed digest of an officer's or page's text: equal texts are known, the text is not"),),
        ),
        Table(
            "feedback",
            "one row per version of a compliment, complaint or rating",
            ("feedback_id",),
            (
                Column("feedback_id", "id"),
                Column("kind", "listed", required=True, values=FEEDBACK_KINDS),
                Column("formal", "boolean", doc="khiếu nại, tố cáo: counted and routed, never scored"),
                Column("received_at", "instant", required=True),
                Column("officer_id", "id"),
                Column("attribution", "listed", values=ATTRIBUTIONS),
                Column("ward"),
                Column("channel_id", "id"),
                Column("platform", "listed", values=PLATFORMS),
                Column("interaction_id", "id", doc="the request it is about"),
                Column("category", "id"),
                Column("rating", "integer", minimum=1, maximum=5),
                Column("text", doc="coded to its category, then dropped"),
                Column("outcome", "listed", values=OUTCOMES),
                Column("decided_at", "instant"),
                Column("resident", doc="becomes a keyed pseudonym before anything is stored"),
                Column("updated_at", "instant"),
            ),
        ),
        Table(
            "officers",
            "one row per version of an officer",
            ("officer_id",),
            (Column("officer_id", "id", required=True), Column("name"), Column("badge", "id"), Column("active", "boolean")),
        ),
        Table(
            "postings",
            "one row per version of an officer's time in a ward",
            ("officer_id", "ward", "starts_on"),
            (
                Column("officer_id", "id", required=True),
                Column("ward", required=True),
                Column("starts_on", "date", required=True),
                Column("ends_on", "date"),
            ),
        ),
        Table(
            "duties",
            "one row per version of an officer's shift",
            ("officer_id", "starts_at"),
            (
                Column("officer_id", "id", required=True),
                Column("ward"),
                Column("channel_id", "id"),
                Column("starts_at", "instant", required=True),
                Column("ends_at", "instant", required=True),
            ),
        ),
        Table(
            "channels",
            "one row per version of a group, page, account, portal or hotline",
            ("channel_id",),
            (
                Column("channel_id", "id", required=True),
                Column("platform", "listed", required=True, values=PLATFORMS),
                Column("name"),
                Column("ward"),
                Column("opened_on", "date"),
                Column("closed_on", "date"),
            ),
        ),
        Table(
            "channel_days",
            "one row per version of a channel's day",
            ("channel_id", "day"),
            (
                Column("channel_id", "id", required=True),
                Column("day", "date", required=True),
                *_counts("members", "posts", "views", "comments", "reactions", "shares", "corrections"),
            ),
        ),
    )
}

OWN_NAMESPACE = ("interactions", "messages", "feedback")
"""Tables whose ids are the source's own: their key starts with the source."""

OFFICIAL = ("officer", "page")
"""Roles of authors who can answer; a bot only acknowledges."""

RESIDENTS = ("resident", "author")
"""Columns that hold the pseudonym of whoever is meant."""
FREE = ("ward", "topic", "category")
"""Columns that are kept as they are written, whatever people write there: numbers, addresses and links in them are masked."""
KEYED = {"interactions": ("resident",), "feedback": ("resident",), "messages": ("author", "said")}
"""Columns that hold keyed digests and never what was read, whatever the source; others do where the source says so."""

TIDY_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "interactions",
            "one row per request by a resident",
            ("source", "interaction_id"),
            (
                Column("source", "id", required=True),
                Column("interaction_id", "id", required=True),
                Column("channel_id", "id", required=True),
                Column("platform", "listed", required=True, values=(*PLATFORMS, UNKNOWN)),
                Column("ward_code", "id", required=True, doc="today's ward"),
                Column("ward_then", "id", required=True, doc="the ward by the name of the day"),
                Column("officer_id", "id", required=True),
                Column("attribution", "listed", required=True, values=ATTRIBUTIONS),
                Column("topic", "id", required=True),
                Column("tip_off", "boolean", required=True),
                Column("verdict", "listed", values=VERDICTS),
                Column("classified_at", "instant"),
                Column("urgency", "listed", required=True, values=URGENCIES),
                Column("asked_at", "instant", required=True),
                Column("has_time", "boolean", required=True, doc="false where any instant of the case is a bare date"),
                *_instants("acknowledged_at", "answered_at", "first_resolved_at", "reopened_at", "resolved_at"),
                Column("status", "listed", required=True, values=STATUSES),
                *_instants("acknowledge_due", "answer_due"),
                Column("reply_count", "integer", required=True, minimum=0),
                Column("link"),
            ),
            month_of="asked_at",
        ),
        Table(
            "feedback",
            "one row per compliment, complaint or rating",
            ("source", "feedback_id"),
            (
                Column("source", "id", required=True),
                Column("feedback_id", "id", required=True),
                Column("kind", "listed", required=True, values=FEEDBACK_KINDS),
                Column("formal", "boolean", required=True),
                Column("officer_id", "id", required=True),
                Column("attribution", "listed", required=True, values=ATTRIBUTIONS),
                Column("ward_code", "id", required=True),
                Column("channel_id", "id", required=True),
                Column("platform", "listed", required=True, values=(*PLATFORMS, UNKNOWN)),
                Column("interaction_id", "id", doc="the request it is about, where that was found"),
                Column("received_at", "instant", required=True),
                Column("has_time", "boolean", required=True),
                Column("category", "id", required=True),
                Column("rating", "integer", minimum=1, maximum=5),
                Column("outcome", "listed", values=OUTCOMES),
                Column("decided_at", "instant"),
                Column("counts", "boolean", required=True, doc="one resident, one voice: enters rates and shares"),
                Column("held", "boolean", required=True, doc="part of a burst that waits for a person"),
            ),
            month_of="received_at",
        ),
        Table(
            "officers",
            "one row per officer",
            ("officer_id",),
            (
                Column("officer_id", "id", required=True),
                Column("name"),
                Column("badge", "id"),
                Column("active", "boolean", required=True),
            ),
        ),
        Table(
            "postings",
            "one row per officer's time in a ward",
            ("officer_id", "ward_code", "starts_on"),
            (
                Column("officer_id", "id", required=True),
                Column("ward_code", "id", required=True),
                Column("starts_on", "date", required=True),
                Column("ends_on", "date"),
            ),
        ),
        Table(
            "duties",
            "one row per officer's shift",
            ("officer_id", "starts_at"),
            (
                Column("officer_id", "id", required=True),
                Column("starts_at", "instant", required=True),
                Column("ward_code", "id"),
                Column("channel_id", "id"),
                Column("ends_at", "instant", required=True),
            ),
        ),
        Table(
            "wards",
            "one row per ward that occurs, of today or of the day",
            ("ward_code",),
            (
                Column("ward_code", "id", required=True),
                Column("name", required=True),
                Column("type"),
                Column("district"),
                Column("province", required=True),
                Column("parent", "id", required=True, doc="the province's code"),
                Column("latitude", "real"),
                Column("longitude", "real"),
                Column("valid_from", "date"),
                Column("valid_to", "date"),
                Column("current_code", "id", required=True, doc="today's ward that it went to"),
                Column("split", "boolean", required=True, doc="its land went to several of today's wards"),
            ),
        ),
        Table(
            "channels",
            "one row per group, page, account, portal or hotline",
            ("channel_id",),
            (
                Column("channel_id", "id", required=True),
                Column("platform", "listed", required=True, values=PLATFORMS),
                Column("name"),
                Column("ward_code", "id"),
                Column("opened_on", "date"),
                Column("closed_on", "date"),
            ),
        ),
        Table(
            "channel_days",
            "one row per channel and day",
            ("channel_id", "day"),
            (
                Column("channel_id", "id", required=True),
                Column("day", "date", required=True),
                *_counts("members", "posts", "views", "comments", "reactions", "shares", "corrections"),
            ),
        ),
    )
}

_LINEAGE = (
    Column("file_id", "integer", required=True, doc="the file that brought the row's last version"),
    Column("row_number", "integer", required=True, doc="its place there: 1 = the first record after the header"),
)
_ON_SPLIT = Column("split", "boolean", doc="the land of the day's ward went to several of today's")
SERVING_COLUMNS: dict[str, tuple[Column, ...]] = {
    "interactions": (
        Column("provisional", "boolean", required=True, doc="rests on a file that was cut off"),
        *_LINEAGE,
        _ON_SPLIT,
        Column("relabelled", "boolean", doc="was called urgent once, and is not any more"),
        Column("same_answer", "boolean", doc="the first answer's text was sent word for word more than 20 times"),
    ),
    "feedback": (
        Column("ward_then", "id", required=True),
        Column("topic", "id", required=True, doc="of the linked request"),
        Column("interaction_source", "id", doc="source of the linked request"),
        Column("provisional", "boolean", required=True),
        *_LINEAGE,
        _ON_SPLIT,
    ),
    "channel_days": (Column("provisional", "boolean", required=True),),
}
"""Columns that a snapshot carries beside the tidy ones: derived from them, so that no figure waits on a join, and the rows' lineage."""

UNITS = Table(
    "units",
    "one row per unit that occurs anywhere in the record",
    ("unit_kind", "unit"),
    (
        Column("unit_kind", "listed", required=True, values=("province", "ward", "ward_then", "channel", "platform", "officer", "topic")),
        Column("unit", "id", required=True),
        Column("unit_name", required=True),
    ),
)
FILES = Table(
    "files",
    "one row per file whose rows count",
    ("file_id",),
    (
        Column("file_id", "integer", required=True),
        Column("load_id", "integer", required=True),
        Column("path", required=True, doc="in the inbox"),
        Column("source", "id", required=True),
    ),
)
SERVING_TABLES = {table.name: table for table in (UNITS, FILES)}
"""Tables published beside the tidy ones; no checksum knows them."""


def snapshot_schema(table: str) -> dict[str, pl.DataType]:
    """Columns and types of a table's Parquet files: the tidy columns, then the serving columns."""
    if table in SERVING_TABLES:
        return SERVING_TABLES[table].schema
    return TIDY_TABLES[table].schema | {column.name: column.dtype for column in SERVING_COLUMNS.get(table, ())}
