"""What a view says where there is nothing to show, what its marks mean, and what its figures rest on."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from etl.language import _
from etl.tables import UNKNOWN
from metrics.declaration import Metric
from metrics.flags import FLAGS
from metrics.scope import Scope
from pages.shared import picture, tile_map, wording
from pages.shared.check_words import check_name
from pages.shared.definitions import sentence
from pages.shared.ending import end
from pages.shared.links import link
from pages.shared.picture import SIGNALS

FROM_SPLITS = "split"
"""Key of a result row's note: the share of its cases that rests on a ward that was split."""


def stop_where_nobody_asked(whole: pl.DataFrame) -> None:
    """End the run with what to do next where the whole has no case and no judgement in the period.

    Args:
        whole: the rows of the chosen period, one per metric.
    """
    if not whole["numerator"].sum():
        st.info(_("Nothing was asked and nobody was judged in this period with these filters. Choose a longer period or fewer filters."))
        end()


def stop_where_nobody_is_chosen(officer: str) -> None:
    """End the run with the way to the list where no officer is chosen: nobody's record is shown unasked."""
    if not officer:
        st.info(_("Choose an officer in the list on the left (on a phone behind »), or on the page of all officers."))
        link("service/officers.py", _("All officers"))
        end()


def stop_where_no_case_may_be_seen(scope: Scope) -> None:
    """End the run for roles whose duty it is not to look at cases one by one."""
    if scope.cases_of is not None and not scope.cases_of:
        st.info(_("Your role sees figures, not the cases behind them."))
        end()


def stop_where_there_is_none(cases: pl.DataFrame) -> None:
    """End the run where no case stands behind the figure."""
    if cases.is_empty():
        st.info(_("No case stands behind this figure with these filters. Choose a longer period or fewer filters."))
        end()


def stop_where_no_officer(listed: pl.DataFrame) -> None:
    """End the run where the viewer may see no officer by name, or the data name none."""
    if listed.is_empty():
        st.info(_("No officer to show: the data name none whom you may see by name in this ward and period."))
        end()


def stop_where_no_ward(rows: pl.DataFrame) -> None:
    """End the run where the data name no ward, or none that the viewer may see."""
    stop_where_none_is_named("" if rows.filter(pl.col("unit") != UNKNOWN).is_empty() else "some")


def stop_where_none_is_named(ward: str) -> None:
    """End the run where there is no ward to look at."""
    if not ward:
        st.info(_("The data name no ward yet: map the ward column in the source, and refresh the data."))
        end()


def legend(rows: pl.DataFrame, metric: Metric) -> None:
    """What the tiles' colours mean, and which tiles are hatched."""
    wards = rows.filter(pl.col("unit") != UNKNOWN)
    if wards["signal"].is_not_null().any():
        words = [f"{mark} {wording.signal(name)}" for name, (_colour, mark) in SIGNALS.items()]
        st.caption(" · ".join(words))
    elif wards["value"].is_not_null().any():
        picture.show(tile_map.legend(rows, metric), "map legend", width=360)
    if wards["value"].is_null().any():
        st.caption(_("Hatched: too few to compare, or no data. One tile a ward, near where it lies."))
    else:
        st.caption(_("One tile a ward, near where it lies."))


def some_value(rows: pl.DataFrame) -> bool:
    """Whether any row has a value to draw; a sentence where none has."""
    if rows["value"].is_not_null().any():
        return True
    st.caption(_("No ward has enough cases in this period: choose a longer one."))
    return False


def notes(rows: pl.DataFrame, metric: Metric) -> None:
    """What the figures rest on: definition, and the wards whose cases come from a ward that was split."""
    st.caption(sentence(metric))
    splits = [share for share in map(split_share, rows.filter(pl.col("unit") != UNKNOWN).iter_rows(named=True)) if share]
    if splits:
        most = wording.percent(max(splits), 0)
        st.caption(
            _(
                "{n} wards hold cases of an old ward that was split; they are at most {share} of a ward's cases.",
                n=wording.number(len(splits)),
                share=most,
            )
        )
    share = nobodys(rows)
    if share:
        st.caption(_("{share} of the cases have no known ward: they count for the whole, and in no ward.", share=wording.percent(share)))
    for flag, _number in flags(rows):
        raised = rows.filter(pl.col("note").str.contains(f"{flag}:", literal=True)).height
        what = {"n": wording.number(raised), "what": check_name(flag)}
        st.caption(_("{n} wards are to be looked at, which is held against nobody: {what}. The page “Quality” says where.", **what))


def notes_of_one(rows: pl.DataFrame, metric: Metric) -> None:
    """What one ward's or officer's figures rest on: definition, and the share of the cases that come from a ward that was split.

    Args:
        rows: its rows of the period.
        metric: one of their metrics.
    """
    st.caption(sentence(metric))
    share = next((share for share in map(split_share, rows.filter(pl.col("metric") == metric.name).iter_rows(named=True)) if share), 0.0)
    if share:
        st.caption(_("{share} of these cases come from an old ward that was split.", share=wording.percent(share, 0)))
    for flag, number in flags(rows):
        st.caption(_("To be looked at, not held against anybody: {what}: {n}.", what=check_name(flag), n=wording.number(number)))


def nobodys(rows: pl.DataFrame) -> float:
    """The share (0–1) of the cases behind one metric's rows, by any unit, whose unit is not known."""
    cases = rows.select("unit", n=pl.coalesce("denominator", "numerator"))
    total, unknown = cases["n"].sum(), cases.filter(pl.col("unit") == UNKNOWN)["n"].sum()
    return unknown / total if total else 0.0


def note_of_officers(rows: pl.DataFrame, metric: Metric) -> None:
    """How many of the cases are in no officer's figure, as nobody says whose they are."""
    share = nobodys(rows.filter(pl.col("metric") == metric.name))
    if share:
        st.caption(
            _(
                "{share} of the cases are in no officer's figure: their officer is not known, or by the duty roster only.",
                share=wording.percent(share),
            )
        )


def flags(rows: pl.DataFrame) -> list[tuple[str, int]]:
    """The flags that stand in any of the rows' notes, each once, with the number of cases or judgements that show it."""
    parts = [part.partition(":") for note in rows["note"].drop_nulls() for part in note.split(";")]
    return [(flag.name, max(found)) for flag in FLAGS if (found := [int(number) for key, _colon, number in parts if key == flag.name])]


def split_share(row: Mapping[str, object]) -> float:
    """The share of a result row's cases (0–1) that rests on a ward that was split."""
    for part in str(row["note"] or "").split(";"):
        key, _colon, share = part.partition(":")
        if key == FROM_SPLITS:
            return float(share)
    return 0.0


def together(*frames: pl.DataFrame) -> pl.DataFrame:
    """The result rows of a view as one table, each row once, to download."""
    return pl.concat(frames).unique(maintain_order=True)
