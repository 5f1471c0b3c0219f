"""Plain data together with a tree of positions of the same shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from predictor_kit.errors import Location

__all__ = ["Document", "Position", "Source", "key_path"]

_DRAWN: Final = 300  # a longer line would fill the screen, and its caret would be lost in it
# Characters that a terminal obeys, or that turn the direction of what follows.
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Source:
    """A file's name and its lines, shared by all positions in it.

    ``file`` is the name as errors show it, ``lines`` the text as YAML splits it.
    """

    __slots__ = ("file", "lines")

    def __init__(self, file: str, text: str) -> None:
        """Split ``text``, the content of ``file``."""
        self.file = file
        self.lines = text.splitlines()

    def line(self, number: int) -> str:
        """The text of the line ``number``, counted from 0; empty past the end."""
        return self.lines[number] if number < len(self.lines) else ""

    def after(self, text: str) -> Location:
        """The place behind ``text``, with which the file begins."""
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
    the position of the key (None for an item of a list and for the root); ``children`` has one
    position for each key or index of the value.
    """

    __slots__ = ("children", "column", "key", "line", "source", "width")

    def __init__(self, source: Source, line: int, column: int, width: int) -> None:
        """A position without key and children."""
        self.source = source
        self.line = line
        self.column = column
        self.width = width
        self.key: Position | None = None
        self.children: dict[str | int, Position] = {}

    @property
    def start(self) -> tuple[int, int]:
        """Line and column, both from 0."""
        return self.line, self.column

    @property
    def location(self) -> Location:
        """The place of the value."""
        return self.source.location(self.line, self.column, self.width)

    @property
    def key_location(self) -> Location:
        """The place of the value's key; that of the value where it has no key."""
        return (self.key or self).location


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


def key_path(path: Sequence[str | int]) -> str:
    """``path`` as errors write it: ``predictor.models.paths[0].name``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
