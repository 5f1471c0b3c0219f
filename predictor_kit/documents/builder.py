"""Data and positions, put together value by value, without recursion and within limits."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final, NoReturn

from predictor_kit.documents.positions import Document, Position, Source, copied, key_path
from predictor_kit.documents.scalars import kind_of
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.errors import Location, Problem, ProblemsError, did_you_mean

__all__ = [
    "MAX_DEPTH",
    "MAX_PROBLEMS",
    "MAX_VALUES",
    "MERGE",
    "TOO_DEEP",
    "TOO_MANY",
    "Builder",
    "StopReading",
    "empty",
]

MAX_DEPTH: Final = 50
"""How deep lists and mappings may lie in one another."""
MAX_VALUES: Final = 100_000
"""How many values a file may have, each alias counted as all that it stands for."""
TOO_DEEP: Final = f"lists and mappings lie in one another more than {MAX_DEPTH} deep"
TOO_MANY: Final = f"there are more than {MAX_VALUES:,} values here, aliases counted in full"
MERGE: Final = object()
"""The key ``<<``, which brings another mapping's values in."""
MAX_PROBLEMS: Final = 100
"""How many problems end the reading of a file."""

_REFUSED: Final = object()


class StopReading(Exception):  # noqa: N818 # it ends the reading; the error is raised later, with all problems
    """Nothing more is read; a problem says why."""


class _Anchored:
    """What an anchor names; each alias is a copy of it."""

    __slots__ = ("data", "height", "position", "values")

    def __init__(self, data: Any, position: Position, values: int, height: int) -> None:
        self.data = data
        self.position = position
        self.values = values
        self.height = height


class _Open:
    """A list or mapping whose end was not read yet."""

    __slots__ = ("anchor", "before", "data", "height", "key", "key_position", "merged", "position")

    def __init__(self, data: Any, position: Position, anchor: str | None, before: int) -> None:
        self.data = data
        self.position = position
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.key: Any = None
        self.key_position: Position | None = None
        self.merged: list[tuple[dict[str, Any], Position]] = []

    def step(self) -> list[str | int]:
        """The key or index of the value that is being read; empty where a key is."""
        if type(self.data) is list:
            return [len(self.data)]
        if self.key is MERGE:
            return ["<<"]
        return [self.key] if self.key_position and type(self.key) is str else []

    def merge(self) -> None:
        """Take in what ``<<`` brought: the own keys win, then the mappings that came first."""
        for data, position in self.merged:
            for key, value in data.items():
                if key not in self.data:
                    self.data[key] = value
                    self.position.children[key] = position.children[key]


