"""Topics of requests and categories of feedback: data in data/reference/topics.toml, so that a city can name its own."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UserError
from etl.language import _
from etl.settings import REFERENCE
from etl.text import fold, fold_column, nearest
from etl.toml_file import read_toml

_TABLES = ("topics", "categories")
_KEYS = ("id", "vi", "en", "parent", "words")
_ID = re.compile(r"[a-z][a-z0-9_]*")
# hòa is also typed hoà: texts and words are both taken to the first, wherever in a word the letters stand.
_TONES = {
    **{"oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa"},
    **{"oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe"},
    **{"uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy"},
}


@dataclass(frozen=True)
class Entry:
    """One topic or category."""

    id: str
    vi: str
    en: str
    parent: str | None = None
    words: tuple[str, ...] = ()
    """What data staff write for it; for categories also what residents write."""


@dataclass(frozen=True)
class Topics:
    """The topics and categories, in the order of the file."""

    topics: tuple[Entry, ...]
    categories: tuple[Entry, ...]
    _topic_of: Mapping[str, str] = field(repr=False, compare=False)
    _category_of: Mapping[str, str] = field(repr=False, compare=False)

    def topic(self, raw: pl.Series) -> pl.Series:
        """The topic ids of raw values: by id, label or word, without case, accents and outer space; any other stays itself, trimmed."""
        return _to_ids(raw, self._topic_of)

    def category(self, raw: pl.Series) -> pl.Series:
        """The category ids of raw values, as ``topic`` does it."""
        return _to_ids(raw, self._category_of)

    def category_of_text(self, texts: pl.Series) -> pl.Series:
        """Code free texts to categories.

        Args:
            texts: what residents wrote, may be null.

        Returns:
            The id of the first category that has one of its words in the text, as whole words; null where none has. A text written
            without any accents is compared without them; else "chăm" is not "chậm".
        """
        distinct = texts.cast(pl.String).drop_nulls().unique().to_frame("raw").with_columns(text=_spelled(pl.col("raw")))
        accented = pl.col("text").str.contains(r"[^\x00-\x7f]")
        coded = pl.concat(
            [
                distinct.filter(accented).with_columns(code=self._first_category(lambda words: words)),
                distinct.filter(~accented).with_columns(code=self._first_category(fold_column)),
            ]
        )
        return _replace_all(texts, coded["raw"], coded["code"])

    def label(self, id: str, language: str) -> str:
        """The name of a topic (else a category) in ``vi`` or ``en``; an id that nobody lists is its own name."""
        for entry in (*self.topics, *self.categories):
            if entry.id == id:
                return entry.vi if language == "vi" else entry.en
        return id

    def category_label(self, id: str, language: str) -> str:
        """The name of a category in ``vi`` or ``en``; an id that nobody lists is its own name."""
        return next((entry.vi if language == "vi" else entry.en for entry in self.categories if entry.id == id), id)

    def _first_category(self, spelling: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
        found = (
            pl.when(_has_any(pl.col("text"), entry.words, spelling)).then(pl.lit(entry.id)) for entry in self.categories if entry.words
        )
        return pl.coalesce(*found, pl.lit(None, pl.String))


def _spelled(column: pl.Expr) -> pl.Expr:
    """A text as it is compared: small composed letters, tones where they are mostly put, and one space between words."""
    return column.str.normalize("NFC").str.to_lowercase().str.replace_many(_TONES).str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()


def _has_any(text: pl.Expr, words: tuple[str, ...], spelling: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Whether one of the words stands in the text as whole words: it is searched with the spaces around it (a regular expression took a
    hundred times as long)."""
    spaced = pl.select(pl.lit(" ") + spelling(_spelled(pl.lit(pl.Series(words)))) + pl.lit(" ")).to_series()
    return (pl.lit(" ") + text + pl.lit(" ")).str.contains_any(spaced.to_list())


def _to_ids(raw: pl.Series, ids: Mapping[str, str]) -> pl.Series:
    distinct = raw.cast(pl.String).drop_nulls().unique().to_frame("raw")
    known = fold_column(pl.col("raw")).replace_strict(list(ids), list(ids.values()), default=None, return_dtype=pl.String)
    found = distinct.with_columns(id=pl.coalesce(known, pl.col("raw").str.strip_chars()))
    return _replace_all(raw, found["raw"], found["id"])


def _replace_all(raw: pl.Series, old: pl.Series, new: pl.Series) -> pl.Series:
    return raw.cast(pl.String).replace_strict(old, new, default=None, return_dtype=pl.String)


def read_topics(path: Path = REFERENCE / "topics.toml") -> Topics:
    """The topics and categories of a file, as it stands now.

    Raises:
        UserError: an unknown key, a missing label, an id or a word that stands for two; the sentence names it.
    """
    return _read_topics(path, path.stat().st_mtime_ns if path.exists() else None)


@lru_cache(maxsize=4)
def _read_topics(path: Path, _changed: int | None) -> Topics:
    content = read_toml(path)
    _check_keys(path, content, _TABLES)
    topics, categories = (tuple(_entry(path, table, raw) for raw in content.get(table, [])) for table in _TABLES)
    return Topics(topics, categories, _ids(path, topics), _ids(path, categories))


def _check_keys(path: Path, content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in content:
        if key not in known:
            near = nearest(key, known, least=0)
            raise UserError(_("{file}: unknown key {key}; the nearest known one is {near}.", file=path.name, key=key, near=near))


def _entry(path: Path, table: str, raw: Mapping[str, Any]) -> Entry:
    _check_keys(path, raw, _KEYS)
    for key in ("id", "vi", "en"):
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            raise UserError(
                _("{file}: an entry of {table} ({id}) lacks {key}.", file=path.name, table=table, id=raw.get("id", "?"), key=key)
            )
    if not _ID.fullmatch(raw["id"]):
        raise UserError(_("{file}: the id {id} must be small letters, digits and _.", file=path.name, id=repr(raw["id"])))
    words = raw.get("words", [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise UserError(_("{file}: {key} must be a list of texts.", file=path.name, key=f"words ({raw['id']})"))
    nfc = {key: unicodedata.normalize("NFC", raw[key]).strip() for key in ("vi", "en")}
    return Entry(
        raw["id"], nfc["vi"], nfc["en"], raw.get("parent") or None, tuple(unicodedata.normalize("NFC", word).strip() for word in words)
    )


def _ids(path: Path, entries: tuple[Entry, ...]) -> dict[str, str]:
    """Folded id, label or word -> id."""
    ids: dict[str, str] = {}
    listed = [entry.id for entry in entries]
    for entry in entries:
        if listed.count(entry.id) > 1:
            raise UserError(_("{file}: the id {id} stands twice.", file=path.name, id=entry.id))
        if entry.parent is not None and (entry.parent == entry.id or entry.parent not in listed):
            raise UserError(
                _("{file}: {id} has the parent {parent}, which is not listed.", file=path.name, id=entry.id, parent=entry.parent)
            )
        for word in (entry.id, entry.vi, entry.en, *entry.words):
            other = ids.setdefault(fold(word), entry.id)
            if other != entry.id:
                raise UserError(
                    _("{file}: {word} stands for both {one} and {other}.", file=path.name, word=repr(word), one=other, other=entry.id)
                )
    return ids
