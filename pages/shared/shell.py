"""What surrounds every page: the language in use, and the switches of the demonstration under the page's filters."""

import streamlit as st

from etl.language import LANGUAGES, _, use_language
from etl.settings import read_settings
from pages.shared import address, ending, scope


def start() -> None:
    """Begin a run: the language of the address, of the switch or of the settings, then the page's frame."""
    address.begin()
    use_language(address.given("lang", read_settings().language, LANGUAGES))
    st.set_page_config(page_title="Lắng Nghe", layout="wide")
    ending.under_every_page(switches)
    st.sidebar.empty()  # the sidebar stands from the start: a page that takes its time would be drawn wide first, and jump


def switches() -> None:
    """Draw the role and language switches at the foot of the sidebar, marked as a demonstration."""
    with st.sidebar:
        scope.role()
        st.selectbox(_("Demonstration: looking as"), scope.ROLES, format_func=scope.role_name, key="role")
        address.keep("role", scope.ROLES[0])
        default = read_settings().language
        address.given("lang", default, LANGUAGES)
        names = {"vi": "Tiếng Việt", "en": "English"}
        st.segmented_control(
            _("Language"), LANGUAGES, format_func=lambda code: names[code], key="lang", required=True, label_visibility="collapsed"
        )
        address.keep("lang", default)
