"""Which cases stand behind a figure? One by one, the oldest first, with file and line and the link of the original post."""

import streamlit as st

from etl.language import _
from pages.shared import answers, case_lines, case_list, metric_choice, sources, states, tables, unit_choice, ways
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("cases")
version = sources.version()
head(_("Which cases stand behind the figure?"), version)
nothing_yet(version)
states.stop_where_no_case_may_be_seen(scope)
ward, officer = unit_choice.ward_or_all(version, scope), unit_choice.officer_or_all(version, scope)
chosen = filters(version, scope, default="all").of_wards(ward).of_officers(officer)
metric = metric_choice.from_list(_("Figure"), "metric", "overdue_open", ways.CASES)
part = case_list.choose_part(metric)

found = case_list.find(version, scope, chosen, metric, part)
answers.say(case_list.answer(found, metric, part, unit_choice.whose(version, scope, chosen), chosen.label))
case_list.limits(scope)
states.stop_where_there_is_none(found.rows)
table = case_lines.table(found, version, scope)
above = st.container()
line = tables.show(table.to_pandas(), "cases", _("The cases behind the figure"), tallest=500, choose=True, name=140)
case_list.turn_leaves(found)
with above:
    case_lines.detail(found, line)
offer(table, _("Cases"), scope)
st.caption(_("The link is text, to be copied: whoever answers opens it signed in to the platform. Nothing here names a resident."))
