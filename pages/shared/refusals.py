"""Rows that the loader refused, as rows in words: which, where, by which rule, and what stands in them."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from etl.language import _
from pages.shared.ledger import rule_name, when
from pages.shared.pareto import added_up
from pages.shared.terms import worded

SCHEMA: dict[str, pl.DataType] = {
    "load_id": pl.Int64(),
    "path": pl.String(),
    "row_number": pl.Int64(),
    "rule": pl.String(),
    "column": pl.String(),
    "message": pl.String(),
    "fixed_in": pl.Int64(),
    "cells": pl.String(),
}


def frame(document: Mapping[str, Any]) -> pl.DataFrame:
    """What ``etl quarantine --rows`` says. Grain: one row per refused row, in the order of load, file and row.

    Returns:
        ``load_id``, ``path``, ``row_number`` (1 = the first after the header), ``rule``, ``column``, ``message``, ``fixed_in`` (the
        load that mended it, null where the row still waits), ``cells`` (its masked cells, a JSON object).
    """
    rows = [
        {name: row.get(name) for name in SCHEMA} | {"cells": json.dumps(row.get("row") or {}, ensure_ascii=False)}
        for row in document.get("rows", [])
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("load_id", "path", "row_number")


def chosen(rows: pl.DataFrame, **wanted: str) -> pl.DataFrame:
    """The rows that have these values in words (``load_id``, ``path``, ``rule``); an empty text stands for all."""
    for name, value in wanted.items():
        if value:
            rows = rows.filter(pl.col(name).cast(pl.String) == value)
    return rows


def by_rule(rows: pl.DataFrame) -> pl.DataFrame:
    """How many rows each rule refused, in the shape of ``pareto.added_up``."""
    counted = rows.group_by("rule").agg(rows=pl.len().cast(pl.Int64))
    return added_up(counted.with_columns(category=worded(counted["rule"], rule_name)).group_by("category").agg(pl.col("rows").sum()))


def by_file(rows: pl.DataFrame, loads: list[dict[str, Any]]) -> pl.DataFrame:
    """How many rows of each file were refused, most first.

    Args:
        rows: of ``frame``.
        loads: what ``etl loads`` says.

    Returns:
        One row per load and file: ``load_id``, ``path``, ``rows``, ``read`` (rows of the file), ``share`` (of them, 0–1).
    """
    read = [(load["load_id"], file["path"], file["rows"]) for load in loads for file in load.get("files") or []]
    known = pl.DataFrame(read, schema={"load_id": pl.Int64, "path": pl.String, "read": pl.Int64}, orient="row")
    counted = rows.group_by("load_id", "path").agg(rows=pl.len().cast(pl.Int64))
    joined = counted.join(known.unique(["load_id", "path"]), on=["load_id", "path"], how="left")
    return joined.with_columns(share=pl.col("rows") / pl.col("read")).sort("rows", "path", descending=[True, False])


def read_in_all(loads: list[dict[str, Any]]) -> int:
    """Rows that were read by all loads that stand."""
    standing = [load for load in loads if load.get("state") in ("published", "held")]
    return sum(int(file.get("rows") or 0) for load in standing for file in load.get("files") or [])


def in_words(rows: pl.DataFrame, loads: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows as they are shown: load, file, row, rule, column, what is wrong, a remark."""
    return _with_last_loaded(rows, loads).select(
        pl.col("load_id").alias(_("Load")),
        pl.col("path").alias(_("File")),
        pl.col("row_number").alias(_("Row")),
        worded(rows["rule"], rule_name).alias(_("Rule")),
        pl.col("column").alias(_("Column")),
        pl.col("message").alias(_("What is wrong")),
        _remark(loads).alias(_("Remark")),
    )


def with_cells(shown: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as they are downloaded: those of ``in_words``, and each masked cell in a column of its own.

    Args:
        shown: of ``in_words``.
        rows: the same rows, of ``frame``.
    """
    told = [cells(text) for text in rows["cells"]]
    names = list(dict.fromkeys(name for row in told for name in row))
    columns = [pl.Series(_("{column}, masked", column=name), [row.get(name) for row in told], dtype=pl.String) for name in names]
    return shown.with_columns(columns)


def _with_last_loaded(rows: pl.DataFrame, loads: list[dict[str, Any]]) -> pl.DataFrame:
    """Adds ``last_load``: the last published load that brought a file of the same name."""
    published = [(file["path"], load["load_id"]) for load in loads if load.get("state") == "published" for file in load.get("files") or []]
    last = (
        pl.DataFrame(published, schema={"path": pl.String, "last_load": pl.Int64}, orient="row")
        .group_by("path")
        .agg(pl.col("last_load").max())
    )
    return rows.join(last, on="path", how="left", maintain_order="left")


def _remark(loads: list[dict[str, Any]]) -> pl.Expr:
    """What became of a row since, in words."""
    mended = {
        load["load_id"]: _("mended by load {load}, {when}", load=load["load_id"], when=when(load.get("started_at"))) for load in loads
    }
    later = _("load {load} brought a file of the same name", load="{}")
    return (
        pl.when(pl.col("fixed_in").is_not_null())
        .then(pl.col("fixed_in").replace_strict(mended, default="", return_dtype=pl.String))
        .when(pl.col("last_load") > pl.col("load_id"))
        .then(pl.format(later, "last_load"))
        .otherwise(pl.lit(""))
    )


def cells(text: str) -> dict[str, str]:
    """The masked cells of one row, by column; none where the row could not be taken apart."""
    return {str(name): str(value) for name, value in json.loads(text).items()}
