"""Many inputs through one predictor: a line of JSON in, a line of JSON out.

A payload that cannot be read or predicted gives an error in its place; the others go on.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from predictor_kit.errors import Location, Problem
from predictor_kit.predictor import LoadedPredictor
from predictor_kit.raised import described, summary
from predictor_kit.spec import PredictorSpec

__all__ = ["Outcome", "Payload", "outcome_line", "predict_all", "read_payloads", "run_task"]

logger = logging.getLogger(__name__)

LONGEST = 300
"""A line of more characters is not drawn: it would fill the screen."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One input: its line (counted from 1) and its value, or what is wrong with the line."""

    line: int
    value: Any = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one payload: a result, or what was raised instead, or the payload's own problem.

    ``line`` is the payload's; 0 for a task, which has none.
    """

    line: int
    result: Any = None
    error: BaseException | None = None
    problem: Problem | None = None


def read_payloads(lines: Iterable[bytes], file: str) -> Iterator[Payload]:
    """The payloads in ``lines``, one JSON value a line in UTF-8; empty lines are passed over.

    ``file`` is where they come from, as messages call it.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, number, file)


def predict_all(loaded: LoadedPredictor[Any], payloads: Iterable[Payload]) -> Iterator[Outcome]:
    """Predict each payload in turn; a coroutine is awaited, a generator's items become a list.

    The line's number is its ``request_id`` or ``batch_id``. After each outcome was taken,
    ``post_predict`` is called as Cortex 0.32 calls it: its exceptions go to the log only. At the end of a
    BatchAPI ``on_job_complete`` is called.
    """
    with asyncio.Runner() as runner:
        for payload in payloads:
            outcome = _predict(loaded, payload, runner)
            yield outcome
            if outcome.error is None and outcome.problem is None:
                _post_predict(loaded, outcome, payload, runner)
        if loaded.spec is not None and loaded.spec.kind == "BatchAPI":
            _settled(loaded.on_job_complete(), runner)


def run_task(loaded: LoadedPredictor[Any]) -> Iterator[Outcome]:
    """Run a TaskAPI once: its result is the only outcome."""
    with asyncio.Runner() as runner:
        try:
            outcome = Outcome(0, result=_settled(loaded(), runner))
        except Exception as error:  # noqa: BLE001 - it is the outcome, whatever a task raises
            outcome = Outcome(0, error=error)
    yield outcome


def outcome_line(outcome: Outcome, file: str, spec: PredictorSpec | None = None) -> tuple[str, str]:
    """The outcome as one line of JSON, and what to tell of its error; "" where there is none.

    A result that JSON cannot hold (bytes, NaN) is an error too. ``file`` is where the payload came
    from, as messages call it; what ``spec`` names by text from outside is not shown.
    """
    place, problem = Location(file, outcome.line), outcome.problem
    if outcome.error is not None:
        return _error_line(summary(outcome.error)), f"{place}: {described(outcome.error, spec)}"
    if problem is None:
        try:
            return json.dumps(outcome.result, allow_nan=False), ""
        except (TypeError, ValueError, RecursionError) as failure:
            problem = Problem(f"the result cannot be written as JSON: {failure}", location=place)
    return _error_line(problem.message), str(problem)


def _error_line(text: str) -> str:
    return json.dumps({"error": text})


def _read(line: bytes, number: int, file: str) -> Payload:
    text = line.decode("utf-8-sig", errors="replace").rstrip()
    try:
        return Payload(number, json.loads(line.decode("utf-8-sig").rstrip("\r\n")))
    except UnicodeDecodeError as error:
        column, reason = len(line[: error.start].decode()) + 1, f"byte 0x{line[error.start]:02x} is not UTF-8"
    except json.JSONDecodeError as error:
        column, reason = error.colno, error.msg
    except RecursionError:
        column, reason = 1, "nested too deep"
    except ValueError as error:  # a number of more digits than Python reads
        column, reason = 1, str(error)
    place = Location(file, number, column, text=text if len(text) <= LONGEST and text.isprintable() else "")
    return Payload(number, problem=Problem(f"this line is not JSON: {reason}", location=place))


def _predict(loaded: LoadedPredictor[Any], payload: Payload, runner: asyncio.Runner) -> Outcome:
    if payload.problem is not None:
        return Outcome(payload.line, problem=payload.problem)
    name = str(payload.line)
    try:
        result = loaded.predict(payload.value, request_id=name, batch_id=name)
        return Outcome(payload.line, result=_settled(result, runner))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the outcome, whatever a predictor raises
        return Outcome(payload.line, error=error)


def _settled(result: Any, runner: asyncio.Runner) -> Any:
    if inspect.isasyncgen(result):
        return runner.run(_collected(result))
    if inspect.iscoroutine(result):
        return runner.run(result)
    return list(result) if inspect.isgenerator(result) else result


async def _collected(result: Any) -> list[Any]:
    return [item async for item in result]


def _post_predict(
    loaded: LoadedPredictor[Any], outcome: Outcome, payload: Payload, runner: asyncio.Runner
) -> None:
    try:
        _settled(loaded.post_predict(outcome.result, payload.value), runner)
    except Exception as error:  # noqa: BLE001 - in Cortex it is lost: the response has left already
        logger.warning("post_predict failed for line %d: %s", outcome.line, described(error, loaded.spec))
