"""How are the groups, pages and accounts doing? Each with its members, its questions and how they were met; which fell silent."""

import streamlit as st

from etl.language import _
from metrics import freshness
from pages.shared import (
    answers,
    cards,
    channel_cards,
    channel_chart,
    channel_list,
    left_out,
    metric_choice,
    picture,
    sources,
    spans,
    tables,
)
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("channels")
version = sources.version()
head(_("How are the groups, pages and accounts doing?"), version)
nothing_yet(version)
chosen = filters(version, scope, ward_map=False, topic=False)

heard = sources.ask(freshness.channels, scope, chosen.query("channel", from_on=None, to_on=None))
channel_list.stop_where_no_channel(heard)
now, before = spans.now_and_before(scope, chosen, version, channel_list.FIGURES)
told = channel_list.lines(sources.figures(scope, chosen.query("channel", channel_list.FIGURES)), heard, sources.names(scope, "ward"))

answers.say(channel_list.answer(cards.by_metric(now), heard, chosen.label))
cards.draw(channel_cards.tiles(now, before, heard), spans.compared_with(chosen))
st.caption(spans.how_compared(chosen, version, before))
left_out.draw(scope, chosen)

left, right = st.columns([2, 1], gap="large")
with left:
    st.subheader(_("Channels by their size"))
    metric = metric_choice.from_row(_("Figure"), "figure", "received", channel_chart.FIGURES)
    picture.show(channel_chart.by_size(told, metric), "channels by size")
    st.caption(channel_chart.left_out(told, metric))
with right:
    st.subheader(_("What needs attention now"))
    channel_list.attention(told)
    channel_list.rule()
st.subheader(_("Every channel"))
tables.show(channel_list.table(told), "channels table", _("Figures of all channels as a table"), name=230)
offer(channel_list.rows_to_offer(told), _("Channels"), scope)
