"""``${env:NAME}`` in an API as written: its text put in, before the values are validated."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.references import substitute
from predictor_kit.spec.findings import Finding, Path

__all__ = ["fill", "from_outside"]


def from_outside(text: str, directory: str | os.PathLike[str] = "") -> Any:
    """What a file's ``text`` with ``${env:NAME}`` or ``${file:PATH}`` is, for a spec made in Python.

    The value of any key outside ``args``, where such references are written as in a file. It is
    text that ``repr()`` and `dump_specs` show as it was written; a key that takes a number or
    a boolean reads one from it. Paths are relative to ``directory``. Raises ProblemsError where a
    reference cannot be read or stands for nothing.
    """
    filled, mistakes = substitute(text, os.environ, os.fspath(directory))
    if mistakes:
        raise ProblemsError(Problem(mistake, repr(text)) for mistake in mistakes)
    return filled


def fill(item: Any, environ: Mapping[str, str], directory: str) -> tuple[Any, list[Finding]]:
    """A copy of the plain data ``item`` with text from outside, and what is wrong with references.

    Variables are those of ``environ``, paths of files are relative to ``directory``. The arguments
    of providers stay as written: their references are resolved with the container.
    """
    found: list[Finding] = []
    return _filled(item, (), lambda text: substitute(text, environ, directory), found), found


def _filled(
    value: Any, path: Path, outside: Callable[[str], tuple[str, tuple[str, ...]]], found: list[Finding]
) -> Any:
    if isinstance(value, str):
        text, mistakes = outside(value)
        found += [Finding(path, mistake) for mistake in mistakes]
        return text
    if path[:1] == ("providers",) and path[2:] == ("args",):
        return value
    if isinstance(value, dict):
        return {key: _filled(inner, (*path, key), outside, found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, (*path, index), outside, found) for index, inner in enumerate(value)]
    return value
