"""Where records lie in a JSON document, which is walked from list entry to list entry and never held whole."""

from collections.abc import Iterator
from typing import Any, TextIO

from etl.language import _
from etl.reading.json_text import CutOffError, Twice, Window
from etl.sources.inbox import UnreadableError
from etl.text import fold


class Level:
    """A place in a document where lists of records may lie, and those within its entries."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.holds_records = False
        self.inner: dict[str, Level] = {}

    @classmethod
    def of(cls, paths: tuple[str, ...]) -> "Level":
        """The document's own level. The path ``.`` is the document itself; without any it is, too."""
        root = cls(())
        for path in paths or (".",):
            level = root
            for name in path.split(".") if path != "." else ():
                level = level.inner.setdefault(fold(name), cls((*level.path, fold(name))))
            level.holds_records = True
        return root

    def levels(self) -> Iterator["Level"]:
        """This one and all within."""
        yield self
        for level in self.inner.values():
            yield from level.levels()


class Document:
    """A JSON text, walked from list entry to list entry as it is read: only one entry is held at a time."""

    def __init__(self, file: TextIO) -> None:
        self._text = Window(file)
        self.outside = Twice()
        """What stands around the lists."""
        self.lists: list[Level] = []
        """Where lists were found."""
        self.is_empty = not self._text.next_sign()
        self.is_list, self.is_object = (self._text.next_sign() == sign for sign in "[{")
        """Whether the document as a whole is one list, or one object."""
        self.is_entry_cut = False
        """Whether it was found to end within an entry."""

    @property
    def letters(self) -> int:
        """So many have been read."""
        return self._text.letters

    def whole(self) -> Any:
        """The document as one value.

        Raises:
            UnreadableError: names line and column where it is no JSON.
        """
        value = self._text.value()
        self._text.end()
        return value

    def entries(self, root: Level) -> Iterator[tuple[Any, Level]]:
        """Every entry of the first list on the way to each level's records.

        Raises:
            UnreadableError: names line and column where it is no JSON.
            CutOffError: it ends before it is whole.
        """
        yield from self._walk(root, self.outside)
        self._text.end()

    def _walk(self, level: Level, around: Twice) -> Iterator[tuple[Any, Level]]:
        opened = self._text.next_sign()
        if opened == "[":
            self.lists.append(level)
            try:
                yield from ((entry, level) for entry in self._list())
            except CutOffError:
                self.is_entry_cut = bool(self._text.next_sign())
                raise
        elif opened == "{" and not level.holds_records:
            yield from self._members(level, around)
        elif self._text.value() is not None and level.holds_records:
            raise UnreadableError(_("What stands at {path} is no list of records.", path=repr(".".join(level.path))))
        elif level.holds_records:
            self.lists.append(level)

    def _list(self) -> Iterator[Any]:
        self._text.take("[")
        if self._text.next_sign() == "]":
            self._text.take("]")
            return
        yield self._text.value()
        while self._text.take(",]") == ",":
            yield self._text.value()

    def _members(self, level: Level, around: Twice) -> Iterator[tuple[Any, Level]]:
        self._text.take("{")
        if self._text.next_sign() == "}":
            self._text.take("}")
            return
        more = True
        while more:
            key = self._text.key()
            self._text.take(":")
            if key in around:
                around.doubled |= {key}
            if inner := level.inner.get(fold(key)):
                if key in around:
                    raise UnreadableError(_("The key {key} is there twice: which list is meant?", key=repr(key)))
                around[key] = Twice()
                yield from self._walk(inner, around[key])
            elif self._text.next_sign() == "[":
                around[key] = None
                for _entry in self._list():
                    pass
            else:
                around[key] = self._text.value()
            more = self._text.take(",}") == ","
