"""JSON text to a document: strict JSON, with the place of every value.

Not by ``json.loads``, which has no places, takes ``NaN`` and keeps the last of equal keys; only
what stands in quotes is decoded by it. Numbers are read as everywhere here.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, Final, NoReturn

from predictor_kit.documents.builder import Builder, StopReading
from predictor_kit.documents.positions import Document, Text
from predictor_kit.documents.scalars import OUT_OF_RANGE, ROUNDED, is_rounded, read_scalar
from predictor_kit.errors import did_you_mean

__all__ = ["parse_json"]

_SOLID: Final = re.compile("[^ \t\n]")
_BEHIND_WORD: Final = re.compile(r"""[ \t\n,:\[\]{}"]""")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_CLOSING: Final = {"{": "}", "[": "]"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DECODER: Final = json.JSONDecoder()
_SAID: Final = {
    "Unterminated": "this quote is never closed",
    "Invalid control": "a line end, a tab or the like cannot stand in text: write \\n, \\t or \\u00...",
    "Invalid": "this backslash begins no escape: double it",
}
_COMMENT: Final = "JSON has no comments: remove it, or write the file in YAML"
_DANGLING: Final = "nothing follows this ',': remove it"


def parse_json(text: str, file: str) -> Document:
    """Read the JSON ``text`` of the file named ``file`` (a byte order mark before it is skipped).

    Raises ProblemsError with all that is wrong in it, up to what is no JSON at all.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    reading = _Reading(Text(file, text))
    with contextlib.suppress(StopReading):
        reading.read()
    return reading.builder.document()


class _Reading:
    """Hands the values of a text to a builder, one after the other, without recursion."""

    def __init__(self, text: Text) -> None:
        self._whole = text
        self._text = text.text
        self._at = 0
        self._opened: list[int] = []
        self.builder = Builder(text.source)

    def read(self) -> None:
        """Read to the end, or to the first thing that is no JSON."""
        if not self._next():
            return
        self._value()
        while self._opened:
            self._go_on()
        if self._next():
            self._refuse_comment()
            self._stop("nothing can follow the value before this")

    def _value(self) -> None:
        """Read a value: all of it, or what opens it up to the first value in it."""
        while (char := self._next()) in ("{", "["):
            place = self._whole.position(self._at, self._at + 1)
            self.builder.begin({} if char == "{" else [], place, None)
            self._opened.append(self._at)
            self._at += 1
            if self._next() == _CLOSING[char]:
                return
            if char == "{":
                self._key()
        if char == '"':
            self._quoted()
        else:
            self._word()

    def _go_on(self) -> None:
        """Read what follows a value in a list or mapping: its end, or a comma and the next value."""
        char, opening = self._next(), self._text[self._opened[-1]]
        if char == _CLOSING[opening]:
            self._close()
        elif char == ",":
            comma = self._at
            self._at += 1
            if self._next() == _CLOSING[opening]:
                self._stop(_DANGLING, comma)
            if opening == "{":
                self._key()
            self._value()
        else:
            self._refuse_end()
            self._refuse_comment()
            begun = f"the {opening!r} is on line {self.builder.innermost.line + 1}"
            self._stop(f"',' or {_CLOSING[opening]!r} is missing before this ({begun})")

    def _close(self) -> None:
        start = self._opened.pop()
        self._at += 1
        self.builder.innermost.width = self._whole.position(start, self._at).width
        self.builder.end()

    def _key(self) -> None:
        if self._next() != '"':
            self._refuse_end()
            self._refuse_comment()
            self._stop("a key stands in double quotes in JSON")
        self._quoted()
        if self._next() != ":":
            self._refuse_end()
            self._stop("':' is missing after the key")
        self._at += 1

    def _quoted(self) -> None:
        start = self._at
        try:
            value, self._at = _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._refuse_text(error)
        place = self._whole.position(start, self._at)
        if _SURROGATE.search(value):
            self.builder.stop("an escape in this text names no character", place)
        self.builder.scalar(value, place, None)

    def _refuse_text(self, error: json.JSONDecodeError) -> NoReturn:
        message = next(said for words, said in _SAID.items() if error.msg.startswith(words))
        escapes = error.msg.startswith("Invalid \\")
        self._stop(message, self._text.rfind("\\", 0, error.pos + 1) if escapes else error.pos)

    def _word(self) -> None:
        """Read a number, or one of the words of JSON."""
        self._refuse_end()
        behind = _BEHIND_WORD.search(self._text, self._at)
        word = self._text[self._at : behind.start() if behind else None]
        value: Any = _CONSTANTS.get(word, word)
        if value == "" or (value is word and not _NUMBER.fullmatch(word)):
            self._refuse_word(word)
        if value is word:
            value = read_scalar(word)
        place = self._whole.position(self._at, self._at + len(word))
        if isinstance(value, str):
            self.builder.note(OUT_OF_RANGE, place)
        elif is_rounded(word, value):
            self.builder.note(ROUNDED, place)
        self._at += len(word)
        self.builder.scalar(value, place, None)

    def _refuse_word(self, word: str) -> NoReturn:
        self._refuse_comment()
        if not word:
            self._stop(f"a value is missing before {self._next()!r}")
        near = did_you_mean(word[:10], _CONSTANTS)
        self._stop(f"this is no value of JSON{near}: text stands in double quotes", width=len(word))

    def _refuse_comment(self) -> None:
        if self._text.startswith(("//", "/*", "#"), self._at):
            self._stop(_COMMENT)

    def _refuse_end(self) -> None:
        """Raise `StopReading` at the end of the text, where something has to follow."""
        if not self._next():
            opening = self._opened[-1]
            self._stop(f"this {self._text[opening]!r} is never closed", opening)

    def _next(self) -> str:
        """The next character that is no space; "" at the end."""
        solid = _SOLID.search(self._text, self._at)
        self._at = solid.start() if solid else len(self._text)
        return self._text[self._at : self._at + 1]

    def _stop(self, message: str, at: int | None = None, width: int = 1) -> NoReturn:
        start = self._at if at is None else at
        self.builder.stop(message, self._whole.position(start, start + width))
