"""The share of rows that are wrong, each in a way that staff's sheets really are, and what must become of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

Row = dict[str, str]
SHARE = 0.01
LONG_AGO = "01/01/2020 08:00:00"
NO_WARD = "Khu phố Ánh Trăng"


@dataclass(frozen=True)
class Spot:
    """One way to be wrong: what is changed in a row, and the fate and rule that follow."""

    what: str
    change: Row | Callable[[Row], Row]
    """Input column → new text."""
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


def _year_mistyped(column: str) -> Callable[[Row], Row]:
    return lambda row: {column: row[column].replace("/202", "/206", 1)}


INTERACTION_SPOTS = (
    Spot("a day that does not exist", {"asked_at": "31/02/2026 10:15:00"}, "time_unreadable", "asked_at"),
    Spot("answered before it was asked", {"acknowledged_at": "", "answered_at": LONG_AGO}, "before_asked", "answered_at"),
    Spot("no time of asking", {"asked_at": ""}, "required", "asked_at"),
    Spot("an urgency nobody lists", {"urgency": "hỏa tốc"}, "unlisted_value", "urgency"),
    Spot("the year mistyped", _year_mistyped("asked_at"), "time_in_future", "asked_at"),
    Spot("a number in words", {"reply_count": "nhiều lắm"}, "not_a_number", "reply_count"),
    Spot("a text beyond all measure", {"text": "a lô ơi " * 2600}, "text_too_long", "text", most=3),
    Spot(
        "a control character in the number",
        lambda row: {"interaction_id": row["interaction_id"][:4] + "\x07" + row["interaction_id"][4:]},
        "id_characters",
        "interaction_id",
        csv_only=True,
    ),
    Spot("a line cut short", {}, "field_count", line="short", csv_only=True),
    Spot("a line too long", {"text": "Nhờ các anh xem giúp."}, "field_count", line="long", csv_only=True),
    Spot("the same row twice in a file", {}, None, extra=True),
    Spot("a day without an hour", lambda row: {"asked_at": row["asked_at"][:10]}, None),
    Spot("a ward nobody knows", {"ward": NO_WARD, "channel_id": ""}, None),
)

_RECEIVED = (
    Spot("a day that does not exist", {"received_at": "30/02/2026"}, "time_unreadable", "received_at"),
    Spot("no time of receipt", {"received_at": ""}, "required", "received_at"),
    Spot("the year mistyped", _year_mistyped("received_at"), "time_in_future", "received_at"),
    Spot("the same row twice in a file", {}, None, extra=True),
)
FEEDBACK_SPOTS: dict[str, tuple[Spot, ...]] = {
    "compliments": (*_RECEIVED, Spot("points on a compliment", {"rating": "5"}, "rating_only_for_ratings", "rating")),
    "complaints": (*_RECEIVED, Spot("decided before it was received", {"decided_at": LONG_AGO}, "decided_before_received", "decided_at")),
    "ratings": (*_RECEIVED, Spot("seven points of five", {"rating": "7"}, "number_range", "rating")),
}
MARKS = {"what": pl.String, "fate": pl.String, "rule": pl.String, "column": pl.String, "line": pl.String}


def clean(texts: pl.DataFrame, fate: str = "loaded") -> pl.DataFrame:
    """Rows with nothing wrong: the texts and MARKS."""
    whole = {"fate": fate, "line": "whole"}
    return texts.with_columns(pl.lit(whole.get(name), dtype=pl.String).alias(name) for name in MARKS)


def soil(texts: pl.DataFrame, spots: tuple[Spot, ...], free: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Spoil a hundredth of the rows, each kind of spot at least once.

    Args:
        texts: text columns of the sheet, ``file`` (its name) and ``row_id`` (what tells rows apart before they are spoilt).
        spots: ways to be wrong.
        free: positions of rows that nothing else leans on.

    Returns:
        The rows in order, with MARKS; rows that stand twice are there twice.
    """
    wanted = max(len(spots), round(SHARE * texts.height))
    chosen = rng.permutation(free)[: min(wanted, len(free))]
    frame = clean(texts).with_columns(place=pl.int_range(pl.len()).cast(pl.Float64))
    in_workbook = texts["file"].str.ends_with(".xlsx").to_numpy()
    made: dict[str, int] = {}
    changed: list[dict[str, Any]] = []
    extra: list[dict[str, Any]] = []
    turn = 0
    for position in chosen.tolist():
        while True:
            spot = spots[turn % len(spots)]
            turn += 1
            if not (spot.csv_only and in_workbook[position]) and made.get(spot.what, 0) < (spot.most or wanted):
                break
        made[spot.what] = made.get(spot.what, 0) + 1
        row = frame.row(position, named=True)
        change = spot.change(row) if callable(spot.change) else spot.change
        marks = {"what": spot.what, "fate": spot.fate, "rule": spot.rule, "column": spot.column, "line": spot.line}
        spoilt = row | change | marks | {"place": position + 0.5 * spot.extra}
        (extra if spot.extra else changed).append(spoilt)
    kept = frame.with_columns(pl.int_range(pl.len()).alias("at")).filter(
        ~pl.col("at").is_in(pl.Series([int(row["place"]) for row in changed], dtype=pl.Int64).implode())
    )
    spoilt_rows = pl.DataFrame(changed + extra, schema=frame.schema, orient="row")
    return pl.concat([kept.drop("at"), spoilt_rows]).sort("place").drop("place")
