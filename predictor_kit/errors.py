"""Every error of predictor_kit, and what their texts are made of.

::

    PredictorKitError
    ├── ProblemsError        mistakes found before anything was built, all together
    ├── ResolveError         what was resolved cannot be handed on (an awaitable, say)
    ├── OverrideError        an override that cannot be applied
    ├── MissingPackageError  a package that an extra brings is not installed (an ImportError too)
    ├── ClosedError          a closed predictor was used
    └── TeardownError        failures while closing, grouped (an ExceptionGroup too)

An error carries objects; its text is made in ``__str__``. An exception that a user's own
constructor raises keeps its type: it gains a note, and is none of these.
"""

from __future__ import annotations

import difflib
import heapq
import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = [
    "ClosedError",
    "Location",
    "MissingPackageError",
    "OverrideError",
    "PredictorKitError",
    "Problem",
    "ProblemsError",
    "ResolveError",
    "TeardownError",
    "did_you_mean",
    "listed",
    "near_file",
]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text.

    ``line`` and ``column`` count from 1 (0: not known, as in TOML); ``width`` is how many
    characters of the line are meant; ``text`` is that line as written, for the caret.
    """

    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    text: str = ""

    def __str__(self) -> str:
        """``file:line:column``, without what is not known."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"

    def drawing(self) -> list[str]:
        """The line with a caret under the place; empty where the line is not known."""
        if not self.text.strip() or not self.column:
            return []
        number = str(self.line)
        before = "".join("\t" if c == "\t" else " " for c in self.text[: self.column - 1])
        room = max(1, len(self.text.rstrip()) - self.column + 1)
        return [
            f"  {number} | {self.text.rstrip()}",
            f"  {' ' * len(number)} | {before}{'^' * max(1, min(self.width, room))}",
        ]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what is wrong, of which thing, where, and what helps.

    ``subject`` is the key path or the name it is about (``providers.tokenizer.class``);
    ``notes`` are further lines: what there is, the constructor with its own place.
    ``api`` is the name of the API in the file, where there are several.
    """

    message: str
    subject: str = ""
    location: Location | None = None
    notes: tuple[str, ...] = ()
    api: str = ""

    def __str__(self) -> str:
        """The whole text, several lines; the first one stands for itself."""
        head = [str(self.location)] if self.location else []
        lines = [": ".join([*head, *([self.subject] if self.subject else []), self.message])]
        if self.location:
            lines += self.location.drawing()
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


class PredictorKitError(Exception):
    """The base of every error of predictor_kit."""


class ProblemsError(PredictorKitError):
    """Mistakes in a file or in a wiring, found before anything was built.

    ``problems`` holds all of them, sorted by place.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort ``problems`` by file, line and column; those without a place come last."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=_place))
        super().__init__(self.problems)

    def __str__(self) -> str:
        """All problems, one after the other."""
        return "\n".join(map(str, self.problems))


class ResolveError(PredictorKitError):
    """What a provider gave cannot be handed on, or a name cannot be resolved now."""


class OverrideError(PredictorKitError):
    """An override that cannot be applied; nothing was overridden."""


class MissingPackageError(PredictorKitError, ModuleNotFoundError):
    """A package is not installed that ``wanted_by`` needs; the extra ``extra`` brings it."""

    def __init__(self, wanted_by: str, extra: str, package: str) -> None:
        """Keep what is missing; the text has the line that installs it."""
        self.wanted_by, self.extra = wanted_by, extra
        super().__init__(name=package)

    def __str__(self) -> str:
        """What is missing, and the line that installs it."""
        return (
            f"{self.wanted_by} needs a package that is not installed ({self.name}):"
            f" pip install 'predictor-kit[{self.extra}]'"
        )


class ClosedError(PredictorKitError):
    """A loaded predictor was used after it was closed."""


class TeardownError(PredictorKitError, ExceptionGroup[Exception]):
    """What failed while a predictor was closed; everything else was closed all the same."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The clause `` (did you mean 'x'?)`` for the name nearest to ``name``, or ``""``."""
    near = _most_like(name, candidates)
    return "" if near is None else f" (did you mean {near!r}?)"


def near_file(name: str, candidates: Iterable[str]) -> str:
    """The same for the name of a file, which must be near without its ending, too."""
    near = _most_like(name, candidates)
    if near is None or _most_like(_stem(name), [_stem(near)]) is None:
        return ""
    return f" (did you mean {near!r}?)"


def _stem(file: str) -> str:
    return os.path.splitext(file)[0]  # noqa: PTH122 - importing pathlib would cost the command line its start


def _most_like(name: str, candidates: Iterable[str]) -> str | None:
    """The name most like ``name``: of those that have half of it, its beginning or end, less will do."""
    wanted = name.lower()
    there = list(candidates)
    pool = there if len(there) <= _COMPARED else _nearest(name, there, _COMPARED)
    names = {candidate.lower(): candidate for candidate in sorted(pool, reverse=True)}
    akin = [other for other in names if _are_akin(wanted, other)]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.71)
    near = near or difflib.get_close_matches(wanted, akin, n=1, cutoff=0.6)
    return names[near[0]] if near else None


def _are_akin(one: str, other: str) -> bool:
    half = (max(len(one), len(other)) + 1) // 2
    return one[:half] == other[:half] or one[-half:] == other[-half:]


def listed(names: Iterable[str], near: str = "", most: int = 20) -> str:
    """``names`` in a line; of more than ``most`` those nearest to ``near``, and how many more there are."""
    there = list(names)
    if len(there) <= most:
        return ", ".join(there)
    shown = _nearest(near, there, most)
    return f"{', '.join(shown)} and {len(there) - most:,} more"


_COMPARED: Final = 100
"""Of more names only the most alike are compared letter by letter: that takes microseconds for each."""


def _nearest(name: str, names: Iterable[str], most: int) -> list[str]:
    """The ``most`` of ``names`` that share most pairs of letters with ``name``; of equal ones the first."""
    pairs = _pairs(name)
    return heapq.nlargest(most, names, key=lambda one: len(pairs & _pairs(one)))


@lru_cache(maxsize=4096)
def _pairs(name: str) -> frozenset[str]:
    lower = name.lower()
    return frozenset(map("".join, itertools.pairwise(lower)))


def _place(problem: Problem) -> tuple[bool, str, int, int, str]:
    location = problem.location
    if location is None:
        return (True, "", 0, 0, problem.subject)
    return (False, location.file, location.line, location.column, problem.subject)
