"""The cases behind a figure as lines of a table, and one of them with its link."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.cases import Found
from metrics.scope import Scope
from metrics.wording import category_name, platform_name, topic_name, unit_name
from pages.shared import people, wording
from pages.shared.outcomes import outcome_name
from pages.shared.terms import literal

Row = Mapping[str, Any]


class Names:
    """Names of wards, channels and officers, as far as the viewer may know them."""

    def __init__(self, version: Version, scope: Scope) -> None:
        """Read them from the published version."""
        self._wards, self._channels = _names(version.glob("wards"), "ward_code"), _names(version.glob("channels"), "channel_id")
        rows = people.officers(version, scope).select("officer_id", "name", "badge").iter_rows()
        self._officers = {code: " · ".join(filter(None, (name, badge))) for code, name, badge in rows}

    def where(self, row: Row) -> tuple[str, str, str, str]:
        """Ward, officer, platform and channel of a case."""
        ward, officer, platform, channel = (row[name] for name in ("ward_code", "officer_id", "platform", "channel_id"))
        named = (self._wards.get(ward), self._officers.get(officer), platform_name(platform), self._channels.get(channel))
        ward, officer, platform, channel = (
            unit_name(c, name or c) for c, name in zip((ward, officer, platform, channel), named, strict=True)
        )
        return ward, officer, platform, channel


@lru_cache(maxsize=8)
def _names(pattern: str, key: str) -> dict[str, str | None]:
    return dict(pl.scan_parquet(Path(pattern)).select(key, "name").collect().iter_rows())


def table(found: Found, version: Version, scope: Scope) -> pl.DataFrame:
    """One line per case, ready to show: instants in local time, codes in words, the link as text, file and row."""
    names = Names(version, scope)
    lines = list(found.rows.iter_rows(named=True))
    if found.of == "interactions":
        return pl.DataFrame([_asked(row, version.as_of, names) for row in lines])
    return pl.DataFrame([_judged(row, names) for row in lines])


def _asked(row: Row, as_of: datetime, names: Names) -> dict[str, Any]:
    ward, officer, platform, channel = names.where(row)
    return {
        _("Asked"): wording.instant(row["asked_at"]),
        _("Standing"): standing(row, as_of),
        _("Due"): wording.instant(row["answer_due"]),
        _("Topic"): unit_name(row["topic"], topic_name(row["topic"])),
        _("Ward"): ward,
        _("Officer"): officer,
        _("First answer"): wording.instant(row["answered_at"]),
        _("Link"): row["link"] or wording.NONE,
        _("Urgency"): {"urgent": _("urgent"), "normal": _("normal"), "complex": _("complex")}[row["urgency"]],
        _("Platform"): platform,
        _("Channel"): channel,
        _("Number in its log"): row["interaction_id"],
        **_lineage(row),
    }


def standing(row: Row, as_of: datetime) -> str:
    """How a case stands at as_of: answered in time or late, waiting, overdue by how long."""
    due, answered = row["answer_due"], row["answered_at"]
    if row["reopened_at"] is not None and (row["resolved_at"] is None or row["resolved_at"] < row["reopened_at"]):
        return _("reopened, waiting")
    if answered is None:
        if due is not None and due < as_of:
            return _("overdue by {time}", time=wording.duration((as_of - due).total_seconds()))
        return _("waiting for {time}", time=wording.duration((as_of - row["asked_at"]).total_seconds()))
    if due is not None and answered > due:
        return _("answered {time} late", time=wording.duration((answered - due).total_seconds()))
    return _("resolved") if row["resolved_at"] is not None else _("answered")


def _judged(row: Row, names: Names) -> dict[str, Any]:
    ward, officer, platform, channel = names.where(row)
    return {
        _("Received"): wording.instant(row["received_at"]),
        _("Kind"): _kind(row),
        _("What it is about"): category_name(row["category"]),
        _("Outcome"): wording.NONE if row["outcome"] is None else outcome_name(row["outcome"]),
        _("Decided"): wording.instant(row["decided_at"]),
        _("In rates"): _("under review") if row["held"] else _("yes") if row["counts"] else _("repeated, counted once"),
        _("Ward"): ward,
        _("Officer"): officer,
        _("Platform"): platform,
        _("Channel"): channel,
        _("Number in its log"): row["feedback_id"],
        **_lineage(row),
    }


def _kind(row: Row) -> str:
    if row["formal"]:
        return _("Formal complaint or denunciation")
    rated = _("Rating: {n} of 5", n=row["rating"] or wording.NONE)
    return {"compliment": _("Compliment"), "complaint": _("Complaint"), "rating": rated}[row["kind"]]


def _lineage(row: Row) -> dict[str, Any]:
    path = row["path"] or wording.NONE
    return {_("File"): _("{path} (cut off)", path=path) if row["provisional"] else path, _("Row"): row["row_number"]}


def detail(found: Found, line: int | None) -> None:
    """Draw the chosen case's link, to be copied and opened where one is signed in: nothing of the data is made a link here."""
    if line is None:
        st.caption(_("Choose a line to copy the link of the original post."))
        return
    row = found.rows.row(line, named=True)
    number = literal(row.get("interaction_id") or row.get("feedback_id") or "")
    st.write(_("Case {number}, in {file}, row {row}", number=number, file=literal(row["path"] or wording.NONE), row=row["row_number"]))
    if row.get("link"):
        st.code(row["link"], language=None, wrap_lines=True)
    else:
        st.caption(_("Its log gives no link."))
