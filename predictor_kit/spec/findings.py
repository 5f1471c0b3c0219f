"""What is wrong with an API, and where: findings, which become problems with a place in the file."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from predictor_kit.documents import Document, key_path, value_at
from predictor_kit.errors import Location, Problem, ProblemsError, did_you_mean
from predictor_kit.references import OutsideText, not_shown
from predictor_kit.spec.base import kind_of
from predictor_kit.spec.keys import Path, fields_of, model_at, section_with, whose_key
from predictor_kit.validation import hint, without_misspelt

__all__ = [
    "Finding",
    "Path",
    "Place",
    "Reading",
    "name_in",
    "read_errors",
    "with_secret",
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

    def follows(self, doubts: Container[Path]) -> bool:
        """Whether it is of a value that is in ``doubts``, or of keys that such a value lacks."""
        if self.unknown:
            return False
        return self.path in doubts or (self.key and self.path[:-1] in doubts)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an API is written: the item ``index`` of a document; nowhere if it was made in Python.

    Its keys ``replaced`` were given in Python, in place of what is written.
    """

    document: Document | None = None
    index: int = 0
    api: str = ""
    replaced: frozenset[str | int] = frozenset()

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
        if self.document is None or (path[:1] and path[0] in self.replaced):
            return None
        whole = (self.index, *path)
        is_class = path[:1] == ("providers",) and path[2:] == ("class",)
        alone = is_class and isinstance(value_at(self.document.data, whole[:-1]), str)
        return self.document.locate(whole[:-1] if alone else whole, key=key)

    def without(self, keys: Iterable[str]) -> Place:
        """The same place, with ``keys`` replaced too."""
        return replace(self, replaced=self.replaced.union(keys))

    def problem(self, finding: Finding) -> Problem:
        """The finding with its place."""
        at = finding.path if finding.at is None else finding.at
        subject = key_path(at[:-1] if finding.unknown else at)
        return Problem(finding.message, subject, self.locate(at, key=finding.key), finding.notes, self.api)

    def problems(self, found: Iterable[Finding]) -> Iterator[Problem]:
        """All ``found``, without the missing keys that unknown keys beside them are meant to be."""
        return map(self.problem, _without_misspelt(found))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file's reader asks for validation: where the API is written, and what is wrong already.

    Of the values in ``doubts`` it is told elsewhere what is wrong. ``refused`` is all that is wrong,
    once it is known.
    """

    place: Place
    found: tuple[Finding, ...] = ()
    allow: tuple[str, ...] | None = None
    doubts: frozenset[Path] = frozenset()
    refused: list[Finding] = field(default_factory=list)

    def doubtful(self) -> list[Finding]:
        """Findings that stand for the doubts, and are not told."""
        return [Finding(path, "") for path in self.doubts]

    def refusal(self, found: list[Finding]) -> ProblemsError:
        """The error with what is ``found`` to be wrong."""
        told = _without_misspelt(found)
        self.refused.extend([*told, *self.doubtful()])
        return ProblemsError(map(self.place.problem, told))


def _without_misspelt(found: Iterable[Finding]) -> list[Finding]:
    return without_misspelt(
        found,
        lambda finding: None if finding.at is None else finding.path,
        lambda finding: _meant(finding.path) if finding.unknown else None,
    )


def name_in(data: Any) -> str:
    """The name of the API that ``data`` is, as far as it can be shown; else ""."""
    name = value_at(data, ("name",))
    return name if isinstance(name, str) and not isinstance(name, OutsideText) else ""


def with_secret(message: str, value: Any) -> str:
    """``message`` about ``value``, with where it came from if that was outside."""
    return message + not_shown(value.origins) if isinstance(value, OutsideText) else message


def read_errors(
    error: ValidationError,
    root: type[BaseModel],
    data: Any,
    known: Iterable[Finding] = (),
    doubts: Container[Path] = (),
) -> list[Finding]:
    """What pydantic found wrong with ``data`` of the model ``root``, in our words.

    Nothing is said of values in which something ``known`` is wrong, nor of what follows from ``doubts``.
    """
    wrong = [finding.path for finding in known]
    found = [_finding(detail, root, data) for detail in error.errors(include_url=False)]
    return [
        finding
        for finding in found
        if not (any(finding.path[: len(path)] == path for path in wrong) or finding.follows(doubts))
    ]


def _finding(detail: ErrorDetails, root: type[BaseModel], data: Any) -> Finding:
    path, kind = detail["loc"], detail["type"]
    if kind == "missing":
        return Finding(path, f"the key {path[-1]!r} is missing", key=True, at=path[:-1])
    if kind in ("extra_forbidden", "invalid_key"):
        return _unknown_key(path, root)
    if path and path[-1] == "[key]":
        return Finding(path[:-1], _message(detail) + hint(detail), key=True)
    value = value_at(data, path)  # as written; what a validator made of it is ``input``
    value = detail["input"] if value is None else value
    more = "" if isinstance(value, OutsideText) else hint(detail)
    return Finding(path, with_secret(_message(detail) + more, value))


def _unknown_key(path: Path, root: type[BaseModel]) -> Finding:
    key, around = path[-1], path[:-1]
    keys = fields_of(model_at(root, around))
    home = section_with(root, str(key), around)
    if home:
        hint = f" (it belongs under {key_path(home)!r})"
    elif home is not None:
        hint = f" (it belongs beside {around[0]!r}, not under it)"
    elif key in _FOREIGN and "class" in keys:
        hint = f" ({_FOREIGN[key]})"
    elif not around and whose_key(key):
        hint = f": only {whose_key(key)} has it"
    else:
        hint = did_you_mean(str(key), keys)
    notes = (f"keys here: {', '.join(keys)}",)
    return Finding(path, f"unknown key {key!r}{hint}", key=True, notes=notes, unknown=True)


_FOREIGN: Final[dict[object, str]] = {
    "_target_": "Hydra's `_target_` is `class` here; arguments stand under `args`",
    "class_path": "jsonargparse's `class_path` is `class` here",
    "init_args": "jsonargparse's `init_args` are `args` here",
}
_CLASSES: Final = ("_target_", "class_path")
"""What others call ``class``."""


def _meant(path: Path) -> Path:
    """The path of the key that an unknown one is meant to be, as far as that is known."""
    return (*path[:-1], "class") if path[-1] in _CLASSES else path


_TYPES: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
}
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
        return f"must be {_TYPES[kind]}, is {kind_of(value)}"
    if kind in _LIMITS:
        words, name = _LIMITS[kind]
        return f"must be {words} {_number(context[name])}"
    if kind == "literal_error":
        other = "" if isinstance(value, str) else f", is {kind_of(value)}"
        return f"must be {context['expected']}{other}"
    return "must be a finite number"


def _number(limit: Any) -> str:
    return f"{limit:g}" if isinstance(limit, float) else str(limit)
