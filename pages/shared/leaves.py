"""A long list in leaves: which one is open, and the numbers to turn them by."""

import streamlit as st


def shown(name: str, lines: int, a_leaf: int) -> int:
    """Which leaf is open, from 1, which is also the one of a list that has become shorter.

    Args:
        name: of the list.
        lines: how many it has.
        a_leaf: lines on one leaf.
    """
    leaf = int(st.session_state.get(_key(name), 1))
    return leaf if leaf <= _leaves(lines, a_leaf) else 1


def turn(name: str, lines: int, a_leaf: int) -> None:
    """Draw the numbers of the leaves, where there is more than one."""
    if _leaves(lines, a_leaf) > 1:
        if st.session_state.get(_key(name), 1) > _leaves(lines, a_leaf):
            del st.session_state[_key(name)]  # the list has become shorter
        st.pagination(_leaves(lines, a_leaf), key=_key(name))


def _leaves(lines: int, a_leaf: int) -> int:
    return max(1, -(-lines // a_leaf))


def _key(name: str) -> str:
    return f"leaf of {name}"
