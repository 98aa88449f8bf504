"""What the clerk's own file calls an input column: said beside our name wherever a row is refused."""

from collections.abc import Iterable

from etl.language import _
from etl.sources.derived import Choice
from etl.sources.source import Source
from etl.text import fold, mask

LONGEST = 60


def headings(source: Source) -> dict[str, str]:
    """The raw headers of each input column that has any, "Họ + Tên" where it is made of several: fit to be shown.

    A part is what it is made of. A column that only ``[defaults]`` fill has none, nor one that the file calls as we do.
    """
    parts: dict[str, list[str]] = {}
    for name, part in source.parts.items():
        parts[fold(name)] = _expanded([header for choice in part.choices for header in _looked_at(choice)], parts)
    raw = source.columns | {column: comparison.same for column, comparison in source.comparisons.items()}
    shown = {column: mask(" + ".join(_expanded(headers, parts)), LONGEST) for column, headers in raw.items()}
    return {column: heading for column, heading in shown.items() if heading != column}


def called(column: str, heading: str | None) -> str:
    """An input column by its name in the file and by ours, for the middle of a sentence in the language in use; one of the file that is
    none of ours by its name alone."""
    if not heading:
        return _("column {column}", column=column)
    return _("column “{heading}” ({column})", heading=heading, column=column) if column else _("column “{heading}”", heading=heading)


def _looked_at(choice: Choice) -> list[str]:
    return choice.headers if choice.of is None else [choice.of]


def _expanded(headers: Iterable[str], parts: dict[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(raw for header in headers for raw in parts.get(fold(header), [header])))
