"""What stands behind a ward's figures, one part at a time: topics, hours, channels, officers, other wards."""

import polars as pl
import streamlit as st

from etl.language import _
from etl.publishing.versions import Version
from metrics.declaration import Metric
from metrics.hours import hours
from metrics.scope import Scope
from metrics.wording import metric_name
from pages.shared import address, compare, mix, sources, ward_officers, week
from pages.shared.one_unit import Asked, Unit


def draw(version: Version, scope: Scope, ward: Unit, asked: Asked, metric: Metric) -> pl.DataFrame:
    """Let the viewer choose a part, and draw it.

    Args:
        version: the published version.
        scope: who looks.
        ward: which ward, with the filters.
        asked: its result rows.
        metric: what topics and channels are compared in, where it can be.

    Returns:
        The result rows that are drawn, to download; none where the part shows no figures.
    """
    names = {"topics": _("Topics"), "hours": _("Hours"), "channels": _("Channels"), "officers": _("Officers"), "wards": _("Other wards")}
    address.given("more", "topics", names)
    st.segmented_control(_("More about this ward"), list(names), format_func=names.get, key="more", required=True, wrap=True)
    part, compared = address.keep("more", "topics"), mix.compared(metric)
    if part == "hours":
        st.subheader(_("When residents ask, and when they are answered"))
        week.draw(sources.ask(hours, scope, ward.chosen.query("all")))
    elif part == "channels":
        st.subheader(_("{metric}, by channel", metric=metric_name(compared.name)))
        channels = sources.figures(scope, ward.chosen.query("channel", mix.METRICS), compare=False)
        mix.draw_channels(channels, asked.now, compared)
        return channels
    elif part == "officers":
        ward_officers.draw(version, scope, ward.chosen)
    elif part == "wards":
        st.subheader(_("Beside other wards"))
        return compare.draw(version, scope, ward)
    else:
        st.subheader(_("{metric}, by topic", metric=metric_name(compared.name)))
        mix.draw(asked.topics, asked.topics_everywhere, compared)
        return asked.topics
    return asked.topics.clear()
