"""One load looked at closely: its files, its gate, what it changed in the published figures, and taking it back."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st
from pandas.io.formats.style import Styler

from etl.errors import UserError
from etl.language import _
from etl.settings import read_settings
from etl.versions import Version, read_version, version_before
from metrics.scope import Scope
from pages.shared import controls, deciding, downloads, ledger, loading, tables, wording
from pages.shared.cards import KIND, change
from pages.shared.load_history import Load, state_name
from pages.shared.terms import literal, metric_name

MONTHS_NAMED = 6


def choose(loads: list[Load]) -> Load:
    """Choose one load, kept in the address; the newest where none is chosen."""
    names = {
        str(load["load_id"]): f"{load['load_id']} · {ledger.when(load.get('started_at'))} · {state_name(str(load.get('state')))}"
        for load in loads
    }
    name = controls.choose(_("Load"), "load", names, next(iter(names)))
    return next(load for load in loads if str(load["load_id"]) == name)


def draw(load: Load, scope: Scope) -> None:
    """Draw one load: why it is where it is, its balance sheet, its gate, and the way to take it back."""
    if load.get("reason"):
        st.write(_("Published with this reason: {reason}", reason=literal(str(load["reason"]))))
    sheet = ledger.balance(list(load.get("files") or []))
    if sheet.height:
        st.write(literal(ledger.summary(list(load["files"]))))
        loading.counted(sheet, _("Balance sheet per file"))
        downloads.offer(sheet, _("Load {load}", load=load["load_id"]), scope)
    loading.gate(load)
    if load.get("state") == "held":
        st.page_link("data/refresh.py", label=_("Publish or discard it on the page “Refresh”"))


def take_back(load: Load) -> None:
    """Where the load is published: undo it, after a second look."""
    if load.get("state") == "published":
        with st.expander(_("Undo load {load}", load=load["load_id"])):
            deciding.undo(load)


def changed(load: Load, scope: Scope) -> None:
    """Draw what the load changed in the whole's figures, and in which months, where both versions are kept."""
    after = _version(load)
    before = version_before(after) if after else None
    if load.get("version") is None:
        st.write(_("It published no version: it changed no figure."))
    elif after is None or (before is None and int(after.name) > 1):
        st.write(_("Its version, or the one before, is no longer kept: what it changed cannot be shown."))
    elif before is None:
        st.write(_("It was the first: before it there was no figure."))
    else:
        rows, months = _compared(after.folder, before.name, scope)
        st.write(_touched(dict(months)))
        right = (_("Before"), _("After"), _("Change"))
        tables.show(_table(rows), "changes table", _("The whole's figures before and after"), right=right)
        st.caption(
            _(
                "All time, everything together: version {before} to {as_of_before}, version {after} to {as_of_after}.",
                before=before.name,
                as_of_before=wording.instant(before.as_of),
                after=after.name,
                as_of_after=wording.instant(after.as_of),
            )
        )


def _version(load: Load) -> Version | None:
    try:
        return read_version(read_settings().snapshots, str(load.get("version")))
    except UserError:
        return None


@lru_cache(maxsize=16)
def _compared(folder: Path, before: str, scope: Scope) -> tuple[pl.DataFrame, tuple[tuple[str, list[str]], ...]]:
    from metrics.changes import changes, months

    old, new = read_version(folder.parent, before), read_version(folder.parent, folder.name)
    return changes(old, new, scope), tuple(months(old, new).items())


def _touched(months: dict[str, list[str]]) -> str:
    """Which months the load touched, in words."""
    names = {"interactions": _("questions asked in {months}"), "feedback": _("judgements received in {months}")}
    parts = [names[table].format(months=_spans(found)) for table, found in months.items() if found]
    return _("It changed rows of: {what}.", what="; ".join(parts)) if parts else _("It changed no question and no judgement.")


def _spans(months: list[str]) -> str:
    """Months in words, the latest first; of many the first and the last."""
    words = [wording.month(date.fromisoformat(f"{month}-01")) for month in months]
    if len(words) > MONTHS_NAMED:
        return _("{n} months from {first} to {last}", n=wording.number(len(words)), first=words[0], last=words[-1])
    return ", ".join(words[::-1])


def _table(rows: pl.DataFrame) -> Styler:
    """One line per metric: before, after, change; what did not move is a dash."""
    before = [_side(row, "before") for row in rows.iter_rows(named=True)]
    after = [_side(row, "after") for row in rows.iter_rows(named=True)]
    moved = [_moved(old, new) for old, new in zip(before, after, strict=True)]
    columns: dict[str, list[Any]] = {
        _("Figure"): [metric_name(name) for name in rows["metric"]],
        _("Before"): [_value(row) for row in before],
        _("After"): [_value(row) for row in after],
        _("Change"): moved,
    }
    return tables.styled(columns, {})


def _side(row: dict[str, Any], side: str) -> dict[str, Any]:
    return {"metric": row["metric"]} | {name: row[f"{name}_{side}"] for name in ("value", "numerator", "denominator", "state", "note")}


def _moved(before: dict[str, Any], after: dict[str, Any]) -> str:
    moved = change(after, before)
    return wording.NONE if moved is None or before["value"] == after["value"] else moved


def _value(row: dict[str, Any]) -> str:
    words = wording.value(KIND[row["metric"]], row["value"], row["note"])
    cases = "" if row["denominator"] is None else f" (n = {wording.number(row['denominator'])})"
    return words + cases
