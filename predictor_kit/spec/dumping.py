"""Specs back to the text of a file, from which they are read again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from predictor_kit.documents import MAX_DEPTH, TOO_DEEP, write_yaml
from predictor_kit.errors import ProblemsError
from predictor_kit.references import OutsideText
from predictor_kit.spec.apis import PredictorSpec
from predictor_kit.spec.findings import Finding, Path, Place, name_in
from predictor_kit.spec.section import plain_data
from predictor_kit.spec.unique import repeated

__all__ = ["dump_specs"]

_REFERENCE: Final = re.compile(r"\$\{(?=env:|file:)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOTE: Final = "a file holds text, numbers, booleans, null, and lists and mappings of them"


def dump_specs(specs: PredictorSpec | Mapping[str, PredictorSpec] | Iterable[PredictorSpec]) -> str:
    """The YAML of a configuration file with ``specs``, from which equal ones are read.

    It says what was given, not what is so by default; ``specs`` are what `load_specs` returned, or
    any others, or a single one. What came from the environment or from a file is written as the
    reference that brought it in. Paths are written as they are, so that the file belongs into the
    ``directory`` of the specs. Raises ProblemsError with all that a file cannot say: objects in a
    ``config``, for example, or two APIs of one name; TypeError where ``specs`` are none.
    """
    items = [plain_data(spec) for spec in _several(specs)]
    problems = [*repeated(items, None)]
    for item in items:
        place = Place(api=name_in(item))
        problems += [place.problem(finding) for finding in _unwritable(item, ())]
    if problems:
        raise ProblemsError(problems)
    return "\n".join(write_yaml([_written(item, ())]) for item in items) or "[]\n"


def _several(specs: Any) -> Iterator[PredictorSpec]:
    if isinstance(specs, PredictorSpec):
        specs = [specs]
    elif isinstance(specs, Mapping):
        specs = specs.values()
    if isinstance(specs, (str, bytes, os.PathLike)) or not isinstance(specs, Iterable):
        raise _no_spec(specs)
    for spec in specs:
        if not isinstance(spec, PredictorSpec):
            raise _no_spec(spec)
        yield spec


def _no_spec(value: object) -> TypeError:
    what = "a spec, several of them, or the mapping that load_specs returns"
    return TypeError(f"dump_specs takes {what}, and was given what is of type {type(value).__name__!r}")


def _written(value: Any, path: Path) -> Any:
    """``value`` as a file has it: references that were filled, and escapes of what is none."""
    if isinstance(value, OutsideText):
        return value.template
    if isinstance(value, str):
        in_args = path[:1] == ("providers",) and path[2:3] == ("args",)
        return value if in_args else _REFERENCE.sub(r"$\g<0>", value)
    if isinstance(value, dict):
        return {key: _written(inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner, (*path, index)) for index, inner in enumerate(value)]
    return value


def _unwritable(value: Any, path: Path) -> Iterator[Finding]:
    """What in ``value``, which stands at ``path`` in an API, no file can say."""
    if len(path) + 2 > MAX_DEPTH and isinstance(value, dict | list):  # the list of APIs and the API are two
        yield Finding(path, TOO_DEEP)
    elif message := _complaint(value):
        yield Finding(path, message, notes=(_NOTE,))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if complaint := "must be text" if type(key) is not str else _complaint(key):
                yield Finding((*path, key), f"a key {complaint}", notes=(_NOTE,))
            else:
                yield from _unwritable(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unwritable(inner, (*path, index))


def _complaint(value: Any) -> str:
    """Why a file cannot hold ``value`` itself; "" where it can."""
    if type(value) in (dict, list, bool, float, type(None), OutsideText):
        return ""
    if type(value) is str:
        return "must hold no surrogate: no file can have it" if _SURROGATE.search(value) else ""
    if type(value) is int:
        return "" if -(2**63) <= value < 2**64 else "must be a number of at most 64 bits"
    return f"cannot be written to a file, is of type {type(value).__name__}"
