"""Where each value of a TOML text stands: ``tomllib`` does not say.

The text is walked before it is read, and more is taken than TOML allows: what is wrong in it is
for ``tomllib`` to find. Equal keys and what would keep ``tomllib`` busy without end are found here.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from typing import Final

from predictor_kit.documents.builder import MAX_DEPTH, MAX_PROBLEMS, MAX_VALUES, TOO_DEEP, TOO_MANY
from predictor_kit.documents.positions import Position, Text
from predictor_kit.documents.scalars import OUT_OF_RANGE
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["Places"]

_SPACE: Final = re.compile("[ \t]*")
_BLANK: Final = re.compile("(?:[ \t\n]+|#[^\n]*)*+")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*'""")
_TEXT: Final = re.compile(
    r""""{3}(?:[^"\\]+|\\.|"(?!""))*+"{3,5}|'{3}(?:[^']+|'(?!''))*+'{3,5}"""
    r"""|"(?!"")(?:[^"\\\n]+|\\.)*+"|'(?!'')[^'\n]*\'""",
    re.DOTALL,
)
_WORD: Final = re.compile(r"""\d{4}-\d\d-\d\d[ ]\d\d:[^\s#,\]}]*|[^\s#,\[\]{}"'=]+""")
_LONGEST_NUMBER: Final = 400  # digits, underscores and all; a double has 309 before its point


class _Stop(Exception):  # noqa: N818 # it ends the walk; ``tomllib`` says why
    """This is not TOML, or it has problems enough."""


