"""What each command of the command line does; results go to standard output, all else to standard error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import BinaryIO, TextIO

from predictor_kit import blueprint, checks, loader
from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.raised import described
from predictor_kit.recording import Recording
from predictor_kit.runner import Outcome, outcome_line, predict_all, read_payloads, run_task
from predictor_kit.spec import PredictorSpec, survey

__all__ = ["check", "run"]


def run(file: str, input: str, name: str | None, show_metrics: bool) -> int:  # noqa: A002 - the argument's name
    """Load the API ``name`` of ``file`` and predict each line of ``input``; 0 where all went well."""
    recording = Recording() if show_metrics else None
    with _only_results() as results:
        try:
            spec = blueprint.choose(blueprint.specs_of(file), name, file)
            well = _run(spec, input, recording, results)
        except ProblemsError as error:
            _say_problems(file, error.problems)
            return 1
        except Exception as error:  # noqa: BLE001 - the predictor's own code raised it: that is what to show
            _say(described(error))
            return 1
        if recording is not None:
            _say(recording.table())
    return 0 if well else 1


def check(files: Sequence[str], static: bool) -> int:
    """Print a line for each API of ``files`` that is well, and every problem; 0 where there is none.

    With ``static`` nothing that a file names is imported, and what could not be known is said.
    """
    with _only_results() as results:
        well = [_check(file, results, static=static) for file in files]
    return 0 if all(well) else 1


def _check(file: str, results: TextIO, *, static: bool) -> bool:
    found: list[Problem] = []
    names: list[str] = []
    try:
        specs, wrong = survey(blueprint.file_of(file))
        found += wrong if specs or wrong else [Problem("has no api", file)]
        for name, spec in specs.items():
            names.append(name)
            try:
                _print(f"{file}: {blueprint.title(name)}: {_filled(spec, static=static)} is well", results)
            except ProblemsError as error:
                found += error.problems
    except ProblemsError as error:
        found += error.problems
    _say_problems(file, found, names)
    return not found


def _filled(spec: PredictorSpec, *, static: bool) -> str:
    """The class of ``spec`` with the names that its constructor gets; raises `ProblemsError`."""
    if spec.code is None:
        return spec.kind
    with ExitStack() as life:
        drawn = blueprint.draw(life, spec, static=static)
        for sentence in drawn.unknown:
            _say(f"{blueprint.title(spec.name)}: not known: {sentence}")
        if drawn.target is None and not drawn.problems:
            return spec.class_name
        arguments = checks.plans_of(drawn).arguments
        return f"{arguments.plan.name}({', '.join(arguments.filled)})"


def _run(spec: PredictorSpec, file: str, recording: Recording | None, results: TextIO) -> bool:
    logging.basicConfig(level=spec.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    is_task = spec.kind == "TaskAPI"
    source = "standard input" if file == "-" else file
    if spec.kind == "TaskAPI" and file != "-":
        raise ProblemsError([Problem("a task takes no input", subject=file)])
    with ExitStack() as life:
        drawn = blueprint.draw(life, spec, change=recording.added_to if recording else None)
        lines: Iterable[bytes] = [] if is_task else life.enter_context(_opened(file))
        with loader.load(life, drawn) as loaded:
            outcomes = run_task(loaded) if is_task else predict_all(loaded, read_payloads(lines, source))
            place = blueprint.title(spec.name) if is_task else source
            return sum(not _told(outcome, place, results) for outcome in outcomes) == 0


def _told(outcome: Outcome, source: str, results: TextIO) -> bool:
    """Print one outcome as soon as it is there; whether it is a result."""
    line, error = outcome_line(outcome, source)
    _print(line, results)
    if error:
        _say(error)
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


@contextmanager
def _only_results() -> Generator[TextIO]:
    """Standard output; within, what the user's own code prints goes to standard error."""
    results = sys.stdout
    with redirect_stdout(sys.stderr):
        yield results


def _print(line: str, results: TextIO) -> None:
    try:
        print(line, file=results, flush=True)
    except BrokenPipeError:
        # Whoever read the output has gone, and at exit Python would try to write the rest.
        _silence(results)
        raise SystemExit(1) from None
    except OSError as error:
        _silence(results)
        raise SystemExit(f"standard output cannot be written: {error.strerror}") from None


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say_problems(file: str, problems: Iterable[Problem], apis: Iterable[str] = ()) -> None:
    """Each problem as it is; under the name of its API where the file is known to have several."""
    by_api: dict[str, list[Problem]] = {}
    for problem in problems:
        by_api.setdefault(problem.api, []).append(problem)
    several = len({*apis, *filter(None, by_api)}) > 1
    for api, found in by_api.items():
        if several and api:
            _say(f"{file}: {blueprint.title(api)}:")
        for problem in found:
            _say(problem)


def _say(what: object) -> None:
    print(what, file=sys.stderr, flush=True)
