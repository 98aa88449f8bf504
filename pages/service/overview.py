"""How are residents being served? The whole at a glance: six figures, their course, and what needs attention now."""

import streamlit as st

from etl.language import _
from metrics import freshness, judgements
from metrics.query import Query
from pages.shared import answers, attention, cards, charts, left_out, metric_choice, picture, sources, spans, states, tables
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("overview")
version = sources.version()
head(_("How are residents being served?"), version)
nothing_yet(version)
chosen = filters(version, scope)

now, before = spans.now_and_before(scope, chosen, version, cards.ASKED)
states.stop_where_nobody_asked(now)
open_now = sources.figures(scope, chosen.query("all", cards.OPEN_NOW, from_on=None, to_on=None))
overdue = sources.figures(scope, chosen.query("ward", cards.OPEN_NOW, from_on=None, to_on=None), compare=False)
by_ward = sources.figures(scope, chosen.query("ward", ("received", "on_time")))
heard = sources.ask(freshness.channels, scope, Query(platform=chosen.platform))
waves = sources.ask(judgements.bursts, scope, Query(topic=chosen.topic, platform=chosen.platform))
course = spans.last_spans(chosen, version)
rows = spans.figures_over_time(scope, chosen, course, metric_choice.COURSE)

answers.say(answers.overview(now, by_ward, overdue, chosen.label))
cards.draw(cards.cards(now, before, open_now, spans.finished(rows, course)), spans.compared_with(chosen))
st.caption(spans.how_compared(chosen, version, before))
left_out.draw(scope, chosen)

left, right = st.columns([2, 1], gap="medium")
with left:
    st.subheader(_("The course {spans}", spans=spans.title(chosen)))
    metric = metric_choice.from_row(_("Figure"), "course", "on_time", metric_choice.COURSE)
    shown = spans.of_metric(rows, metric.name)
    picture.show(charts.over_time(shown, metric, spans.labels(course)), "course over time")
    tables.show(tables.by_span(shown, metric, spans.labels(course)), "course table", _("The same figures as a table"))
with right:
    st.subheader(_("What needs attention now"))
    attention.draw([*attention.items(overdue, by_ward, scope), *attention.unusual(heard, waves)])
offer(states.together(now, open_now, shown), _("Overview"), scope)
