"""``python -m etl``: the loader's commands."""

import sys

from etl.cli import main
from etl.crash import report
from etl.language import speak_utf8

if __name__ == "__main__":
    sys.excepthook = report
    speak_utf8()
    sys.exit(main(sys.argv[1:]))
