"""A source: one TOML file that says which files it reads and what their columns mean. Grammar: docs/sources.md."""

import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from etl.columns import Table
from etl.errors import UserError
from etl.language import _
from etl.sources.declared import Declared, read_declared
from etl.sources.derived import Comparison, Part, read_comparisons, read_parts
from etl.sources.globs import fits
from etl.sources.grammar import Grammar, is_pattern
from etl.tables import INPUT_TABLES, LOCAL_TIME_ZONE
from etl.tcvn3 import is_tcvn3
from etl.text import fold
from etl.times import TimeFormat, fault_of_format, is_known_zone
from etl.toml_file import read_toml

FORMATS = ("csv", "xlsx", "json", "jsonl", "parquet")
DELIMITERS = ("auto", ",", ";", "tab", "|")
WARD_READINGS = ("vietnam", "verbatim")
WORDS_FOR_TIMES = ("iso", "unix", "unix_ms", "vietnamese")
FILE_NAME = "@file"
"""The raw column that every record has: the name of its file."""
_MOST_HEADER_ROWS = 5

_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "table": str,
    "files": list,
    "format": (str, list),
    "encoding": str,
    "delimiter": str,
    "sheet": (str, int),
    "header_row": (int, str),
    "header_rows": int,
    "records": (str, list),
    "timezone": str,
    "times": list,
    "relative_to": str,
    "wards": str,
    "parts": dict,
    "columns": dict,
    "when": dict,
    "values": dict,
    "defaults": dict,
    "keep": dict,
    "drop": dict,
    "declared": dict,
    "pseudonyms": list,
}
_REQUIRED = ("name", "table", "files", "format", "columns")


@dataclass(frozen=True)
class Source:
    """How the files of one kind are read. Every text in it is as the TOML file has it."""

    name: str
    table: Table
    files: tuple[str, ...]
    formats: tuple[str, ...]
    """How its files are written; of several, the ending of a file's name says which."""
    columns: dict[str, tuple[str, ...]]
    """Input column → raw headers whose non-empty values are joined with one space."""
    digest: str
    """SHA-256 of the definition's meaning: a file is loaded once under each."""
    path: Path
    encoding: str = "auto"
    delimiter: str = "auto"
    sheet: str | int = 0
    header_row: int | None = 0
    """None: looked for."""
    header_rows: int = 1
    records: tuple[str, ...] = ()
    """JSON: paths to the lists of records."""
    timezone: str = LOCAL_TIME_ZONE
    times: tuple[TimeFormat, ...] = ("iso",)
    relative_to: str | None = None
    """The raw column that says when a record was captured: "yesterday" is the day before."""
    wards: str = "vietnam"
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Input column → folded raw value → tidy value."""
    defaults: dict[str, str] = field(default_factory=dict)
    keep: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Raw header → values that select a row."""
    drop: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Raw header → regular expressions; a row with a cell that one fits is no record, as a number row or a tally."""
    declared: Declared | None = None
    """Where records say how many others there are."""
    pseudonyms: tuple[str, ...] = ()
    """Input columns whose values are a resident's: stored as keyed pseudonyms, and never shown."""
    parts: dict[str, Part] = field(default_factory=dict)
    """Further raw columns, made of others; each may use those before it."""
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    """Input column → what it is by whether two raw columns hold the same."""

    @property
    def headers(self) -> list[str]:
        """The raw headers that are looked for in a file, each once."""
        made, named = {FILE_NAME}, []
        for name, part in self.parts.items():
            named += [header for header in part.headers if fold(header) not in made]  # also one whose name the part takes
            made.add(fold(name))
        others = [header for headers in self.columns.values() for header in headers]
        others += [header for comparison in self.comparisons.values() for header in comparison.same]
        others += [*self.keep, *self.drop, *(self.declared.headers if self.declared else ()), *filter(None, [self.relative_to])]
        named = [header for header in others if fold(header) not in made] + named
        return list({fold(header): header for header in named}.values())

    @property
    def plain_times(self) -> tuple[str, ...]:
        """The formats of times that do not wait for a column's evidence."""
        return tuple(one for one in self.times if isinstance(one, str))

    @property
    def typed_times(self) -> tuple[str, ...]:
        """The formats in which a typed time is written out; none where that would be read otherwise, joined or by a column's evidence."""
        cells = [self.columns[name] for name in self.table.names("instant", "date") if name in self.columns]
        alone = all(len(headers) == 1 and headers[0] not in self.parts for headers in cells)
        return self.plain_times if alone and len(self.plain_times) == len(self.times) else ()

    def fits(self, relative: PurePosixPath) -> bool:
        """Whether a file of the inbox is this source's."""
        return any(fits(glob, relative) for glob in self.files)

    def format_of(self, name: str) -> str | None:
        """How the file of that name (unpacked) is written; None where the source has several formats and the ending is none of them."""
        if len(self.formats) == 1:
            return self.formats[0]
        ending = PurePosixPath(name).suffix.removeprefix(".").lower().replace("ndjson", "jsonl")
        return ending if ending in self.formats else None

    @property
    def asks_for_file_name(self) -> bool:
        """Whether any column is made of the name of the file."""
        return any(FILE_NAME in part.headers for part in self.parts.values())

    @property
    def has_choice_of_times(self) -> bool:
        """Whether a whole column must be seen before its times can be read."""
        return len(self.plain_times) < len(self.times)

    @property
    def has_typed_times(self) -> bool:
        """Whether its files may hold times that are no text: these need no format."""
        return "xlsx" in self.formats or "parquet" in self.formats

    @property
    def ordered_by_content(self) -> bool:
        """Whether rows say themselves when they changed, so that no order of arrival matters."""
        return "updated_at" in self.columns


