"""Figures, their course, what moved, and what each metric means, as a person reads them in a terminal 120 letters wide."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import polars as pl

from etl.language import _
from etl.publishing.versions import Version
from etl.text import DECEIVING
from etl.wording import day, instant, number, percent
from metrics.catalogue import BY_NAME
from metrics.narrowing import ALL
from metrics.output import definitions
from metrics.wording import flag_name, in_words, interval, metric_name, reason_name, state, unit_name, value

Row = Mapping[str, Any]
Line = tuple[list[str], list[str]]
"""The cells of a table's line, and what stands below it."""
WIDTH = 120
NAME = 44
"""Letters of a line's first cell."""
_PLAIN = re.compile(r"[ -~\u00a0-\u02ff\u1e00-\u1eff\u2010-\u2030]*")
"""Letters of one column each."""


def figures_table(version: Version, frame: pl.DataFrame) -> str:
    """Figures: of several units a table a metric, else one with a metric a line; notes stand below their line."""
    heads = [_("value"), _("95 % interval"), _("numerator"), _("denominator"), _("state")]
    states = {name: state(name) for name in frame["state"].unique()}
    lines = [(row, ([*_value(row), *_sides(row), states[row["state"]]], _notes(row["note"]))) for row in _named(frame)]
    return _page(_version(version), *_tables(heads, lines))


def trend_table(version: Version, frame: pl.DataFrame) -> str:
    """The course: a table a unit and metric, with a point a line, its limits and the rules that it is part of."""
    rules = rule_names()
    heads = [_("from"), _("value"), _("limits"), _("numerator"), _("denominator"), _("rules")]
    points: dict[str, list[Line]] = {}
    for row in _named(frame):
        told = ", ".join(rules[rule] for rule in row["rules"]) + (" *" if row["provisional"] else "")
        points.setdefault(f"{row['called']}: {_metric(row)}", []).append(([day(row["from"]), *_value(row), *_sides(row), told], []))
    if not points:
        return _page(_version(version), [_("There is no course of what was asked: shares, rates and times have one, counts have none.")])
    end = _("* provisional: under twelve points, or the span ends after the data do")
    return _page(_version(version), *(_table(head, heads, lines) for head, lines in points.items()), [end])


