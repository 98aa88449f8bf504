"""What was loaded, when, and what did it change? The history of loads, each with its files, its gate and the way back."""

import streamlit as st

from etl.language import _
from pages.shared import answers, cards, load_history, loading, one_load, picture, sources, standing
from pages.shared.downloads import offer
from pages.shared.head import head
from pages.shared.scope import require

scope = require("loads")
head(_("What was loaded, and what did it change?"), sources.version())

loading.progress()
loading.ended()
loads = standing.loads()
standing.stop_where_unanswered("loads")
load_history.stop_where_nothing_was_loaded(loads)

answers.say(load_history.answer(loads))
cards.draw(load_history.tiles(loads), "")
st.subheader(_("The history of loads"))
st.caption(load_history.shapes(loads))
picture.show(load_history.over_time(loads), "loads over time")
history = load_history.table(loads)
loading.counted(history, _("The history of loads"))
offer(history, _("Loads"), scope)

st.subheader(_("One load"))
load = one_load.choose(loads)
one_load.draw(load, scope)
st.subheader(_("What load {load} changed", load=load["load_id"]))
one_load.changed(load, scope)
one_load.take_back(load)
