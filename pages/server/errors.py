"""An uncaught error: the browser sees a number and a sentence, the log has the cause under the same number."""

import logging
import secrets

import streamlit as st

from etl.errors import UserError
from etl.language import _

LOG = logging.getLogger("langnghe.pages")


def report(error: Exception) -> bool:
    """Show and log an error of a page.

    Args:
        error: what a page raised. One made for people is shown in its own words.

    Returns:
        True: Streamlit shows nothing of its own.
    """
    st.error(sentence(error))
    return True


def sentence(error: Exception) -> str:
    """What the browser sees of an error; its cause is logged under the number that is told, unless it is one made for people."""
    if isinstance(error, UserError):
        return str(error)
    number = secrets.token_hex(4)
    LOG.error("error %s", number, exc_info=error)
    return _("Something went wrong here. Reload the page; if it stays, tell whoever runs this server the number {number}.", number=number)
