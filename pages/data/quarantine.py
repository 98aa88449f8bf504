"""Which rows were refused, and why? By rule and by file, each with its cells masked, and how to send them again."""

import polars as pl
import streamlit as st

from etl.language import _
from pages.shared import answers, cards, refusals, refused_rows, sources, standing
from pages.shared.downloads import offer
from pages.shared.head import head
from pages.shared.scope import require

scope = require("quarantine")
head(_("Which rows were refused, and why?"), sources.version())

everything, loads = standing.refused(), standing.loads()
standing.stop_where_unanswered("refused")
refused_rows.stop_where_nothing_is_refused(everything)
rows = refused_rows.filtered(everything)
waiting, mended = rows.filter(pl.col("fixed_in").is_null()), rows.filter(pl.col("fixed_in").is_not_null())
read = refusals.read_in_all(loads)

answers.say(refused_rows.answer(waiting, read))
cards.draw(refused_rows.tiles(waiting, mended, read), "")
if waiting.height:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("By rule"))
        refused_rows.draw_rules(waiting)
    with right:
        st.subheader(_("By file"))
        refused_rows.draw_files(waiting, loads)
    st.subheader(_("How to mend and send again"))
    refused_rows.how_to_mend()
    st.subheader(_("Each refused row"))
    shown = refusals.in_words(waiting, loads)
    refused_rows.draw_rows(shown, waiting)
    offer(refusals.with_cells(shown, waiting), _("Refused rows"), scope)
refused_rows.draw_mended(refusals.in_words(mended, loads))
