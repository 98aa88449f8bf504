"""Errors that a person can mend: shown as one sentence, without a traceback. All else is a bug."""


class UserError(Exception):
    """Nothing could begin: arguments, settings, a TOML file, a file that cannot be read.

    The message names the file, line, column and value concerned and what to do.
    """

    exit_code = 2


class GateError(UserError):
    """A quality gate held the publication back; the pages stay as they were."""

    exit_code = 3


class BusyError(UserError):
    """Another refresh is running on the same home."""

    exit_code = 4
