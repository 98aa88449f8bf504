"""Each row read has exactly one fate; a file's account closes when their sum is the number of rows read."""

from collections.abc import Mapping

import polars as pl

from etl.publishing.fold import fold_key, folded_fields, in_order

FATES = ("loaded", "updated", "unchanged", "duplicate", "quarantined", "not_selected")


def row_fates(table: str, batch: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The fate of every accepted row of a load.

    Args:
        table: the input table.
        batch: the load's accepted row versions, as for ``fold_versions``, with ``file_id``.
        before: the fold without the load, of the batch's keys at least.
        after: the fold with it.

    Returns:
        One row per row of ``batch``: file_id, fate (loaded, updated, unchanged, or duplicate where another row of this load
        with the same key came later).
    """
    key = fold_key(table)
    several = batch.select(pl.struct(key).is_duplicated()).to_series()
    doubled = batch.filter(several)
    newest = in_order(table, doubled).unique(key, keep="last", maintain_order=True)
    winners = pl.concat([frame.select("file_id", "row_number", *key) for frame in (batch.filter(~several), newest)])
    others = doubled.join(newest, on=["file_id", "row_number"], how="anti")
    fates = [others.select("file_id", fate=pl.lit("duplicate"))]
    if before.is_empty():
        return pl.concat([*fates, winners.select("file_id", fate=pl.lit("loaded"))])
    compared = [name for name in (*folded_fields(table), "bare") if name in after.columns and name not in key]
    was = before.select(*key, *(pl.col(name).alias(f"_old_{name}") for name in compared))
    same = pl.all_horizontal([pl.col(name).eq_missing(pl.col(f"_old_{name}")) for name in compared])
    known = winners.join(was, on=key, how="inner").join(after.select(*key, *compared), on=key, how="left")
    fates += [
        known.select("file_id", fate=pl.when(same).then(pl.lit("unchanged")).otherwise(pl.lit("updated"))),
        winners.join(was, on=key, how="anti").select("file_id", fate=pl.lit("loaded")),
    ]
    return pl.concat(fates)


def without_effect(table: str, batch: pl.DataFrame, known: pl.DataFrame, after: pl.DataFrame) -> dict[int, int]:
    """How many rows of a load say something new and are not heard: their source says when rows were changed, they do not, and another
    version of the same row came before them in that order.

    Args:
        table: the input table.
        batch: the load's accepted row versions, as for ``fold_versions``, with ``file_id``.
        known: those of the batch's keys that stood before.
        after: the fold with the load.

    Returns:
        file_id → number of rows, where there are any.
    """
    if "updated_at" not in batch.columns or known.is_empty():
        return {}
    key = fold_key(table)
    compared = [name for name in folded_fields(table) if name in after.columns]
    undated = batch.filter("by_content", pl.col("updated_at").is_null()).join(known.select(key).unique(), on=key, how="semi")
    new = undated.join(known, on=[*key, *compared, "bare"], how="anti", nulls_equal=True)
    told = new.join(after.select(*key, *(pl.col(name).alias(f"_told_{name}") for name in compared)), on=key)
    unlike = {name: pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"_told_{name}")) for name in compared}
    if "resolved_at" in unlike:  # emptied by a reopening, whoever was heard
        unlike["resolved_at"] &= pl.col("_told_reopened_at").is_null()
    return dict(told.filter(pl.any_horizontal(unlike.values())).group_by("file_id").len().iter_rows())


def counted(fates: pl.DataFrame) -> dict[int, dict[str, int]]:
    """Fates per file: file_id → fate → number of rows."""
    counts: dict[int, dict[str, int]] = {}
    for file_id, fate, number in fates.group_by("file_id", "fate").len().iter_rows():
        counts.setdefault(file_id, {})[fate] = number
    return counts


def account_closes(file: Mapping[str, int]) -> bool:
    """Whether the rows read are the sum of the fates."""
    return file["rows"] == sum(file[fate] for fate in FATES)
