"""A page that ends early still ends whole: what stands under every page is drawn before the run stops.

After ``st.stop()`` Streamlit draws nothing more, also not in a ``finally``.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import NoReturn

import streamlit as st

_last: ContextVar[Callable[[], None] | None] = ContextVar("what stands under the page", default=None)


def under_every_page(draw: Callable[[], None]) -> None:
    """Draw this, too, where the page of this run ends early."""
    _last.set(draw)


def end() -> NoReturn:  # type: ignore[misc]  # st.stop returns outside of a run only
    """End the run here; a page run past the entry script has nothing under it."""
    draw = _last.get()
    if draw is not None:
        draw()
    st.stop()
