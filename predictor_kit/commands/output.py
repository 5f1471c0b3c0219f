"""Where commands write: results to standard output, all else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from predictor_kit.blueprint import title
from predictor_kit.errors import Problem

__all__ = ["only_results", "print_line", "say", "say_problems"]


@contextmanager
def only_results() -> Generator[TextIO]:
    """Standard output; within, what the user's own code prints goes to standard error."""
    results = sys.stdout
    with redirect_stdout(sys.stderr):
        yield results


def print_line(line: str, results: TextIO) -> None:
    """Print ``line`` as a result at once; ends the program where nobody reads it."""
    try:
        print(line, file=results, flush=True)
    except BrokenPipeError:
        # Whoever read the output has gone, and at exit Python would try to write the rest.
        _silence(results)
        raise SystemExit(1) from None
    except OSError as error:
        _silence(results)
        raise SystemExit(f"standard output cannot be written: {error.strerror}") from None


def say_problems(file: str, problems: Iterable[Problem], apis: Iterable[str] = ()) -> None:
    """Each problem as it is; under the name of its API where the file is known to have several ``apis``.

    These come in the order given, after what is of no API.
    """
    by_api: dict[str, list[Problem]] = {name: [] for name in ("", *apis)}
    for problem in problems:
        by_api.setdefault(problem.api, []).append(problem)
    several = len(by_api) > 2  # one has no name
    for api, found in by_api.items():
        if several and api and found:
            say(f"{file}: {title(api)}:")
        for problem in found:
            say(problem)


def say(what: object) -> None:
    """Print ``what`` on standard error."""
    print(what, file=sys.stderr, flush=True)


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
