"""One officer's record: figures beside the whole's, their course, what the cases are about, what residents said, postings."""

import streamlit as st

from etl.language import _
from metrics import judgements
from metrics.wording import metric_name
from pages.report.asked import Subject
from pages.shared import answers, beside, cards, left_out, mix, monthly, one_unit, people, periods, record, sources, states, unit_choice
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require
from pages.shared.terms import literal

scope = require("officer")
version = sources.version()
code, name = unit_choice.officer(version, scope)
head(_("{officer}: one officer's record", officer=literal(name)) if code else _("One officer's record"), version)
nothing_yet(version)
states.stop_where_nobody_is_chosen(code)
everywhere = filters(version, scope, default=periods.LONG)
chosen = everywhere.of_officers((code,))
officer = one_unit.Unit("officer", code, name, chosen, everywhere)

asked = one_unit.ask(version, scope, officer, beside.OFFICER, cards.OPEN_NOW)
said, became = (sources.ask(part, scope, chosen.query("all")) for part in (judgements.by_category, judgements.by_outcome))

answers.say(record.answer(asked, chosen.label))
monthly.offer(version, scope, Subject("officer", code), name)
one_unit.draw_tiles(version, officer, asked)
left, right = st.columns([3, 2], gap="large")
with left:
    metric, shown = one_unit.draw_course(officer, asked)
with right:
    record.draw_postings(people.postings(version, scope, code))
    record.draw_said(said, became)

st.subheader(_("Beside the whole, and what has changed"))
beside.draw(scope, chosen, asked.now, asked.before, asked.whole, beside.OFFICER)
compared = mix.compared(metric)
st.subheader(_("What the cases are about: {metric}, by topic", metric=metric_name(compared.name)))
mix.draw(asked.topics, asked.topics_everywhere, compared)
offer(states.together(asked.now, asked.whole, asked.waiting, shown, asked.topics), name, scope)
record.notes()
left_out.draw(scope, chosen)
