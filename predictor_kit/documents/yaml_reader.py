"""YAML text to a document, in one pass over the parser's events.

Events, not ``yaml.compose``: composing recurses, in C until the process dies, and it shares what
an alias stands for, so that neither depth nor size is bounded before the harm is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml

from predictor_kit.documents.builder import MERGE, Builder, StopReading
from predictor_kit.documents.positions import Document, Position, Source
from predictor_kit.documents.scalars import ROUNDED, is_rounded, read_scalar
from predictor_kit.documents.yaml_syntax import bad_escape, bad_text, explain, find_forbidden
from predictor_kit.errors import ProblemsError

__all__ = ["parse_yaml", "read_yaml"]

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_yaml(text: str, file: str) -> Document:
    """Read the YAML ``text`` of the file named ``file`` (a byte order mark before it is skipped).

    Raises ProblemsError with all that is wrong in it.
    """
    text = text.removeprefix("\ufeff")
    return read_yaml(text, Source(file, text.splitlines()))


def read_yaml(text: str, source: Source) -> Document:
    """Read the YAML ``text``; errors show ``source``, whose lines have the values in the same columns.

    Raises ProblemsError with all that is wrong in it.
    """
    if forbidden := find_forbidden(text, source):
        raise ProblemsError([forbidden])
    reading = _Reading(source)
    reading.read(text)
    return reading.builder.document()


class _Reading:
    """Hands the values in a text's events to a builder; events are typed alike, whichever loader."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.builder = Builder(source)
        self._begun = False
        self._handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def read(self, text: str) -> None:
        """Read ``text`` to its end, or to the first thing that ends the reading."""
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            while (event := self._next(loader)) is not None:
                if handler := self._handlers.get(type(event)):
                    handler(event)
        except StopReading:
            pass
        finally:
            loader.dispose()

    def _next(self, loader: Any) -> Any:
        try:
            return loader.get_event()
        except yaml.MarkedYAMLError as error:
            problem = explain(error, self._source)
        except (ValueError, OverflowError):  # of chr(), for an escape; libyaml refuses it itself
            mark = loader.get_mark()
            problem = bad_escape(mark.line, mark.column, self._source)
        self.builder.problems.append(problem)
        raise StopReading

    def _document(self, event: Any) -> None:
        if self._begun:
            self.builder.stop("a second document begins here; a file is one document", self._place(event))
        self._begun = True

    def _scalar(self, event: Any) -> None:
        position = self._place(event)
        value: Any = event.value
        if event.implicit[0]:
            merges = value == "<<" and self.builder.awaits_key and not event.anchor
            value = MERGE if merges else read_scalar(value)
            if is_rounded(event.value, value) and not self.builder.awaits_key:
                self.builder.note(ROUNDED, position)
        elif event.style == '"' and _SURROGATE.search(value):  # libyaml refuses the escape itself
            self.builder.problems.append(bad_text(position.line, position.column, self._source))
            raise StopReading
        if not position.width:  # nothing is written: it stands behind what does, whichever loader
            position.column = len(self._source.line(position.line)[: position.column].rstrip())
        self._refuse_tag(event, position)
        self.builder.scalar(value, position, event.anchor)

    def _begin(self, event: Any) -> None:
        position = self._place(event)
        self._refuse_tag(event, position)
        self.builder.begin({} if type(event) is yaml.MappingStartEvent else [], position, event.anchor)

    def _end(self, event: Any) -> None:
        closing = event.end_mark
        if closing.column != event.start_mark.column:  # a bracket; without one there is nothing to show
            position = self.builder.innermost
            position.width = self._width(position.line, position.column, closing)
        self.builder.end()

    def _alias(self, event: Any) -> None:
        self.builder.alias(event.anchor, self._place(event))

    def _refuse_tag(self, event: Any, position: Position) -> None:
        if event.tag is not None:
            written = event.tag.replace("tag:yaml.org,2002:", "!!")
            advice = "quote what is meant as text"
            self.builder.note(f"tags are not read here: remove {written} ({advice})", position)

    def _place(self, event: Any) -> Position:
        start = event.start_mark
        line, column = start.line, start.column
        return Position(self._source, line, column, self._width(line, column, event.end_mark))

    def _width(self, line: int, column: int, end: Any) -> int:
        """How much of its first line a value takes that ends at ``end``."""
        last: int = end.column if end.line == line else len(self._source.line(line).rstrip())
        return last - column
