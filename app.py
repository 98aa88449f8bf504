"""The launcher of the web application: ``python app.py``. Imports warmed, doors locked, nothing else."""

import sys
from contextlib import suppress
from pathlib import Path

# Warmed here: when many viewers come at once on a cold server, threads would meet half-imported modules.
import numpy
import pandas
import plotly.graph_objects
import polars
import pyarrow
import streamlit as st
import xlsxwriter
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager

from etl.errors import UserError
from etl.settings import begin
from pages.server import door, errors, routes

WARM = (numpy, pandas, plotly.graph_objects, polars, pyarrow, xlsxwriter)

# Streamlit would run the files of a folder ``pages`` beside the entry script on their own, past every check.
PagesManager.uses_pages_directory = False

app = st.App(
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=door.guard,
    routes=routes.ROUTES,
    middleware=door.MIDDLEWARE,
    on_script_error=errors.report,
)


def main() -> int:
    """Serve on the loopback address until stopped; 2 when it cannot begin, with one sentence."""
    try:
        settings = begin()
        address = door.listening_address(settings.port)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"http://{address}:{settings.port}", flush=True)
    options = {"server.address": address, "server.port": settings.port}
    for name, value in options.items():
        config.set_option(name, value)  # already so when `run` reads them again: no warning of a change
    with suppress(KeyboardInterrupt):  # Ctrl+C is how one stops it
        app.run(config=options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
