"""Predictions compared with those recorded before: numbers within a tolerance, all else exactly.

None of the snapshot libraries compares nested values with a relative tolerance, so this does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from predictor_kit.documents import key_path
from predictor_kit.predictor import LoadedPredictor
from predictor_kit.runner import Outcome, outcome_line, predict_all, read_payloads

__all__ = ["Difference", "GoldenError", "Tolerance", "differences", "hold"]

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


def hold(loaded: LoadedPredictor[Any], inputs: Path, tolerance: Tolerance, *, update: bool) -> None:
    """Raise `GoldenError` where the predictions of ``inputs``, JSON lines, are not those recorded.

    They are recorded in ``inputs.golden.jsonl`` beside it, as ``predictor-kit run`` prints them;
    with ``update`` they are recorded now.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    recorded = inputs.with_name(f"{inputs.stem}.golden.jsonl")
    found = [outcome_line(outcome, str(inputs))[0] for outcome in _outcomes(loaded, inputs)]
    if update:
        recorded.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    elif not recorded.exists():
        raise GoldenError(f"{recorded} is not there: pytest --golden-update records the predictions")
    told = list(_told(inputs, recorded, found, tolerance))
    if told:
        more = [f"and {len(told) - MOST} more"] if len(told) > MOST else []
        advice = "where the new ones are right, pytest --golden-update records them"
        raise GoldenError(
            "\n".join([f"predictions are not as in {recorded.name}:", *told[:MOST], *more, advice])
        )


def _outcomes(loaded: LoadedPredictor[Any], inputs: Path) -> Iterator[Outcome]:
    with inputs.open("rb") as lines:
        yield from predict_all(loaded, read_payloads(lines, str(inputs)))


def _told(inputs: Path, recorded: Path, found: list[str], tolerance: Tolerance) -> Iterator[str]:
    expected = recorded.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    payloads = [line for line in inputs.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    if len(expected) != len(found):
        yield f"{len(expected)} predictions are recorded, and there are {len(found)}"
    for number, (payload, one, other) in enumerate(zip(payloads, expected, found, strict=False), start=1):
        for difference in differences(_parsed(one, recorded), json.loads(other), tolerance):
            yield f"{number}: {payload[:LONGEST]}: {difference}"


def _parsed(line: str, recorded: Path) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise GoldenError(f"{recorded} has a line that is not JSON ({error}): {line[:LONGEST]}") from None


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
