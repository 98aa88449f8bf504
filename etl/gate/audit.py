"""Step 7, audit: what must hold of a load as a whole, declared as Great Expectations that the gate validates."""

import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.gate.checks import KINDS, Check
from etl.gate.history import SourceStatistics
from etl.gate.silence import silent_channels
from etl.language import _
from etl.publishing.fold import fold_key
from etl.publishing.publish import Draft
from etl.settings import DATA
from etl.sources.grammar import Grammar
from etl.tables import INPUT_TABLES, OWN_NAMESPACE
from etl.text import mask
from etl.toml_file import read_toml

CHANNELS_NAMED = 20


@dataclass(frozen=True)
class Thresholds:
    """The limits of ``data/gate.toml``; shares are 0–1."""

    quarantined_per_file: float
    quarantined_file_rows: int
    quarantined_per_load: float
    history_loads: int
    history_least: int
    rows_low: float
    rows_high: float
    unknown_rise: float
    answers_least: int
    answers_low: float
    answers_high: float


def read_thresholds(path: Path = DATA / "gate.toml") -> Thresholds:
    """Read the gate's limits.

    Raises:
        UserError: names the wrong key and its nearest neighbour.
    """
    given = read_toml(path)
    known = Thresholds.__dataclass_fields__
    Grammar(path).known("", given, known)
    for key in known:
        if isinstance(given.get(key), bool) or not isinstance(given.get(key), (int, float)):
            raise UserError(f"{path}: " + _("{key} must be a number.", key=key))
    return Thresholds(**given)


def batch_checks(
    files: pl.DataFrame,
    batches: dict[str, pl.DataFrame],
    draft: Draft,
    sources: dict[str, SourceStatistics],
    history: dict[str, list[SourceStatistics]],
    limits: Thresholds,
) -> tuple[list[Check], dict[str, pl.DataFrame]]:
    """The checks of a load, and the staged frames they look at.

    Args:
        files: one row per file read: path, rows, quarantined.
        batches: accepted rows of this load by input table.
        draft: the version that would be published.
        sources: statistics of this load by source.
        history: statistics of earlier published loads by source, oldest first.
        limits: of ``data/gate.toml``.
    """
    frames = {
        "files": files.filter(pl.col("rows") >= limits.quarantined_file_rows).with_columns(share=pl.col("quarantined") / pl.col("rows")),
        "load": files.select(share=pl.col("quarantined").sum() / pl.max_horizontal(pl.col("rows").sum(), 1)),
    }
    checks = [
        _at_most("quarantined_per_file", "files", "share", frames["files"]["share"].max() or 0.0, limits.quarantined_per_file),
        _at_most("quarantined_per_load", "load", "share", frames["load"]["share"].max() or 0.0, limits.quarantined_per_load),
    ]
    for table, fold in draft.folds.items():
        frames[f"keys_{table}"] = fold.select(keys=pl.struct(fold_key(table)).n_unique(), rows=pl.len())
        doubled = fold.height - int(frames[f"keys_{table}"]["keys"].item())
        pair = {"column_A": "keys", "column_B": "rows"}
        checks.append(Check(f"unique_{table}", f"keys_{table}", "ExpectColumnPairValuesToBeEqual", pair, doubled, 0))
    counts = [
        (table, fold.height, draft.tables[table].height)
        for table, fold in draft.folds.items()
        if table in OWN_NAMESPACE and table in draft.tables
    ]
    if counts:
        frames["folds"] = pl.DataFrame(counts, schema=["table", "folded", "published"], orient="row")
        odd = sum(abs(folded - published) for _table, folded, published in counts)
        pair = {"column_A": "folded", "column_B": "published"}
        checks.append(Check("one_fold_per_row", "folds", "ExpectColumnPairValuesToBeEqual", pair, odd, 0))
    for table, batch in batches.items():
        declared = _declared(table, batch)
        checks += declared
        frames[f"batch_{table}"] = _kinds_of_rows(table, batch.select([check.arguments["column"] for check in declared]))
    checks += _against_history(sources, history, limits, frames)
    if "channel_days" in draft.tables:
        checks.append(_still_heard_of(draft, frames))
    assert all(check.name.startswith(KINDS) for check in checks)
    return checks, frames


def _at_most(name: str, frame: str, column: str, observed: Any, limit: float) -> Check:
    observed = round(float(observed), 6)
    return Check(name, frame, "ExpectColumnValuesToBeBetween", {"column": column, "max_value": limit}, observed, limit)


