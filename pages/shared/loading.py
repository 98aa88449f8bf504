"""The parts of the Refresh page, from top to bottom: what waits, the buttons, the progress, the account of the last run."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from etl.gate import verdicts
from etl.language import _
from etl.settings import read_settings
from metrics.scope import Scope
from pages.shared import commands, downloads, inbox, ledger, refusals, standing, wording
from pages.shared.links import link
from pages.shared.terms import literal


def counted(frame: pl.DataFrame, alt: str, most: int = 12) -> None:
    """A table whose counts stand right, in the language in use."""
    counts = [name for name, dtype in frame.schema.items() if dtype.is_integer()]
    words = frame.with_columns(
        pl.Series(name, [wording.NONE if value is None else wording.number(value) for value in frame[name]], dtype=pl.String)
        for name in counts
    )
    right = {name: st.column_config.TextColumn(name, alignment="right") for name in counts}
    st.dataframe(words, hide_index=True, column_config=right, height="content" if frame.height <= most else 35 * (most + 1) + 20, alt=alt)


def answer(files: list[inbox.Waiting]) -> None:
    """The page's answer: how many files wait, how many of them are new, whether a load is held."""
    counts = standing.status().get("inbox") or {}
    if not files:
        sentence = _("The inbox is empty.")
    elif "new" in counts:
        sentence = _("Files in the inbox: {all}. Not yet loaded: {new}.", all=wording.number(len(files)), new=wording.number(counts["new"]))
    else:
        sentence = _("Files in the inbox: {all}. Nothing has been loaded yet.", all=wording.number(len(files)))
    st.markdown(f"**{sentence}**")


def waiting(files: list[inbox.Waiting]) -> None:
    """What lies in the inbox, and the place to drop files."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        if files:
            counted(ledger.inbox(files).head(inbox.MOST_SHOWN), _("Files in the inbox"), most=7)
            if len(files) > inbox.MOST_SHOWN:
                st.caption(_("The first {n} by name are shown.", n=wording.number(inbox.MOST_SHOWN)))
        else:
            st.write(
                _(
                    "Drop the files of the groups, pages and wards here, or copy them into the folder {folder}.",
                    folder=f"`{read_settings().inbox}`",
                )
            )
    with right:
        _drop()


def _drop() -> None:
    """Drop files in; each is taken over once, under its own name."""
    st.session_state.setdefault("drop round", 0)
    dropped = st.file_uploader(
        _("Drop files in (CSV, XLSX, JSON, JSON lines, Parquet, also in .zip or .gz)"),
        type=list(inbox.ENDINGS),
        accept_multiple_files=True,
        key=f"drop {st.session_state['drop round']}",
    )
    if dropped:
        said = []
        for file in dropped:
            try:
                name, new = inbox.save(read_settings().inbox, file.name, file.getvalue())
            except ValueError:
                said.append(_("{name} cannot be taken: its name has no ending that is read here.", name=literal(repr(file.name))))
            else:
                words = _("{name} lies in the inbox.", name=literal(name)) if new else _("{name} was already there.", name=literal(name))
                said.append(words)
        st.session_state["drop said"] = said
        st.session_state["drop round"] += 1  # an empty place for the next files
        st.rerun()
    for sentence in st.session_state.pop("drop said", []):
        st.caption(sentence)


def buttons(files: list[inbox.Waiting]) -> None:
    """Dry run and refresh."""
    with st.container(horizontal=True):
        dry = st.button(_("Dry run"), disabled=not files, help=_("Reads and checks everything, changes nothing."))
        real = st.button(_("Refresh the data"), type="primary", disabled=not files)
    if dry:
        commands.start("refresh", "--dry-run")
    elif real:
        commands.start("refresh")


def progress() -> None:
    """How far the command under way is; when it ends, the page is drawn anew."""
    job = commands.latest()
    if job is None or job.wait(0):
        return
    with st.status(_title(job), expanded=True):
        bar = st.progress(0.0, text=_("Starting …"))
        while not job.wait(0.2):
            step = _("Step {step} of {steps}", step=job.step, steps=job.steps) if job.steps else _("Starting …")
            bar.progress(job.share, text=f"{step}: {literal(job.text)}" if job.text else step)
    st.rerun()


def _title(job: commands.Job) -> str:
    if "--dry-run" in job.arguments:
        return _("A dry run is under way")
    return {
        "refresh": _("The data are being refreshed"),
        "publish": _("The held load is being published"),
        "discard": _("The held load is being discarded"),
        "undo": _("The load is being undone"),
    }.get(job.arguments[0], job.arguments[0])


def ended() -> commands.Outcome | None:
    """How the last command ended, with its sentence drawn; None where none was given, or one is under way."""
    job = commands.latest()
    outcome = job.outcome if job else None
    if outcome is not None:
        (st.success if outcome.code == commands.DONE else st.warning)(literal(outcome.sentence()))
    return outcome


def account(scope: Scope) -> None:
    """How the last command ended: its sentence, the balance sheet, the gate."""
    outcome = ended()
    if outcome is None:
        return
    document = outcome.document or {}
    if document.get("files"):
        st.write(literal(ledger.summary(document["files"])))
        st.subheader(_("Balance sheet: every row read has one fate"))
        sheet = ledger.balance(document["files"])
        counted(sheet, _("Balance sheet per file"))
        downloads.offer(sheet, _("Balance sheet"), scope)
    gate(document)


def gate(load: Mapping[str, Any]) -> None:
    """The gate in one line, and what it warns of; every check is one click away.

    Args:
        load: a load, or the report of a refresh.
    """
    found = load.get("gate") or {}
    if not found.get("checks"):
        return
    st.subheader(_("Quality gate"))
    held, warned = verdicts.holding(found), verdicts.warning(found)
    st.write(_("Held: {reasons}.", reasons=literal(verdicts.reasons(found))) if held else _("Passed: {n} checks.", n=len(found["checks"])))
    if warned:
        st.markdown("\n".join(f"- {_('Warning')}: {literal(verdicts.said(check))}" for check in warned))
    if load.get("load_id") is None:  # a dry run
        with st.expander(_("Every check"), expanded=bool(held)):
            counted(verdicts.table(found), _("Checks of the quality gate"))
    else:
        link("data/gate.py", _("Every check of the gate"), load=str(load["load_id"]))


def refused() -> None:
    """How many rows of all loads are refused, by rule; each of them is one click away."""
    rows = standing.refused().filter(pl.col("fixed_in").is_null())
    st.subheader(_("Refused rows"))
    if rows.is_empty():
        st.write(_("No row is refused."))
        return
    st.write(_("Mend them in the file and drop it in again: the next refresh takes them up. Nothing refused is lost."))
    by_rule = refusals.by_rule(rows).select(pl.col("category").alias(_("Rule")), pl.col("rows").alias(_("Rows refused")))
    counted(by_rule, _("Refused rows by rule"))
    link("data/quarantine.py", _("Each refused row, by file and row"))
