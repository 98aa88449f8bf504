"""Links from one page to another, told from plain text by a sign before them."""

import streamlit as st

SIGN = ":material/chevron_right:"


def link(page: str, label: str, **view: str) -> None:
    """Draw a link.

    Args:
        page: its file below ``pages/``.
        label: in the language in use (Markdown).
        view: parameters of the page's address.
    """
    st.page_link(page, label=label, icon=SIGN, query_params=view)
