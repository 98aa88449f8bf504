"""``python -m metrics``."""

import sys

from etl.language import speak_utf8
from metrics.cli import main

if __name__ == "__main__":
    speak_utf8()
    sys.exit(main())
