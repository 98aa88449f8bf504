"""The loader's commands: arguments in, a report out, and the exit code that DATA fixes.

0 done · 1 a bug (traceback) · 2 nothing could begin · 3 the gate held the publication back · 4 another refresh is running.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from etl import report
from etl.arguments import Parser, exit_code, letters
from etl.days import MONTHS, QUARANTINE_DAYS
from etl.demo.size import INTERACTIONS, SEED, WARDS
from etl.errors import UserError
from etl.language import _, reason_of
from etl.settings import DATA, Settings
from etl.tables import INPUT_TABLES, LOCAL_TIME_ZONE
from etl.text import defused

HELD_BACK = 3
Lines = Callable[[dict[str, Any]], list[str]]


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""

    def command(settings: Settings) -> int:
        chosen = _parser(settings).parse_args(arguments)
        code: int = chosen.run(settings, chosen)
        return code

    return exit_code(command)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = Parser(prog="python -m etl", description=_("Loads logs into tidy tables; loses and doubles nothing."))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    def command(name: str, run: Callable[[Settings, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help=_("print one JSON document"))
        made.add_argument("--format", choices=("text", "json"), default="text", help=_("text, or json as --json"))
        return made

    def with_sources(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument("--sources", type=Path, action="append", metavar="DIR", help=_("folder of sources, in place of data/sources"))
        return made

    made = with_sources(command("refresh", _refresh, _("load what is new in the inbox and publish it")))
    made.add_argument("--inbox", type=Path, default=settings.inbox, metavar="DIR", help=_("where the files are"))
    made.add_argument("--as-of", type=_instant, metavar="TIME", help=_("the instant of which the figures are, as 2026-10-31T08:00"))
    made.add_argument("--again", type=Path, metavar="FILE", help=_("load this file again though it was loaded"))
    made.add_argument("--dry-run", action="store_true", help=_("show what would happen and keep nothing"))
    made = with_sources(command("watch", _watch, _("refresh whenever something new lies in the inbox, until it is stopped")))
    made.add_argument("--inbox", type=Path, default=settings.inbox, metavar="DIR", help=_("where the files are"))
    made.add_argument("--every", type=_positive, default=5, metavar="SECONDS", help=_("between two looks"))
    made = with_sources(command("status", _status, _("what is published and what waits")))
    made.add_argument("--inbox", type=Path, default=settings.inbox, metavar="DIR", help=_("where the files are"))
    command("loads", _loads, _("the history of loads"))
    command("undo", _undo, _("take a published load back")).add_argument("load", type=_positive, metavar="LOAD")
    made = command("publish", _publish, _("publish a load that the gate held back"))
    made.add_argument("load", type=_positive, metavar="LOAD")
    made.add_argument("--reason", required=True, type=letters, metavar="TEXT", help=_("why; it is kept with the load"))
    command("discard", _discard, _("drop a load that the gate held back")).add_argument("load", type=_positive, metavar="LOAD")
    command("rebuild", _rebuild, _("build the snapshot anew from the record"))
    made = command("retain", _retain, _("remove what is older than it may be"))
    made.add_argument("--months", type=_positive, default=MONTHS, metavar="N", help=_("that rows are kept: %(default)s if not said"))
    made.add_argument(
        "--quarantine-days", type=_positive, default=QUARANTINE_DAYS, metavar="N", help=_("that refused rows are kept: %(default)s")
    )
    command("erase", _erase, _("take a resident out of every row; standard input says by what logs name them, one a line"))
    made = command("rotate-key", _rotate_key, _("put a new key around the residents' pseudonyms"))
    made.add_argument("--lost", action="store_true", help=_("the record's key is lost for good: go on with the one that is there"))
    made = command("backup", _backup, _("write the record to one file"))
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--with-key", action="store_true", help=_("with the key of the residents' pseudonyms: keep such a file locked away"))
    made = command("restore", _restore, _("make the record what a backup holds"))
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--replace", action="store_true", help=_("take the place of the record that is there"))
    made.add_argument("--other-figures", action="store_true", help=_("accept that this program makes other figures of the same rows"))
    made = command("quarantine", _quarantine, _("the refused rows and why"))
    made.add_argument("--load", type=_positive, metavar="LOAD", help=_("of this load only"))
    made.add_argument("--csv", type=Path, metavar="FILE", help=_("write them to a CSV file"))
    made.add_argument("--rows", action="store_true", help=_("with the cells of each row, those that could name a resident masked"))
    made = with_sources(command("check", _check, _("try one file without keeping anything")))
    made.add_argument("file", type=Path, metavar="FILE")
    made = command("template", _template, _("an empty sheet that loads as it is"))
    made.add_argument("table", choices=list(INPUT_TABLES), metavar="TABLE", help=_("one of: {words}", words=", ".join(INPUT_TABLES)))
    made.add_argument("file", type=Path, metavar="FILE.xlsx")
    made = command("demo", _demo, _("make a made-up city's logs"))
    made.add_argument("folder", type=Path, metavar="DIR")
    made.add_argument(
        "--interactions", type=_positive, default=INTERACTIONS, metavar="N", help=_("how many requests: %(default)s if not said")
    )
    made.add_argument("--wards", type=_positive, default=WARDS, metavar="N", help=_("how many of Hanoi's wards: all if not said"))
    made.add_argument("--seed", type=int, default=SEED, metavar="N", help=_("another number makes another city"))
    return parser


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(_("{value} is no whole number above 0", value=repr(text)))
    return int(text)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
        if not 2000 <= instant.year < 2200:  # waiting times are kept in 272 years
            raise ValueError(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("{value} is no time: write it as 2026-10-31T08:00", value=repr(text))) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(LOCAL_TIME_ZONE))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(chosen: argparse.Namespace, document: dict[str, Any], lines: Lines) -> None:
    if chosen.json or chosen.format == "json":
        print(report.as_json(document), flush=True)
    else:
        print("\n".join(lines(document)), flush=True)


def _folders(chosen: argparse.Namespace) -> list[Path]:
    return chosen.sources or [DATA / "sources"]


def _refresh(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.box import Box
    from etl.gate.gate import Gate

    with Gate() as gate, Box() as box:  # they get ready while the rest is imported here; the gate takes longest
        from etl.refresh import Request, refresh

        request = Request(chosen.inbox, _folders(chosen), chosen.as_of, chosen.again, chosen.dry_run)
        document = refresh(settings, request, _say, gate, box)
    if chosen.dry_run and document["gate"]["passed"]:
        _say(_("This was a dry run: nothing of it is kept."))
    _show(chosen, document, report.refresh_lines)
    return 0 if document["gate"]["passed"] else HELD_BACK  # a dry run ends as the refresh would


def _watch(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.refresh import Request
    from etl.watch import watch

    request = Request(chosen.inbox, _folders(chosen))
    watch(settings, request, chosen.every, _say, lambda document: _show(chosen, document, report.refresh_lines))
    return 0


def _status(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.status import status

    _show(chosen, status(settings, chosen.inbox, _folders(chosen)), report.status_lines)
    return 0


def _loads(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.status import loads

    _show(chosen, loads(settings), report.load_lines)
    return 0


def _undo(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping import decide

    _show(chosen, decide.undo(settings, chosen.load, _say), report.decided("undone"))
    return 0


def _publish(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping import decide

    _show(chosen, decide.publish_held(settings, chosen.load, chosen.reason, _say), report.decided("published"))
    return 0


def _discard(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping import decide

    _show(chosen, decide.discard(settings, chosen.load, _say), report.decided("discarded"))
    return 0


def _rebuild(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping import decide

    _show(chosen, decide.rebuild(settings, _say), report.refresh_lines)
    return 0


def _retain(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping.retention import retain

    _show(chosen, retain(settings, chosen.months, chosen.quarantine_days, _say), report.retain_lines)
    return 0


def _erase(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping.erasure import erase

    if sys.stdin.isatty():
        _say(_("By what do logs name the resident? One a line; Ctrl-D ends it."))
    _show(chosen, erase(settings, sys.stdin.read().splitlines(), _say), report.erasure_lines)
    return 0


def _rotate_key(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping.rotation import rotate_key

    _show(chosen, rotate_key(settings, chosen.lost, _say), report.rotation_lines)
    return 0


def _backup(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping.backup import backup

    _show(chosen, backup(settings, chosen.file, chosen.with_key, _say), report.backup_lines)
    return 0


def _restore(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.keeping.backup import restore

    _show(chosen, restore(settings, chosen.file, chosen.replace, _say, chosen.other_figures), report.restore_lines)
    return 0


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(_("{path} cannot be written: {reason}.", path=path, reason=reason_of(error))) from None


def _quarantine(settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.status import quarantine

    document = quarantine(settings, chosen.load)
    if chosen.csv:
        with _writable(chosen.csv), chosen.csv.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, ("load_id", "path", "row_number", "rule", "column", "message", "row", "fixed_in"))
            writer.writeheader()
            writer.writerows({name: defused(value) for name, value in row.items()} for row in document["rows"])
    for row in document["rows"]:
        cells = row.pop("row")
        if chosen.rows:
            row["row"] = json.loads(cells)
    _show(chosen, document, (lambda found: report.written_lines(found, chosen.csv)) if chosen.csv else report.quarantine_lines)
    return 0


def _check(_settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.dry_check import check_file

    _show(chosen, check_file(chosen.file, _folders(chosen)), report.check_lines)
    return 0


def _template(_settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.template import write_template

    document = write_template(chosen.table, chosen.file)
    _show(chosen, document, lambda found: [found["message"]])
    return 0


def _demo(_settings: Settings, chosen: argparse.Namespace) -> int:
    from etl.demo.make import make_city

    with _writable(chosen.folder):
        truth = make_city(chosen.folder, chosen.interactions, chosen.wards, chosen.seed, _say)
    document = {"folder": str(chosen.folder), "files": [file["path"] for file in truth["files"]]}
    _show(chosen, document, lambda found: [_("Files in {folder}: {count}", count=len(found["files"]), folder=found["folder"])])
    return 0
