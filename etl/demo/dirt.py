"""The share of rows that are wrong, each in a way that staff's sheets really are, and what must become of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from etl.demo.lots import Flags, Ints

SHARE = 0.01
LONG_AGO = "01/01/2020 08:00:00"
NO_WARD = "Khu phố Ánh Trăng"


@dataclass(frozen=True, eq=False)
class Spot:
    """One way to be wrong: what is changed in a row, and the fate and rule that follow."""

    what: str
    change: Mapping[str, str | pl.Expr | None]
    """Input column → new text, null for an empty cell."""
    rule: str | None
    """None where the row is not refused."""
    column: str | None = None
    line: Literal["whole", "short", "long"] = "whole"
    csv_only: bool = False
    extra: bool = False
    """Not a changed row but one more, after the first."""
    most: int | None = None

    @property
    def fate(self) -> str:
        return "quarantined" if self.rule else "duplicate" if self.extra else "loaded"


def _year_mistyped(column: str) -> dict[str, pl.Expr]:
    return {column: pl.col(column).str.replace("/202", "/206", literal=True)}


_BROKEN_ID = pl.col("interaction_id").str.slice(0, 4) + "\x07" + pl.col("interaction_id").str.slice(4)
INTERACTION_SPOTS = (
    Spot("a day that does not exist", {"asked_at": "31/02/2026 10:15:00"}, "time_unreadable", "asked_at"),
    Spot("answered before it was asked", {"acknowledged_at": None, "answered_at": LONG_AGO}, "before_asked", "answered_at"),
    Spot("no time of asking", {"asked_at": None}, "required", "asked_at"),
    Spot("an urgency nobody lists", {"urgency": "hỏa tốc"}, "unlisted_value", "urgency"),
    Spot("the year mistyped", _year_mistyped("asked_at"), "time_in_future", "asked_at"),
    Spot("a number in words", {"reply_count": "nhiều lắm"}, "not_a_number", "reply_count"),
    Spot("a text beyond all measure", {"text": "a lô ơi " * 2600}, "text_too_long", "text", most=3),
    Spot(
        "a control character in the number",
        {"interaction_id": _BROKEN_ID},
        "id_characters",
        "interaction_id",
        csv_only=True,
    ),
    Spot("a line cut short", {}, "field_count", line="short", csv_only=True, most=40),
    Spot("a line too long", {"text": "Nhờ các anh xem giúp."}, "field_count", line="long", csv_only=True, most=40),
    Spot("the same row twice in a file", {}, None, extra=True),
    Spot("a day without an hour", {"asked_at": pl.col("asked_at").str.slice(0, 10)}, None),
    Spot("a ward nobody knows", {"ward": NO_WARD, "channel_id": None}, None),
)

_RECEIVED = (
    Spot("a day that does not exist", {"received_at": "30/02/2026"}, "time_unreadable", "received_at"),
    Spot("no time of receipt", {"received_at": None}, "required", "received_at"),
    Spot("the year mistyped", _year_mistyped("received_at"), "time_in_future", "received_at"),
    Spot("the same row twice in a file", {}, None, extra=True),
)
FEEDBACK_SPOTS: dict[str, tuple[Spot, ...]] = {
    "compliments": (*_RECEIVED, Spot("points on a compliment", {"rating": "5"}, "rating_only_for_ratings", "rating")),
    "complaints": (*_RECEIVED, Spot("decided before it was received", {"decided_at": LONG_AGO}, "decided_before_received", "decided_at")),
    "ratings": (*_RECEIVED, Spot("seven points of five", {"rating": "7"}, "number_range", "rating")),
}
ZALO_SPOTS = (
    Spot("a message without a time", {"time": None}, "required", "sent_at"),
    Spot("a writer nobody lists", {"sender": "khách"}, "unlisted_value", "author_role"),
    Spot("a line cut short", {}, "no_json_object", line="short"),
    Spot("the same message twice", {}, None, extra=True),
)
PAGE_SPOTS = (
    Spot("a time in words", {"created_time": "hôm qua"}, "time_unreadable", "sent_at"),
    Spot("the same comment twice", {}, None, extra=True),
)
"""Of messages only thanks are spoilt: no request rests on them."""
MARKS = {"what": pl.String, "fate": pl.String, "rule": pl.String, "column": pl.String, "line": pl.String}


def clean(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows with nothing wrong: the texts and MARKS."""
    whole = {"fate": "loaded", "line": "whole"}
    return texts.with_columns(pl.lit(whole.get(name), dtype=pl.String).alias(name) for name in MARKS)


def choose_spots(spots: tuple[Spot, ...], free: Flags, in_workbook: Flags, rng: np.random.Generator) -> pl.Series:
    """Which rows are spoilt and how: a hundredth, each kind of spot at least once where there is room.

    Args:
        spots: ways to be wrong.
        free: per row, whether nothing else leans on it.
        in_workbook: per row, whether it stands in a workbook.

    Returns:
        ``spot`` per row: its position in ``spots``, null for a clean row.
    """
    spot = np.full(len(free), -1)
    for inside, least in ((False, len(spots)), (True, 0)):
        fitting = np.array([number for number, kind in enumerate(spots) if not (inside and kind.csv_only)])
        wanted = max(least, round(SHARE * np.count_nonzero(in_workbook == inside)))
        rows: Ints = rng.permutation(np.flatnonzero(free & (in_workbook == inside)))[:wanted]
        spot[rows] = fitting[np.arange(len(rows)) % len(fitting)]
    for number, kind in enumerate(spots):
        spot[np.flatnonzero(spot == number)[kind.most :] if kind.most else []] = -1
    return pl.Series("spot", spot, dtype=pl.Int32).set(pl.Series(spot < 0), None)


def soil(texts: pl.DataFrame, spots: tuple[Spot, ...]) -> pl.DataFrame:
    """Spoil the chosen rows of a sheet.

    Args:
        texts: text columns of the sheet, and ``spot``.
        spots: ways to be wrong.

    Returns:
        The rows in order, with MARKS; rows that stand twice are there twice.
    """
    frame = clean(texts).with_columns(place=pl.int_range(pl.len()).cast(pl.Float64))
    parts = [frame.filter(pl.col("spot").is_null())]
    for number, spot in enumerate(spots):
        hit = frame.filter(pl.col("spot") == number)
        changes = {name: pl.lit(value, pl.String) if not isinstance(value, pl.Expr) else value for name, value in spot.change.items()}
        marks = {"what": spot.what, "fate": spot.fate, "rule": spot.rule, "column": spot.column, "line": spot.line}
        spoilt = hit.with_columns(**changes, **{name: pl.lit(value, pl.String) for name, value in marks.items()})
        parts += [hit, spoilt.with_columns(pl.col("place") + 0.5)] if spot.extra else [spoilt]
    return pl.concat(parts).sort("place").drop("place", "spot")
