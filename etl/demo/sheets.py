"""Which file each made-up row stands in: quarters of requests, years of feedback, the roster."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from etl.demo.city import City
from etl.demo.dirt import FEEDBACK_SPOTS, INTERACTION_SPOTS, NO_WARD, clean, soil
from etl.demo.files import as_texts, form
from etl.demo.life import DAY, END, HOUR, LAST_DAY, MINUTE, REFORM, wall_seconds
from etl.demo.roster import channel_days, duties, postings

WORKBOOK_FROM = wall_seconds(LAST_DAY.replace(day=1))
"""From here on the staff keep a workbook in place of the sheet."""
TO_THE_MINUTE = wall_seconds(REFORM)
"""Before, times were noted without seconds."""
BOOKS = {"compliments": "loi-khen", "complaints": "gop-y", "ratings": "cham-diem"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """One file: its path in the folder, the shipped source that reads it, and its rows (texts, ``row_id`` and MARKS)."""

    path: str
    source: str
    rows: pl.DataFrame


def _split(source: str, rows: pl.DataFrame) -> list[Sheet]:
    """One sheet per value of ``file``."""
    parts = rows.partition_by("file", maintain_order=True, include_key=False, as_dict=True)
    return [Sheet(str(path), source, part) for (path,), part in parts.items()]


def asked_sheets(cases: pl.DataFrame, leaned_on: pl.Series, rng: np.random.Generator) -> tuple[list[Sheet], pl.DataFrame]:
    """The requests' files, some rows spoilt, carried over or corrected later.

    Args:
        cases: of make_cases.
        leaned_on: ids of requests that feedback is about; they stay as they are.

    Returns:
        The sheets; and the cases as a correct loader must know them in the end: without the refused ones, corrected, and
        true_ward null where the ward cannot be read.
    """
    shape = form("ward-sheet-interactions")
    day = pl.from_epoch("asked_at", "s")
    by_hand = pl.col("asked_at") < TO_THE_MINUTE
    name = pl.format(
        "luot-hoi_{}-Q{}.{}",
        day.dt.year(),
        day.dt.quarter(),
        pl.when(pl.col("asked_at") < WORKBOOK_FROM).then(pl.lit("csv")).otherwise(pl.lit("xlsx")),
    )
    texts = pl.concat([as_texts(cases.filter(by_hand), shape, to_the_minute=True), as_texts(cases.filter(~by_hand), shape)])
    texts = texts.with_columns(cases.select(name.alias("file"), pl.col("interaction_id").alias("row_id")))
    free = ~cases["interaction_id"].is_in(leaned_on.implode())
    rows = soil(texts, INTERACTION_SPOTS, np.flatnonzero(free.to_numpy()), rng)

    spoilt = rows.filter(pl.col("what").is_not_null())["row_id"]
    rest = cases["interaction_id"].filter(free & ~cases["interaction_id"].is_in(spoilt.implode()))
    rows, carried = _carried_over(rows, cases, rest)
    corrections, corrected = _corrections(cases, rest)
    superseded = pl.col("row_id").is_in(corrections["interaction_id"].implode())
    rows = pl.concat([rows, carried, _totals(rows)]).with_columns(fate=pl.when(superseded).then(pl.lit("duplicate")).otherwise("fate"))
    later = as_texts(corrections, shape).with_columns(row_id=corrections["interaction_id"])
    sheets = _split("ward-sheet-interactions", rows)
    sheets.append(Sheet("luot-hoi_dinh-chinh_2026-10.xlsx", "ward-sheet-interactions", clean(later)))

    refused = rows.filter(pl.col("fate") == "quarantined")["row_id"]
    nowhere = rows.filter(pl.col("ward") == NO_WARD)["row_id"]
    known = corrected.filter(~pl.col("interaction_id").is_in(refused.implode())).with_columns(
        true_ward=pl.when(~pl.col("interaction_id").is_in(nowhere.implode())).then("true_ward")
    )
    return sheets, known


def _totals(rows: pl.DataFrame) -> pl.DataFrame:
    """The line of totals under each sheet of the time when it was kept by hand, as wide as the sheet."""
    counts = rows.filter(pl.col("file").is_in(["luot-hoi_2025-Q1.csv", "luot-hoi_2025-Q2.csv"])).group_by("file", maintain_order=True).len()
    texts = [name for name in form("ward-sheet-interactions").headers if name not in ("interaction_id", "status")]
    marks = {"what": "a line of totals", "fate": "quarantined", "rule": "required", "column": "asked_at", "line": "whole"}
    return counts.select(
        *(pl.lit("").alias(name) for name in (*texts, "row_id")),
        *(pl.lit(value).alias(name) for name, value in marks.items()),
        "file",
        interaction_id=pl.lit("Tổng cộng"),
        status=pl.col("len").cast(pl.String),
    ).select(rows.columns)


def _carried_over(rows: pl.DataFrame, cases: pl.DataFrame, rest: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that stand in the next quarter's sheet too, changed later: the earlier one is the duplicate.

    Returns:
        The rows, the earlier ones marked; and the later ones, for the next file.
    """
    files = [file for file in rows["file"].unique(maintain_order=True) if file.endswith(".csv")]
    following = dict(pairwise(files))
    early = cases.filter(pl.col("interaction_id").is_in(rest.implode()) & (pl.col("updated_at") < END - 40 * DAY))
    chosen = early.gather_every(max(1, early.height // max(3, cases.height // 1000))).select(
        row_id="interaction_id", later=pl.col("updated_at") + 15 * DAY
    )
    moved = pl.col("file").is_in(list(following)) & pl.col("row_id").is_in(chosen["row_id"].implode())
    copies = rows.filter(moved).join(chosen, on="row_id", maintain_order="left")
    again = copies.with_columns(
        updated_at=pl.from_epoch("later", "s").dt.strftime("%d/%m/%Y %H:%M:%S"), file=pl.col("file").replace(following)
    )
    what = pl.lit("stands in the next file too")
    marked = rows.with_columns(
        what=pl.when(moved).then(what).otherwise("what"), fate=pl.when(moved).then(pl.lit("duplicate")).otherwise("fate")
    )
    return marked, again.select(marked.columns)


def _corrections(cases: pl.DataFrame, rest: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of the last month that were set right after the logs were copied out: answers noted late, topics mended.

    Returns:
        The new rows; and all cases with them in place.
    """
    last = (pl.col("asked_at") >= WORKBOOK_FROM) & pl.col("interaction_id").is_in(rest.implode())
    month = cases.filter(last & ~pl.col("status").is_in(["withdrawn", "duplicate"]))
    each = max(3, month.height // 80)
    silent = month.filter(pl.col("status") == "open", pl.col("answered_at").is_null()).head(each)
    silent = silent.with_columns(
        answered_at=pl.max_horizontal(pl.min_horizontal(pl.col("asked_at") + 3 * HOUR, END), "acknowledged_at"),
        status=pl.lit("answered"),
        reply_count=pl.lit(1, pl.Int64),
    )
    wrong = month.filter(pl.col("status") == "answered", pl.col("topic") != "other").head(each).with_columns(topic=pl.lit("other"))
    new = pl.concat([silent, wrong]).sort("interaction_id").with_columns(updated_at=pl.lit(END + 30 * MINUTE, pl.Int64))
    kept = cases.filter(~pl.col("interaction_id").is_in(new["interaction_id"].implode()))
    return new, pl.concat([kept, new]).sort("interaction_id")


def told_sheets(kind: str, judgements: pl.DataFrame, rng: np.random.Generator) -> list[Sheet]:
    """One kind of feedback, a file a year: compliments and complaints as CSV, ratings as workbooks."""
    book, extension = BOOKS[kind], "xlsx" if kind == "ratings" else "csv"
    year = pl.from_epoch("received_at", "s").dt.year()
    texts = as_texts(judgements, form(f"ward-sheet-{kind}"))
    texts = texts.with_columns(judgements.select(pl.format(f"{book}_{{}}.{extension}", year).alias("file"), row_id="feedback_id"))
    rows = soil(texts, FEEDBACK_SPOTS[kind], np.arange(judgements.height), rng)
    return _split(f"ward-sheet-{kind}", rows)


def roster_sheets(city: City, rng: np.random.Generator) -> list[Sheet]:
    """Officers, postings, shifts, channels and their days."""
    name = pl.Series([*city.wards["name"], ""])

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(ward=name[frame["ward"].fill_null(city.wards.height).to_numpy()])

    frames = {
        "can-bo.csv": ("officers", city.officers),
        "dieu-dong.csv": ("postings", named(postings(city, rng))),
        "lich-truc.csv": ("duties", named(duties(city, rng))),
        "kenh.xlsx": ("channels", named(city.channels)),
        "so-lieu-kenh.csv": ("channel-days", channel_days(city, rng)),
    }
    sheets = []
    for path, (table, frame) in frames.items():
        source = f"ward-sheet-{table}"
        texts = as_texts(frame, form(source))
        sheets.append(Sheet(f"danh-muc/{path}", source, clean(texts.with_columns(row_id=pl.lit("")))))
    return sheets
