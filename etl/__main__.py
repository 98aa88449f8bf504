"""``python -m etl``: the loader's commands."""

import sys

from etl.cli import main
from etl.crash import report

if __name__ == "__main__":
    sys.excepthook = report
    sys.exit(main(sys.argv[1:]))