def read_sources(folders: list[Path]) -> list[Source]:
    """Read every TOML file of ``folders``.

    Raises:
        UserError: a folder is missing, a file is no TOML, a key or value is wrong, or two sources share a name.
    """
    sources: dict[str, Source] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError(_("There is no folder of sources {path}: make it, or name another with --sources.", path=folder))
        for path in sorted(path for path in folder.iterdir() if path.suffix == ".toml"):
            source = read_source(path)
            if source.name in sources:
                raise UserError(
                    _(
                        "{path}: the name {name} is taken by {other}; give each source its own name.",
                        path=path,
                        name=repr(source.name),
                        other=sources[source.name].path,
                    )
                )
            sources[source.name] = source
    return list(sources.values())


def read_source(path: Path) -> Source:
    """Read one source.

    Raises:
        UserError: names the file, the key and, for an unknown key, the nearest known one.
    """
    return _Reader(path, read_toml(path)).source()


class _Reader(Grammar):
    """Checks one source key by key, so that each mistake is named where it stands."""

    def __init__(self, path: Path, raw: dict[str, Any]):
        super().__init__(path)
        self.raw = raw

    def source(self) -> Source:
        raw = self.raw
        self.known("", raw, _TYPES)
        for key in _REQUIRED:
            if key not in raw:
                raise self.wrong(_("the key {key} is missing.", key=key))
        for key, value in raw.items():
            if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
                raise self.wrong(_("{key} = {value} has the wrong type.", key=key, value=repr(value)))
        table = INPUT_TABLES[self.one_of("table", raw["table"], INPUT_TABLES)]
        formats = self.texts("format", [raw["format"]] if isinstance(raw["format"], str) else raw["format"])
        for one in formats:
            self.one_of("format", one, FORMATS)
        self.one_of("delimiter", raw.get("delimiter", "auto"), DELIMITERS)
        self.one_of("wards", raw.get("wards", "vietnam"), WARD_READINGS)
        if not raw["name"].strip():
            raise self.wrong(_("name is empty."))
        self._encoding(raw.get("encoding", "auto"))
        self._timezone(raw.get("timezone", LOCAL_TIME_ZONE))
        self._header_rows(formats)
        if isinstance(raw.get("sheet", 0), int) and raw.get("sheet", 0) < 0:
            raise self.wrong(_("sheet = {value}: sheets are counted from 0.", value=raw["sheet"]))
        comparisons = read_comparisons(self.raw.get("when", {}), table, self)
        values = {column: self._values(table, column, words) for column, words in self._part("values", table).items()}
        return Source(
            name=raw["name"].strip(),
            table=table,
            files=self.texts("files", raw["files"]),
            formats=formats,
            columns=self._columns(table, comparisons),
            digest=self._digest(),
            path=self.path,
            encoding=raw.get("encoding", "auto"),
            delimiter=raw.get("delimiter", "auto"),
            sheet=raw.get("sheet", 0),
            header_row=None if raw.get("header_row") == "auto" else raw.get("header_row", 0),
            header_rows=raw.get("header_rows", 1),
            records=self._records(raw.get("records"), formats),
            timezone=raw.get("timezone", LOCAL_TIME_ZONE),
            times=self._times(raw.get("times", ["iso"])),
            relative_to=raw.get("relative_to"),
            wards=raw.get("wards", "vietnam"),
            values=values,
            defaults=self._defaults(table, values),
            keep={header: self.texts(f"keep.{header}", wanted) for header, wanted in raw.get("keep", {}).items()},
            drop={header: self._patterns(f"drop.{header}", given) for header, given in raw.get("drop", {}).items()},
            declared=read_declared(raw["declared"], self) if "declared" in raw else None,
            pseudonyms=tuple(self._pseudonym(name, table) for name in raw.get("pseudonyms", [])),
            parts=read_parts(raw.get("parts", {}), self),
            comparisons=comparisons,
        )

    def _encoding(self, encoding: str) -> None:
        try:
            if encoding != "auto" and not is_tcvn3(encoding):
                io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses codecs that are not of text, as base64
        except (LookupError, ValueError):
            raise self.wrong(_("encoding = {value} is no known codec; try auto.", value=repr(encoding))) from None

    def _timezone(self, name: str) -> None:
        if not is_known_zone(name):
            raise self.wrong(_("timezone = {value} is unknown; write it as {example}.", value=repr(name), example=LOCAL_TIME_ZONE))

    def _header_rows(self, formats: tuple[str, ...]) -> None:
        header_row, header_rows = self.raw.get("header_row", 0), self.raw.get("header_rows", 1)
        if isinstance(header_row, str):
            self.one_of("header_row", header_row, ("auto",))
        elif header_row < 0:
            raise self.wrong(_("header_row = {value}: rows are counted from 0.", value=header_row))
        if not 1 <= header_rows <= _MOST_HEADER_ROWS:
            raise self.wrong(_("header_rows = {value}: from 1 to {most}.", value=header_rows, most=_MOST_HEADER_ROWS))
        if (header_row == "auto" or header_rows > 1) and set(formats) != {"xlsx"}:
            raise self.wrong(_('header_row = "auto" and header_rows are for xlsx, not for {format}.', format=", ".join(formats)))

    def _times(self, given: Any) -> tuple[TimeFormat, ...]:
        if not given:
            return self.texts("times", given)
        formats = tuple(self.texts("times", one) if isinstance(one, list) else self._time(one) for one in given)
        for choices in formats:
            if isinstance(choices, tuple) and (len(choices) < 2 or not all("%" in self._time(one) for one in choices)):
                raise self.wrong(_("times: what a column may be written in is a list of at least two formats with %."))
        return formats

    def _time(self, given: Any) -> str:
        (pattern,) = self.texts("times", [given])
        if "%" not in pattern:
            return self.one_of("times", pattern, WORDS_FOR_TIMES)
        if fault := fault_of_format(pattern):
            raise self.wrong(_("times: {value} is no format: {reason}.", value=repr(pattern), reason=fault))
        return pattern

    def _patterns(self, key: str, given: Any) -> tuple[str, ...]:
        patterns = self.texts(key, [given] if isinstance(given, str) else given)
        for pattern in patterns:
            if not is_pattern(pattern):
                message = _(
                    "{key} = {value} is no regular expression: check its brackets; it cannot look ahead or behind.",
                    key=key,
                    value=repr(pattern),
                )
                raise self.wrong(message)
        return patterns

    def _pseudonym(self, name: Any, table: Table) -> str:
        (column,) = self.texts("pseudonyms", [name])
        return self.one_of("pseudonyms", column, table.names("id", "text"))

    def _part(self, part: str, table: Table) -> dict[str, Any]:
        given: dict[str, Any] = self.raw.get(part, {})
        self.known(f"{part}.", given, table.names())
        return given

    def _columns(self, table: Table, comparisons: dict[str, Comparison]) -> dict[str, tuple[str, ...]]:
        columns = {
            column: (header,) if isinstance(header, str) and header else self.texts(f"columns.{column}", header)
            for column, header in self._part("columns", table).items()
        }
        for name in comparisons:
            if name in columns:
                raise self.wrong(_("the column {column} stands in [columns] and in [when]: leave one.", column=name))
        for column in table.columns:
            if column.required and column.name not in {*columns, *comparisons, *self.raw.get("defaults", {})}:
                raise self.wrong(_("the table {table} needs the column {column}.", table=table.name, column=column.name))
        return columns

    def _records(self, given: Any, formats: tuple[str, ...]) -> tuple[str, ...]:
        if given is None:
            return ()
        paths = self.texts("records", [given] if isinstance(given, str) else given)
        if other := [one for one in formats if one not in ("json", "jsonl")]:
            raise self.wrong(_("records is for json and jsonl, not for {format}.", format=", ".join(other)))
        for path in paths:
            if path != "." and not all(path.split(".")):
                raise self.wrong(_("records: {value} is no path; write it as {example}.", value=repr(path), example="data.items"))
        return paths

    def _values(self, table: Table, column: str, words: Any) -> dict[str, str]:
        if not isinstance(words, dict):
            raise self.wrong(_("values.{column} must be a table of raw = tidy.", column=column))
        tidy_of: dict[str, str] = {}
        for raw, given in words.items():
            # an empty tidy value says that the word means: nothing is known
            tidy = "" if given == "" else self.tidy_value(table, f"values.{column}", column, given)
            if tidy_of.setdefault(fold(raw), tidy) != tidy:
                raise self.wrong(_("values.{column}: {word} is there twice with two meanings.", column=column, word=repr(raw)))
        return tidy_of

    def _defaults(self, table: Table, values: dict[str, dict[str, str]]) -> dict[str, str]:
        defaults = {}
        for name, value in self._part("defaults", table).items():
            mapped = values.get(name, {}).get(fold(str(value)), value)
            defaults[name] = self.tidy_value(table, f"defaults.{name}", name, mapped)
        return defaults

    def _digest(self) -> str:
        meaning = {key: value for key, value in self.raw.items() if key != "files"}
        return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()