def _declared(table: str, batch: pl.DataFrame) -> list[Check]:
    """The row rules again, from the declarations, as a second line behind the loader's own."""
    checks = []
    for column in INPUT_TABLES[table].columns:
        name = f"{table}.{column.name}"
        arguments: dict[str, Any] = {"column": column.name}
        if column.required:
            checks.append(
                Check(f"present_{name}", f"batch_{table}", "ExpectColumnValuesToNotBeNull", arguments, batch[column.name].null_count(), 0)
            )
        elif column.kind == "listed" and batch[column.name].null_count() < batch.height:
            odd = batch.filter(~pl.col(column.name).is_in(column.values)).height
            listed = arguments | {"value_set": list(column.values)}
            checks.append(Check(f"listed_{name}", f"batch_{table}", "ExpectColumnValuesToBeInSet", listed, odd, 0))
    return checks


def _kinds_of_rows(table: str, batch: pl.DataFrame) -> pl.DataFrame:
    """One row for all that are alike in what is looked at: the listed values, and of the rest only whether it is there."""
    there = [name for name in batch.columns if INPUT_TABLES[table].column(name).kind != "listed"]
    return batch.with_columns(pl.when(pl.col(name).is_not_null()).then(True).alias(name) for name in there).unique()


def _against_history(
    sources: dict[str, SourceStatistics], history: dict[str, list[SourceStatistics]], limits: Thresholds, frames: dict[str, pl.DataFrame]
) -> list[Check]:
    checks = []
    for source, now in sources.items():
        before = [load for load in history.get(source, []) if load.rows][-limits.history_loads :]
        if len(before) < limits.history_least:
            continue
        frame = f"source_{source}"
        median = statistics.median(load.rows for load in before)
        missing = sorted(set.intersection(*(set(load.filled) for load in before)) - set(now.filled))
        frames[frame] = pl.DataFrame([asdict(now) | {"filled": None, "emptied": len(missing)}])
        low, high = limits.rows_low * median, limits.rows_high * median
        arguments = {"column": "rows", "min_value": low, "max_value": high}
        if now.rows:
            checks.append(Check(f"rows.{source}", frame, "ExpectColumnValuesToBeBetween", arguments, now.rows, f"{low:g}–{high:g}"))
        for column in ("unknown_officers", "unknown_wards"):
            limit = min(1.0, statistics.median(getattr(load, column) for load in before) + limits.unknown_rise)
            checks.append(_at_most(f"{column}.{source}", frame, column, getattr(now, column), round(limit, 6)))
        emptied = {"column": "emptied", "max_value": 0}
        checks.append(Check(f"emptied.{source}", frame, "ExpectColumnValuesToBeBetween", emptied, ", ".join(missing), ""))
        usual = [load.answer_seconds for load in before if load.answer_seconds is not None and load.answers >= limits.answers_least]
        if now.answers >= limits.answers_least and len(usual) >= limits.history_least:
            checks.append(_answers_as_usual(source, frame, now, statistics.median(usual), limits))
    return checks


def _answers_as_usual(source: str, frame: str, now: SourceStatistics, usual: float, limits: Thresholds) -> Check:
    """Answers that are suddenly far slower or faster are as often a column read wrongly as a change in the service."""
    low, high = limits.answers_low * usual, limits.answers_high * usual
    arguments = {"column": "answer_seconds", "min_value": low, "max_value": high}
    limit = f"{low:.0f}–{high:.0f}"
    return Check(f"answer_seconds.{source}", frame, "ExpectColumnValuesToBeBetween", arguments, now.answer_seconds, limit, warns=True)


def _still_heard_of(draft: Draft, frames: dict[str, pl.DataFrame]) -> Check:
    """Every channel that was usually heard of still is: of a silent one a file may be missing."""
    silent = silent_channels(draft.whole, draft.as_of)
    frames["channels"] = pl.DataFrame({"silent": [len(silent)]})
    names = dict(draft.whole["channels"].select("channel_id", "name").iter_rows())
    shown = [f"{mask(name)} ({code})" if (name := names.get(code)) else code for code in silent[:CHANNELS_NAMED]]
    named = ", ".join(shown) + (f" … ({len(silent)})" if len(silent) > CHANNELS_NAMED else "")
    none = {"column": "silent", "max_value": 0}
    return Check("silent_channels", "channels", "ExpectColumnValuesToBeBetween", none, named, "", warns=True)
