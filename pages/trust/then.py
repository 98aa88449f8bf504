"""What was reported then, and what is known now? A kept version beside the current one, and why each figure moved."""

import streamlit as st

from etl.language import _
from metrics.changes import METRICS
from pages.shared import answers, sources, then_and_now
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("then")
version = sources.version()
head(_("What was reported then, and what is known now?"), version)
nothing_yet(version)
chosen = filters(version, scope, default="all")
earlier = then_and_now.choose(version)
then_and_now.stop_where_none(earlier)

moved = then_and_now.compare(earlier, version, scope, chosen.query("all", METRICS))
answers.say(then_and_now.answer(moved, earlier, chosen.label))
then_and_now.draw(moved)
st.caption(then_and_now.rests_on(moved))
offer(then_and_now.lines(moved), _("Then and now"), scope)
then_and_now.explain(moved)
