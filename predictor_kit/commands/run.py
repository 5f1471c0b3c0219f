"""``predictor-kit run``: many inputs through one predictor."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, Unpack

from predictor_kit import blueprint, loader
from predictor_kit.commands.output import only_results, print_line, say, say_problems
from predictor_kit.commands.variation import Variation, specs_of
from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.raised import described
from predictor_kit.recording import Recording
from predictor_kit.runner import Outcome, outcome_line, predict_all, read_payloads, run_task
from predictor_kit.spec import PredictorSpec

__all__ = ["run"]


def run(
    file: str,
    input: str,  # noqa: A002 - the argument's name
    name: str | None,
    show_metrics: bool,
    **variation: Unpack[Variation],
) -> int:
    """Load the API ``name`` of ``file`` and predict each line of ``input``; 0 where all went well."""
    recording = Recording() if show_metrics else None
    spec: PredictorSpec | None = None
    with only_results() as results:
        try:
            spec = blueprint.choose(specs_of(file, variation), name, file)
            well = _run(spec, input, recording, results)
        except ProblemsError as error:
            say_problems(file, error.problems)
            return 1
        except Exception as error:  # noqa: BLE001 - the predictor's own code raised it: that is what to show
            say(described(error, spec))
            return 1
        if recording is not None:
            say(recording.table())
    return 0 if well else 1


def _run(spec: PredictorSpec, file: str, recording: Recording | None, results: TextIO) -> bool:
    logging.basicConfig(level=spec.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    is_task = spec.kind == "TaskAPI"
    source = "standard input" if file == "-" else file
    if is_task and file != "-":
        raise ProblemsError([Problem("a task takes no input", subject=file)])
    with ExitStack() as life:
        drawn = blueprint.draw(life, spec, change=recording.added_to if recording else None)
        lines: Iterable[bytes] = [] if is_task else life.enter_context(_opened(file))
        with loader.load(life, drawn) as loaded:
            outcomes = run_task(loaded) if is_task else predict_all(loaded, read_payloads(lines, source))
            place = blueprint.title(spec.name) if is_task else source
            return sum(not _told(outcome, place, spec, results) for outcome in outcomes) == 0


def _told(outcome: Outcome, source: str, spec: PredictorSpec, results: TextIO) -> bool:
    """Print one outcome as soon as it is there; whether it is a result."""
    line, error = outcome_line(outcome, source, spec)
    print_line(line, results)
    if error:
        say(error)
    return not error


@contextmanager
def _opened(file: str) -> Generator[BinaryIO]:
    if file == "-":
        if sys.stdin is None:
            raise ProblemsError([Problem("it is closed, and no file of inputs is given", "standard input")])
        yield sys.stdin.buffer
        return
    with ExitStack() as open_files:
        try:
            lines = open_files.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise ProblemsError([Problem(f"cannot be read: {error.strerror}", subject=file)]) from error
        yield lines
