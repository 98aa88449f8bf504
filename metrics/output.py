"""The result rows as a JSON document, a CSV file or a table for the terminal: one set of rows, three forms."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from etl.language import _, current_language
from etl.publishing.versions import Version
from metrics.catalogue import BY_NAME, METRICS
from metrics.definitions import example, exclusions, formula

Row = dict[str, Any]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""What a spreadsheet may take for the start of a formula, and the apostrophe itself, so that the mark can be taken off again."""
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


def changes_table(before: Version, after: Version, rows: pl.DataFrame, why: pl.DataFrame) -> str:
    """The figures that moved, for the terminal: then, now and why."""
    heads = [_("unit"), _("metric"), _("reported then"), _("known now"), _("why: above the line / below it")]
    body = []
    for row in with_moves(rows, why).iter_rows(named=True):
        sides = [_side(row, side) for side in ("before", "after")]
        if row["why"] or sides[0] != sides[1]:
            body.append([row["unit_name"], row["metric"], *sides, "; ".join(row["why"])])
    data = {"then": before.name, "then_to": instant(before.as_of), "now": after.name, "now_to": instant(after.as_of)}
    head = _("Version {then}, data to {then_to}, and version {now}, data to {now_to}", **data)
    return "\n".join([head, "", *_aligned([heads, *body])]) + "\n"


def _side(row: Row, side: str) -> str:
    counts = [_number(row[f"{of}_{side}"], 0) for of in ("numerator", "denominator") if row[f"{of}_{side}"] is not None]
    value = _value(BY_NAME[row["metric"]].kind, row[f"value_{side}"])
    return f"{value} ({' / '.join(counts)})" if counts else value


def figures_csv(frame: pl.DataFrame) -> str:
    """The same rows as comma-separated values that a spreadsheet reads as UTF-8 and takes for no formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(frame.columns)
    writer.writerows([defused(";".join(value) if isinstance(value, list) else value) for value in row.values()] for row in rows_of(frame))
    return BOM + text.getvalue()


def defused(cell: object) -> object:
    """A cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\ufeff\u200b").startswith(FORMULA_STARTS):
        return "'" + cell
    return cell


def definitions() -> list[Row]:
    """The catalogue, one record a metric, in the language in use."""
    derived = {"formula": formula, "exclusions": exclusions, "example": example}
    return [{name: derived[name](metric) if name in derived else getattr(metric, name) for name in DEFINITION} for metric in METRICS]


def definitions_json() -> str:
    """One document: metrics."""
    return _document({"metrics": definitions()})


def definitions_table() -> str:
    """The catalogue for the terminal: a metric a line, what it counts under it."""
    lines = []
    for row in definitions():
        kind = row["kind"] if row["kind"] != "rate" else row["measure"]
        lines.append(f"{row['name']}  ({_(kind)}; {_(row['better'])}; n ≥ {row['minimum']}; v{row['version']})")
        lines.append(f"    {row['question']}")
        lines.append(f"    {row['formula']}")
        lines.append("    " + _("left out: {what}", what="; ".join(row["exclusions"])))
        lines.append("    " + _("for instance: {example}", example=row["example"]))
        lines += [f"    {row['source']}"] if row["source"] else []
    return "\n".join(lines) + "\n"


def figures_table(version: Version, frame: pl.DataFrame) -> str:
    """The rows for the terminal, with a line that says what they rest on."""
    heads = [_("unit"), _("metric"), _("value"), _("95 % interval"), _("numerator"), _("denominator"), _("state"), _("note")]
    body = [_cells(row) for row in frame.iter_rows(named=True)]
    lines = [_("Version {version}, data to {as_of}", version=version.name, as_of=instant(version.as_of)), "", *_aligned([heads, *body])]
    return "\n".join(lines) + "\n"


def trend_table(version: Version, frame: pl.DataFrame) -> str:
    """The course for the terminal: a point a line with its limits and the rules that it is part of."""
    heads = [_("unit"), _("metric"), _("value"), _("limits"), _("numerator"), _("denominator"), _("from"), _("rules")]
    body = []
    for row in frame.iter_rows(named=True):
        kind = BY_NAME[row["metric"]].kind
        limits = "" if row["lower"] is None else f"{_value(kind, row['lower'])}–{_value(kind, row['upper'])}"
        whole = ["" if row[side] is None else _number(row[side], 0) for side in ("numerator", "denominator")]
        rules = ", ".join(row["rules"]) + (" *" if row["provisional"] else "")
        body.append([row["unit"], row["metric"], _value(kind, row["value"]), limits, *whole, row["from"].isoformat(), rules])
    lines = [_("Version {version}, data to {as_of}", version=version.name, as_of=instant(version.as_of)), "", *_aligned([heads, *body])]
    return "\n".join([*lines, "", _("* provisional: under twelve points, or the span ends after the data do")]) + "\n"


def _cells(row: Row) -> list[str]:
    kind = BY_NAME[row["metric"]].kind
    name = row["unit"] if row["unit_name"] == row["unit"] else f"{row['unit_name']} ({row['unit']})"
    interval = "" if row["lower"] is None and row["upper"] is None else f"{_value(kind, row['lower'])}–{_value(kind, row['upper'])}"
    whole = ["" if row[side] is None else _number(row[side], 0) for side in ("numerator", "denominator")]
    return [name, row["metric"], _value(kind, row["value"]), interval, *whole, _(row["state"]), row["note"] or ""]


def _value(kind: str, value: float | None) -> str:
    if value is None:
        return "—"
    if kind == "share":
        return _number(value * 100, 1) + (" %" if current_language() == "vi" else "%")
    if kind == "time":
        return _number(value, 0 if value.is_integer() else 1) + " s"
    return _number(value, 1 if kind == "rate" else 0)


def _number(value: float, digits: int) -> str:
    """ "1.234,5" in Vietnamese, "1,234.5" in English."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if current_language() == "vi" else text


RIGHT = range(2, 6)
"""Columns of numbers: aligned at their end."""


def _aligned(rows: Iterable[list[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if i in RIGHT else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _document(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"
