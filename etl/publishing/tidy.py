"""From folded rows to tidy tables: wards, channels and officers resolved, links looked up, deadlines and voices set.

What a row was read as stays in the record; it is resolved anew at each publication, so that a roster that arrives late heals
earlier rows.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from etl.publishing.before import KEY, Before
from etl.publishing.duty import on_duty
from etl.publishing.fold import folded_schema, lineage
from etl.publishing.units import occurring
from etl.publishing.voices import BURST_HISTORY_DAYS, bursts, one_voice
from etl.reference.targets import Targets, deadlines
from etl.reference.topics import Topics
from etl.reference.wards import Wards
from etl.tables import INPUT_TABLES, SERVING_TABLES, TIDY_TABLES, UNKNOWN, snapshot_schema
from etl.times import local_date

REFORM_ON = date(2025, 7, 1)
"""From this day on today's wards exist."""
CODES = {
    "interactions": ["channel_id", "platform", "ward_code", "ward_then", "officer_id", "topic", "asked_at", "status"],
    "feedback": ["channel_id", "platform", "ward_code", "ward_then", "officer_id", "topic", "received_at"],
}
"""Of the large tables what is looked at of every row."""
NOT_OF_THE_CASE = ("updated_at",)
"""Instants that say nothing of the case itself: a bare date there leaves the case's time known."""


@dataclass(frozen=True)
class References:
    """What rows are resolved with."""

    wards: Wards
    topics: Topics
    targets: Targets


