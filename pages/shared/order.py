"""The order of units: by what needs attention in a table, by value in a chart; names as a Vietnamese roster has them."""

import unicodedata
from functools import lru_cache

import polars as pl

from etl.tables import UNKNOWN
from metrics.declaration import Metric


def ordered(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Rows by the stable estimate where there is one, else by value: best first, counts from the most; without a value last, and
    after them ``unknown``, which is no unit to compare with."""
    best_first = metric.kind == "count" or metric.better != "lower"
    unknown = pl.col("unit") == UNKNOWN
    return rows.sort(unknown, pl.coalesce("shrunk", "value"), "unit", descending=[False, best_first, False], nulls_last=True)


def by_attention(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Rows by what needs attention, then by name: those worse than expected first, those without a value last, and after them
    ``unknown``. A count of what should not be (overdue cases) begins with the most; nothing begins with the best."""
    worse = (pl.col("signal") == "worse").fill_null(False)
    most_first = metric.kind == "count" and metric.better == "lower"
    keys = [pl.col("unit") == UNKNOWN, pl.col("value").is_null(), ~worse, *([-pl.col("value")] if most_first else [])]
    names = pl.Series("_name", ["\0".join(alphabetical(name)) for name in rows["unit_name"]], dtype=pl.String)
    return rows.with_columns(names).sort(*keys, "_name", "unit").drop("_name")


Key = tuple[str, str]
"""Letters, and where these are equal, tones."""
SHAPES = {"\u0306": "1", "\u0302": "2", "\u031b": "3"}
"""ă, â and ơ are letters of their own, after the plain one; so is đ."""
TONES = "\u0300\u0309\u0303\u0301\u0323"
"""After the level tone: huyền, hỏi, ngã, sắc, nặng."""


@lru_cache(maxsize=8192)
def alphabetical(text: str) -> Key:
    """Where a text stands in the Vietnamese alphabet: a ă â b c d đ e ê … o ô ơ … u ư; tones count where all letters are equal."""
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", text.casefold()):
        plain, *marks = unicodedata.normalize("NFD", letter.replace("đ", "d\u0306"))
        letters.append(plain + next((SHAPES[mark] for mark in marks if mark in SHAPES), "0"))
        tones.append(next((str(TONES.index(mark) + 1) for mark in marks if mark in TONES), "0"))
    return "".join(letters), "".join(tones)


def by_given_name(name: str) -> tuple[Key, Key]:
    """Where a person stands in a roster: by the given name, the last word as Vietnamese names are written, then by the whole name."""
    return alphabetical(name.split()[-1] if name.split() else ""), alphabetical(name)