class Builder:
    """What was read so far, with the problems found in it.

    The methods take values in the order of the text: `scalar` and `alias`, and between `begin` and
    `end` those of a list or mapping (in turn a key and its value). All of them raise `StopReading`
    where a limit is exceeded.
    """

    def __init__(self, source: Source) -> None:
        """Nothing read yet of ``source``."""
        self.source = source
        self.problems: list[Problem] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._stack = [_Open([], Position(source, 0, 0, 0), None, 0)]
        self._values = 0

    @property
    def awaits_key(self) -> bool:
        """Whether the next value is a key of a mapping."""
        top = self._stack[-1]
        return top.key_position is None and type(top.data) is dict

    @property
    def innermost(self) -> Position:
        """The position of the list or mapping that was begun last."""
        return self._stack[-1].position

    @property
    def is_empty(self) -> bool:
        """Whether nothing but one value that is not even written was read."""
        top = self._stack[0]
        return not top.data or (top.data == [None] and not top.position.children[0].width)

    def document(self) -> Document:
        """All of it; raises UnsoundError where there was any problem, ProblemsError if not all was read."""
        root = self._stack[-1]
        if not self.problems and self.is_empty:
            self.problems.append(empty(self.source))
        if self.problems and (self.is_empty or len(self._stack) > 1):
            raise ProblemsError(self.problems)
        document = Document(self.source.file, root.data[0], root.position.children[0])
        if self.problems:
            raise UnsoundError(self.problems, document)
        return document

    def scalar(self, value: Any, position: Position, anchor: str | None) -> None:
        """Take a single value."""
        self._count(1, position)
        if anchor:
            self._anchors[anchor] = _Anchored(value, position, 1, 0)
        self._add(value, position, 0)

    def begin(self, data: Any, position: Position, anchor: str | None) -> None:
        """Take the beginning of a mapping or list; ``data`` is an empty one."""
        self._count(1, position)
        self._bound_depth(1, position)
        if anchor:
            self._anchors[anchor] = None
        self._stack.append(_Open(data, position, anchor, self._values - 1))

    def end(self) -> None:
        """Take the end of the list or mapping that was begun last."""
        closed = self._stack.pop()
        closed.merge()
        if closed.anchor:
            values = self._values - closed.before
            self._anchors[closed.anchor] = _Anchored(closed.data, closed.position, values, closed.height)
        self._add(closed.data, closed.position, closed.height)

    def alias(self, name: str, position: Position) -> None:
        """Take a copy of what the anchor ``name`` names."""
        anchored = self._anchors.get(name)
        if anchored is None:
            self._refuse_alias(name, position)
            self._add(_REFUSED if self.awaits_key else None, position, 0)
            return
        self._count(anchored.values, position)
        self._bound_depth(anchored.height, position)
        position.children = anchored.position.children
        position.doubtful = anchored.position.doubtful
        self._add(copied(anchored.data), position, anchored.height)

    def note(self, message: str, position: Position) -> None:
        """Note a problem with what is being read, at ``position``; many enough end the reading."""
        position.doubtful = True
        path = [step for opened in self._stack[1:] for step in opened.step()]
        subject = key_path(path[1:] if path and isinstance(path[0], int) else path)
        self.problems.append(Problem(message, subject, position.location))
        if len(self.problems) == MAX_PROBLEMS:
            raise StopReading

    def stop(self, message: str, position: Position) -> NoReturn:
        """Note a problem that ends the reading."""
        self.problems.append(Problem(message, location=position.location))
        raise StopReading

    def _add(self, value: Any, position: Position, height: int) -> None:
        top = self._stack[-1]
        top.height = max(top.height, height + 1)
        if type(top.data) is list:
            top.position.children[len(top.data)] = position
            top.data.append(value)
        elif top.key_position is None:
            self._take_key(top, value, position)
        else:
            self._take_value(top, top.key_position, value, position)

    def _take_key(self, top: _Open, key: Any, position: Position) -> None:
        begins = not top.position.children and (position.line, position.column) == top.position.start
        if begins:  # a mapping without braces is shown by its first key
            top.position.width = position.width
        if key is not MERGE and type(key) is not str:
            key = self._refused_key(key, position)
            top.position.doubtful |= key is _REFUSED
        elif key in top.position.children:
            first = top.position.children[key].key_location.line
            self.note(f"key {key!r} is given twice, first on line {first}", position)
        top.key = key
        top.key_position = position

    def _take_value(self, top: _Open, key: Position, value: Any, position: Position) -> None:
        if top.key is MERGE:
            self._take_merge(top, value, position)
        elif top.key is not _REFUSED:
            top.data[top.key] = value
            top.position.children[top.key] = position
            position.key = key
            position.doubtful |= key.doubtful
        top.key_position = None

    def _take_merge(self, top: _Open, value: Any, position: Position) -> None:
        items = [(value, position)]
        if type(value) is list:
            items = [(item, position.children[index]) for index, item in enumerate(value)]
        for item, place in items:
            if type(item) is dict:
                top.merged.append((item, place))
            elif not place.doubtful:
                self.note("'<<' takes a mapping or a list of mappings", place)
            top.position.doubtful |= place.doubtful

    def _refused_key(self, key: Any, position: Position) -> Any:
        """Note what a key is instead of a text; the text that it is meant to be, if that is known."""
        if isinstance(key, dict | list):
            self.note(f"a key is a text, not {kind_of(key)}", position)
        elif key is not _REFUSED and not position.width:
            self.note("a key is missing before ':'", position)
        elif key is not _REFUSED:
            written = position.source.line(position.line)[position.column :][: position.width]
            self.note(f"a key is a text, and {written} is read as {kind_of(key)}: quote it", position)
            return written
        return _REFUSED

    def _refuse_alias(self, name: str, position: Position) -> None:
        if name in self._anchors:
            self.note(f"*{name} stands inside &{name} itself: a value cannot hold itself", position)
        else:
            hint = did_you_mean(name, islice(self._anchors, MAX_PROBLEMS))
            advice = "quote it, if it is meant as text"
            self.note(f"*{name} stands for nothing, no &{name} comes before it{hint}: {advice}", position)

    def _count(self, values: int, position: Position) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            self.stop(TOO_MANY, position)

    def _bound_depth(self, height: int, position: Position) -> None:
        if len(self._stack) - 1 + height > MAX_DEPTH:
            self.stop(TOO_DEEP, position)


def empty(source: Source) -> Problem:
    """Says of ``source``, which has no value, whether it has anything."""
    what = "holds nothing but comments" if any(map(str.strip, source.lines)) else "is empty"
    return Problem(f"the file {what}", location=Location(source.file))
