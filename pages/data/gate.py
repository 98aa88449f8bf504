"""Was a load fit to be shown? Which checks the quality gate ran on it, what they observed against which limit, and what to do."""

import streamlit as st

from etl.gate import verdicts
from etl.language import _
from pages.shared import answers, cards, load_history, one_load, one_verdict, sources, standing
from pages.shared.downloads import offer
from pages.shared.head import head
from pages.shared.scope import require

scope = require("gate")
head(_("Was the load fit to be shown?"), sources.version())

loads = standing.loads()
standing.stop_where_unanswered("loads")
load_history.stop_where_nothing_was_loaded(loads)
load = one_load.choose(loads)

answers.say(one_verdict.answer(load))
one_verdict.stop_where_nothing_was_judged(load)
cards.draw(one_verdict.tiles(load), "")
one_verdict.draw_reasons(load)
st.subheader(_("Every check"))
one_verdict.draw_checks(load)
offer(verdicts.table(load["gate"]), _("Quality gate"), scope)
