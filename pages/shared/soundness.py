"""The checks of the data's quality as a sentence, as tiles, as a picture and as tables, of the whole and ward by ward."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _
from metrics.wording import interval, unit_name
from pages.shared import controls, tables, wording
from pages.shared.axes import axis
from pages.shared.cards import Card
from pages.shared.charts import whiskers
from pages.shared.check_words import check_name, what_to_do
from pages.shared.picture import MARK, Picture, blank, laid_out, plain
from pages.shared.terms import literal

STALE_DAYS = 7
"""A source or channel that brought nothing for so long stands out."""
LINE, MOST = 28, 200


def answer(checks: pl.DataFrame, sources: pl.DataFrame, period: str) -> str:
    """What is missing most, and whether every source still brings something.

    Args:
        checks: the rows of ``metrics.quality.checks`` of the whole.
        sources: the rows of ``metrics.quality.sources``.
        period: in words, to open a sentence with.
    """
    row = _by_check(checks)
    missing = {
        "officer_unknown": _("{share} of the answers name no officer"),
        "ward_unknown": _("{share} of the questions no ward"),
        "date_only": _("{share} only a date"),
    }
    parts = [
        words.format(share=wording.percent(row[check]["value"])) for check, words in missing.items() if row[check]["value"] is not None
    ]
    stale = sources.filter(pl.col("days") >= STALE_DAYS).height
    days = wording.number(STALE_DAYS)
    if sources.is_empty():
        parts.append(_("no source has brought anything yet"))
    elif stale:
        parts.append(_("sources without anything new for {days} days or more: {n}", n=wording.number(stale), days=days))
    else:
        parts.append(_("every source has brought something in the last {days} days", days=days))
    return f"{period}: " + "; ".join(parts) + "."


def tiles(checks: pl.DataFrame, sources: pl.DataFrame) -> list[Card]:
    """The six tiles: four shares of what is missing or odd, what is under review, and the oldest source."""
    row = _by_check(checks)

    def share(check: str) -> Card:
        return Card(check_name(check), wording.percent(row[check]["value"]), _rests_on(row[check]), None, (), what_to_do(check) + ".")

    oldest = sources.row(0, named=True) if sources.height else None
    last = wording.NONE if oldest is None else _("{n} days", n=wording.number(oldest["days"]))
    return [
        *(share(check) for check in ("officer_unknown", "ward_unknown", "date_only", "resolved_unanswered")),
        Card(
            check_name("held"),
            wording.number(row["held"]["numerator"]),
            _("of {n} judgements", n=wording.number(row["held"]["denominator"])),
            None,
            (),
            what_to_do("held") + ".",
        ),
        Card(
            _("Oldest source"),
            last,
            "" if oldest is None else literal(oldest["source"]),
            None,
            (),
            _("How long has the source that is furthest behind brought nothing new?"),
        ),
    ]


def _by_check(checks: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["check"]: row for row in checks.iter_rows(named=True)}


def _rests_on(row: Mapping[str, Any]) -> str:
    cases = f"n = {wording.number(row['denominator'])}"
    return "; ".join(filter(None, (interval("share", row["lower"], row["upper"]), cases)))


def picture_of(checks: pl.DataFrame) -> Picture:
    """Every check's share with its interval, in the order of the table; a check without cases has no dot."""
    figure, places = blank(), list(range(checks.height))
    names = [plain(check_name(check)) for check in checks["check"]]
    figure.add_scatter(
        x=checks["value"].to_list(),
        y=places,
        error_x=whiskers(checks, "share"),
        mode="markers",
        marker={"color": MARK, "size": 9},
        hovertext=[
            f"<b>{name}</b><br>{wording.percent(row['value'])}<br>{_rests_on(row)}"
            for name, row in zip(names, checks.iter_rows(named=True), strict=True)
        ],
        hoverinfo="text",
        cliponaxis=False,
    )
    figure.update_xaxes(**axis("share", [0.0, *checks["value"], *checks["upper"]], zero=True), side="top")
    figure.update_yaxes(tickvals=places, ticktext=names, range=[checks.height - 0.4, -0.6], showgrid=False)
    return Picture(laid_out(figure, 60 + LINE * checks.height), _("{n} checks of the data, each with its share", n=checks.height))


def checks_rows(checks: pl.DataFrame) -> pl.DataFrame:
    """The checks in words, to show and to download: check, number, of how many, share, interval, what to do."""
    return checks.select(
        pl.Series(_("Check"), [check_name(check) for check in checks["check"]], dtype=pl.String),
        pl.col("numerator").alias(_("Number")),
        pl.col("denominator").alias("n"),
        pl.col("value").alias(_("Share")),
        pl.Series(
            _("95% interval"), [interval("share", *limits) or wording.NONE for limits in checks.select("lower", "upper").iter_rows()]
        ),
        pl.Series(_("What to do"), [what_to_do(check) for check in checks["check"]], dtype=pl.String),
    )


def draw_checks(rows: pl.DataFrame) -> None:
    """Draw the rows of ``checks_rows`` as a table, and under it what to do about those that found anything."""
    words = {_("Number"): wording.number, "n": wording.number, _("Share"): wording.percent}
    table = tables.styled({name: rows[name].to_list() for name in rows.columns[:-1]}, words)
    tables.show(table, "checks table", _("What is missing or odd"), name=300)
    found = rows.filter(pl.col(_("Number")) > 0).select(_("Check"), _("What to do")).rows()
    st.markdown("\n".join(f"- **{check}**: {literal(advice)}{'' if advice.endswith('?') else '.'}" for check, advice in found))


def choose_check(checks: pl.DataFrame) -> str:
    """Choose one check to see ward by ward, kept in the address."""
    names = {check: check_name(check) for check in checks["check"]}
    return controls.choose(_("Check"), "check", names, "officer_unknown")


def by_ward(checks: pl.DataFrame, check: str, wards: Mapping[str, str]) -> pl.DataFrame:
    """One check ward by ward, highest share first; wards without cases are left out."""
    rows = checks.filter((pl.col("check") == check) & (pl.col("denominator") > 0)).sort("value", "unit", descending=[True, False])
    names = [unit_name(code, wards.get(code, code)) for code in rows["unit"]]
    limits = [interval("share", *limits) for limits in rows.select("lower", "upper").iter_rows()]
    return rows.select(
        pl.Series(_("Ward"), names, dtype=pl.String),
        pl.col("numerator").alias(_("Number")),
        pl.col("denominator").alias("n"),
        pl.col("value").alias(_("Share")),
        pl.Series(_("95% interval"), limits, dtype=pl.String),
    )
