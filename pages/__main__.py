"""``python -m pages``: what the pages show, on paper."""

import sys

from etl.crash import report
from etl.language import speak_utf8
from pages.report.command import main

if __name__ == "__main__":
    sys.excepthook = report
    speak_utf8()
    sys.exit(main())
