"""The monthly report of the ward or officer that a page shows: one button; it is made when it is asked for."""

from datetime import date
from functools import partial

import streamlit as st

from etl.language import _, current_language, use_language
from etl.publishing.versions import Version
from metrics.scope import Scope
from metrics.trend import natural_end
from pages.report.asked import Subject, ask, last_complete, months
from pages.report.files import MAKERS
from pages.shared import downloads, wording

MEDIA = {".pdf": "application/pdf", ".xlsx": downloads.XLSX}


def offer(version: Version, scope: Scope, subject: Subject, name: str) -> None:
    """Draw the button; behind it the month, first the last that is over, and a link to each file.

    Args:
        version: the published version.
        scope: who looks: the report holds what they may see.
        subject: the ward or officer.
        name: of it, in words.
    """
    known = months(version)
    if not known:
        return
    with st.popover(_("Monthly report"), icon=":material/description:"):
        emulation = _("The whole month, all topics and platforms, for the emulation file.")
        st.caption(emulation if subject.kind == "ward" else _("The whole month, all topics and platforms."))
        place = known.index(last_complete(version) or known[0])
        first = st.selectbox(_("Month of the report"), known, place, format_func=wording.month, key="report month")
        content = f"{scope.who} {scope.role} {version.name} {subject} {first} {current_language()}"
        made = {ending: partial(_made, ending, version, scope, subject, first, current_language()) for ending in MAKERS}
        files = {ending.removeprefix(".").upper(): (MEDIA[ending], build) for ending, build in made.items()}
        downloads.offer_files(_("Download the report:"), files, f"{name} {first:%Y-%m}", content)


def _made(ending: str, version: Version, scope: Scope, subject: Subject, first: date, language: str) -> bytes:
    use_language(language)  # the browser fetches a file outside the page's run
    return MAKERS[ending](ask(version, scope, subject, (first, natural_end(first, "month"))))
