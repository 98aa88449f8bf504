"""How often a test repeats itself: a few times in the suite, as often as is promised where ``LONG=1`` (``make test-long``)."""

import os

LONG = "LONG" in os.environ


def times(short: int, promised: int) -> int:
    """``short`` in the suite, ``promised`` in ``make test-long``. A test that asks this is marked ``long``."""
    return promised if LONG else short
