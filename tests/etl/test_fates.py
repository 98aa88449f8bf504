"""Fates by hand-made folds: what each row of a load did, and whether a file's account closes."""

import polars as pl

from etl.publishing.fates import account_closes, counted, row_fates
from etl.publishing.fold import fold_versions
from etl.tables import INPUT_TABLES


def versions(*rows: tuple[int, int, str, str | None]) -> pl.DataFrame:
    """Officers: file, row, officer_id, name."""
    frame = pl.DataFrame(rows, schema=["file_id", "row_number", "officer_id", "name"], orient="row")
    return frame.select(
        "file_id",
        "row_number",
        *(
            pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name)
            for name, dtype in INPUT_TABLES["officers"].schema.items()
        ),
        bare=pl.lit(0, pl.Int64),
        source=pl.lit("roster"),
        by_content=False,
        provisional=False,
        position="file_id",
    )


def test_every_accepted_row_has_the_fate_of_what_it_did() -> None:
    old = versions((1, 1, "A1", "An"), (1, 2, "A2", "Bình"))
    new = versions((2, 1, "A1", "An"), (2, 2, "A2", "Bính"), (2, 3, "A3", "Chi"), (2, 4, "A3", "Chí"), (3, 1, "A1", None))
    before, after = fold_versions("officers", old), fold_versions("officers", pl.concat([old, new]))
    fates = counted(row_fates("officers", new, before, after))
    assert fates == {2: {"duplicate": 2, "updated": 1, "loaded": 1}, 3: {"unchanged": 1}}


def test_an_account_closes_when_its_fates_sum_up() -> None:
    fates = {"loaded": 1, "updated": 2, "unchanged": 3, "duplicate": 4, "quarantined": 5, "not_selected": 6}
    assert account_closes({"rows": 21, **fates})
    assert not account_closes({"rows": 20, **fates})
