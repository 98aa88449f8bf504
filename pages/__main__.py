"""``python -m pages``: what the pages show, on paper."""

import sys

from etl.crash import report
from pages.report.command import main

if __name__ == "__main__":
    sys.excepthook = report
    sys.exit(main())
