"""``python -m metrics figures`` and ``definitions``: the pages' rows on the command line."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from typing import TypeVar

from etl.arguments import Parser, letters, run_command
from etl.errors import UserError
from etl.language import _
from etl.publishing.versions import Version, published
from etl.settings import Settings
from etl.tables import ATTRIBUTIONS, PLATFORMS, UNKNOWN
from etl.text import nearest
from metrics import output, terminal
from metrics.catalogue import BY_NAME
from metrics.query import CHARTED, EVERY, UNIT_KINDS, WARD_MAPS, Query
from metrics.scope import COMMAND_LINE

Value = TypeVar("Value", bound=str)
FORMATS = ("table", "csv", "json")
ENGINES = ("polars", "spark")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return run_command(_parser, arguments)


def _parser() -> Parser:
    parser = Parser(prog="python -m metrics", description=_("Figures of a published version."))
    commands = parser.add_subparsers(required=True, metavar="figures|trend|changes|definitions", parser_class=Parser)
    asked = commands.add_parser("figures", help=_("the result rows of one question"), allow_abbrev=False)
    asked.set_defaults(run=_figures)
    _add_question(asked, UNIT_KINDS)
    asked.add_argument("--engine", default="polars", metavar="|".join(ENGINES), help=_("what computes"))
    course = commands.add_parser("trend", help=_("whether figures change over time"), allow_abbrev=False)
    course.set_defaults(run=_trend)
    _add_question(course, CHARTED)
    course.add_argument("--every", required=True, metavar="week|month", help=_("the span of each point"))
    moved = commands.add_parser("changes", help=_("figures as reported then and as known now, and why they moved"), allow_abbrev=False)
    moved.set_defaults(run=_changes)
    _add_question(moved, UNIT_KINDS)
    moved.add_argument("--since", required=True, metavar="VERSION", help=_("the kept version that was reported then"))
    definitions = commands.add_parser("definitions", help=_("what each metric means"), allow_abbrev=False)
    definitions.set_defaults(run=_definitions)
    _add_format(definitions, ("table", "json"))
    return parser


def _add_question(asked: ArgumentParser, kinds: Sequence[str]) -> None:
    """What may be asked of figures and of their course."""
    asked.set_defaults(kinds=kinds)
    asked.add_argument("--by", required=True, metavar="|".join(kinds), help=_("the unit of each row"))
    asked.add_argument("--metric", action="append", default=[], metavar="NAME", help=_("only this metric; may be repeated"))
    asked.add_argument("--from", dest="from_on", metavar="YYYY-MM-DD", help=_("first local day"))
    asked.add_argument("--to", dest="to_on", metavar="YYYY-MM-DD", help=_("last local day, included"))
    asked.add_argument("--wards", default="current", metavar="current|then", help=_("today's wards, or those of the day"))
    asked.add_argument("--ward", type=letters, action="append", default=[], metavar="CODE", help=_("only this ward; may be repeated"))
    asked.add_argument("--topic", type=letters, action="append", default=[], metavar="TOPIC", help=_("only this topic; may be repeated"))
    asked.add_argument("--platform", action="append", default=[], metavar="PLATFORM", help=_("only this platform; may be repeated"))
    asked.add_argument("--officer", type=letters, action="append", default=[], metavar="ID", help=_("only this officer's; may be repeated"))
    asked.add_argument("--attribution", default="author,named", metavar=",".join(ATTRIBUTIONS), help=_("how the officer must be known"))
    asked.add_argument("--version", metavar="VERSION", help=_("a kept version; the current one where left out"))
    _add_format(asked, FORMATS)


def _add_format(parser: ArgumentParser, formats: tuple[str, ...]) -> None:
    parser.set_defaults(formats=formats)
    parser.add_argument("--format", default="table", metavar="|".join(formats), help=_("how the rows are printed"))
    parser.add_argument("--json", dest="format", action="store_const", const="json", help=_("the same as --format json"))


def _figures(options: Namespace, settings: Settings) -> str:
    from metrics.figures import figures  # with numpy: whoever asks for help or definitions need not wait for it

    form = _listed("--format", options.format, options.formats)
    engine = _listed("--engine", options.engine, ENGINES)
    query = _query(options)
    version = _version(options, settings, query)
    with _computed_by(engine):
        rows = figures(version, query, COMMAND_LINE, keep=False)
    if form == "json":
        return output.figures_json(version, rows)
    return output.figures_csv(rows) if form == "csv" else terminal.figures_table(version, rows)


@contextmanager
def _computed_by(engine: str) -> Iterator[None]:
    """What is asked in this block is computed by the engine of this name.

    Raises:
        UserError: it is not installed.
    """
    if engine == "polars":
        yield
        return
    if find_spec("pyspark") is None:
        install = f"{sys.executable} -m pip install --require-hashes -r requirements-spark.lock"
        raise UserError(_("--engine spark needs pyspark: {install}, or leave it out.", install=install))
    from metrics.engine import computed_by
    from metrics.spark import running

    with running() as spark, computed_by(spark):
        yield


def _trend(options: Namespace, settings: Settings) -> str:
    from metrics.trend import trend

    form = _listed("--format", options.format, options.formats)
    every = _listed("--every", options.every, EVERY)
    query = _query(options)
    version = _version(options, settings, query)
    rows = trend(version, query, COMMAND_LINE, every)
    if form == "json":
        return output.figures_json(version, rows)
    return output.figures_csv(rows) if form == "csv" else terminal.trend_table(version, rows)


def _changes(options: Namespace, settings: Settings) -> str:
    from metrics.changes import METRICS, explained_changes

    form = _listed("--format", options.format, options.formats)
    query = _query(options)
    query = replace(query, metrics=query.metrics or METRICS)
    before, after = published(settings.snapshots, options.since), _version(options, settings, query)
    rows, why = explained_changes(before, after, COMMAND_LINE, query)
    if form == "json":
        return output.changes_json(before, after, rows, why)
    return output.figures_csv(output.with_moves(rows, why)) if form == "csv" else terminal.changes_table(before, after, rows, why)


def _definitions(options: Namespace, _settings: Settings) -> str:
    form = _listed("--format", options.format, options.formats)
    return output.definitions_json() if form == "json" else terminal.definitions_table()


def _version(options: Namespace, settings: Settings, query: Query) -> Version:
    """The version that is asked; a filter that nothing of it fits is named on standard error, as it may be mistyped."""
    from metrics.units import occurring

    version = published(settings.snapshots, options.version)
    kinds = {"ward": "ward_then" if query.wards == "then" else "ward", "topic": "topic", "platform": "platform", "officer": "officer"}
    for option, kind in kinds.items():
        known = occurring(version, kind)
        for value in getattr(query, option):
            if value not in known:
                said = _("--{option} {value} does not occur in these data.", option=option, value=value)
                near = nearest(value, known)
                print(said + (_(" Did you mean {near}?", near=near) if near else ""), file=sys.stderr)
    return version


def _query(options: Namespace) -> Query:
    """The question that the options put.

    Raises:
        UserError: an option has a value that cannot be.
    """
    by = _listed("--by", options.by, options.kinds)
    wards = _listed("--wards", options.wards, WARD_MAPS)
    from_on, to_on = _day("--from", options.from_on), _day("--to", options.to_on)
    if from_on and to_on and from_on > to_on:
        raise UserError(_("--from {first} lies after --to {last}: swap them.", first=from_on, last=to_on))
    levels = [level.strip() for level in options.attribution.split(",") if level.strip()]
    return Query(
        by=by,
        metrics=tuple(_listed("--metric", name, BY_NAME) for name in options.metric),
        from_on=from_on,
        to_on=to_on,
        wards=wards,
        ward=tuple(options.ward),
        topic=tuple(options.topic),
        platform=tuple(_listed("--platform", name, (*PLATFORMS, UNKNOWN)) for name in options.platform),
        officer=tuple(options.officer),
        attribution=tuple(_listed("--attribution", level, ATTRIBUTIONS) for level in levels),
    )


def _listed(option: str, value: str, known: Iterable[Value]) -> Value:
    """The known value that was meant.

    Raises:
        UserError: it is none of them; the sentence names the nearest, or all where none is near.
    """
    by_text = {str(each): each for each in known}
    if value in by_text:
        return by_text[value]
    near = nearest(value, by_text)
    if option == "--metric":
        raise UserError(_unknown_metric(value, near))
    if near:
        raise UserError(_("{option} {value} is not known: did you mean {near}?", option=option, value=value, near=near))
    raise UserError(_("{option} {value} is not known: use one of {known}.", option=option, value=value, known=", ".join(by_text)))


def _unknown_metric(value: str, near: str | None) -> str:
    said = _("--metric {value} is not known", value=value)
    if near:
        return _("{said}: did you mean {near}? python -m metrics definitions lists them all.", said=said, near=near)
    return _("{said}: python -m metrics definitions lists them all.", said=said)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        if day.isoformat() != text:  # 20260131 and 2026-W05-6 are days too, to Python
            raise ValueError
        return day
    except ValueError:
        raise UserError(_("{option} {value} is no date: write it as 2026-01-31.", option=option, value=text)) from None
