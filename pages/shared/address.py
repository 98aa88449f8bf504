"""The choices of a page, kept in its address by stable codes, so that a link opens the same view in either language.

Streamlit's own ``bind="query-params"`` writes the words that are shown, so that a link would depend on the language.
A choice at its default is left out of the address; a choice made on one page holds on the next, where another choice may
be the default.
"""

from collections.abc import Collection

import streamlit as st

_KEPT = "address: kept"
_PAGE = "address: page"
_MOVED = "address: moved"


def begin() -> None:
    """Note whether this run shows another page than the last: the first statement of every run."""
    page = st.context.url
    st.session_state[_MOVED] = page != st.session_state.get(_PAGE)
    st.session_state[_PAGE] = page


def leave() -> None:
    """Note that the next run shows another page, which opens with what was chosen before: Streamlit does not say so of its own."""
    st.session_state[_PAGE] = ""


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
    before = kept.get(name, default)
    if asked is not None and asked != before:
        choice = asked
    elif st.session_state.get(_MOVED, True):
        choice = before  # what the last page shows at its default is no choice
    elif asked is None and before != default:
        choice = default  # the browser's way back to an address without it
    else:
        choice = st.session_state.get(name, before)
    if not isinstance(choice, str) or (allowed is not None and choice not in allowed):
        choice = default
    # Set anew in every run: on a page just opened the widget is a new one and would begin at its first option.
    st.session_state[name] = choice
    return choice


def keep(name: str, default: str, always: bool = False) -> str:
    """Write what the widget ``name`` holds into the address (at its default only where ``always``) and return it."""
    choice = str(st.session_state[name])
    kept: dict[str, str] = st.session_state[_KEPT]
    if choice == default:
        kept.pop(name, None)
    else:
        kept[name] = choice
    if choice == default and not always:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != choice:
        st.query_params[name] = choice
    return choice
