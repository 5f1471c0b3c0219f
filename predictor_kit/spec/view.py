"""What is known of an API while it is checked: its values and defaults, but not what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from predictor_kit.documents import key_path, value_at
from predictor_kit.references import OutsideText, told
from predictor_kit.spec.findings import Finding, Place, with_secret
from predictor_kit.spec.keys import default_at
from predictor_kit.spec.scalars import typed

__all__ = ["UnknownError", "View"]


class UnknownError(Exception):
    """A rule asked for a value that is wrong itself, so there is nothing more to say."""


class View:
    """The plain ``data`` of an API of the model ``root``, in which ``found`` is wrong.

    Calling it with a path gives the value there, or its default. Both this and `has` raise
    UnknownError where something is wrong with the value, or where an unknown key may be meant for
    one that is absent.
    """

    def __init__(self, root: type[BaseModel], data: Any, found: Sequence[Finding], place: Place) -> None:
        """``place`` is where the API is written."""
        self._root = root
        self._data = data
        self._place = place
        self._failed = {finding.path for finding in found}
        self._misspelt = {finding.path[:-1] for finding in found if finding.unknown}

    def __call__(self, *path: str) -> Any:
        """The value at ``path``, or its default; text from the environment as what it is in YAML."""
        return typed(self._value(path))

    def text(self, *path: str) -> str:
        """The value at ``path``, or its default, where it is text or a number that stands for it."""
        return str(self._value(path))

    def _value(self, path: tuple[str, ...]) -> Any:
        if any(failed[: len(path)] == path for failed in self._failed):
            raise UnknownError
        if not self._is_given(path):
            return default_at(self._root, path)
        return value_at(self._data, path)

    def has(self, *path: str) -> bool:
        """Whether there is a value at ``path`` that is neither null nor empty."""
        return self._is_given(path) and value_at(self._data, path) not in (None, "", [])

    def named(self, *path: str) -> str:
        """The key at ``path`` with its value and its place, to be named in a message about another."""
        value, name = value_at(self._data, path), key_path(path)
        if not self.has(*path):
            return f"{name} ({self(*path)} by default)"
        shown = f"set by {told(value.origins)}" if isinstance(value, OutsideText) else value
        location = self._place.locate(path)
        return f"{name} ({shown}, {location})" if location else f"{name} ({shown})"

    def where(self, *path: str | int) -> str:
        """The place of the value at ``path`` in brackets; empty where it is not known."""
        location = self._place.locate(path)
        return f" ({location})" if location else ""

    def explained(self, finding: Finding) -> Finding:
        """The finding, saying so where its value came from the environment."""
        value = None if finding.key else value_at(self._data, finding.path)
        return replace(finding, message=with_secret(finding.message, value))

    def _is_given(self, path: tuple[str, ...]) -> bool:
        data = self._data
        for depth, step in enumerate(path):
            if path[:depth] in self._failed or path[: depth + 1] in self._failed:
                raise UnknownError
            if not isinstance(data, Mapping) or step not in data:
                if path[:depth] in self._misspelt:
                    raise UnknownError
                return False
            data = data[step]
        return True
