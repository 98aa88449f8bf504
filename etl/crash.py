"""How a bug is told: where it happened, without what the error quotes, which may be a resident's."""

import re
import sys
import traceback
from types import TracebackType

_QUOTED = re.compile(r"""["'`“‘\[({<:=\d]""")


def told(error: BaseException) -> str:
    """A traceback as Python prints it, each error's words only as far as nothing is quoted in them."""
    lines = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier:
        lines += [told(earlier), ""]
    if error.__traceback__:
        lines += ["Traceback (most recent call last):", "".join(traceback.format_tb(error.__traceback__)).rstrip()]
    words = error.strerror if isinstance(error, OSError) and error.strerror else _QUOTED.split(str(error))[0].strip()
    return "\n".join([*lines, f"{type(error).__module__}.{type(error).__qualname__}: {words}"])


def report(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """To be ``sys.excepthook``."""
    print(told(error), file=sys.stderr)