class Places:
    """The tree of positions of a TOML text, as far as it could be walked.

    ``root`` is the position of the whole, ``names`` are all keys in it; ``problems`` are keys given
    twice, and ``again`` their names with their places.
    """

    def __init__(self, whole: Text) -> None:
        """Walk ``whole``; raises ProblemsError where a limit is exceeded, that of depth maybe not yet."""
        self._whole = whole
        self._text = whole.text
        self._at = 0
        self._values = 1
        self._arrays: set[Position] = set()
        self._implied: set[Position] = set()
        self._headed: set[Position] = set()
        self._assigned: set[Position] = set()
        # What belongs to nothing, by the table and the name under which it was refused last.
        self._astray: dict[tuple[Position, str], Position] = {}
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        self.again: list[tuple[str, Position]] = []
        self._skip(_BLANK)
        self.root = self._table = whole.position(self._at, self._at + 1)
        with contextlib.suppress(_Stop):
            self._statements()

    def _statements(self) -> None:
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                self._header()
            else:
                self._assignment(self._table, 1)
            self._skip(_BLANK)

    def _header(self) -> None:
        """Read ``[a.b]`` or ``[[a.b]]`` and go to the table that it begins."""
        opening = "[[" if self._text.startswith("[[", self._at) else "["
        self._take(opening)
        self._skip(_SPACE)
        *way, last = self._key()
        self._take("]" * len(opening))
        table = self.root
        for name, place in way:
            table = self._under(table, name, place)
        self._table = self._item(table, *last) if opening == "[[" else self._declared(table, *last)

    def _item(self, table: Position, name: str, place: Position) -> Position:
        """The next item of the array of tables ``name``."""
        array = self._child(table, name, place)
        if array is place:
            self._arrays.add(array)
        elif array not in self._arrays:
            return self._led_astray(table, name, place, array)
        self._astray.pop((table, name), None)
        item = place.holding({})
        item.key = None
        array.children[len(array.children)] = item
        self._count(place)
        return item

    def _declared(self, table: Position, name: str, place: Position) -> Position:
        known = self._child(table, name, place)
        if known is not place and known not in self._implied:
            return self._led_astray(table, name, place, known)
        self._implied.discard(known)
        self._headed.add(known)
        return known

    def _led_astray(self, table: Position, name: str, place: Position, first: Position) -> Position:
        """The refused table at ``place``, which further headers with that name lead to."""
        self._astray[table, name] = place
        return self._refused(name, place, first)

    def _under(self, table: Position, name: str, place: Position) -> Position:
        """The table ``name`` in ``table`` for a header, begun at ``place`` if there is none."""
        if astray := self._astray.get((table, name)):
            self.again.append((name, place.holding({})))
            return astray
        if name not in table.children:
            self._implied.add(place)
        known = self._child(table, name, place)
        if known in self._assigned:
            return self._led_astray(table, name, place, known)
        return known.children[len(known.children) - 1] if known in self._arrays else known

    def _into(self, table: Position, name: str, place: Position) -> Position:
        """The same for a dotted key, which adds to no table that has a header."""
        known = self._child(table, name, place)
        complete = known in self._assigned or known in self._headed or known in self._arrays
        return self._refused(name, place, known) if complete else known

    def _child(self, table: Position, name: str, place: Position) -> Position:
        """What ``name`` is in ``table``; something new at ``place`` if it is not there."""
        known = table.children.setdefault(name, place)
        if known is place:
            self._count(place)
        return known

    def _assignment(self, table: Position, depth: int) -> None:
        *way, (name, place) = self._key()
        self._take("=")
        for step in way:
            table = self._into(table, *step)
        self._skip(_SPACE)
        value = self._value(depth)
        value.key = place
        self._assigned.add(value)
        first = table.children.setdefault(name, value)
        if first is not value:
            self._refused(name, place, first)

    def _key(self) -> list[tuple[str, Position]]:
        """The parts of a dotted key; each is at first the place of the table that it leads to."""
        parts = [self._part()]
        while self._text.startswith(".", self._at):
            self._at += 1
            self._skip(_SPACE)
            parts.append(self._part())
            self._bound(len(parts), parts[-1][1])
        return parts

    def _part(self) -> tuple[str, Position]:
        start = self._at
        place = self._match(_KEY)
        place.key = place.holding({})
        written = self._text[start : self._at]
        self._skip(_SPACE)
        name = written
        if written[0] in "\"'":
            name = _unescaped(written) if "\\" in written else written[1:-1]
        self.names.add(name)
        return name, place

    def _value(self, depth: int) -> Position:
        start = self._at
        char = self._text[start : start + 1]
        place = self._whole.position(start, start + 1)
        self._count(place)
        if char not in ("[", "{"):
            return self._single()
        self._bound(depth + 1, place)
        self._at += 1
        self._inner(place, char, depth)
        place.width = self._whole.position(start, self._at).width
        return place

    def _inner(self, place: Position, opening: str, depth: int) -> None:
        """Read what stands in brackets or braces, up to the closing one."""
        closing = "]" if opening == "[" else "}"
        self._skip(_BLANK)
        while not self._text.startswith(closing, self._at):
            if opening == "[":
                place.children[len(place.children)] = self._value(depth + 1)
            else:
                self._assignment(place, depth + 1)
            self._skip(_BLANK)
            if not self._text.startswith(closing, self._at):
                self._take(",")
                self._skip(_BLANK)
        self._at += 1

    def _single(self) -> Position:
        if self._text.startswith(('"', "'"), self._at):
            return self._match(_TEXT)
        place = self._match(_WORD)
        if place.width > _LONGEST_NUMBER:
            raise ProblemsError([Problem(OUT_OF_RANGE, location=place.location)])
        return place

    def _match(self, pattern: re.Pattern[str]) -> Position:
        start = self._at
        self._skip(pattern)
        if self._at == start:
            raise _Stop
        return self._whole.position(start, self._at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _take(self, expected: str) -> None:
        if not self._text.startswith(expected, self._at):
            raise _Stop
        self._at += len(expected)

    def _refused(self, name: str, place: Position, first: Position) -> Position:
        """Note that ``name`` is given again at ``place``, which is a table that belongs to nothing."""
        message = f"key {name!r} is given twice, first on line {first.key_location.line}"
        self.problems.append(Problem(message, location=place.location))
        self.again.append((name, place.holding({})))
        if len(self.problems) == MAX_PROBLEMS:
            raise _Stop
        return place

    def _count(self, place: Position) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise ProblemsError([Problem(TOO_MANY, location=place.location)])

    def _bound(self, depth: int, place: Position) -> None:
        if depth > MAX_DEPTH:
            raise ProblemsError([Problem(TOO_DEEP, location=place.location)])


def _unescaped(written: str) -> str:
    try:
        (name,) = tomllib.loads(f"{written} = 0")
    except tomllib.TOMLDecodeError:
        raise _Stop from None
    return name