def changes_table(before: Version, after: Version, rows: pl.DataFrame, why: pl.DataFrame) -> str:
    """The figures that moved: then and now, and below each why."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for move in why.iter_rows(named=True):
        amounts = ["+" * (move[side] > 0) + number(move[side]) for side in ("numerator", "denominator") if move[side] is not None]
        reasons.setdefault((move["metric"], move["unit"]), []).append(
            f"{reason_name(move['reason'])} {'/'.join(amounts)}" if amounts else _("the figure itself is defined otherwise since")
        )
    heads = [_("reported then"), _("known now")]
    lines = []
    for row in _named(rows):
        sides, why_so = [_side(row, side) for side in ("before", "after")], reasons.get((row["metric"], row["unit"]), [])
        if why_so or sides[0] != sides[1]:
            lines.append((row, (sides, [_("why: {reasons}", reasons="; ".join(why_so))] if why_so else [])))
    end = _("Why: what it adds to the numerator / to the denominator.") if lines else _("No figure moved.")
    data = {"then": before.name, "then_to": instant(before.as_of), "now": after.name, "now_to": instant(after.as_of)}
    head = _("Version {then}, data to {then_to}, and version {now}, data to {now_to}", **data)
    return _page(head, *_tables(heads, lines), [end])


def definitions_table() -> str:
    """The catalogue: a metric a line, what it counts under it."""
    kinds = {"count": _("count"), "share": _("share"), "time": _("time"), "per_1000": _("per 1,000"), "per_duty_day": _("per duty day")}
    better = {"higher": _("higher is better"), "lower": _("lower is better"), "neutral": _("neither high nor low is better")}
    lines = []
    for row in definitions():
        kind = row["kind"] if row["kind"] != "rate" else row["measure"]
        facts = [kinds[kind], better[row["better"]], _("definition {version}", version=row["version"])]
        facts += [_("not of fewer than {count} cases", count=row["minimum"])] if row["minimum"] else []
        lines += _wrapped(f"{row['name']}: {metric_name(row['name'])} ({'; '.join(facts)})", "")
        told = [row["question"], row["formula"], _("left out: {what}", what="; ".join(row["exclusions"]))]
        told += [_("for instance: {example}", example=row["example"]), *([row["source"]] if row["source"] else [])]
        lines += [line for text in told for line in _wrapped(text)]
    return "\n".join(lines) + "\n"


def rule_names() -> dict[str, str]:
    """What a point of a course is part of, in words."""
    return {
        "beyond_limits": _("beyond a limit"),
        "shift": _("seven on one side"),
        "trend": _("seven rising or falling"),
        "two_of_three": _("two of three near a limit"),
    }


def _named(frame: pl.DataFrame) -> Iterable[Row]:
    """The rows, each with its unit as it is called: by its name, and by its code, which is what a filter asks for."""
    if "unit_kind" in frame.columns and frame.height:
        frame = in_words(frame, frame["unit_kind"][0])
    metrics = {name: metric_name(name) for name in frame["metric"].unique()}  # once each: there may be 100,000 rows
    for row in frame.iter_rows(named=True):
        unit = row["unit"]
        name = unit_name(unit, row.get("unit_name", unit))
        called = _("All together") if unit == ALL else name if name == unit else f"{name} ({unit})"
        yield row | {"called": DECEIVING.sub("·", called), "shown": metrics[row["metric"]]}


def _metric(row: Row) -> str:
    return f"{row['shown']} ({row['metric']})"


def _value(row: Row) -> list[str]:
    """The value and from where to where it may lie."""
    kind = BY_NAME[row["metric"]].kind
    return [value(kind, row["value"], row.get("note")), interval(kind, row["lower"], row["upper"])]


def _sides(row: Row) -> list[str]:
    return ["" if row[side] is None else number(row[side]) for side in ("numerator", "denominator")]


def _side(row: Row, side: str) -> str:
    kind = BY_NAME[row["metric"]].kind
    of = () if kind == "count" else ("numerator", "denominator")
    counts = [number(row[f"{each}_{side}"]) for each in of if row[f"{each}_{side}"] is not None]
    shown = value(kind, row[f"value_{side}"])
    return f"{shown} ({' / '.join(counts)})" if counts else shown


def _notes(note: str | None) -> list[str]:
    """What a result row notes, in words; ``more_than`` stands in its value's place."""
    if not note:
        return []
    parts = dict(part.split(":") for part in note.split(";"))
    told = [_("under review: {count}", count=number(int(parts["held"])))] if "held" in parts else []
    told += [_("from a ward that was split: {share}", share=percent(float(parts["split"])))] if "split" in parts else []
    flags = [f"{flag_name(name)}: {number(int(count))}" for name, count in parts.items() if name not in ("more_than", "held", "split")]
    return told + ([_("to be looked at, held against nobody: {flags}", flags="; ".join(flags))] if flags else [])


def _version(version: Version) -> str:
    return _("Version {version}, data to {as_of}", version=version.name, as_of=instant(version.as_of))


def _tables(heads: list[str], lines: Sequence[tuple[Row, Line]]) -> list[list[str]]:
    """Of several units a table a metric, headed by it; of one unit a table, headed by that."""
    several = len({row["unit"] for row, _line in lines}) > 1
    tables: dict[str, list[Line]] = {}
    for row, (cells, below) in lines:
        title, first = (_metric(row), row["called"]) if several else (row["called"], row["shown"])
        tables.setdefault(title, []).append(([_clipped(first), *cells], below))
    return [_table(title, [_("unit") if several else _("metric"), *heads], of_it) for title, of_it in tables.items()]


def _table(title: str, heads: list[str], lines: list[Line]) -> list[str]:
    """Columns as wide as they must be: the first and the last begin at their left, numbers end at their right."""
    widths = [max(map(_width, column)) for column in zip(heads, *(cells for cells, _below in lines), strict=True)]
    shown = [title]
    for cells, below in [(heads, []), *lines]:
        fills = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
        left = (0, len(cells) - 1)
        padded = [cell + fill if i in left else fill + cell for i, (cell, fill) in enumerate(zip(cells, fills, strict=True))]
        shown += ["  ".join(padded).rstrip(), *(line for text in below for line in _wrapped(text))]
    return shown


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False)


def _page(head: str, *parts: list[str]) -> str:
    return "\n\n".join([head, *("\n".join(part) for part in parts)]) + "\n"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: marks above and below a letter take none, Chinese signs two."""
    if _PLAIN.fullmatch(text):
        return len(text)
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _clipped(text: str) -> str:
    while _width(text) > NAME:
        text = text[:-2] + "…"
    return text
