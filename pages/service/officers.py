"""How do the officers answer residents? A list by name or by what needs attention, and one unnamed dot for each."""

import streamlit as st

from etl.language import _
from metrics.wording import metric_name
from pages.shared import answers, dots, left_out, metric_choice, periods, picture, roster, sources, states, unit_choice, ways
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("officers")
version = sources.version()
head(_("How do the officers answer residents?"), version)
nothing_yet(version)
ward = unit_choice.ward_or_all(version, scope)
everywhere = filters(version, scope, default=periods.LONG)
chosen = everywhere.of_wards(ward)
metric = metric_choice.from_list(_("Figure"), "metric", "on_time", roster.METRICS)

rows = sources.figures(scope, chosen.query("officer", (*roster.COUNTS, metric.name)))
open_now = sources.figures(scope, chosen.query("officer", roster.OPEN_NOW, from_on=None, to_on=None), compare=False)
whole = sources.figures(scope, everywhere.query("all", (metric.name,)))
everyone = roster.lines(version, scope, rows, open_now, metric, ward)
states.stop_where_no_officer(everyone)

answers.say(roster.answer(everyone, rows, metric, chosen.label))
roster.whose(scope)
st.subheader(_("{metric} against number of cases", metric=metric_name(metric.name)))
picture.show(dots.dots(everyone, whole["value"].item(), metric), "dots")
st.caption(roster.whole_said(whole, metric) + " " + dots.how_to_read())

st.subheader(_("The officers"))
search = st.text_input(_("Find by name, badge or ward"), key="find", width=420)
listed = roster.in_order(roster.found(everyone, search))
leaf, line = roster.draw(listed, metric)
ways.follow(line, "service/officer.py", [{"officer": officer} | chosen.period() for officer in leaf["officer_id"]])
offer(roster.shown(listed, metric), _("Officers"), scope)
states.notes_of_one(whole, metric)
states.note_of_officers(rows, metric)
left_out.draw(scope, chosen)
