"""An empty workbook for a table: headers that a shipped source reads, allowed values to choose from, and examples beside."""

from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from etl.columns import Column
from etl.errors import UserError
from etl.language import _, current_language, reason_of
from etl.reading.workbooks import time_text
from etl.reference.topics import read_topics
from etl.settings import DATA
from etl.sources.source import Source, read_sources

EXAMPLES = {
    "integer": "3",
    "interaction_id": "HK-0001",
    "officer_id": "CB-0001",
    "channel_id": "K-0001",
    "feedback_id": "YK-0001",
    "message_id": "TN-0002",
    "thread_id": "C-0001",
    "parent_id": "TN-0001",
    "ward": "Phường Hoàn Kiếm",
    "rating": "5",
    "link": "https://example.org/bai-viet/1",
}
TIMES = {"instant": datetime(2026, 10, 31, 8, 15), "date": date(2026, 10, 31)}
ROWS_PREPARED = 2_000


def write_template(table: str, path: Path) -> dict[str, Any]:
    """Write the empty workbook.

    Args:
        table: an input table.
        path: ends in ``.xlsx``; where its name fits a source of that table its headers are that source's.

    Returns:
        ``table, path, source, pattern, message``.

    Raises:
        UserError: the name does not end in .xlsx, the file is there already, or the folder cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError(_("{path}: name a file that ends in .xlsx.", path=path))
    if path.exists() and path.stat().st_size:
        raise UserError(_("{path} is there already: name another file, or remove it.", path=path))
    source = _source(table, path)
    try:
        _write(source, path)
    except OSError as error:
        raise UserError(_("{path} cannot be written: {reason}.", path=path, reason=reason_of(error))) from None
    pattern = next(glob for glob in source.files if glob.endswith(".xlsx"))
    if source.fits(PurePosixPath(path.name)):
        message = _("{path} is ready: fill it in and put it in the inbox.", path=path)
    else:
        message = _("{path} is ready: fill it in, name it as {pattern}, and put it in the inbox.", path=path, pattern=pattern)
    return {"table": table, "path": str(path), "source": source.name, "pattern": pattern, "message": message}


def _source(table: str, path: Path) -> Source:
    workbooks = [source for source in read_sources([DATA / "sources"]) if "xlsx" in source.formats and source.table.name == table]
    by_name = [source for source in workbooks if source.fits(PurePosixPath(path.name))]
    own = [source for source in workbooks if source.name == f"ward-sheet-{table.replace('_', '-')}"]
    return (by_name or own)[0]


def _write(source: Source, path: Path) -> None:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    instant, text = book.add_format({"num_format": "dd/mm/yyyy hh:mm"}), book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    formats = {"instant": instant, "date": date, "integer": None}
    data, guide = book.add_worksheet(_("Data")), book.add_worksheet(_("Guide"))
    data.freeze_panes(1, 0)
    guide.write_row(0, 0, [_("Column"), _("Needed"), _("What to write"), _("Example")], head)
    guide.set_column(0, 0, 28)
    guide.set_column(2, 3, 60)
    for i, name in enumerate(source.columns):
        column = source.table.column(name)
        words = _words(source, column)
        data.write_string(0, i, source.columns[name][0], head)
        data.set_column(i, i, max(14, len(source.columns[name][0]) + 2), formats.get(column.kind, text))
        if words and len(",".join(words)) <= 255:
            data.data_validation(1, i, ROWS_PREPARED, i, {"validate": "list", "source": words, "error_type": "warning"})
        guide.write_row(i + 1, 0, [source.columns[name][0], _("yes") if column.required else "", _rule(source, column, words)], plain)
        guide.write_string(i + 1, 3, _example(source, column, words), plain)
    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0] from None  # the OSError behind it


def _words(source: Source, column: Column) -> list[str]:
    """What may stand in a listed column, as the staff write it: one word for each value."""
    import tomllib

    raw = tomllib.loads(source.path.read_text(encoding="utf-8")).get("values", {}).get(column.name, {})
    first: dict[str, str] = {}
    for word, value in raw.items():
        first.setdefault(str(value), word)
    if column.kind == "boolean":
        return list(first.values()) or ["có", "không"]
    return [first.get(value, value) for value in column.values] if column.kind == "listed" else list(first.values())


def _example(source: Source, column: Column, words: list[str]) -> str:
    if column.name == "kind" and "rating" in source.columns:
        return words[column.values.index("rating")]  # the only kind that carries points: the examples make one row
    if column.kind in TIMES:
        return time_text(TIMES[column.kind], source.plain_times)  # as the source reads it, where the cell is text
    return words[0] if words else EXAMPLES.get(column.name, EXAMPLES.get(column.kind, ""))


def _labels(column: str) -> list[str]:
    """What topics or categories are called in the language in use, but for those that have no word of their own."""
    topics, vietnamese = read_topics(), current_language() == "vi"
    return [entry.vi if vietnamese else entry.en for entry in (topics.topics if column == "topic" else topics.categories) if entry.words]


def _rule(source: Source, column: Column, words: list[str]) -> str:
    if words and column.kind in ("listed", "boolean"):
        return _("one of: {words}", words=", ".join(words))
    if words:
        return _("for example: {words}", words=", ".join(words))
    if column.name in ("resident", "author"):
        return _("name or account; it becomes a keyed code at once and is stored nowhere")
    if column.name == "text" and source.table.name == "messages":
        return _("the words themselves; of an officer's or page's only a keyed code is kept, by which equal texts are known")
    if column.name == "text":
        return _("the words themselves; they are coded to a category and dropped")
    if column.name in ("topic", "category"):
        return _("for example: {words}", words=" · ".join(_labels(column.name)))
    if column.name == "ward":
        return _("its name with phường or xã before it, of today or of before July 2025 with its district")
    if column.name == "rating":
        return _("a whole number from 1 to 5")
    if column.name == "updated_at":
        return _("when a row that was sent before has been changed: day and time of the change; the latest one counts")
    sentences = {
        "instant": _("day and time, or the day alone where the time is not known"),
        "date": _("the day"),
        "integer": _("a whole number"),
        "id": _("a number or code of your own, always the same for the same thing"),
    }
    return sentences.get(column.kind, "")
