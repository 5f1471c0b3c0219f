"""Predictions compared with those recorded before: numbers within a tolerance, all else exactly.

None of the snapshot libraries compares nested values with a relative tolerance, so this does.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from predictor_kit.documents import key_path
from predictor_kit.predictor import LoadedPredictor
from predictor_kit.runner import outcome_line, predict_all, read_payloads

__all__ = ["Difference", "GoldenError", "Tolerance", "differences", "hold"]

T = TypeVar("T")

ABSENT = object()
MOST = 20
"""So many differences are shown."""

LONGEST = 60
"""So many characters of a payload are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place at which two values differ: its keys and indices, and what stands there in both."""

    path: tuple[str | int, ...]
    expected: Any
    found: Any

    def __str__(self) -> str:
        """``species.score: expected 0.5, found 0.75``."""
        where = f"{key_path(self.path)}: " if self.path else ""
        return f"{where}expected {_shown(self.expected)}, found {_shown(self.found)}"


class GoldenError(AssertionError):
    """Predictions that are not those recorded; the text lists the differences."""


class Tolerance(NamedTuple):
    """By how much numbers may differ: ``rel`` of the larger one, or ``abs``."""

    rel: float = 1e-6
    abs: float = 1e-12


DEFAULT = Tolerance()


def differences(
    expected: Any, found: Any, tolerance: Tolerance = DEFAULT, *, path: tuple[str | int, ...] = ()
) -> Iterator[Difference]:
    """Where ``found``, a value as JSON has it, is not as ``expected``.

    Numbers may differ by ``tolerance``. A boolean is no number. ``path`` leads to both.
    """
    pairs: Iterable[tuple[Any, Any, Any]]
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        pairs = [(key, expected.get(key, ABSENT), found.get(key, ABSENT)) for key in {**expected, **found}]
    elif isinstance(expected, list) and isinstance(found, list):
        both = zip_longest(expected, found, fillvalue=ABSENT)
        pairs = [(index, one, other) for index, (one, other) in enumerate(both)]
    else:
        if not _alike(expected, found, tolerance):
            yield Difference(path, expected, found)
        return
    for key, one, other in pairs:
        yield from differences(one, other, tolerance, path=(*path, key))


def hold(
    loaded: LoadedPredictor[Any], inputs: Path, recorded: Path, tolerance: Tolerance, *, update: bool
) -> None:
    """Raise `GoldenError` where the predictions of ``inputs``, JSON lines, are not those in ``recorded``.

    They are recorded as ``predictor-kit run`` prints them; with ``update`` that is done now. What a
    prediction raises comes through: an error is never recorded.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    found = _outside_of_loops(lambda: list(_predictions(loaded, inputs)))
    if update:
        recorded.write_text("".join(f"{one.result}\n" for one in found), encoding="utf-8")
    elif not recorded.exists():
        raise GoldenError(f"{recorded.name} is not there: pytest --golden-update records the predictions")
    told = list(_told(recorded, found, tolerance))
    if told:
        more = [f"and {len(told) - MOST} more"] if len(told) > MOST else []
        advice = "where the new ones are right, pytest --golden-update records them"
        raise GoldenError(
            "\n".join([f"predictions are not as in {recorded.name}:", *told[:MOST], *more, advice])
        )


class _Prediction(NamedTuple):
    line: int
    payload: str
    result: str


def _predictions(loaded: LoadedPredictor[Any], inputs: Path) -> Iterator[_Prediction]:
    try:
        lines = inputs.read_bytes().split(b"\n")
    except FileNotFoundError:
        raise GoldenError(f"there is no file of inputs {inputs}") from None
    for outcome in predict_all(loaded, read_payloads(lines, inputs.name)):
        if outcome.error is not None:
            outcome.error.add_note(f"while predicting {inputs.name}:{outcome.line}")
            raise outcome.error
        result, problem = outcome_line(outcome, inputs.name)
        if problem:
            raise GoldenError(problem)
        payload = lines[outcome.line - 1].decode("utf-8-sig").strip()
        yield _Prediction(outcome.line, payload[:LONGEST], result)


def _outside_of_loops(action: Callable[[], T]) -> T:
    """What ``action`` returns, which runs a loop of its own: in another thread where one runs in this."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return action()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, action).result()


def _told(recorded: Path, found: list[_Prediction], tolerance: Tolerance) -> Iterator[str]:
    lines = recorded.read_text(encoding="utf-8-sig").split("\n")
    expected = [_parsed(line, recorded) for line in lines if line.strip()]
    if len(expected) != len(found):
        yield f"{len(expected)} predictions are recorded, and there are {len(found)}"
    for one, other in zip(expected, found, strict=False):
        for difference in differences(one, json.loads(other.result), tolerance):
            yield f"{other.line}: {other.payload}: {difference}"


def _parsed(line: str, recorded: Path) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise GoldenError(
            f"{recorded.name} has a line that is not JSON ({error}): {line[:LONGEST]}"
        ) from None


def _alike(expected: Any, found: Any, tolerance: Tolerance) -> bool:
    if bool in (type(expected), type(found)) or not all(
        isinstance(one, int | float) for one in (expected, found)
    ):
        return type(expected) is type(found) and bool(expected == found)
    try:
        return math.isclose(expected, found, rel_tol=tolerance.rel, abs_tol=tolerance.abs)
    except OverflowError:  # of a whole number that no float can hold
        return bool(expected == found)


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else json.dumps(value)
