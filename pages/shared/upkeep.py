"""What data staff keep up: sources and channels that brought nothing new, codes that nobody lists, what the loader states."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from etl.language import _
from etl.reference.topics import read_topics
from metrics.scope import Scope
from metrics.wording import unit_name
from pages.shared import tables, wording
from pages.shared.check_words import code_kind, stated_name
from pages.shared.downloads import offer
from pages.shared.soundness import STALE_DAYS

MOST = 200
"""Lines of a table; the download has all."""


def sources_rows(sources: pl.DataFrame) -> pl.DataFrame:
    """The sources in words, to show and to download: source, what it brings, last item, days, rows and what they lack."""
    brings = {"interactions": _("Questions"), "feedback": _("Judgements")}
    some = pl.col("rows") > 0
    share = {"officer_unknown": _("Officer unknown"), "ward_unknown": _("Ward unknown"), "date_only": _("Date only")}
    return sources.select(
        pl.col("source").alias(_("Source")),
        pl.Series(_("Brings"), [brings[table] for table in sources["table"]], dtype=pl.String),
        pl.Series(_("Last item"), [wording.day(on) for on in sources["last_on"]], dtype=pl.String),
        pl.col("days").alias(_("Days since")),
        pl.col("rows").alias(_("Rows")),
        *(pl.when(some).then(pl.col(name) / pl.col("rows")).alias(heading) for name, heading in share.items()),
    )


def quiet_channels(heard: pl.DataFrame, wards: Mapping[str, str]) -> pl.DataFrame:
    """Channels that nothing was heard of for STALE_DAYS or more, longest first; closed ones are left out."""
    rows = heard.filter((pl.col("quiet_days") >= STALE_DAYS) & ~pl.col("closed")).sort("quiet_days", "channel", descending=[True, False])
    return rows.select(
        pl.col("name").alias(_("Channel")),
        pl.col("quiet_days").alias(_("Days since last heard of")),
        pl.Series(_("Last question"), [wording.day(on) for on in rows["last_asked"]], dtype=pl.String),
        pl.Series(_("Last post"), [wording.day(on) for on in rows["last_post"]], dtype=pl.String),
        pl.Series(_("Ward"), [unit_name(code, wards.get(code, code)) for code in rows["ward"]], dtype=pl.String),
    )


def unlisted(codes: pl.DataFrame) -> pl.DataFrame:
    """The codes that no list has: of officers and channels by the record's rosters, of topics and categories by topics.toml."""
    topics = read_topics()
    known = [("topic", entry.id) for entry in topics.topics] + [("category", entry.id) for entry in topics.categories]
    listed = pl.DataFrame(known, schema={"kind": pl.String, "code": pl.String}, orient="row")
    rows = codes.join(listed, on=["kind", "code"], how="anti", maintain_order="left")
    return rows.select(
        pl.Series(_("Kind"), [code_kind(kind) for kind in rows["kind"]], dtype=pl.String),
        pl.col("code").alias(_("Code")),
        pl.col("rows").alias(_("Rows")),
    )


def draw(rows: pl.DataFrame, name: str, none: str, scope: Scope) -> None:
    """Draw rows as a table, counts and shares in words, with their download; the sentence ``none`` where there is no row.

    Args:
        rows: headers in words.
        name: of the table and of the file, in words.
        none: what to say where there is nothing.
        scope: who looks.
    """
    if rows.is_empty():
        st.write(none)
        return
    counts = {head: wording.number for head, dtype in rows.schema.items() if dtype.is_integer()}
    shares = {head: wording.percent for head, dtype in rows.schema.items() if dtype.is_float()}
    lines = {head: rows[head].head(MOST).to_list() for head in rows.columns}
    tables.show(tables.styled(lines, shares | counts), f"table {name}", name, tallest=420, name=220)
    if rows.height > MOST:
        st.caption(_("The first {n} are shown; the download has all.", n=wording.number(MOST)))
    offer(rows, name, scope)


def draw_stated(stated: Mapping[str, int]) -> None:
    """Draw what the loader states beside the version; nothing where it states nothing."""
    if stated:
        st.subheader(_("What the loader states"))
        columns = {_("What"): [stated_name(key) for key in stated], _("Number"): list(stated.values())}
        tables.show(tables.styled(columns, {_("Number"): wording.number}), "stated", _("What the loader states"), name=420)
