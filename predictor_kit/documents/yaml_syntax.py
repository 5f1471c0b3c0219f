"""What is wrong with a text that is not YAML, in words that say what to do."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from predictor_kit.documents.builder import TOO_DEEP
from predictor_kit.documents.positions import Source
from predictor_kit.errors import Problem

__all__ = ["bad_escape", "bad_text", "explain", "find_forbidden"]

# Those that are forbidden, not those that are not: to compile the latter takes 7 ms.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
_DIRECTIVE: Final = re.compile(r"(?:[^\S\n]*(?:#[^\n]*)?\n)*%")
_SURROGATE: Final = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F]")
_REFERENCE: Final = re.compile(r"\$\{[^}]*\}?")
_FLOW: Final = re.compile("parsing a flow (mapping|sequence): .*expected ',' or")
_BLOCK: Final = re.compile("block mapping|block collection|document start")
# words that libyaml and PyYAML's own scanner share, and ours: at the place that they name ...
_HERE: Final = {
    "cannot start any token": "a value cannot begin with {char!r}: quote it",
    "values are not allowed": "':' cannot stand here: quote a text with ': ' in it, or mend the indentation",
    "found unexpected ':'": "a space is missing after ':', or quotes around the text",
    "keys are not allowed": "'?' cannot stand here: quote what is meant as text",
    "entries are not allowed": "'-' cannot stand here: begin a list on a line of its own, or quote the text",
    "undefined tag handle": "tags are not read here: remove it (quote what is meant as text)",
    # Of a libyaml that has a bound of its own, before the depth is seen in its events.
    "exceeded maximum nesting depth": TOO_DEEP,
}
# ... and where the thing begins that they are about
_AT_OPENING: Final = {
    "could not find expected ':'": "this is neither 'key: value' nor an item of a list: is a ':' missing?",
    "quoted scalar: found unexpected": "this quote is never closed",
    "a block scalar:": "'|' and '>' begin a text of several lines, below: quote what is meant as text",
    "ing a tag:": "tags are not read here: remove it (quote what is meant as text)",
    "expected alphabetic or numeric": "'*' is for aliases and '&' for anchors: quote what is meant as text",
}


def find_forbidden(text: str, source: Source) -> Problem | None:
    """What cannot be in a file at all: a character that YAML does not allow, a directive."""
    if found := _FORBIDDEN.search(text):
        message = f"the character U+{ord(found[0]):04X} cannot be in YAML"
        return Problem(message, location=source.after(text[: found.start()]))
    if directive := _DIRECTIVE.match(text):
        message = "directives (%YAML, %TAG) are not read here: remove this line"
        return Problem(message, location=source.after(directive[0][:-1]))
    return None


def bad_escape(line: int, column: int, source: Source) -> Problem:
    """An escape that names no character; ``line`` and ``column`` (from 0) lie in it or behind it."""
    start = source.line(line).rfind("\\", 0, column + 1)
    return Problem(
        "this escape names no character", location=source.location(line, start if start >= 0 else column, 2)
    )


def bad_text(line: int, column: int, source: Source) -> Problem:
    """The escape of a surrogate in the quoted text that begins at ``line`` and ``column`` (from 0)."""
    found = _SURROGATE.search(source.line(line), column)
    return bad_escape(line, found.start() if found else column, source)


def explain(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    """The problem for a text that is not YAML, at the place to mend."""
    mistake = _Mistake(error, source)
    return (
        mistake.tab()
        or mistake.reference()
        or mistake.saying()
        or mistake.escape()
        or mistake.bracket()
        or mistake.value()
        or mistake.misplaced()
        or mistake.problem(f"this is not YAML: {error.problem}")
    )


class _Mistake:
    """Where the parser stopped and what it said; each method knows one kind of mistake."""

    def __init__(self, error: yaml.MarkedYAMLError, source: Source) -> None:
        mark: Any = error.problem_mark
        self._source = source
        self._said = f"{error.context}: {error.problem}"
        self._opened: Any = error.context_mark
        self._line, self._column = mark.line, mark.column
        self._text = source.line(mark.line)
        self._char = self._text[mark.column : mark.column + 1]
        self._ended = not self._char and not any(map(str.strip, source.lines[mark.line + 1 :]))

    def problem(self, message: str, width: int = 1) -> Problem:
        """``message`` at the place where the parser stopped."""
        return Problem(message, location=self._source.location(self._line, self._column, width))

    def tab(self) -> Problem | None:
        """A tab where only spaces indent."""
        if self._char == "\t" or "tab character" in self._said:
            return self.problem("a tab cannot stand here: YAML is indented with spaces")
        return None

    def reference(self) -> Problem | None:
        """An unquoted ``${...}``, whose brace opens a mapping for YAML."""
        found = _REFERENCE.match(self._text, self._column - 1) if self._column else None
        if not found:
            return None
        self._column -= 1
        return self.problem(f'inside {{}} and [] a reference must be quoted: "{found[0]}"', len(found[0]))

    def saying(self) -> Problem | None:
        """A mistake that PyYAML's words tell."""
        for words, message in _HERE.items():
            if words in self._said:
                return self.problem(message.format(char=self._char))
        for words, message in _AT_OPENING.items():
            if words in self._said:
                return self._at_opening(message)
        return None

    def escape(self) -> Problem | None:
        """A backslash in double quotes that begins no escape."""
        if "escape" not in self._said and "hexdec" not in self._said:
            return None
        if "invalid Unicode" in self._said:
            return bad_escape(self._line, self._column, self._source)
        self._column = self._text.rfind("\\", 0, self._column + 1)
        return self.problem("this backslash begins no escape: double it, or put the text in single quotes", 2)

    def bracket(self) -> Problem | None:
        """A ``{`` or ``[`` that is not closed, or a comma left out in it."""
        found = _FLOW.search(self._said)
        if not found:
            return None
        bracket, closing = "{}" if found[1] == "mapping" else "[]"
        if self._ended:
            return self._at_opening(f"this {bracket!r} is never closed")
        opened = f"the {bracket!r} is on line {self._opened.line + 1}"
        return self.problem(f"',' or {closing!r} is missing before this ({opened})")

    def value(self) -> Problem | None:
        """A value left out, or a key."""
        if "node content" not in self._said:
            return None
        if self._ended:
            return self.problem("the text ends inside '{' or '['")
        what = "key" if self._char == ":" else "value"
        return self.problem(f"a {what} is missing before {self._char!r}")

    def misplaced(self) -> Problem | None:
        """Something that does not go on with what stands before it."""
        if not _BLOCK.search(self._said):
            return None
        if self._char == ":":
            return self.problem("a key is missing before ':'")
        if self._text[: self._column].strip():
            return self.problem("nothing can follow the value before this: quote the whole text")
        return self.problem("this line does not fit the indentation of the lines above")

    def _at_opening(self, message: str) -> Problem:
        self._line, self._column = self._opened.line, self._opened.column
        return self.problem(message)
