"""What does each figure mean? Every definition, written from the catalogue, and what holds for all of them."""

import streamlit as st

from etl.language import _
from pages.shared import definitions, principles, sources
from pages.shared.head import head
from pages.shared.scope import require

require("methods")
head(_("What does each figure mean?"), sources.version())
st.markdown(_("**A figure is its definition: the same on cards, in tables, charts, files and on the command line.**"))

left, right = st.columns([3, 2], gap="large")
with left:
    search = st.text_input(_("Find a figure"), placeholder=_("for instance: on time"), key="search")
    definitions.draw(definitions.found(search))
with right:
    for heading, text in principles.principles():
        st.subheader(heading)
        st.write(text)