def tidy_tables(
    folds: dict[str, pl.DataFrame], files: pl.DataFrame, references: References, as_of: datetime, before: Before
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Build what a snapshot holds.

    Args:
        folds: folded rows by input table (``fold_versions``); the largest is taken out once it is used, so that it is held no longer.
        files: ``standing_files``; the ward texts of those marked ``verbatim`` are codes and names as they stand.
        references: wards, topics and targets.
        as_of: an acknowledgement after it starts no clock.
        before: what stays of the version before.

    Returns:
        The rows that are made anew of the tidy and the serving tables, sorted by key, with the columns of ``snapshot_schema``; and all
        rows that there are of the tidy tables, of interactions and feedback only the CODES.
    """
    requests = folds.pop("interactions", pl.DataFrame(schema=folded_schema("interactions")))
    folds = {name: folds.get(name, pl.DataFrame(schema=folded_schema(name))) for name in INPUT_TABLES}
    resolve = _WardColumns(references.wards, set(files.filter("verbatim")["source"]))
    channels = _channels(folds["channels"], resolve)
    duties = _duties(folds["duties"], channels, resolve)
    shifts = before.with_rest("duties", _as_published("duties", duties))
    cases = _interactions(requests, channels, shifts, resolve, references, as_of)
    del requests
    interactions = _finished("interactions", cases, files, references.wards)
    del cases  # the largest frame of all, and wider than what is published
    linked = before.with_rest("interactions", interactions.select(*KEY, *_LINKED)) if folds["feedback"].height else interactions
    judged = _feedback(folds["feedback"], linked, channels, resolve, references.topics, before)
    feedback = _finished("feedback", judged, files, references.wards)
    small = {
        "officers": folds["officers"].with_columns(pl.col("active").fill_null(True)),
        "postings": _postings(folds["postings"], resolve),
        "duties": duties,
        "channels": channels,
        "channel_days": folds["channel_days"],
    }
    tables = {"interactions": interactions, "feedback": feedback} | {name: _as_published(name, rows) for name, rows in small.items()}
    whole = {name: before.with_rest(name, rows.select(CODES.get(name, rows.columns))) for name, rows in tables.items()}
    others = occurring(whole, references.wards) | {"files": files}
    return tables | {name: _as_published(name, rows) for name, rows in others.items()}, whole


def _finished(name: str, rows: pl.DataFrame, files: pl.DataFrame, wards: Wards) -> pl.DataFrame:
    """Cases or feedback as they are published, with the file and line that brought them: what led there is not kept any longer."""
    return _as_published(name, rows.with_columns(lineage(rows["arrived"], files), split=pl.col("ward_then").is_in(wards.split)))


def _as_published(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The declared columns, sorted by key."""
    declared = (TIDY_TABLES | SERVING_TABLES)[name]
    return rows.select(pl.col(column).cast(dtype) for column, dtype in snapshot_schema(name).items()).sort(declared.key)


@dataclass(frozen=True)
class _WardColumns:
    wards: Wards
    verbatim: set[str]

    def __call__(self, frame: pl.DataFrame, text: str, source: str, day: pl.Expr) -> pl.DataFrame:
        """``frame`` with ``own_code`` and ``own_then``: null where the text is missing, ``unknown`` where it means no ward."""
        before, verbatim = (day < REFORM_ON).fill_null(False), pl.col(source).is_in(list(self.verbatim))
        texts = frame.select(text=text, before=before, verbatim=verbatim)
        asked = texts.filter(pl.col("text").is_not_null() & ~pl.col("verbatim")).select("text", "before").unique()
        found = _looked_up(texts, self.wards.resolve(asked.sort("text", "before")), ["text", "before"])
        names = {"own_code": "ward_code", "own_then": "ward_then"}
        own = found.select(pl.when("verbatim").then("text").otherwise(name).alias(alias) for alias, name in names.items())
        return frame.with_columns(own)


def _looked_up(rows: pl.DataFrame, table: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The rows with the other columns of a table beside them, found by columns that are its key. A join of all columns would copy each
    of them; this leaves the rows' own where they are."""
    found = rows.select(on).join(table, on=on, how="left", maintain_order="left")
    return rows.with_columns(found.drop(on))


def _channels(fold: pl.DataFrame, resolve: _WardColumns) -> pl.DataFrame:
    """Channels, with the ward text and source still beside them: a case of theirs resolves it by its own day. A list of channels is
    one of today, whenever they were opened."""
    found = _by_either_day(fold, resolve, pl.lit(None, pl.Date), pl.col("opened_on"))
    return found.with_columns(ward_code=pl.col("own_code").replace(UNKNOWN, None))


def _by_either_day(fold: pl.DataFrame, resolve: _WardColumns, day: pl.Expr, else_day: pl.Expr) -> pl.DataFrame:
    """Rows with the ward of their own text by the names of ``day``; where these name none, by those of ``else_day``. No day is today."""
    found, other = (resolve(fold, "ward", "source", each) for each in (day, else_day))
    return found.with_columns(own_code=pl.when(pl.col("own_code") == UNKNOWN).then(other["own_code"]).otherwise("own_code"))


def _of_channel(channels: pl.DataFrame) -> pl.DataFrame:
    columns = {"platform": "channel_platform", "ward": "channel_ward", "source": "channel_source", "ward_code": "channel_code"}
    return channels.select("channel_id", *(pl.col(name).alias(alias) for name, alias in columns.items()))


def _with_wards(rows: pl.DataFrame, resolve: _WardColumns, day: pl.Expr) -> pl.DataFrame:
    """Rows with the ward of their own text (``own_code``, ``own_then``) and of their channel (``channel_code``, ``channel_then``).

    A channel has one ward, whatever the day; by the name of the day it is an old one only where that went to the channel's own.
    """
    rows = rows.with_columns(_day=day)
    rows = resolve(rows, "channel_ward", "channel_source", pl.col("_day")).rename({"own_code": "day_code", "own_then": "day_then"})
    of_the_day = pl.when(pl.col("day_code") == pl.col("channel_code")).then("day_then").otherwise("channel_code")
    return resolve(rows.with_columns(channel_then=of_the_day), "ward", "source", pl.col("_day"))


def _has_time(table: str) -> pl.Expr:
    instants = INPUT_TABLES[table].names("instant")
    known = [(pl.col("bare") // (1 << i)) % 2 == 0 for i, name in enumerate(instants) if name not in NOT_OF_THE_CASE]
    return pl.all_horizontal(known)


def _attribution() -> pl.Expr:
    named = pl.col("attribution").fill_null("named")
    return pl.when(pl.col("officer_id").fill_null(UNKNOWN) == UNKNOWN).then(pl.lit("none")).otherwise(named)


def _interactions(
    fold: pl.DataFrame, channels: pl.DataFrame, duties: pl.DataFrame, resolve: _WardColumns, references: References, as_of: datetime
) -> pl.DataFrame:
    cases = _looked_up(fold, _of_channel(channels), ["channel_id"])
    cases = _with_wards(cases, resolve, local_date(pl.col("asked_at")))
    open_again = pl.col("reopened_at").is_not_null() & pl.col("resolved_at").is_null()
    cases = cases.with_columns(
        channel_id=pl.col("channel_id").fill_null(UNKNOWN),
        platform=pl.coalesce("platform", "channel_platform").fill_null(UNKNOWN),
        ward_code=pl.coalesce("own_code", "channel_code").fill_null(UNKNOWN),
        ward_then=pl.coalesce("own_then", "channel_then").fill_null(UNKNOWN),
        topic=references.topics.topic(fold["topic"]).fill_null(UNKNOWN),
        tip_off=pl.col("tip_off").fill_null(False),
        urgency=pl.col("urgency").fill_null("normal"),
        has_time=_has_time("interactions"),
        reply_count=pl.col("reply_count").fill_null(0),
        status=pl.coalesce(
            "status",
            pl.when(pl.col("resolved_at").is_not_null())
            .then(pl.lit("resolved"))
            .when(pl.col("answered_at").is_not_null() & ~open_again)
            .then(pl.lit("answered"))
            .otherwise(pl.lit("open")),
        ),
    )
    cases = _with_officers(cases, duties)
    due = deadlines(cases.select("topic", "urgency", "asked_at", "acknowledged_at", "answered_at"), references.targets, as_of)
    return cases.with_columns(due["acknowledge_due"], due["answer_due"])


def _with_officers(cases: pl.DataFrame, duties: pl.DataFrame) -> pl.DataFrame:
    """Cases with their officer, of the duty roster where the log says so and names none, and how the officer is known."""
    answered = INPUT_TABLES["interactions"].names("instant").index("answered_at")
    asks_roster = (pl.col("attribution") == "roster").fill_null(False) & (pl.col("officer_id").fill_null(UNKNOWN) == UNKNOWN)
    known = (pl.col("bare") // (1 << answered)) % 2 == 0
    if cases.select(asks_roster.any()).item():
        asked = cases.with_columns(answered_at=pl.when(asks_roster & known).then("answered_at"))
        cases = cases.with_columns(officer_id=pl.when(asks_roster).then(on_duty(asked, duties)).otherwise("officer_id"))
    return cases.with_columns(attribution=_attribution(), officer_id=pl.col("officer_id").fill_null(UNKNOWN))


_WEIGHED = ("kind", "officer_id", "ward_code", "received_at", "formal", "outcome")
"""By which of all feedback is a burst known."""
_LINKED = ("officer_id", "attribution", "ward_code", "ward_then", "channel_id", "platform", "topic")


def _feedback(
    fold: pl.DataFrame, interactions: pl.DataFrame, channels: pl.DataFrame, resolve: _WardColumns, topics: Topics, before: Before
) -> pl.DataFrame:
    rows = _linked(fold, interactions)
    own = pl.col("officer_id").is_not_null()
    rows = rows.with_columns(
        attribution=pl.when(own).then(_attribution()).otherwise(pl.col("linked_attribution").fill_null("none")),
        officer_id=pl.coalesce("officer_id", "linked_officer_id").fill_null(UNKNOWN),
        channel_id=pl.coalesce("channel_id", "linked_channel_id").fill_null(UNKNOWN),
    )
    rows = _looked_up(rows, _of_channel(channels), ["channel_id"])
    rows = _with_wards(rows, resolve, local_date(pl.col("received_at")))
    rows = rows.with_columns(
        platform=pl.coalesce("platform", "linked_platform", "channel_platform").fill_null(UNKNOWN),
        ward_code=pl.coalesce("own_code", "linked_ward_code", "channel_code").fill_null(UNKNOWN),
        ward_then=pl.coalesce("own_then", "linked_ward_then", "channel_then").fill_null(UNKNOWN),
        topic=pl.col("linked_topic").fill_null(UNKNOWN),
        formal=pl.col("formal").fill_null(False),
        category=topics.category(fold["category"]).fill_null(UNKNOWN),
        has_time=_has_time("feedback"),
    )
    counted = ~pl.col("formal") & (pl.col("outcome") != "withdrawn").fill_null(True)
    seen = rows.select(pl.col(name).cast(snapshot_schema("feedback")[name]) for name in _WEIGHED)
    received, day = pl.lit(rows["received_at"]), pl.duration(days=1)
    near = pl.col("received_at").is_between(received.min() - (BURST_HISTORY_DAYS + 1) * day, received.max() + day)
    beside = before.rest("feedback", seen.columns).filter(near)
    held = bursts(pl.concat([beside, seen]).with_columns(counted=counted)).tail(rows.height)
    return rows.with_columns(one_voice(rows.with_columns(counted=counted)).alias("counts"), held)


def _linked(fold: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Feedback beside the request it is about: of the same source, else the only one of that id, else none."""
    linked = {f"linked_{name}": pl.col(name).replace(UNKNOWN, None) for name in _LINKED}
    asked = interactions.select("source", "interaction_id", *_LINKED).join(
        fold.select("interaction_id").unique(), on="interaction_id", how="semi"
    )
    known = asked.select("source", "interaction_id", interaction_source="source", **linked)
    same = _looked_up(fold, known, ["source", "interaction_id"])
    only = known.filter(~pl.col("interaction_id").is_duplicated()).drop("source")
    other = _looked_up(fold, only, ["interaction_id"])
    own = same["interaction_source"].is_not_null()
    rows = same.with_columns(other[name].zip_with(~own, same[name]) for name in ("interaction_source", *linked))
    return rows.with_columns(interaction_id=pl.when(pl.col("interaction_source").is_not_null()).then("interaction_id"))


def _postings(fold: pl.DataFrame, resolve: _WardColumns) -> pl.DataFrame:
    found = _by_either_day(fold, resolve, pl.col("starts_on"), pl.lit(None, pl.Date))
    found = found.with_columns(ward_code=pl.col("own_code").fill_null(UNKNOWN))
    key = ["officer_id", "ward_code", "starts_on"]  # one ward in two spellings is one posting
    return found.sort(*key, "arrived").group_by(key, maintain_order=True).agg(pl.col("ends_on").drop_nulls().last())


def _duties(fold: pl.DataFrame, channels: pl.DataFrame, resolve: _WardColumns) -> pl.DataFrame:
    """Shifts; one at a channel is in its ward, as the channel's cases are, where it names none."""
    rows = _looked_up(fold, _of_channel(channels), ["channel_id"])
    rows = resolve(rows, "ward", "source", local_date(pl.col("starts_at")))
    return rows.with_columns(ward_code=pl.coalesce("own_code", "channel_code"))
