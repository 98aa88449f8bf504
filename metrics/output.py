"""The result rows as a JSON document or a CSV file, for programs; ``terminal`` has them for people."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from etl.publishing.versions import Version
from etl.text import defused
from metrics.catalogue import BY_NAME, METRICS
from metrics.definitions import example, exclusions, formula

Row = dict[str, Any]
BOM = "\ufeff"
DEFINITION = (
    *("name", "version", "kind", "measure", "better", "minimum", "question", "numerator", "denominator", "source"),
    *("formula", "exclusions", "example"),
)


def rows_of(frame: pl.DataFrame) -> list[Row]:
    """Result rows as plain values: instants and dates as text, whole counts and seconds as whole numbers."""
    return [{name: _plain(value, row["metric"]) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _plain(value: object, metric: str) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and BY_NAME[metric].kind in ("count", "time"):
        return int(value)
    return value


def instant(at: datetime) -> str:
    """RFC 3339 in UTC: "2026-11-21T01:00:00Z"."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def figures_json(version: Version, frame: pl.DataFrame) -> str:
    """One document: version, as_of, rows."""
    return _document({"version": version.name, "as_of": instant(version.as_of), "rows": rows_of(frame)})


def with_moves(rows: pl.DataFrame, why: pl.DataFrame) -> pl.DataFrame:
    """Figures before and after, each with ``why`` it moved: a list of texts such as "late:+3/+5", above and below the line; the reason
    alone where its amount cannot be told."""
    amounts = pl.concat_str(_signed("numerator"), _signed("denominator"), separator="/", ignore_nulls=True)
    texts = why.with_columns(text=pl.when(amounts == "").then("reason").otherwise(pl.format("{}:{}", "reason", amounts)))
    listed = texts.group_by("metric", "unit", maintain_order=True).agg(why=pl.col("text"))
    return rows.join(listed, on=["metric", "unit"], how="left", maintain_order="left").with_columns(pl.col("why").fill_null([]))


def _signed(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.format("+{}", name)).otherwise(pl.col(name).cast(pl.String))


def changes_json(before: Version, after: Version, rows: pl.DataFrame, why: pl.DataFrame) -> str:
    """One document: since (version, as_of), version, as_of, rows, each with its moves."""
    by_figure: dict[tuple[str, str], list[Row]] = {}
    for metric, unit, *move in why.iter_rows():
        by_figure.setdefault((metric, unit), []).append(dict(zip(("reason", "numerator", "denominator"), move, strict=True)))
    found = [row | {"moves": by_figure.get((row["metric"], row["unit"]), [])} for row in rows_of(rows)]
    since = {"version": before.name, "as_of": instant(before.as_of)}
    return _document({"since": since, "version": after.name, "as_of": instant(after.as_of), "rows": found})


def figures_csv(frame: pl.DataFrame) -> str:
    """The same rows as comma-separated values that a spreadsheet reads as UTF-8 and takes for no formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(frame.columns)
    writer.writerows([defused(";".join(value) if isinstance(value, list) else value) for value in row.values()] for row in rows_of(frame))
    return BOM + text.getvalue()


def definitions() -> list[Row]:
    """The catalogue, one record a metric, in the language in use."""
    derived = {"formula": formula, "exclusions": exclusions, "example": example}
    return [{name: derived[name](metric) if name in derived else getattr(metric, name) for name in DEFINITION} for metric in METRICS]


def definitions_json() -> str:
    """One document: metrics."""
    return _document({"metrics": definitions()})


def _document(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"
