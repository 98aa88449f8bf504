"""Which file each made-up request is kept in, and which rows are spoilt, carried over into the next file, or corrected later."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.demo.city import City
from etl.demo.dirt import INTERACTION_SPOTS, choose_spots
from etl.demo.life import DAY, END, HOUR, LAST_DAY, MINUTE, day_of, quarters, wall_seconds
from etl.demo.lots import Flags
from etl.demo.spelling import slug

BOOKS_FROM = wall_seconds(LAST_DAY.replace(day=1))
"""From here on a few wards keep a workbook of their own."""
BOOKS = 3
CLUSTERS = 4
"""Neighbouring wards whose requests are kept in one sheet a quarter."""
_CORRECTED_FROM = END - 120 * DAY
_MOST_CORRECTED = 1200
"""Corrections of one kind: they come in a workbook, which is slow to read."""
_COUNTED = ~pl.col("status").is_in(["withdrawn", "duplicate"])


@dataclass(frozen=True, eq=False)
class Filed:
    """Requests with their files."""

    cases: pl.DataFrame
    """As make_cases, and file (position in ``files``, null for requests of exported channels), spot (position in INTERACTION_SPOTS,
    null for none), carried (stands in the next quarter's file too), corrected (a correction comes later)."""
    files: list[str]
    """Names, those of a quarter side by side, workbooks last."""
    clusters: int
    """Sheets of one quarter."""
    corrections: pl.DataFrame
    """The corrected rows of ``cases`` as they are in the end."""


def file_cases(city: City, cases: pl.DataFrame, leaned_on: Flags, rng: np.random.Generator) -> Filed:
    """Put requests into files.

    Args:
        cases: of make_cases.
        leaned_on: whether feedback is about each; such a row stays as it is.
    """
    clusters = max(1, min(CLUSTERS, city.wards.height // 12))
    names, quarter_of_day = quarters()
    asked, ward = cases["asked_at"].to_numpy(), cases["resident_ward"].to_numpy()
    file = quarter_of_day[day_of(asked)] * clusters + ward * clusters // city.wards.height
    files = [f"luot-hoi_{quarter}_cum-{cluster + 1}.csv" for quarter in names for cluster in range(clusters)]
    sheets = len(files)
    for book in np.argsort(-city.wards["volume"].to_numpy(), kind="stable")[: min(BOOKS, (city.wards.height + 1) // 2)]:
        file = np.where((ward == book) & (asked >= BOOKS_FROM), len(files), file)
        files.append(f"luot-hoi_{LAST_DAY:%Y-%m}_{slug(city.wards['name'][int(book)])}.xlsx")

    sheet = cases["way"].is_null()
    rows = np.flatnonzero(sheet.to_numpy())
    spots = choose_spots(INTERACTION_SPOTS, ~leaned_on[rows], file[rows] >= sheets, rng)
    cases = cases.with_columns(
        file=pl.Series(file, dtype=pl.Int32).set(~sheet, None),
        spot=pl.repeat(None, cases.height, dtype=pl.Int32, eager=True).scatter(rows, spots),
    )
    rest = pl.Series(~leaned_on) & cases["spot"].is_null() & sheet
    carried = _every(
        cases, rest & (pl.col("file") < sheets - clusters) & (pl.col("updated_at") < END - 40 * DAY), max(3, cases.height // 1000)
    )
    cases = cases.with_columns(carried=carried)
    corrections = _corrections(cases.filter(rest & ~pl.col("carried") & (pl.col("asked_at") >= _CORRECTED_FROM) & _COUNTED))
    corrected = pl.col("number").is_in(corrections["number"].implode())
    return Filed(cases.with_columns(corrected=corrected), files, clusters, corrections)


def _every(cases: pl.DataFrame, fitting: pl.Expr, wanted: int) -> pl.Series:
    """Marks about so many of the fitting rows, spread over all of them."""
    places = cases.with_row_index().filter(fitting)["index"].to_numpy()
    marks = np.zeros(cases.height, dtype=np.bool_)
    marks[places[:: max(1, len(places) // wanted)]] = True
    return pl.Series(marks)


def _corrections(month: pl.DataFrame) -> pl.DataFrame:
    """What was set right after the logs were copied out: answers noted late, topics mended, verdicts changed."""
    each = min(_MOST_CORRECTED, max(3, month.height // 100))

    def some(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.gather_every(max(1, rows.height // each)).head(each)

    silent = some(month.filter(pl.col("status") == "open", pl.col("answered_at").is_null())).with_columns(
        answered_at=pl.max_horizontal(pl.min_horizontal(pl.col("asked_at") + 3 * HOUR, END), "acknowledged_at"),
        status=pl.lit("answered"),
        reply_count=pl.lit(1, pl.Int64),
    )
    wrong = some(month.filter(pl.col("status") == "answered", pl.col("topic") != "other", ~pl.col("tip_off")))
    false = some(month.filter(pl.col("verdict") == "founded"))
    new = pl.concat([silent, wrong.with_columns(topic=pl.lit("other")), false.with_columns(verdict=pl.lit("unfounded"))])
    return new.unique("number", keep="first").sort("number").with_columns(updated_at=pl.lit(END + 30 * MINUTE, pl.Int64))
