"""What a user's own code raised, as text: what it says, on which way, and where in that code."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from predictor_kit.objects.places import below, shown
from predictor_kit.references import OutsideText
from predictor_kit.spec import PredictorSpec

__all__ = ["described", "summary"]

FRAMES = 8
"""So many of the places on the way to an exception are named, the last ones."""

_OURS = str(Path(__file__).parent)
_INSTALLED = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib"))

# These texts of pydantic's own have something of the value in them.
_SAID = {
    "bytes_invalid_encoding": "Data should be valid in its encoding",
    "union_tag_invalid": "Input tag does not match any of the expected tags",
    "uuid_parsing": "Input should be a valid UUID",
}


def summary(error: BaseException) -> str:
    """The exception alone: ``KeyError: 'model'``; one of pydantic without the values that it is about."""
    try:
        text = _of_validation(error) if isinstance(error, ValidationError) else str(error)
    except Exception:  # noqa: BLE001 - it is the user's code, and what it raised is worth telling all the same
        text = "(its text cannot be made)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _of_validation(error: ValidationError) -> str:
    """What pydantic says, without the values: they may have come from the environment."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        ": ".join([*filter(None, [".".join(map(str, one["loc"]))]), _SAID.get(one["type"], one["msg"])])
        for one in details
    ]
    return f"{error.title}: {'; '.join(told)}"


def described(error: BaseException, spec: PredictorSpec | None = None) -> str:
    """The exception with its notes, its places in the user's code, and what it came from.

    Each place is a file, relative where it is below the working directory, a line and its text;
    frames of the standard library and of installed packages are left out where there are others.
    Of a file that ``spec`` names by what came from outside the reference is shown, and no text.
    """
    return "\n".join(_described(error, _hidden(spec) if spec else {}))


def _described(error: BaseException, hidden: Mapping[Path, str]) -> Iterator[str]:
    seen: set[BaseException] = set()
    link, now = "", error
    while now not in seen:
        seen.add(now)
        yield from [link + summary(now), *getattr(now, "__notes__", ()), *_places(now, hidden)]
        for part in now.exceptions if isinstance(now, BaseExceptionGroup) else ():
            yield from (f"  {line}" for text in _described(part, hidden) for line in text.splitlines())
        link, now = _before(now)


def _before(error: BaseException) -> tuple[str, BaseException]:
    """The exception that ``error`` came from; the same one where it came from none."""
    if error.__cause__ is not None:
        return "caused by ", error.__cause__
    if error.__context__ is not None and not error.__suppress_context__:
        return "raised while handling ", error.__context__
    return "", error


def _hidden(spec: PredictorSpec) -> dict[Path, str]:
    """What is shown for each file, or end of a module's file, that ``spec`` names by text from outside."""
    named = [provider.class_ for provider in spec.providers.values()]
    named += [spec.container or "", spec.code.path if spec.code else ""]
    outside = [text for text in named if isinstance(text, OutsideText)]
    return {end: text.template for text in outside for end in _ends(text, spec.directory)}


def _ends(reference: str, directory: str) -> tuple[Path, ...]:
    where = reference.rpartition(":")[0] or reference
    if where.endswith(".py"):
        return (below(Path(directory).resolve(), where),)
    module = Path(*where.split("."))
    return module.with_suffix(".py"), module / "__init__.py"


def _places(error: BaseException, hidden: Mapping[Path, str]) -> Iterator[str]:
    steps = [step for step in traceback.extract_tb(error.__traceback__) if not _is_machinery(step.filename)]
    users = [step for step in steps if not step.filename.startswith(_INSTALLED)] or steps
    for step in users[-FRAMES:]:
        place, text = shown(step.filename), f": {step.line}"
        for end, template in hidden.items():
            if Path(step.filename).parts[-len(end.parts) :] == end.parts:
                place, text = template, ""
        yield f"  {place}:{step.lineno}, in {step.name}{text}"


def _is_machinery(file: str) -> bool:
    # The frames of what is written in Cython name files that are not there.
    return file.startswith(_OURS) or not Path(file).is_file()
