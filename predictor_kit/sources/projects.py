"""The Python files of one project, read and not run: a stand-in for `predictor_kit.objects.Project`."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from predictor_kit.errors import Location, ProblemsError
from predictor_kit.objects import Project
from predictor_kit.objects.allowlist import AllowList
from predictor_kit.objects.places import below
from predictor_kit.signatures import PLACE
from predictor_kit.sources.evaluation import SourceReader
from predictor_kit.sources.unread import unread_in

__all__ = ["SourceProject"]


class SourceProject(Project):
    """A folder with Python files of which none is imported, nor any installed module that they import.

    What `find` and `find_class` give are classes and functions with the names, parameters, methods
    and places of those in the source, and with none of their code. Where something could not be
    known they take anything, and `unknown_of` says so.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] = "",
        python_path: str | None = None,
        env: Mapping[str, str] | None = None,
        allow: Sequence[str] | None = None,
    ) -> None:
        """Nothing is read yet; the arguments are those of `Project`, and ``env`` has no effect."""
        super().__init__(directory, python_path, env, allow)
        self._reader = SourceReader(self._folders[0])

    def load(self, path: str) -> ModuleType:
        """The module of the file ``path``; raises ``ProblemsError`` as `Project.load` does."""
        return self._reader.library.file(below(self.directory, path))

    def find(self, reference: str) -> Any:
        """What stands for the class or function of ``package.module:Name`` or ``file.py:Name``."""
        try:
            return super().find(reference)
        except ProblemsError:
            where, _, name = reference.rpartition(":")
            if (found := self._within_unread(where, name)) is None:
                raise
            return found

    def find_installed(self, reference: str) -> Any:
        """What stands for the class or function of ``package.module:Name``, whatever the project has."""
        try:
            return super().find_installed(reference)
        except ProblemsError:
            where, _, name = reference.rpartition(":")
            if (found := _nested(self._installed(where), name)) is None:
                raise
            return found

    def find_class(self, where: str, name: str) -> type:
        """What stands for the class ``name`` of a file or module."""
        try:
            return super().find_class(where, name)
        except ProblemsError:
            if (found := self._within_unread(where, name)) is None:
                raise
            return found

    @contextmanager
    def active(self) -> Generator[None, None, None]:
        """Within, nothing is different, as nothing runs."""
        yield

    def _hold_found(self, allowed: AllowList, reference: str, module: ModuleType, found: Any) -> None:
        """As for `Project`, but of what was not read nobody knows its own name."""
        if not unread_in(found):
            super()._hold_found(allowed, reference, module, found)

    def _own_file(self, module: str, found: Any) -> str | None:  # noqa: ARG002 - no module is imported
        """The file in which ``found`` is written, if it is one of the project's own."""
        place: Location | None = getattr(found, PLACE, None)
        file = Path(place.file).absolute() if place else None
        is_own = file and self._is_own(file)
        return str(file) if is_own else None

    def _is_own(self, file: Path) -> bool:
        return "site-packages" not in file.parts and any(map(file.is_relative_to, self._folders))

    def _module(self, where: str) -> ModuleType:
        if self._is_file(where):
            return self.load(where)
        return self._reader.library.named(where, self.directory)

    def _installed(self, name: str) -> ModuleType:
        found: ModuleType = self._reader.library.installed(name)
        return found

    def _within_unread(self, where: str, name: str) -> type | None:
        """What stands for ``Outer.Inner`` where ``Outer`` was not read, if that is allowed as written."""
        with contextlib.suppress(ProblemsError):
            self._hold_written(where, name)
            return _nested(self.module(where), name)
        return None


def _nested(found: Any, name: str) -> type | None:
    if not re.fullmatch(r"\w+(\.\w+)+", name):
        return None
    for part in name.split("."):
        info = unread_in(found)
        found = info.attribute(part) if info else getattr(found, part, None)
    return found if unread_in(found) else None
