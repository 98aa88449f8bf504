"""The filters of the pages, in one place (the sidebar) and in the address: period, ward map, topic, platform."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.query import Query, UnitKind, WardMap
from metrics.scope import Scope
from pages.shared import address, periods, sources, wording


@dataclass(frozen=True)
class Filters:
    """What the viewer chose. Dates are local and both included."""

    from_on: date
    to_on: date
    wards: WardMap = "current"
    topic: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    label: str = ""
    """The period in words, to open a sentence with: "30 ngày qua"."""
    preset: str = "own"
    """The period's code in the address."""
    ward: tuple[str, ...] = ()
    officer: tuple[str, ...] = ()

    def before(self) -> "Filters":
        """The same filters on the span of equal length just before."""
        length = self.to_on - self.from_on + timedelta(days=1)
        first, last = self.from_on - length, self.from_on - timedelta(days=1)
        return replace(self, from_on=first, to_on=last, label=wording.days(first, last), preset="own")

    def of_wards(self, codes: tuple[str, ...]) -> "Filters":
        """The same filters on these wards' cases only; on all where none is named."""
        return replace(self, ward=codes)

    def of_officers(self, codes: tuple[str, ...]) -> "Filters":
        """The same filters on these officers' cases only; on all where none is named."""
        return replace(self, officer=codes)

    def period(self) -> dict[str, str]:
        """The parameters that open another page with the same period."""
        days = {"from": self.from_on.isoformat(), "to": self.to_on.isoformat()} if self.preset == "own" else {}
        return {"period": self.preset} | days

    def address(self) -> dict[str, str]:
        """The parameters that open another page with the same filters."""
        one = {"topic": self.topic, "platform": self.platform, "ward": self.ward, "officer": self.officer}
        return self.period() | {"map": self.wards} | {name: next(iter(chosen), "") for name, chosen in one.items()}

    def query(self, by: UnitKind, metrics: tuple[str, ...] = (), **changes: Any) -> Query:
        """The question these filters ask, by one kind of unit; ``changes`` replace fields of the query."""
        fields: dict[str, Any] = {
            "by": by,
            "metrics": tuple(metrics),
            "from_on": self.from_on,
            "to_on": self.to_on,
            "wards": self.wards,
            "topic": self.topic,
            "platform": self.platform,
            "ward": self.ward,
            "officer": self.officer,
        }
        return Query(**(fields | changes))


def choose(label: str, name: str, options: dict[str, str], default: str) -> str:
    """One list to choose from: codes in the address, words on the screen. Drawn where it is called, so within ``st.sidebar``.

    Args:
        label: what is chosen, in words.
        name: of the parameter in the address.
        options: code -> words.
        default: the code where nothing is chosen.
    """
    address.given(name, default, options)
    words: Callable[[str], str] = lambda code: options.get(code, code)  # noqa: E731
    st.selectbox(label, list(options), format_func=words, key=name)
    return address.keep(name, default)


def _own_dates(version: Version, first: date, last: date) -> tuple[date, date]:
    """The two dates of the viewer's own period; a half-picked range is one day."""
    today = periods.today(version)
    earliest = min(version.first_on or today, today)
    low = max(earliest, min(periods.parse(address.given("from", first.isoformat()), first), today))
    high = max(low, min(periods.parse(address.given("to", last.isoformat()), last), today))
    picked = st.date_input(_("Dates"), (low, high), min_value=earliest, max_value=today, format="DD/MM/YYYY", key=f"dates {low} {high}")
    dates = picked if isinstance(picked, tuple) else (picked,)
    st.session_state["from"], st.session_state["to"] = dates[0].isoformat(), dates[-1].isoformat()
    address.keep("from", "")
    address.keep("to", "")
    return dates[0], dates[-1]


def filters(
    version: Version,
    scope: Scope | None = None,
    *,
    default: str = periods.DEFAULT,
    ward_map: bool = True,
    topic: bool = True,
    platform: bool = True,
) -> Filters:
    """Draw the filters in the sidebar and return what is chosen; periods are relative to ``as_of``, never to the wall clock.

    Args:
        version: the published version.
        scope: the viewer's (None: found anew); it limits what the lists name.
        default: the period where none is chosen.
        ward_map: whether today's wards or those of the time can be chosen.
        topic: whether one topic can be chosen.
        platform: whether one platform can be chosen.
    """
    if scope is None:
        from pages.shared.scope import viewer

        scope = viewer()
    everything = {"": _("All")}
    with st.sidebar:
        preset = choose(_("Period"), "period", periods.presets(), default)
        first, last = periods.span(preset, version)
        if preset == "own":
            first, last = _own_dates(version, first, last)
        maps = {"current": _("Today's wards"), "then": _("By the names of the time")}
        chosen_map = choose(_("Ward map"), "map", maps, "current") if ward_map else "current"
        chosen_topic = choose(_("Topic"), "topic", everything | sources.names(scope, "topic"), "") if topic else ""
        chosen_platform = choose(_("Platform"), "platform", everything | sources.names(scope, "platform"), "") if platform else ""
    label = wording.days(first, last) if preset == "own" else periods.presets()[preset]
    return Filters(
        first,
        last,
        "then" if chosen_map == "then" else "current",
        (chosen_topic,) if chosen_topic else (),
        (chosen_platform,) if chosen_platform else (),
        label,
        preset,
    )
