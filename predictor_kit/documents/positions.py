"""Plain data together with a tree of positions of the same shape."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from predictor_kit.errors import Location

__all__ = ["Document", "Position", "Source", "Text", "copied", "doubts", "holds", "key_path", "value_at"]

_DRAWN: Final = 300  # a longer line would fill the screen, and its caret would be lost in it
# Characters that a terminal obeys, or that turn the direction of what follows.
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Source:
    """A file's name and its lines, shared by all positions in it.

    ``file`` is the name as errors show it, ``lines`` the text as its language splits it.
    """

    __slots__ = ("file", "lines")

    def __init__(self, file: str, lines: list[str]) -> None:
        """``lines`` are the content of ``file``."""
        self.file = file
        self.lines = lines

    def line(self, number: int) -> str:
        """The text of the line ``number``, counted from 0; empty past the end."""
        return self.lines[number] if number < len(self.lines) else ""

    def after(self, text: str) -> Location:
        """The place behind ``text``, with which a YAML file begins."""
        lines = f"{text}x".splitlines()
        return self.location(len(lines) - 1, len(lines[-1]) - 1)

    def location(self, line: int, column: int, width: int = 1) -> Location:
        """The place as errors show it: ``line`` and ``column`` from 0, ``width`` in characters.

        What is behind the last line is shown at its end.
        """
        if line >= len(self.lines):
            line, column = len(self.lines) - 1, len(self.lines[-1])
        text = self.lines[line]
        shown = _UNSAFE.sub("\ufffd", text) if len(text) <= _DRAWN else ""
        return Location(self.file, line + 1, column + 1, max(1, width), shown)


class Position:
    """Where a value stands, where its key stands, and the same for each value in it.

    ``line`` and ``column`` count from 0, ``width`` is that of the value's first line; ``key`` is
    the position of the key (None where there is none, as for an item of a list); ``children`` has
    one position for each key or index of the value. A value is ``doubtful`` where something is wrong
    with how it or its key is written: it may be meant otherwise.
    """

    __slots__ = ("children", "column", "doubtful", "key", "line", "source", "width")

    def __init__(self, source: Source, line: int, column: int, width: int) -> None:
        """A position without key and children."""
        self.source = source
        self.line = line
        self.column = column
        self.width = width
        self.doubtful = False
        self.key: Position | None = None
        self.children: dict[str | int, Position] = {}

    def holding(self, children: dict[str | int, Position], *, doubtful: bool | None = None) -> Position:
        """The same place with other ``children``; as ``doubtful`` as it is unless that is said."""
        other = Position(self.source, self.line, self.column, self.width)
        other.key = self.key
        other.doubtful = self.doubtful if doubtful is None else doubtful
        other.children = children
        return other

    @property
    def start(self) -> tuple[int, int]:
        """Line and column, both from 0."""
        return self.line, self.column

    @property
    def spot(self) -> tuple[str, int, int]:
        """The file, and line and column from 1, as a `Location` has them."""
        return self.source.file, self.line + 1, self.column + 1

    @property
    def location(self) -> Location:
        """The place of the value."""
        return self.source.location(self.line, self.column, self.width)

    @property
    def key_location(self) -> Location:
        """The place of the value's key; that of the value where it has no key."""
        return (self.key or self).location


class Text:
    """A text whose lines end with a line feed: its ``source``, and places in it by offset.

    What other systems end a line with has to be replaced before.
    """

    __slots__ = ("_starts", "source", "text")

    def __init__(self, file: str, text: str) -> None:
        """``text`` is the content of ``file``."""
        self.text = text
        self.source = Source(file, text.split("\n"))
        self._starts = [0, *accumulate(len(line) + 1 for line in self.source.lines)]

    def renamed(self, names: Mapping[str, Position]) -> Text:
        """The same with ``names`` in place of others that are as long; its places show what was there."""
        lines = list(self.source.lines)
        for name, place in names.items():
            line = lines[place.line]
            lines[place.line] = line[: place.column] + name + line[place.column + len(name) :]
        other = Text(self.source.file, "\n".join(lines))
        other.source = self.source
        return other

    def position(self, start: int, end: int) -> Position:
        """The place of what stands from the offset ``start`` to ``end``."""
        line = bisect_right(self._starts, start) - 1
        column = start - self._starts[line]
        room = len(self.source.line(line).rstrip()) - column
        return Position(self.source, line, column, max(0, min(end - start, room)))

    def location(self, start: int, width: int = 1) -> Location:
        """The same as errors show it."""
        return self.position(start, start + width).location


class Document:
    """The plain data of a file and the position of each value; picklable.

    ``file`` is the name it was read under, ``data`` its content (dict, list, str, int, float, bool
    and None) and ``position`` the tree of positions, of the data's own shape.
    """

    __slots__ = ("data", "file", "position")

    def __init__(self, file: str, data: Any, position: Position) -> None:
        """Hold ``data`` together with the positions that fit it."""
        self.file = file
        self.data = data
        self.position = position

    def locate(self, path: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at ``path`` (its keys and indices), or with ``key`` that of its key.

        Where nothing stands at ``path``: the key of the deepest parent that is there, or the
        parent itself where it has no key.
        """
        position = self.position
        for step in path:
            child = position.children.get(step)
            if child is None:
                return position.key_location
            position = child
        return position.key_location if key else position.location


def doubts(position: Position) -> Iterator[tuple[tuple[str | int, ...], Position]]:
    """The paths of the doubtful values in that at ``position``, its own first, with their places."""
    if position.doubtful:
        yield (), position
    for step, child in position.children.items():
        for path, place in doubts(child):
            yield (step, *path), place


def key_path(path: Sequence[str | int]) -> str:
    """``path`` as errors write it: ``predictor.models.paths[0].name``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def value_at(data: Any, path: Sequence[str | int], default: Any = None) -> Any:
    """The value at ``path`` in plain data; ``default`` where there is none."""
    for step in path:
        if not holds(data, step):
            return default
        data = data[step]
    return data


def holds(data: Any, step: str | int) -> bool:
    """Whether plain data is a mapping with the key ``step``, or a list with that index."""
    if isinstance(data, list):
        return step in range(len(data))
    return isinstance(data, Mapping) and step in data


def copied(data: Any) -> Any:
    """A copy of plain data that shares no mapping and no list with it."""
    if type(data) is dict:
        return {key: copied(value) for key, value in data.items()}
    return [copied(item) for item in data] if type(data) is list else data
