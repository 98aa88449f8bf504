"""Every load as a line: when, by whom, which version, what became of its rows; as a table and as dots in order of time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import ceil, floor, log10
from typing import Any

import polars as pl
import streamlit as st

from etl.language import _, current_language
from pages.shared import wording
from pages.shared.cards import Card
from pages.shared.ending import end
from pages.shared.ledger import FATES, fate
from pages.shared.picture import ACCENT, MARK, Picture, blank, laid_out, plain

Load = Mapping[str, Any]
STATES = ("published", "held", "undone", "discarded")
SYMBOLS = {"published": ("circle", MARK), "held": ("diamond", ACCENT), "undone": ("x", MARK), "discarded": ("x-thin-open", MARK)}
HEIGHT = 240
FEW = 3
"""Up to so many loads each has its own tick."""


def state_name(state: str) -> str:
    """The state of a load in words."""
    return {
        "published": _("published"),
        "held": _("held back"),
        "undone": _("taken back"),
        "discarded": _("discarded"),
    }.get(state, state)


def stop_where_nothing_was_loaded(loads: list[Load]) -> None:
    """End the run with what to do next where nothing was ever loaded."""
    if not loads:
        st.info(_("Nothing has been loaded yet. Open the page “Refresh”, drop files in and press “Refresh the data”."))
        end()


def answer(loads: list[Load]) -> str:
    """How many loads there were, what the last one brought, and whether one waits for a decision.

    Args:
        loads: what ``etl loads`` says, newest first.
    """
    parts = [_("One load") if len(loads) == 1 else _("{n} loads", n=wording.number(len(loads)))]
    last = next((load for load in loads if load.get("state") == "published"), None)
    if last is not None:
        parts.append(
            _(
                "the last published one, {when}, brought {new} new and {changed} changed rows",
                when=wording.instant(_at(last, "finished_at")),
                new=wording.number(_fate(last, "loaded")),
                changed=wording.number(_fate(last, "updated")),
            )
        )
    held = sum(load.get("state") == "held" for load in loads)
    parts.append(_("{n} wait for a decision", n=wording.number(held)) if held else _("none waits for a decision"))
    return "; ".join(parts) + "."


def tiles(loads: list[Load]) -> list[Card]:
    """How many loads of each state, and the rows they brought."""
    counts = {state: sum(load.get("state") == state for load in loads) for state in STATES}
    published = [load for load in loads if load.get("state") == "published"]
    new, refused = (fates(published, name) for name in ("loaded", "quarantined"))
    back = _("{undone} taken back, {discarded} discarded", **{name: wording.number(counts[name]) for name in ("undone", "discarded")})
    return [
        Card(_("Loads published"), wording.number(counts["published"]), back, None, (), _("How many loads make up what is shown?")),
        Card(_("Loads held back"), wording.number(counts["held"]), _("wait for a decision"), None, (), _("Which loads wait for a person?")),
        Card(
            _("Rows loaded"),
            wording.number(new),
            _("{n} refused", n=wording.number(refused)),
            None,
            (),
            _("How many rows are new with the published loads?"),
        ),
    ]


def fates(loads: list[Load], name: str) -> int:
    """How many rows of the loads had one fate."""
    return sum(_fate(load, name) for load in loads)


def table(loads: list[Load]) -> pl.DataFrame:
    """One line per load, newest first: state, times, who, version, files, rows read, what became of them, reason; headers in words."""
    rows = [
        {
            _("Load"): int(load["load_id"]),
            _("State"): state_name(str(load.get("state"))),
            _("Begun"): wording.instant(_at(load, "started_at")),
            _("Took"): wording.duration(_seconds(load)),
            _("By"): str(load.get("who") or wording.NONE),
            _("Version"): str(load.get("version") or wording.NONE),
            _("Past months moved"): ", ".join(moved(load)) or wording.NONE,
            _("Files"): len(load.get("files") or []),
            _("Rows read"): _read(load),
        }
        | {fate(name): _fate(load, name) for name in FATES}
        | {_("Reason"): str(load.get("reason") or "")}
        for load in loads
    ]
    return pl.DataFrame(rows)


def moved(load: Load) -> list[str]:
    """The past months in which the load changed what had been published, in words."""
    months = sorted({month for found in (load.get("moved") or {}).values() for month in found})
    return [wording.month(date.fromisoformat(f"{month}-01")) for month in months]


def over_time(loads: list[Load]) -> Picture:
    """When something was loaded, and how much: one dot a load, its rows on a log axis; loads that do not stand have another shape."""
    figure = blank()
    for state in STATES:
        shown = [load for load in loads if load.get("state") == state]
        symbol, colour = SYMBOLS[state]
        figure.add_scatter(
            x=[_local(load) for load in shown],
            y=[max(_read(load), 1) for load in shown],
            mode="markers",
            marker={"symbol": symbol, "color": colour, "size": 10, "line": {"width": 2, "color": colour}},
            hovertext=[_hover(load) for load in shown],
            hoverinfo="text",
            cliponaxis=False,
        )
    read = [max(_read(load), 1) for load in loads]
    low, high = floor(log10(min(read))), max(ceil(log10(max(read))), floor(log10(min(read))) + 1)
    ticks = [10**power for power in range(low, high + 1)]
    figure.update_yaxes(type="log", range=[low - 0.1, high + 0.1], tickvals=ticks, ticktext=[wording.number(tick) for tick in ticks])
    written = "%d/%m/%Y<br>%H:%M" if current_language() == "vi" else "%-d %b %Y<br>%H:%M"
    times = sorted(local for local in map(_local, loads) if local is not None)
    room = max((times[-1] - times[0]) / 12, timedelta(hours=1)) if times else timedelta()
    # Few loads: a tick at each, or the axis would part one day into many ticks of one date.
    ticks_at = {"tickvals": times} if len(times) <= FEW else {"nticks": 4}
    span = {"range": [times[0] - room, times[-1] + room]} if times else {}
    figure.update_xaxes(type="date", showgrid=False, tickangle=0, tickformat=written, **ticks_at, **span)
    return Picture(laid_out(figure, HEIGHT), _("{n} loads in order of time, by the rows they read", n=wording.number(len(loads))))


def shapes(loads: list[Load]) -> str:
    """What the dots' shapes mean, as far as they occur."""
    marks = {"published": "●", "held": "◆", "undone": "✕", "discarded": "×"}
    occur = [state for state in STATES if any(load.get("state") == state for load in loads)]
    return _(
        "Rows read by each load, on a log scale: {shapes}.", shapes=" · ".join(f"{marks[state]} {state_name(state)}" for state in occur)
    )


def _hover(load: Load) -> str:
    lines = [
        f"<b>{_('Load {load}', load=load['load_id'])}</b>",
        f"{wording.instant(_at(load, 'started_at'))} · {state_name(str(load.get('state')))}",
        _("{n} rows read", n=wording.number(_read(load))),
        plain(str(load.get("reason") or "")),
    ]
    return "<br>".join(line for line in lines if line)


def _at(load: Load, name: str) -> datetime | None:
    return datetime.fromisoformat(str(load[name])) if load.get(name) else None


def _local(load: Load) -> datetime | None:
    at = _at(load, "started_at")
    return None if at is None else at.astimezone(wording.LOCAL).replace(tzinfo=None)


def _seconds(load: Load) -> float | None:
    start, end = _at(load, "started_at"), _at(load, "finished_at")
    return None if start is None or end is None else (end - start).total_seconds()


def _read(load: Load) -> int:
    return sum(int(file.get("rows") or 0) for file in load.get("files") or [])


def _fate(load: Load, name: str) -> int:
    return int((load.get("fates") or {}).get(name) or 0)
