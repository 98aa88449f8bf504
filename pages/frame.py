"""The entry script of every view: language, all pages registered, the menu of the viewer's role, then the page."""

import streamlit as st

from pages.shared import registry, scope, shell

shell.start()
page = st.navigation(registry.pages(scope.viewer()), position="top")
page.run()
shell.switches()
