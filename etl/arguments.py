"""Arguments of commands in the language in use; what is wrong with them is one sentence, and where to look it up."""

import argparse
from typing import NoReturn

from etl.errors import UserError
from etl.language import _


class Parser(argparse.ArgumentParser):
    """Ends in a ``UserError`` where arguments cannot be understood."""

    def error(self, message: str) -> NoReturn:
        raise UserError(_("{message}. See {program} --help.", message=message[:1].upper() + message[1:].rstrip("."), program=self.prog))


def _of_number(one: str, many: str, number: int) -> str:
    return _(one if number == 1 else many)


# Whatever argparse says it says by these two names: now in our catalogues' words.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = _of_number  # type: ignore[attr-defined]
