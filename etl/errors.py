"""Errors that a person can mend: shown as one sentence, without a traceback. All else is a bug."""

from collections.abc import Iterator
from contextlib import contextmanager

from etl.language import _


class UserError(Exception):
    """Nothing could begin: arguments, settings, a TOML file, a file that cannot be read.

    The message names the file, line, column and value concerned and what to do.
    """

    exit_code = 2


class BusyError(UserError):
    """Another refresh is running on the same home."""

    exit_code = 4


@contextmanager
def rights_in_words() -> Iterator[None]:
    """What this account may not read or write is named.

    Raises:
        UserError: in a ``PermissionError``'s place.
    """
    try:
        yield
    except PermissionError as error:
        place = error.filename or str(error).rpartition(": ")[2]  # polars says it in its words alone
        raise UserError(_("This account has no right to {place}: use the one that made it, or see to its rights.", place=place)) from None
