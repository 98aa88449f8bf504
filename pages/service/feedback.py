"""What do residents praise, and what do they blame? Categories, their course, what became of complaints, what is under review."""

from dataclasses import replace

import streamlit as st

from etl.language import _
from metrics import judgements
from pages.shared import answers, cards, judged_rows, left_out, outcomes, picture, praise_and_blame, sources, spans, unit_choice
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("feedback")
version = sources.version()
head(_("What do residents praise, and what do they blame?"), version)
nothing_yet(version)
ward = unit_choice.ward_or_all(version, scope)
chosen = replace(filters(version, scope), ward=ward)

now, before = spans.now_and_before(scope, chosen, version, praise_and_blame.METRICS)
praise_and_blame.stop_where_nobody_judged(now)
course = spans.last_spans(chosen, version)
rows = spans.figures_over_time(scope, chosen, course, praise_and_blame.METRICS)
categories = sources.ask(judgements.by_category, scope, chosen.query("all"))
became = sources.ask(judgements.by_outcome, scope, chosen.query("all"))
decision = outcomes.decision_row(sources.ask(judgements.time_to_decision, scope, chosen.query("all")))
bursts = sources.ask(judgements.bursts, scope, chosen.query("all"))

answers.say(praise_and_blame.answer(now, categories, decision, chosen.label))
tiles = praise_and_blame.tiles(now, before, spans.finished(rows, course), became, decision)
cards.draw(tiles, spans.compared_with(chosen))
st.caption(spans.how_compared(chosen, version, before))
left_out.draw(scope, chosen)

courses = praise_and_blame.side_by_side(rows, spans.labels(course))
for column, kind in zip(st.columns(2, gap="medium"), praise_and_blame.KINDS, strict=True):
    with column:
        st.subheader(praise_and_blame.heading(kind))
        praise_and_blame.draw_categories(categories, kind)
for column, kind in zip(st.columns(2, gap="medium"), praise_and_blame.KINDS, strict=True):
    with column:
        st.subheader(_("{kind} {spans}", kind=praise_and_blame.kind_name(kind), spans=spans.title(chosen)))
        picture.show(courses[kind], f"course {kind}")
praise_and_blame.draw_table(rows, spans.labels(course))

outcomes.what_became(became)
outcomes.under_review(bursts, sources.names(scope, "ward", chosen.wards))
offer(judged_rows.shown(categories, became, chosen), _("Compliments and complaints"), scope)
outcomes.notes(bool(categories["rows"].null_count() + became["rows"].null_count()))
