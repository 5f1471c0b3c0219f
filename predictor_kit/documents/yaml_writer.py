"""Plain data to YAML, which this package and any other reader of YAML take for the same data."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

from predictor_kit.documents.positions import Position
from predictor_kit.documents.scalars import read_scalar
from predictor_kit.documents.settings import SETTING
from predictor_kit.documents.yaml_reader import parse_yaml

__all__ = ["write_yaml"]

# Numbers of YAML 1.2's core schema that neither the reader here nor YAML 1.1 takes for any.
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# Texts of several lines that a block holds as they are: no line begins or ends with a space.
_LINE: Final = r"\S(?:[^\n\r\x85\u2028\u2029]*\S)?"
_BLOCK: Final = re.compile(rf"{_LINE}(?:\n+{_LINE})*\n?")
_LINE_ENDS: Final = re.compile(r"[\n\r\x85\u2028\u2029]")
_FARTHEST: Final = 60  # a comment stands in this column or before it, or behind a longer line


class _Dumper(yaml.SafeDumper):
    """Block style throughout; each text in quotes that some reader takes for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 # its name in the base
        """Write a value again wherever it stands."""
        return True

    def _text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, _style(text))


_Dumper.add_representer(str, _Dumper._text)  # noqa: SLF001 # of the class above


def write_yaml(data: Any, *, origins: Position | None = None, ascii_only: bool = False) -> str:
    """Plain ``data`` as YAML in block style.

    With ``origins``, positions of the data's own shape, a comment names the place (file and line) of
    each single value. With ``ascii_only`` characters other than ASCII's are written as escapes.
    """
    text = yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=not ascii_only,
        sort_keys=False,
        default_flow_style=False,
        width=math.inf,
    )
    return text if origins is None else _with_origins(text, origins)


def _origin(position: Position) -> str:
    """File and line of a value; for a value that was set from outside the files, the setting."""
    file = position.source.file
    shown = "".join(char if char.isprintable() else "\ufffd" for char in file)
    return shown if file.startswith(SETTING) else f"{shown}:{position.line + 1}"


def _style(text: str) -> str | None:
    """How ``text`` is to be quoted; None where it may be plain, if nothing else is against it."""
    if _LINE_ENDS.search(text):
        return "|" if _BLOCK.fullmatch(text) else '"'
    return "'" if read_scalar(text) is not text or _NUMBER.fullmatch(text) else None


def _with_origins(text: str, origins: Position) -> str:
    comments: dict[int, str] = {}
    _collect(parse_yaml(text, "").position, origins, comments)
    lines = text.split("\n")
    column = max((len(lines[line]) for line in comments if len(lines[line]) <= _FARTHEST), default=0)
    for line, comment in comments.items():
        lines[line] = f"{lines[line].ljust(column)}  # {comment}"
    return "\n".join(lines)


def _collect(written: Position, source: Position, comments: dict[int, str]) -> None:
    """The origin of each single value of ``source`` by the line that it is ``written`` in."""
    if not source.children:
        comments[written.line] = _origin(source)
    for step, inner in source.children.items():
        _collect(written.children[step], inner, comments)
