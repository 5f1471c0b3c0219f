"""All that an invocation names, read: a file, its overlays and its settings, as one document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from predictor_kit.documents.files import overlay_path, read
from predictor_kit.documents.merging import incomplete, merge
from predictor_kit.documents.positions import Document
from predictor_kit.documents.settings import setting
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["assemble"]

StrPath = str | os.PathLike[str]


def assemble(
    path: StrPath, *overlays: StrPath, env: str | None = None, settings: Iterable[str] = ()
) -> Document:
    """The APIs of the file at ``path``, changed in turn by all that is given.

    These are the overlay for the environment ``env``, which stands beside the file, the files
    ``overlays`` in their order, and the ``settings`` in theirs. Raises ProblemsError where the file
    cannot be read, UnsoundError where something else is wrong; both with all that is.
    """
    reading = _Reading()
    base = reading.taken(path, read)
    changes: list[Any] = []
    if env is not None and os.path.lexists(path):
        changes += reading.taken(env, lambda name: overlay_path(path, name), read)
    for overlay in overlays:
        changes += reading.taken(overlay, read)
    for number, text in enumerate(settings, 1):
        changes += reading.taken(text, partial(setting, number=number))
    if not base:
        raise ProblemsError(reading.problems)
    whole: list[Document] = reading.taken([*base, *changes], lambda documents: merge(*documents))
    if reading.problems:
        raise UnsoundError(reading.problems, incomplete(whole[0]) if reading.unread else whole[0])
    return whole[0]


class _Reading:
    """The ``problems`` of all that was taken so far, and whether something was ``unread`` by them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unread = False

    def taken(self, value: Any, *steps: Callable[[Any], Any]) -> list[Any]:
        """What ``steps`` make of ``value``, one after the other; nothing where one of them fails."""
        for step in steps:
            try:
                value = step(value)
            except UnsoundError as error:
                self.problems += error.problems
                value = error.rest
            except ProblemsError as error:
                self.problems += error.problems
                self.unread = True
                return []
        return [value]
