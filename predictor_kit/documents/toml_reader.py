"""TOML text to a document: ``tomllib`` reads the values, and the text is walked for their places.

Dates and times are text, as they are in YAML; there is no null in TOML.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from itertools import product
from typing import Any, Final

from predictor_kit.documents.builder import MAX_DEPTH, MAX_PROBLEMS, TOO_DEEP, empty
from predictor_kit.documents.positions import Document, Position, Text, value_at
from predictor_kit.documents.scalars import OUT_OF_RANGE, ROUNDED, is_rounded, read_scalar
from predictor_kit.documents.toml_places import Places
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["parse_toml"]

_LETTERS: Final = string.ascii_lowercase + string.digits

_SAID: Final = {
    "Invalid value": "this is no value of TOML: text stands in quotes",
    "Unterminated string": "a quote is never closed",
    "Expected \"'": "a quote is never closed",
    "Illegal character '\\n'": "the quote on this line is never closed",
    "Found invalid character '\\n'": "the quote on this line is never closed",
    "Invalid statement": "this is neither 'key = value' nor '[table]'",
    "Invalid initial": "a key is missing here, or quotes around it",
    "Expected '='": "'=' is missing after the key",
    "Expected ']": "a ']' is missing after the name of the table",
    "Expected newline": "nothing can follow the value before this: quote the whole text",
    "Unclosed array": "',' or ']' is missing before this",
    "Unclosed inline": "',' or '}' is missing before this",
}
_SAID_OF_ESCAPES: Final = {
    "Unescaped": "this backslash begins no escape: double it, or put the text in single quotes",
    "Escaped": "this escape names no character",
    "Invalid hex": "this escape names no character",
}


def parse_toml(text: str, file: str) -> Document:
    """Read the TOML ``text`` of the file named ``file`` (a byte order mark before it is skipped).

    Raises ProblemsError with the keys that are given twice, and what is no TOML; UnsoundError where the
    rest of it is.
    """
    whole = Text(file, text.removeprefix("\ufeff").replace("\r\n", "\n"))
    places = Places(whole)
    problems = places.problems
    names = _unused_names(places)
    if names:  # for ``tomllib`` they are an end
        whole = whole.renamed({name: place for name, (_, place) in names.items()})
        places = Places(whole)
    elif problems:
        raise ProblemsError(problems)
    try:
        data = tomllib.loads(whole.text)
    except tomllib.TOMLDecodeError as error:
        raise ProblemsError([*problems, _explained(str(error), whole)]) from None
    if not data:
        raise ProblemsError([empty(whole.source)])
    plain = _plain(data, places.root, 1, problems)
    _drop(plain, places.root, {name: first for name, (first, _) in names.items()})
    document = Document(file, plain, places.root)
    if problems:
        raise UnsoundError(problems, document)
    return document


def _unused_names(places: Places) -> dict[str, tuple[str, Position]]:
    """For each key that is given again a name as long as it is there, with the key's own and its place.

    None where there are no such names, or more problems than are looked for.
    """
    names: dict[str, tuple[str, Position]] = {}
    for name, place in places.again if len(places.again) < MAX_PROBLEMS else ():
        letters = map("".join, product(_LETTERS, repeat=place.width))
        unused = next((word for word in letters if word not in places.names and word not in names), None)
        if unused is None:
            return {}
        names[unused] = (name, place)
    return names


def _drop(data: Any, position: Position, names: Mapping[str, str]) -> None:
    """Drop what has one of ``names``, which stand for others, and doubt what has the other one."""
    for step in [*position.children]:
        if step in names:
            del data[step], position.children[step]
            position.children[names[str(step)]].doubtful = True
        else:
            _drop(value_at(data, [step]), position.children[step], names)


def _explained(said: str, whole: Text) -> Problem:
    """The problem for the words of ``tomllib``, which end with the place in brackets."""
    reason, _, where = said.rpartition(" (at ")
    place = whole.location(len(whole.text.rstrip()))
    if numbers := [int(number) - 1 for number in re.findall("[0-9]+", where)]:
        line, column = numbers
        place = whole.source.location(line, column)
        for words, message in _SAID_OF_ESCAPES.items():
            if reason.startswith(words):
                start = whole.source.line(line).rfind("\\", 0, column)
                return Problem(message, location=whole.source.location(line, start, 2))
    ours = next((message for words, message in _SAID.items() if reason.startswith(words)), None)
    return Problem(ours or f"this is not TOML: {reason[:1].lower()}{reason[1:]}", location=place)


def _plain(value: Any, position: Position, depth: int, problems: list[Problem]) -> Any:
    """What ``tomllib`` read, as all languages have it; ``depth`` is that of a list or mapping."""
    if not isinstance(value, dict | list):
        return _single(value, position, problems)
    if depth > MAX_DEPTH:
        raise ProblemsError([*problems, Problem(TOO_DEEP, location=position.location)])
    inner = position.children
    if isinstance(value, list):
        return [_plain(item, inner[index], depth + 1, problems) for index, item in enumerate(value)]
    return {key: _plain(item, inner[key], depth + 1, problems) for key, item in value.items()}


def _single(value: Any, position: Position, problems: list[Problem]) -> Any:
    if isinstance(value, str | bool):
        return value
    written = position.source.line(position.line)[position.column :][: position.width]
    if not isinstance(value, int | float):
        return written  # a date or a time
    number = read_scalar(written)
    if isinstance(number, str) and written.lstrip("+-") in ("inf", "nan"):
        return value
    if isinstance(number, str) or is_rounded(written, number):
        message = OUT_OF_RANGE if isinstance(number, str) else ROUNDED
        problems.append(Problem(message, location=position.location))
        position.doubtful = True
    return number
