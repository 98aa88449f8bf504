"""``python -m pages report``: the monthly report of a ward or an officer as a file."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from etl.arguments import Parser, run_command
from etl.errors import UserError
from etl.language import _, reason_of
from etl.publishing.versions import published
from etl.settings import Settings
from metrics.scope import COMMAND_LINE

ENDINGS = (".pdf", ".xlsx")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(_parser, arguments)


def _parser() -> Parser:
    parser = Parser(prog="python -m pages", description=_("What the pages show, as files."))
    commands = parser.add_subparsers(required=True, metavar="report", parser_class=Parser)
    asked = commands.add_parser("report", help=_("the monthly report of a ward or an officer"), allow_abbrev=False)
    asked.set_defaults(run=_report)
    whose = asked.add_mutually_exclusive_group(required=True)
    whose.add_argument("--ward", metavar="CODE", help=_("the ward of today that it is about"))
    whose.add_argument("--officer", metavar="ID", help=_("the officer whom it is about"))
    asked.add_argument("--month", required=True, metavar="YYYY-MM", help=_("which month"))
    asked.add_argument("--output", required=True, type=Path, metavar="FILE.pdf|.xlsx", help=_("the file; its ending says which kind"))
    asked.add_argument("--version", metavar="VERSION", help=_("a kept version; the current one where left out"))
    return parser


def _report(options: Namespace, settings: Settings) -> str:
    path: Path = options.output
    if path.suffix.lower() not in ENDINGS:
        raise UserError(_("--output {path}: name a file that ends in .pdf or .xlsx.", path=path))
    version = published(settings.snapshots, options.version)
    from pages.report import asked, files  # with numpy and Streamlit: whoever asks for help need not wait for them

    month = asked.month_of(options.month, version)
    subject = asked.Subject("ward", options.ward) if options.officer is None else asked.Subject("officer", options.officer)
    beside = path.with_name(f".{path.name}.partial")
    try:
        with _writing(path):
            beside.touch()
        content = files.MAKERS[path.suffix.lower()](asked.ask(version, COMMAND_LINE, subject, month))
        with _writing(path):
            beside.write_bytes(content)
            beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()
    return _("{path} is ready.", path=path) + "\n"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say of the file that it cannot be written where it cannot.

    Raises:
        UserError: so it is.
    """
    try:
        yield
    except OSError as error:
        raise UserError(_("{path} cannot be written: {reason}.", path=path, reason=reason_of(error))) from None
