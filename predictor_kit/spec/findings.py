"""What is wrong with an API, and where: findings, which become problems with a place in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from predictor_kit.documents import Document, key_path
from predictor_kit.errors import Location, Problem, ProblemsError, did_you_mean
from predictor_kit.references import OutsideText, not_shown
from predictor_kit.spec.base import kind_of
from predictor_kit.spec.keys import Path, fields_of, model_at, section_with, whose_key

__all__ = [
    "Finding",
    "Path",
    "Place",
    "Reading",
    "name_in",
    "read_errors",
    "value_at",
    "with_secret",
    "without_misspelt",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the value at ``path``, or with its key.

    ``at`` is where it is shown, if not at ``path``; ``unknown`` says that the key is none of ours,
    so that another key of its mapping may be meant by it.
    """

    path: Path
    message: str
    key: bool = False
    at: Path | None = None
    notes: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an API is written: the item ``index`` of a document; nowhere if it was made in Python."""

    document: Document | None = None
    index: int = 0
    api: str = ""

    @property
    def directory(self) -> str:
        """The folder of the document; "" without one."""
        return str(FilePath(self.document.file).absolute().parent) if self.document else ""

    @property
    def written(self) -> Document | None:
        """What the document says of the API."""
        whole = self.document
        if whole is None:
            return None
        return Document(whole.file, whole.data[self.index], whole.position.children[self.index])

    def locate(self, path: Path, *, key: bool = False) -> Location | None:
        """The place of the value at ``path`` in the API, or of its key; its nearest parent's if absent.

        A provider that is written as its class alone is the place of its class.
        """
        if self.document is None:
            return None
        whole = (self.index, *path)
        is_class = path[:1] == ("providers",) and path[2:] == ("class",)
        alone = is_class and isinstance(value_at(self.document.data, whole[:-1]), str)
        return self.document.locate(whole[:-1] if alone else whole, key=key)

    def problem(self, finding: Finding) -> Problem:
        """The finding with its place."""
        at = finding.path if finding.at is None else finding.at
        subject = key_path(at[:-1] if finding.unknown else at)
        return Problem(finding.message, subject, self.locate(at, key=finding.key), finding.notes, self.api)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file's reader asks for validation: where the API is written, and what is wrong already.

    ``refused`` is all that is wrong, once it is known.
    """

    place: Place
    found: tuple[Finding, ...] = ()
    allow: tuple[str, ...] | None = None
    refused: list[Finding] = field(default_factory=list)

    def refusal(self, found: list[Finding]) -> ProblemsError:
        """The error with what is ``found`` to be wrong."""
        self.refused.extend(without_misspelt(found))
        return ProblemsError(map(self.place.problem, self.refused))


def value_at(data: Any, path: Path) -> Any:
    """The value at ``path`` in plain data; None where there is none."""
    for step in path:
        if not _holds(data, step):
            return None
        data = data[step]
    return data


def _holds(data: Any, step: str | int) -> bool:
    if isinstance(data, list):
        return step in range(len(data))
    return isinstance(data, Mapping) and step in data


def name_in(data: Any) -> str:
    """The name of the API that ``data`` is, as far as it can be shown; else ""."""
    name = value_at(data, ("name",))
    return name if isinstance(name, str) and not isinstance(name, OutsideText) else ""


def with_secret(message: str, value: Any) -> str:
    """``message`` about ``value``, with where it came from if that was outside."""
    return message + not_shown(value.origins) if isinstance(value, OutsideText) else message


def read_errors(
    error: ValidationError, root: type[BaseModel], data: Any, known: list[Finding]
) -> list[Finding]:
    """What pydantic found wrong with ``data`` of the model ``root``, in our words.

    Nothing is said of values in which something ``known`` is wrong.
    """
    found = [_finding(detail, root, data) for detail in error.errors(include_url=False)]
    return [finding for finding in found if not any(_within(finding, other) for other in known)]


def _within(finding: Finding, other: Finding) -> bool:
    return finding.path[: len(other.path)] == other.path


def without_misspelt(found: list[Finding]) -> list[Finding]:
    """``found`` without the missing keys that unknown keys beside them are meant to be."""
    unknown: dict[Path, list[str]] = {}
    for finding in found:
        if finding.unknown:
            unknown.setdefault(finding.path[:-1], []).append(str(finding.path[-1]))
    return [
        finding
        for finding in found
        if finding.at is None or not did_you_mean(str(finding.path[-1]), unknown.get(finding.at, ()))
    ]


def _finding(detail: ErrorDetails, root: type[BaseModel], data: Any) -> Finding:
    path, kind = detail["loc"], detail["type"]
    if kind == "missing":
        return Finding(path, f"the key {path[-1]!r} is missing", key=True, at=path[:-1])
    if kind in ("extra_forbidden", "invalid_key"):
        return _unknown_key(path, root)
    if path and path[-1] == "[key]":
        return Finding(path[:-1], _message(detail), key=True)
    value = value_at(data, path)  # as written; what a validator made of it is ``input``
    return Finding(path, with_secret(_message(detail), detail["input"] if value is None else value))


def _unknown_key(path: Path, root: type[BaseModel]) -> Finding:
    key, around = path[-1], path[:-1]
    keys = fields_of(model_at(root, around))
    home = section_with(root, str(key), around)
    if home:
        hint = f" (it belongs under {key_path(home)!r})"
    elif home is not None:
        hint = f" (it belongs beside {around[0]!r}, not under it)"
    elif not around and whose_key(key):
        hint = f": only {whose_key(key)} has it"
    else:
        hint = did_you_mean(str(key), keys)
    notes = (f"keys here: {', '.join(keys)}",)
    return Finding(path, f"unknown key {key!r}{hint}", key=True, notes=notes, unknown=True)


_TYPES: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
}
_QUOTED: Final = re.compile("'([^']+)'")
_LIMITS: Final = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def _message(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "predictor_kit":
        return str(context["message"])
    if value is None:
        return "must not be null"
    if kind in _TYPES:
        quotes = " (put it in quotes)" if kind == "string_type" and isinstance(value, (int, float)) else ""
        return f"must be {_TYPES[kind]}, is {kind_of(value)}{quotes}"
    if kind in _LIMITS:
        words, name = _LIMITS[kind]
        return f"must be {words} {_number(context[name])}"
    if kind == "literal_error":
        return _choice(context["expected"], value)
    return "must be a finite number"


def _number(limit: Any) -> str:
    return f"{limit:g}" if isinstance(limit, float) else str(limit)


def _choice(expected: str, value: Any) -> str:
    if not isinstance(value, str):
        return f"must be {expected}, is {kind_of(value)}"
    return f"must be {expected}{did_you_mean(value, _QUOTED.findall(expected))}"
