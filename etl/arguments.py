"""Arguments of commands in the language in use; what is wrong with them is one sentence, and where to look it up."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from etl.errors import UserError, rights_in_words
from etl.language import _
from etl.publishing.versions import reading_versions
from etl.settings import Settings, begin


class Parser(argparse.ArgumentParser):
    """Ends in a ``UserError`` where arguments cannot be understood."""

    def error(self, message: str) -> NoReturn:
        raise UserError(_("{message}. See {program} --help.", message=message[:1].upper() + message[1:].rstrip("."), program=self.prog))


def run_command(parser: Callable[[], Parser], arguments: Sequence[str] | None) -> int:
    """Run a command that answers with a text, and print it.

    Args:
        parser: makes the parser, once the language is known; the options' ``run`` takes them and the settings.
        arguments: after the command's name; None for those of the process.

    Returns:
        The exit code: 0 done, 2 nothing could begin (one sentence on stderr).
    """

    def command(settings: Settings) -> int:
        options = parser().parse_args(arguments)
        run: Callable[[argparse.Namespace, Settings], str] = options.run
        print(run(options, settings), end="", flush=True)
        return 0

    return exit_code(command)


def exit_code(command: Callable[[Settings], int]) -> int:
    """What a command ends with; an end that a person can mend, or chose, is one sentence on stderr."""
    try:
        settings = begin()
        with rights_in_words(), reading_versions(settings.snapshots):
            return command(settings)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print(_("Stopped. Nothing half-done was kept."), file=sys.stderr)
        return 130


def letters(text: str) -> str:
    """A text; what is not a letter at all in it, as a terminal of another encoding sends it, by its code."""
    return text.encode(errors="backslashreplace").decode()


def _of_number(one: str, many: str, number: int) -> str:
    return _(one if number == 1 else many)


# Whatever argparse says it says by these two names: now in our catalogues' words.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = _of_number  # type: ignore[attr-defined]
