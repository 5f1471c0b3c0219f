"""``predictor-kit check``: every problem of files, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TextIO, Unpack

from predictor_kit import blueprint, checks
from predictor_kit.commands.output import only_results, print_line, say, say_problems
from predictor_kit.commands.variation import Variation, surveyed
from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.objects.places import leads_out, shown
from predictor_kit.references import OutsideText
from predictor_kit.spec import PredictorSpec
from predictor_kit.wiring import section_of

__all__ = ["check"]


def check(files: Sequence[str], static: bool, **variation: Unpack[Variation]) -> int:
    """Print a line for each API of ``files`` that is well, and every problem; 0 where there is none.

    With ``static`` nothing that a file names is imported, and what could not be known is said.
    """
    with only_results() as results:
        well = [_check(file, variation, results, static=static) for file in files]
    return 0 if all(well) else 1


def _check(file: str, variation: Variation, results: TextIO, *, static: bool) -> bool:
    survey = surveyed(file, variation)
    found = survey.problems
    if not survey.specs and not found:
        found = [Problem("has no api", file)]
    for name, spec in survey.specs.items():
        try:
            print_line(f"{file}: {blueprint.title(name)}: {_filled(spec, static=static)} is well", results)
        except ProblemsError as error:
            found += error.problems
    for spec in survey.partial:
        found += checks.check(spec, static=static)
    say_problems(file, ProblemsError(found).problems, survey.names)
    return not found


def _filled(spec: PredictorSpec, *, static: bool) -> str:
    """The class of ``spec`` with the names that its constructor gets; raises `ProblemsError`."""
    if spec.code is None:
        return spec.kind
    for note in _leading_out(spec):
        say(f"{blueprint.title(spec.name)}: note: {note}")
    with ExitStack() as life:
        drawn = blueprint.draw(life, spec, static=static)
        for sentence in drawn.unknown:
            say(f"{blueprint.title(spec.name)}: not known: {sentence}")
        if drawn.target is None and not drawn.problems:
            return blueprint.class_title(spec, spec.class_name)
        arguments = checks.plans_of(drawn).arguments
        return f"{blueprint.class_title(spec, arguments.plan.name)}({', '.join(arguments.filled)})"


def _leading_out(spec: PredictorSpec) -> Iterator[str]:
    """A sentence for each file or folder of code that lies outside of the configuration file's folder."""
    section = section_of(spec)
    named = {f"{section}.path": spec.code.path if spec.code else "", "container": spec.container or ""}
    named |= {f"{section}.python_path": spec.python_path or ""}
    named |= {f"providers.{name}.class": one.class_ for name, one in spec.providers.items()}
    for key, written in named.items():
        file = written.rpartition(":")[0] if ".py:" in written else written
        with suppress(ValueError):  # no name that a file can have
            real = leads_out(spec.directory, file)
            if real and isinstance(written, OutsideText):
                yield f"{key}: {written!r} leads out of the file's folder"
            elif real:
                yield f"{key}: {written!r} leads out of the file's folder, to {shown(real)}"
