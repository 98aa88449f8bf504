"""The choices of a page, kept in its address by stable codes, so that a link opens the same view in either language.

Streamlit's own ``bind="query-params"`` writes the words that are shown, so that a link would depend on the language.
A choice at its default is left out of the address; a choice made on one page holds on the next.
"""

from collections.abc import Collection

import streamlit as st

_KEPT = "address kept"


def given(name: str, default: str, allowed: Collection[str] | None = None) -> str:
    """The choice ``name``: what the address newly says, else what was chosen before in this session, else ``default``.

    The value is put under ``st.session_state[name]``, ready for a widget with that key.

    Args:
        name: of the parameter and of the widget's key.
        default: where nothing valid was chosen.
        allowed: all that may be chosen; anything else in the address is as if it were not there.
    """
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    asked = st.query_params.get(name)
    if asked is not None and asked != kept.get(name):
        choice = asked
    else:
        choice = st.session_state.get(name, kept.get(name, default))
    if not isinstance(choice, str) or (allowed is not None and choice not in allowed):
        choice = default
    st.session_state[name] = choice
    return choice


def keep(name: str, default: str) -> str:
    """Write what the widget ``name`` holds into the address (nothing where it is the default) and return it."""
    choice = st.session_state[name]
    st.session_state[_KEPT][name] = choice
    if choice == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != choice:
        st.query_params[name] = choice
    return str(choice)
