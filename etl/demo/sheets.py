"""The files as they are written: requests a quarter and cluster, feedback a year, the roster."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from etl.demo.channels import channel_days
from etl.demo.city import City
from etl.demo.dirt import FEEDBACK_SPOTS, INTERACTION_SPOTS, choose_spots, clean, soil
from etl.demo.exports import request_ids
from etl.demo.files import Sheet, as_texts, form
from etl.demo.filing import BOOKS_FROM, Filed
from etl.demo.life import DAY, REFORM, wall_seconds
from etl.demo.roster import duties, postings
from etl.demo.stories import corrected_days
from etl.demo.words import nicknames

BY_HAND = pl.col("asked_at") < wall_seconds(REFORM)
"""Before, times were noted without seconds."""
FOOTERS = ("2025-Q1", "2025-Q2")
"""Quarters whose sheets end with a line of totals as wide as the sheet."""
NOTES = ("2024-Q4",)
"""Quarters whose sheets end with a remark in one cell."""
BOOKS = {"compliments": "loi-khen", "complaints": "gop-y", "ratings": "cham-diem"}


def asked_sheets(city: City, filed: Filed) -> Iterator[Sheet]:
    """The requests' files one by one, and at last the one with corrections."""
    source = "ward-sheet-interactions"
    followed = [filed.cases[:0]] * filed.clusters
    for number, path in enumerate(filed.files):
        kept = filed.cases.filter(pl.col("file") == number)
        rows = _marked(soil(_asked(city, kept), INTERACTION_SPOTS))
        if path.endswith(".csv"):
            again = followed[number % filed.clusters].with_columns(pl.col("updated_at") + 15 * DAY, carried=False)
            rows = pl.concat([rows, _marked(soil(_asked(city, again), INTERACTION_SPOTS)), _footer(path, rows)])
            followed[number % filed.clusters] = kept.filter("carried")
        if rows.height:
            yield Sheet(path, source, rows)
    yield Sheet("luot-hoi_dinh-chinh_2026-10.xlsx", source, clean(as_texts(_written(city, filed.corrections), form(source))))


def _written(city: City, cases: pl.DataFrame) -> pl.DataFrame:
    """Requests with the input columns that a log writes out."""
    channel_id = city.channels["channel_id"].gather(cases["channel"])
    platform = city.channels["platform"].gather(cases["channel"])
    ids = request_ids(city, cases)
    link = pl.format("https://{}.example/{}/{}", platform.str.replace("_", "-"), channel_id, ids)
    return cases.with_columns(
        interaction_id=ids,
        channel_id=channel_id,
        platform=platform,
        officer_id=city.officers["officer_id"].gather(cases["officer"]),
        resident=nicknames(cases["resident"]),
        link=pl.when("linked").then(link),
    )


def _asked(city: City, cases: pl.DataFrame) -> pl.DataFrame:
    """Requests as a sheet has them, with what is to happen to each row."""
    texts = as_texts(_written(city, cases), form("ward-sheet-interactions"), BY_HAND)
    return texts.with_columns(cases.select("spot", "carried", "corrected"))


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that come again later, in the next file or in the corrections, are duplicates."""
    again = pl.col("carried") | pl.col("corrected")
    return rows.with_columns(
        what=pl.when("carried").then(pl.lit("stands in the next file too")).otherwise("what"),
        fate=pl.when(again).then(pl.lit("duplicate")).otherwise("fate"),
    ).drop("carried", "corrected")


def _footer(path: str, rows: pl.DataFrame) -> pl.DataFrame:
    """What stands under the sheets of the time when they were kept by hand: a line of totals, or a remark."""
    total = f"{rows.height} lượt"
    marks: dict[str, str | None] = {
        "what": "a line of totals",
        "fate": "quarantined",
        "rule": "required",
        "column": "asked_at",
        "line": "whole",
    }
    cells = {"interaction_id": "Tổng cộng", "status": total}
    if any(quarter in path for quarter in NOTES):
        marks |= {"what": "a remark", "rule": "field_count", "column": None, "line": "note"}
        cells = {"interaction_id": f"Tổng cộng: {total}"}
    elif not any(quarter in path for quarter in FOOTERS):
        return rows[:0]
    return pl.DataFrame([{name: (marks | cells).get(name) for name in rows.columns}], schema=rows.schema)


def told_sheets(kind: str, judgements: pl.DataFrame) -> Iterator[Sheet]:
    """One kind of feedback, a file a year; the ratings of the last month as a workbook.

    Args:
        judgements: with ``spot``.
    """
    source = f"ward-sheet-{kind}"
    for (path,), part in judgements.partition_by("file", maintain_order=True, include_key=False, as_dict=True).items():
        texts = as_texts(part, form(source)).with_columns(part["spot"])
        yield Sheet(str(path), source, soil(texts, FEEDBACK_SPOTS[kind]))


def file_judgements(kind: str, judgements: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Judgements with ``file`` (its name) and ``spot`` (position in FEEDBACK_SPOTS, null for none)."""
    name = pl.format(BOOKS[kind] + "_{}.csv", pl.from_epoch("received_at", "s").dt.year())
    if kind == "ratings":
        last = pl.col("received_at") >= BOOKS_FROM
        name = pl.when(last).then(pl.lit(BOOKS[kind] + "_2026-10.xlsx")).otherwise(name)
    judgements = judgements.with_columns(file=name)
    in_workbook = judgements["file"].str.ends_with(".xlsx").to_numpy()
    return judgements.with_columns(choose_spots(FEEDBACK_SPOTS[kind], ~judgements["planted"].to_numpy(), in_workbook, rng))


def roster_sheets(city: City, rng: np.random.Generator) -> Iterator[Sheet]:
    """Officers, postings, shifts, channels and their days."""
    name = city.wards["listed"]

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(ward=name.gather(frame["ward"]))

    frames = {
        "can-bo.csv": ("officers", city.officers),
        "dieu-dong.csv": ("postings", named(postings(city, rng))),
        "lich-truc.csv": ("duties", named(duties(city, rng))),
        "kenh.xlsx": ("channels", named(city.channels)),
        "so-lieu-kenh.csv": ("channel-days", channel_days(city.channels, corrected_days(city), rng)),
    }
    for path, (table, frame) in frames.items():
        source = f"ward-sheet-{table}"
        yield Sheet(f"danh-muc/{path}", source, clean(as_texts(frame, form(source))))
