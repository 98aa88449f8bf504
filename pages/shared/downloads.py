"""The download of what is shown, through our own route: a link works only for the browser session it was drawn in."""

import polars as pl

from metrics.scope import Scope


def offer(frame: pl.DataFrame, name: str, scope: Scope) -> None:
    """Draw the links "XLSX" and "CSV" to exactly these rows.

    Args:
        frame: the rows as shown, with the headers as shown.
        name: of the file, without ending, in words; accents are fine.
        scope: whose session the file is bound to.
    """
