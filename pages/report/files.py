"""The two files of a report."""

from collections.abc import Callable

from pages.report.asked import Report
from pages.report.paper import pdf
from pages.report.workbook import xlsx

MAKERS: dict[str, Callable[[Report], bytes]] = {".pdf": pdf, ".xlsx": xlsx}
"""Ending of a file -> what makes its bytes, in the language in use."""
