"""Figures as they were reported in one version beside those of a later one, and the reasons for which they moved."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version, kept_versions, read_version
from metrics.query import Query
from metrics.scope import Scope
from metrics.wording import metric_name, reason_name
from pages.shared import controls, tables, wording
from pages.shared.cards import KIND, change
from pages.shared.ending import end


@dataclass(frozen=True)
class Moved:
    """What differs between two versions."""

    before: Version
    after: Version
    rows: pl.DataFrame
    why: pl.DataFrame
    """As of ``metrics.changes.explained_changes``, of one unit."""


def choose(version: Version) -> Version | None:
    """Choose a kept version before the current one, kept in the address; the one just before where none is chosen."""
    kept = {each.name: each for each in kept_versions(version.folder.parent) if each.name < version.name}
    if not kept:
        return None
    words = {name: _("version {version}, data to {as_of}", version=name, as_of=wording.instant(kept[name].as_of)) for name in kept}
    return kept[controls.choose(_("Reported in"), "then", words, next(iter(kept)))]


def stop_where_none(earlier: Version | None) -> None:
    """End the run where no earlier version is kept."""
    if earlier is None:
        st.info(_("No earlier version is kept yet: after the next refresh this page tells what moved."))
        end()


def compare(before: Version, after: Version, scope: Scope, query: Query) -> Moved:
    """Both versions' figures and what moved them; kept, as versions do not change."""
    return Moved(before, after, *_compared(after.folder, before.name, scope, query))


@lru_cache(maxsize=16)
def _compared(folder: Path, before: str, scope: Scope, query: Query) -> tuple[pl.DataFrame, pl.DataFrame]:
    from metrics.changes import explained_changes

    return explained_changes(read_version(folder.parent, before), read_version(folder.parent, folder.name), scope, query)


def answer(moved: Moved, earlier: Version, label: str) -> str:
    """How many figures moved since, in one sentence."""
    same = pl.col("version_before").eq_missing(pl.col("version_after"))
    compared, others = moved.rows.filter(same), moved.rows.filter(~same)
    different = compared.filter(pl.col("value_before").ne_missing(pl.col("value_after"))).height
    said = {"label": label, "as_of": wording.instant(earlier.as_of)}
    sentence = _("{label}: every figure stands as it was reported with the data to {as_of}.", **said)
    if different:
        counts = {"n": wording.number(different), "total": wording.number(compared.height)}
        sentence = _("{label}: {n} of {total} figures moved since the data to {as_of}.", **said, **counts)
    names = ", ".join(metric_name(metric) for metric in others["metric"])
    beside = _("Defined otherwise since, and so not compared: {names}.", names=names) if names else ""
    return " ".join(filter(None, (sentence if compared.height else "", beside)))


def lines(moved: Moved) -> pl.DataFrame:
    """One line per metric, in words: then, now, change and why."""
    reasons = moved.why.partition_by("metric", as_dict=True)
    columns: dict[str, list[Any]] = {_("Figure"): [], _("Before"): [], _("After"): [], _("Change"): [], _("Why"): []}
    for row in moved.rows.iter_rows(named=True):
        before, after = (_side(row, side) for side in ("before", "after"))
        why = reasons.get((row["metric"],), pl.DataFrame())
        cells = (metric_name(row["metric"]), _value(before), _value(after), _change(before, after), _why(why))
        for cell, column in zip(cells, columns.values(), strict=True):
            column.append(cell)
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def draw(moved: Moved) -> None:
    """Draw the lines as a table."""
    right = (_("Before"), _("After"), _("Change"))
    shown = {name: column.to_list() for name, column in lines(moved).to_dict().items()}
    tables.show(tables.styled(shown, {}), "changes table", _("The whole's figures before and after"), right=right)


def rests_on(moved: Moved) -> str:
    """Which versions stand side by side, in one sentence."""
    sides = {"before": moved.before, "after": moved.after}
    named = {side: version.name for side, version in sides.items()}
    dates = {f"as_of_{side}": wording.instant(version.as_of) for side, version in sides.items()}
    return _("Version {before} to {as_of_before}, version {after} to {as_of_after}.", **named, **dates)


def explain(moved: Moved) -> None:
    """Draw what the signs of the last column mean; nothing where no figure moved."""
    if moved.why.height:
        st.caption(
            _(
                "“+3/+5” says: three more above the line and five more below it. Each row that differs has one reason; together they "
                "make the whole change of both numbers. Both versions are computed by today's definitions of the figures."
            )
        )


def _side(row: dict[str, Any], side: str) -> dict[str, Any]:
    return {"metric": row["metric"]} | {name: row[f"{name}_{side}"] for name in ("value", "numerator", "denominator", "state", "note")}


def _change(before: dict[str, Any], after: dict[str, Any]) -> str:
    moved = change(after, before)
    return wording.NONE if moved is None or before["value"] == after["value"] else moved


def _value(row: dict[str, Any]) -> str:
    words = wording.value(KIND[row["metric"]], row["value"], row["note"])
    cases = "" if row["denominator"] is None else f" (n = {wording.number(row['denominator'])})"
    return words + cases


def _why(moves: pl.DataFrame) -> str:
    """ "logged late +3/+5 · corrected in the log −1/0"; of a figure that is defined otherwise since, that alone."""
    parts = []
    for row in moves.iter_rows(named=True):
        both = [wording.signed(row[side]) for side in ("numerator", "denominator") if row[side] is not None]
        parts.append(f"{reason_name(row['reason'])} {'/'.join(both)}" if both else _("the figure itself is defined otherwise since"))
    return " · ".join(parts)
