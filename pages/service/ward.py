"""Why does a ward stand where it stands? Its figures beside the whole's, topics, hours, channels, what waits, its officers."""

import streamlit as st

from etl.language import _
from pages.report.asked import Subject
from pages.shared import ages, answers, beside, left_out, monthly, one_unit, picture, sources, states, unit_choice, ward_answer, ward_parts
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require
from pages.shared.terms import literal

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

answers.say(ward_answer.answer(asked, every_ward, chosen.label))
monthly.offer(version, scope, Subject("ward", code, chosen.wards), name)
one_unit.draw_tiles(version, ward, asked)
left, right = st.columns([2, 1], gap="large")
with left:
    metric, shown = one_unit.draw_course(ward, asked)
with right:
    st.subheader(_("What waits now, by how long"))
    picture.show(ages.bars(asked.waiting), "backlog by age")

st.subheader(_("Beside the whole, and what has changed"))
beside.draw(scope, chosen, asked.now, asked.before, asked.whole, beside.WARD)
more = ward_parts.draw(version, scope, ward, asked, metric)
offer(states.together(asked.now, asked.whole, asked.waiting, shown, more), name, scope)
states.notes_of_one(asked.now, metric)
left_out.draw(scope, chosen)
