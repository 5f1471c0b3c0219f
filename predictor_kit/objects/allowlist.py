"""Which code a file may name: patterns, held against a name as written and against the object found."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePath
from types import ModuleType
from typing import Any

from predictor_kit.errors import Problem, ProblemsError

__all__ = ["AllowList", "own_names", "written_name"]


class AllowList:
    """Patterns of dotted names, as ``my_pkg.*``, in which ``*`` stands for anything, dots too.

    A class in a module is ``my_pkg.text.Vocabulary`` (or ``my_pkg.text:Vocabulary``), one in a file
    ``text.py:Vocabulary``, the file relative to the configuration file; ``text.py`` alone is all in it.
    A folder to import from is ``src/``. What has a ``/`` in it is allowed only by a pattern that has one.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """Without patterns nothing is allowed."""
        self._written = tuple(patterns)
        whole = [f"{pattern}:*" for pattern in patterns if pattern.endswith(".py")]
        self._patterns = [_dotted(pattern) for pattern in (*patterns, *whole)]

    def hold(self, reference: str, names: Sequence[str], *, found: bool) -> None:
        """Raise `ProblemsError` unless one of ``names``, all of one object, is allowed.

        ``reference`` is what was written; ``found`` says that the names are those of what it led to.
        """
        if any(map(self._has, names)):
            return
        what = f" is {names[0]}, which" if found and names else ""
        message = f"{reference!r}{what} is not on the allow-list"
        if found and not names:
            message = f"{reference!r} leads to what tells no name, and the allow-list has only names"
        raise ProblemsError([Problem(message, notes=(self._drawn(),))])

    def hold_folder(self, path: str) -> None:
        """Raise `ProblemsError` unless the folder ``path``, which modules are imported from, is allowed."""
        if self._has(f"{PurePath(os.path.normpath(path)).as_posix()}/"):
            return
        message = f"the folder {path!r} is not on the allow-list"
        notes = (self._drawn(), "a folder is put on it with a slash at its end, as 'src/'")
        raise ProblemsError([Problem(message, subject="python_path", notes=notes)])

    def _has(self, name: str) -> bool:
        patterns = [one for one in self._patterns if "/" in one or "/" not in name]
        return any(fnmatchcase(_dotted(name), pattern) for pattern in patterns)

    def _drawn(self) -> str:
        return f"allowed: {', '.join(self._written) or 'nothing'}"


def written_name(where: str, name: str) -> str:
    """The name of what ``name`` is in the file or module ``where``, without detours in the path."""
    return f"{PurePath(os.path.normpath(where)).as_posix()}:{name}"


def own_names(module: object, name: str) -> list[tuple[str, str]]:
    """What the dotted ``name`` in ``module`` leads to, as module and name: its own, then those on the way.

    Empty where the object does not tell its own.
    """
    holder, parts = module, name.split(".")
    way: list[tuple[str, str]] = []
    for index, part in enumerate(parts):
        if index and isinstance(holder, ModuleType):
            way.append((holder.__name__, ".".join(parts[index:])))
        holder = getattr(holder, part)
    own = _told(holder)
    return [own, *way] if own else []


def _told(found: Any) -> tuple[str, str] | None:
    while isinstance(found, partial):
        found = found.func
    name = getattr(found, "__qualname__", None)
    holder = getattr(found, "__self__", None)
    if holder is not None and not inspect.ismethod(found) and not isinstance(holder, ModuleType):
        owner = holder if isinstance(holder, type) else type(holder)
        name, found = f"{owner.__qualname__}.{found.__name__}", owner
    home = getattr(found, "__module__", None)
    return (home, name) if isinstance(home, str) and isinstance(name, str) else None


def _dotted(name: str) -> str:
    return name.replace(":", ".")
