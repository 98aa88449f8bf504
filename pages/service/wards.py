"""Which ward to look at? One metric over all wards: the map, the table, and where each stands with its interval."""

import streamlit as st

from etl.language import _
from metrics.wording import metric_name
from pages.shared import answers, improved, left_out, metric_choice, sources, states, tables, unit_choice, ward_picture, ways
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.places import of_the_time, places
from pages.shared.scope import require

scope = require("wards")
version = sources.version()
head(_("Which ward needs a look?"), version)
nothing_yet(version)
chosen = filters(version, scope)
metric = metric_choice.from_list(_("Figure"), "metric", "on_time", metric_choice.every_metric())

every = sources.figures(scope, chosen.query("ward", (metric.name,)))
rows = unit_choice.told_apart(of_the_time(every, version, chosen.from_on, chosen.to_on), version)
whole = sources.figures(scope, chosen.query("all", (metric.name,)))
states.stop_where_no_ward(rows)

answers.say(answers.wards(rows, whole, metric, chosen.label))
st.subheader(metric_name(metric.name))
ward_picture.draw(rows, whole, metric, places(version))
st.subheader(_("{metric}, ward by ward", metric=metric_name(metric.name)))
line = tables.show(tables.by_unit(rows, whole, metric, _("Ward")), "ward table", _("Figures of all wards as a table"), choose=True)
ways.follow(line, "service/ward.py", ways.to_wards(rows, metric))
st.caption(_("Choose a line to open the ward's page."))
offer(rows, _("Wards – {metric}", metric=metric_name(metric.name)), scope)
states.notes(rows, metric)
left_out.draw(scope, chosen)
improved.draw(scope, chosen, metric)
