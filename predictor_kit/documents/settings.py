"""``iris.predictor.config.threshold=0.7``: a single value, set from outside the files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from predictor_kit.documents.builder import MAX_DEPTH, TOO_DEEP
from predictor_kit.documents.positions import Document, Position, Source
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.documents.yaml_reader import read_yaml
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["SETTING", "Setting", "setting"]

SETTING: Final = "--set #"
"""What stands, with its number, for the file of a value that was set."""

_ENDS: Final = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"  # of lines, as Python splits them
_STEP: Final = re.compile(
    r"\[(?P<index>[0-9]{1,6})\]"
    r"""|(?P<dot>\.?)(?:(?P<bare>[^\s.=\[\]"']+)"""
    rf"""|"(?P<double>[^"{_ENDS}]*)"|'(?P<single>[^'{_ENDS}]*)')"""
)
_EQUALS: Final = re.compile("[ \t]*=")
_FORM: Final = "write api.key=value"
_EXPECTED: Final = {
    "": f"'=' is missing: {_FORM}",
    "=": f"the name of an API is missing before '=': {_FORM}",
    ".": "a key is missing beside this '.'",
    "[": "an index is a number in brackets: [0]",
    '"': "this quote is never closed, or a '.' is missing before it",
    "'": "this quote is never closed, or a '.' is missing before it",
}
_NO_VALUE: Final = "a value is missing after '=': write '' for empty text, null for null"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is set: ``data`` at ``path``, which begins with the name of an API, or its index.

    ``position`` is the place of the value and of what is in it; ``steps`` are those of the keys
    and indices of the path.
    """

    path: tuple[str | int, ...]
    data: Any
    position: Position
    steps: tuple[Position, ...]


def setting(text: str, number: int) -> Setting:
    """Read ``text``, the setting ``number`` (from 1); errors show its place as ``--set #1``.

    Keys are divided by dots, ``[0]`` is the first item of a list, and a key in which such
    characters stand is put in quotes. The value is read as YAML; it has to be written, be it
    ``null`` or ``''``. Raises ProblemsError with what is wrong in it, UnsoundError if that is the value.
    """
    source = Source(f"{SETTING}{number}", text.splitlines() or [""])
    path, steps, end = _path(text, source)
    equals = _EQUALS.match(text, end)
    if not equals or not path:
        end += text.startswith(('."', ".'"), end)  # it is the quote that is not closed
        unlike = _EXPECTED.get(text[end : end + 1], "this cannot stand in a key: put the key in quotes")
        raise _refused(unlike, source, end)
    if len(path) == 1:
        raise _refused(f"an API is not set as a whole: {_FORM}", source, 0, end)
    if len(path) > MAX_DEPTH:
        raise _refused(TOO_DEEP, source, 0, end)
    try:
        value = _value(text, equals.end(), source)
    except ProblemsError as error:
        unknown = Document(source.file, None, steps[-1].holding({}, doubtful=True))
        rest = error.rest if isinstance(error, UnsoundError) else unknown
        raise UnsoundError(error.problems, _set(path, steps, rest)) from None
    return _set(path, steps, value)


def _value(text: str, start: int, source: Source) -> Document:
    """The value that begins at ``start``; raises ProblemsError where there is none."""
    value = text[start:]
    if not value.strip() or value.lstrip().startswith("#"):
        raise _refused(_NO_VALUE, source, start - 1)
    # Blanks before the value keep it in its column; to YAML they mean nothing.
    return read_yaml(" " * start + value, source)


def _set(path: list[str | int], steps: list[Position], value: Document) -> Setting:
    if isinstance(path[-1], str):
        value.position.key = steps[-1]
    return Setting(tuple(path), value.data, value.position, tuple(steps))


def _path(text: str, source: Source) -> tuple[list[str | int], list[Position], int]:
    """The keys and indices before ``=``, their places, and where they end."""
    path: list[str | int] = []
    steps: list[Position] = []
    end = 0
    while found := _STEP.match(text, end):
        kind = found.lastgroup or ""
        if kind != "index" and bool(found["dot"]) != bool(path):
            break
        path.append(int(found[kind]) if kind == "index" else found[kind])
        start = found.end("dot") if kind != "index" else found.start()
        end = found.end()
        steps.append(Position(source, 0, start, end - start))
    return path, steps, end


def _refused(message: str, source: Source, start: int, end: int | None = None) -> ProblemsError:
    width = 1 if end is None else end - start
    return ProblemsError([Problem(message, location=source.location(0, start, width))])
