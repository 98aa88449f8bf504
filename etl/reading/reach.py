"""Reaching into a record: a dotted path from the record itself, or with a leading ``/`` from the records around it."""

import re
from dataclasses import dataclass
from typing import Any

from etl.reading.json_document import Level
from etl.reading.json_text import Twice
from etl.text import fold

_MOST_KEYS = 1_000_000
"""Keys in all the sets of keys that are remembered: a hostile file has another set in every record."""
_NAMES_SEEN = 100
_NUMBER = re.compile("[0-9]{1,6}")
"""A step into a list: 0 is its first entry."""


@dataclass(frozen=True)
class Fault:
    """What stands where one value should: the rule that it breaks."""

    rule: str


NESTED = Fault("nested_value")
TWICE = Fault("key_twice")
Around = list[tuple[int, Any]]
"""The records around one, from the document inwards: at which depth of its path each lies, and itself."""


@dataclass(frozen=True)
class _Plan:
    """Where a record with certain keys has what is looked for."""

    keys: list[Any]
    """For each path its first key, or None."""
    rests: list[tuple[int, str]]
    """What is left of those paths that go deeper."""
    unclear: list[int]
    """Paths whose first key fits several keys."""


class Reach:
    """Finds the values of ``paths`` in records of any shape.

    Keys match as headers do: as they are spelt, else without case, accents and spaces. A key that holds dots itself goes
    before a path.
    """

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self.present: set[int] = set()
        """Positions of the paths that some record has."""
        self.seen: dict[str, None] = {}
        """Keys of the records; not all, where there are many."""
        self.outer = [i for i, path in enumerate(paths) if path.startswith("/")]
        """Positions of the paths that start at the document."""
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._keys = 0
        self._steps: dict[tuple[int, str, tuple[str, ...]], tuple[Any, str]] = {}

    def values(self, record: dict[str, Any], level: Level, around: Around) -> list[Any]:
        """One value for each path: as it stands in the record, None where it is missing, or a ``Fault``."""
        shape = tuple(record)
        plan = self._plans.get(shape) or self._plan(shape)
        row = [record.get(key) for key in plan.keys]
        for i, rest in plan.rests:
            row[i] = self._further(i, row[i], rest)
        for i in plan.unclear:
            row[i] = TWICE
        if type(record) is Twice:
            row = [TWICE if key in record.doubled else value for key, value in zip(plan.keys, row, strict=True)]
        for i in self.outer:
            row[i] = self._around(i, level, around)
        return row

    def value(self, i: int, node: Any) -> Any:
        """What the i-th path reaches from the document itself."""
        return self._further(i, node, self._paths[i].removeprefix("/"))

    def inner(self, node: dict[str, Any], level: Level) -> Any:
        """What the object that holds the lists of ``level`` has there."""
        return self._further(-1, node, level.path[-1])

    def _plan(self, shape: tuple[str, ...]) -> "_Plan":
        self._make_room(len(shape))
        if len(self.seen) < _NAMES_SEEN:
            self.seen |= dict.fromkeys(shape[:_NAMES_SEEN])
        folded = folded_keys(shape)
        steps = [(None, "") if path.startswith("/") else first_step(path, shape, folded) for path in self._paths]
        unclear = [i for i, (key, _rest) in enumerate(steps) if key is TWICE]
        self.present |= {i for i, (key, rest) in enumerate(steps) if key is not None and not rest}
        plan = _Plan([key for key, _rest in steps], [(i, rest) for i, (_key, rest) in enumerate(steps) if rest], unclear)
        self._plans[shape] = plan
        return plan

    def _make_room(self, keys: int) -> None:
        self._keys += keys
        if self._keys > _MOST_KEYS:
            self._keys = keys
            self._plans.clear()
            self._steps.clear()

    def _further(self, i: int, node: Any, path: str) -> Any:
        """What stands at the end of ``path`` from ``node``, which belongs to the i-th path."""
        while path:
            if isinstance(node, list):
                name, _dot, rest = path.partition(".")
                if not _NUMBER.fullmatch(name):
                    return NESTED if node else None
                node, path = node[int(name)] if int(name) < len(node) else None, rest
                if not path and i >= 0:
                    self.present.add(i)
                continue
            if not isinstance(node, dict):
                return None
            step = (i, path, tuple(node))
            if step not in self._steps:
                self._make_room(len(node))
                self._steps[step] = first_step(path, step[2], folded_keys(step[2]))
            key, path = self._steps[step]
            if key is TWICE or (type(node) is Twice and key in node.doubled):
                return TWICE
            if key is None:
                return None
            node = node[key]
            if not path and i >= 0:
                self.present.add(i)
        return node

    def _around(self, i: int, level: Level, around: Around) -> Any:
        """The value of a path that starts at the document: from the nearest record around on its way, never from the record itself."""
        names = self._paths[i].removeprefix("/").split(".")
        common = 0
        while common < min(len(names), len(level.path)) and fold(names[common]) == level.path[common]:
            common += 1
        if common == len(level.path) or not around:
            return None
        depth, node = next((depth, node) for depth, node in reversed(around) if depth <= common)
        return self._further(i, node, ".".join(names[depth:]))


def folded_keys(shape: tuple[str, ...]) -> dict[str, Any]:
    """Each key without case, accents and spaces, and how it is spelt; ``TWICE`` where two are one."""
    found: dict[str, Any] = {}
    for key in shape:
        bare = fold(key)
        found[bare] = TWICE if bare in found else key
    return found


def first_step(path: str, shape: tuple[str, ...], folded: dict[str, Any]) -> tuple[Any, str]:
    """The key among ``shape`` that ``path`` begins with, the longest first, and the rest of the path."""
    names = path.split(".")
    for end in range(len(names), 0, -1):
        name, rest = ".".join(names[:end]), ".".join(names[end:])
        if name in shape:
            return name, rest
        if fold(name) in folded:
            return folded[fold(name)], rest
    return None, ""
