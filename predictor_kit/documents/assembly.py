"""All that an invocation names, read: a file, its overlays and its settings, as one document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import TypeVar

from predictor_kit.documents.files import overlay_path, read
from predictor_kit.documents.merging import merge
from predictor_kit.documents.positions import Document
from predictor_kit.documents.settings import Setting, setting
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["assemble"]

StrPath = str | os.PathLike[str]
Read = TypeVar("Read")


def assemble(
    path: StrPath, *overlays: StrPath, env: str | None = None, settings: Iterable[str] = ()
) -> Document:
    """The APIs of the file at ``path``, changed in turn by all that is given.

    These are the overlay for the environment ``env``, which stands beside the file, the files
    ``overlays`` in their order, and the ``settings`` in theirs. Raises ProblemsError with all that
    cannot be read, or else with all that cannot be applied.
    """
    changes: list[Callable[[], Document | Setting]] = []
    if env is not None and os.path.lexists(path):
        changes.append(lambda: read(overlay_path(path, env)))
    changes += [partial(read, overlay) for overlay in overlays]
    changes += [partial(setting, text, number) for number, text in enumerate(settings, 1)]
    problems: list[Problem] = []
    base = _attempted(partial(read, path), problems)
    made = [_attempted(change, problems) for change in changes]
    if problems:
        raise ProblemsError(problems)
    return merge(base[0], *chain(*made))


def _attempted(action: Callable[[], Read], problems: list[Problem]) -> list[Read]:
    """What ``action`` returns; where it fails, nothing, and its problems are kept."""
    try:
        return [action()]
    except ProblemsError as error:
        problems += error.problems
        return []
