"""Why does a ward stand where it stands? Its figures beside the whole's, topics, hours, channels, what waits, its officers."""

import streamlit as st

from etl.language import _
from metrics.hours import hours
from pages.shared import ages, answers, beside, mix, one_unit, picture, sources, states, unit_choice, ward_answer, ward_officers, week
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require
from pages.shared.terms import literal, metric_name

scope = require("ward")
version = sources.version()
code, name = unit_choice.ward(version, scope)
head(_("{ward}: how are residents served?", ward=literal(name)) if code else _("How are the residents of a ward served?"), version)
nothing_yet(version)
states.stop_where_none_is_named(code)
everywhere = filters(version, scope)
chosen = everywhere.of_wards((code,))
ward = one_unit.Unit("ward", code, name, chosen, everywhere)

asked = one_unit.ask(version, scope, ward, beside.WARD, ages.WAITING)
every_ward = sources.figures(scope, everywhere.query("ward", ("on_time",)))
channels = sources.figures(scope, chosen.query("channel", mix.METRICS), compare=False)

answers.say(ward_answer.answer(asked, every_ward, chosen.label))
one_unit.draw_tiles(version, ward, asked)
left, right = st.columns([2, 1], gap="large")
with left:
    metric, shown = one_unit.draw_course(ward, asked)
with right:
    st.subheader(_("What waits now, by how long"))
    picture.show(ages.bars(asked.waiting), "backlog by age")

st.subheader(_("Beside the whole, and what has changed"))
beside.draw(scope, chosen, asked.now, asked.before, asked.whole, beside.WARD)
compared = mix.compared(metric)
st.subheader(_("{metric}, by topic", metric=metric_name(compared.name)))
mix.draw(asked.topics, asked.topics_everywhere, compared)
st.subheader(_("When residents ask, and when they are answered"))
week.draw(sources.ask(hours, scope, chosen.query("all")))
st.subheader(_("{metric}, by channel", metric=metric_name(compared.name)))
mix.draw_channels(channels, asked.now, compared)
ward_officers.draw(version, scope, chosen)
offer(states.together(asked.now, asked.whole, asked.waiting, shown, asked.topics, channels), name, scope)
states.notes_of_one(asked.now, metric)
