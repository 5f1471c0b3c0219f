"""What `explain` and `graph` have in common: they print what a file comes to, and build nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from predictor_kit import blueprint
from predictor_kit.commands.output import only_results, print_line, say_problems
from predictor_kit.commands.variation import Variation, specs_of
from predictor_kit.description import Description, describe
from predictor_kit.errors import ProblemsError

__all__ = ["say_description"]


def say_description(
    file: str, name: str | None, variation: Variation, lines: Callable[[Description], Iterable[str]]
) -> int:
    """Print ``lines`` of the API ``name`` of ``file``, or else everything that is wrong; the exit code."""
    with only_results() as results:
        try:
            spec = blueprint.choose(specs_of(file, variation), name, file)
            for line in lines(describe(spec)):
                print_line(line, results)
        except ProblemsError as error:
            say_problems(file, error.problems)
            return 1
    return 0
