"""Versions and folding: what is known of a row is the last non-empty value of each of its fields."""

import polars as pl

from etl.tables import INPUT_TABLES, OWN_NAMESPACE
from etl.times import local_date

_ROWS_A_FILE = 1 << 32
FLAGS = ("relabelled", "same_answer")
"""Of requests: called urgent once and not any more; answered with a text that was sent word for word again and again (threads.py)."""


def fold_key(table: str) -> list[str]:
    """What tells the rows of an input table apart; own ids are the source's."""
    key = list(INPUT_TABLES[table].key)
    return ["source", *key] if table in OWN_NAMESPACE else key


def folded_fields(table: str) -> list[str]:
    """The fields that a fold keeps, in order, without the key; ``updated_at`` only orders."""
    key = INPUT_TABLES[table].key
    return [column.name for column in INPUT_TABLES[table].kept if column.name not in (*key, "updated_at")]


def folded_schema(table: str) -> dict[str, pl.DataType]:
    """Columns and types of folded rows, in order."""
    types = {column.name: column.dtype for column in INPUT_TABLES[table].kept}
    types |= {"source": pl.String(), "bare": pl.Int64(), "provisional": pl.Boolean(), "arrived": pl.Int64()}
    types |= dict.fromkeys(FLAGS, pl.Boolean())
    flags = FLAGS if table == "interactions" else ()
    return {name: types[name] for name in ["source", *fold_key(table), *folded_fields(table), "bare", "provisional", "arrived", *flags]}


def fold_versions(table: str, versions: pl.DataFrame) -> pl.DataFrame:
    """Fold row versions to one row per key, sorted by key.

    Args:
        table: an input table.
        versions: one row per version: source, the input columns, ``bare`` (bit i: the i-th instant is a bare date),
            ``by_content`` (the source says itself when rows change), ``provisional``, and the load order
            ``position`` (of the file) and ``row_number``. Fields that it lacks are not folded.

    Returns:
        One row per key: source (of the ward's text, where the key has no source), key, fields, ``bare``, ``provisional``, ``arrived``
        (grows with the load order of the last version); of requests FLAGS too.
    """
    versions = versions.with_columns(arrived=pl.col("position") * _ROWS_A_FILE + pl.col("row_number"))
    if table == "interactions":
        versions = versions.with_columns(pl.lit(False).alias(flag) for flag in FLAGS)
    key, fields = fold_key(table), [field for field in folded_fields(table) if field in versions.columns]
    columns = [column for column in folded_schema(table) if column in versions.columns]
    several = versions.select(pl.struct(key).is_duplicated() if len(key) > 1 else pl.col(key[0]).is_duplicated()).to_series()
    many = in_order(table, versions.filter(several))
    single = versions.select(columns).filter(~several)
    if many.is_empty():
        return _reopened_again(table, single).sort(key)
    instants = INPUT_TABLES[table].names("instant")
    last = [pl.col(name).drop_nulls().last() for name in fields]
    if "source" not in key:
        last.append(_source_of_ward(fields))
    if table == "interactions":
        was_urgent = (pl.col("urgency") == "urgent").any() & (pl.col("urgency").drop_nulls().last() != "urgent")
        last += [was_urgent.fill_null(False).alias("relabelled"), pl.lit(False).alias("same_answer")]
    bits = [
        pl.col(f"_bare_{name}").filter(pl.col(name).is_not_null()).last().fill_null(False).cast(pl.Int64) * (1 << i)
        for i, name in enumerate(instants)
    ]
    many = _confirmed(many, [*key, *fields, "bare"])
    many = many.with_columns((((pl.col("bare") // (1 << i)) % 2) == 1).alias(f"_bare_{name}") for i, name in enumerate(instants))
    folded = many.group_by(key, maintain_order=True).agg(
        *last,
        pl.sum_horizontal(bits).alias("bare") if bits else pl.lit(0, pl.Int64).alias("bare"),
        pl.col("provisional").any(),
        pl.col("arrived").max(),
    )
    return _reopened_again(table, pl.concat([single, folded.select(columns)])).sort(key)


def _confirmed(versions: pl.DataFrame, content: list[str]) -> pl.DataFrame:
    """A version out of a file that was cut off is provisional no longer once a whole file brings the same."""
    if not versions["provisional"].any():
        return versions
    whole = versions.filter(~pl.col("provisional")).select(*content, whole=True).unique()
    confirmed = versions.select(content).join(whole, on=content, how="left", nulls_equal=True, maintain_order="left")["whole"]
    return versions.with_columns(provisional=pl.col("provisional") & confirmed.is_null())


def lineage(arrived: pl.Series, files: pl.DataFrame) -> list[pl.Series]:
    """Where the versions that arrived last stand: ``file_id`` and ``row_number``.

    Args:
        arrived: of folded rows.
        files: ``file_id`` and ``position`` of the standing files.
    """
    file_of = files.sort("position")["file_id"]
    return [file_of.gather(arrived // _ROWS_A_FILE).alias("file_id"), (arrived % _ROWS_A_FILE).alias("row_number")]


def in_order(table: str, versions: pl.DataFrame) -> pl.DataFrame:
    """Versions from the oldest to the newest: by ``updated_at`` and then content where the source maps it, so that no order
    of arrival matters; else by load, file and row."""
    if versions.is_empty():
        return versions
    if "updated_at" not in versions.columns:
        return versions.sort("position", "row_number")
    content = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in (*folded_fields(table), "bare")], separator="\x1f")
    by_content = pl.col("by_content")
    order = versions.with_columns(
        _content=pl.when(by_content).then(content),
        _position=pl.when(~by_content).then("position"),
        _row=pl.when(~by_content).then("row_number"),
    )
    ordered = order.sort("updated_at", "_content", "_position", "_row", "position", "row_number", nulls_last=False)
    return ordered.drop("_content", "_position", "_row")


def _source_of_ward(fields: list[str]) -> pl.Expr:
    """The source that wrote the ward which won: it says how the text is read."""
    newest = pl.col("source").last()
    return pl.coalesce(pl.col("source").filter(pl.col("ward").is_not_null()).last(), newest) if "ward" in fields else newest


def _reopened_again(table: str, folded: pl.DataFrame) -> pl.DataFrame:
    """A case reopened after it was resolved is open again (instants known only by date compared by local date); where only
    ``resolved_at`` is logged it is the first resolution too."""
    if table != "interactions":
        return folded
    instants = INPUT_TABLES[table].names("instant")
    first, last = (1 << instants.index(name) for name in ("first_resolved_at", "resolved_at"))
    bare_last = (pl.col("bare") // last) % 2
    bare_first = (pl.col("bare") // first) % 2
    by_date = bare_last + (pl.col("bare") // (1 << instants.index("reopened_at"))) % 2 > 0
    later = pl.when(by_date).then(local_date(pl.col("reopened_at")) > local_date(pl.col("resolved_at")))
    open_again = later.otherwise(pl.col("reopened_at") > pl.col("resolved_at")).fill_null(False)
    only_last = pl.col("first_resolved_at").is_null() & pl.col("resolved_at").is_not_null()
    folded = folded.with_columns(
        first_resolved_at=pl.coalesce("first_resolved_at", "resolved_at"),
        bare=pl.col("bare") + pl.when(only_last).then((bare_last - bare_first) * first).otherwise(0),
    )
    bare_last = (pl.col("bare") // last) % 2
    return folded.with_columns(
        resolved_at=pl.when(~open_again).then("resolved_at"),
        bare=pl.col("bare") - pl.when(open_again).then(bare_last * last).otherwise(0),
    )
