"""What is left of an API with mistakes, so that its wiring can be checked in the same go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from predictor_kit.errors import did_you_mean
from predictor_kit.references import NOT_KNOWN
from predictor_kit.spec.findings import Finding, Path

__all__ = ["remainder"]

_SECTIONS: Final = ("predictor", "definition")
_WHOLE: Final = ("kind", "container", "providers", *_SECTIONS)
_IN_SECTION: Final = ("type", "path", "python_path", "config", "env")
_STAND_IN: Final = "null"
"""A provider that needs nothing, and that anything can refer to."""


def remainder(item: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any] | None:
    """The keys of the API ``item`` that its wiring depends on, without what the ``findings`` are about.

    None where the wiring depends on that. A provider that is wrong has a stand-in, and a value of the
    config or of a provider's arguments is not known, so that nothing is said of what refers to them.
    """
    if any(map(_bears_on_wiring, findings)):
        return None
    rest: dict[Any, Any] = {key: item[key] for key in ("name", *_WHOLE) if key in item}
    unknown: list[Path] = []
    for finding in findings:
        key, *inner = finding.path
        if key == "name":
            rest["name"] = "api"
        elif _is_value(finding):
            unknown.append(finding.path)
        elif key == "providers" and inner[1:] == ["scope"]:
            rest[key] = {**rest[key], inner[0]: _left_out(rest[key][inner[0]], "scope")}
        elif key == "providers":
            rest[key] = {**rest[key], inner[0]: _STAND_IN}
        elif key in _SECTIONS:
            rest[key] = _left_out(rest[key], inner[0])
    known: dict[Any, Any] = _without(rest, unknown)
    return known


def _is_value(finding: Finding) -> bool:
    """Whether it is of a value in the config, or in the arguments of a provider."""
    key, *inner = finding.path
    if finding.key:
        return False
    in_config = key in _SECTIONS and inner[0] == "config" and len(inner) > 1
    return in_config or (key == "providers" and inner[1:2] == ["args"] and len(inner) > 2)


def _left_out(data: Any, key: str | int) -> Any:
    return {name: value for name, value in data.items() if name != key} if isinstance(data, dict) else data


def _without(data: Any, paths: Sequence[Path]) -> Any:
    """A copy of ``data`` in which the values at ``paths`` are not known."""
    if not all(paths):
        return NOT_KNOWN
    inner: dict[str | int, list[Path]] = defaultdict(list)
    for step, *path in paths:
        inner[step].append(tuple(path))
    if isinstance(data, list):
        return [_without(item, inner[index]) if index in inner else item for index, item in enumerate(data)]
    if isinstance(data, dict):
        return {key: _without(item, inner[key]) if key in inner else item for key, item in data.items()}
    return data  # a stand-in for a provider, which has something else wrong with it


def _bears_on_wiring(finding: Finding) -> bool:
    key, *inner = finding.path or ("kind",)
    if key == "providers":
        return len(inner) < 2 and (finding.key or not inner)
    if finding.unknown and _may_mean_one(finding.path):
        return True
    if key in _SECTIONS:
        return not inner or (inner[0] in _IN_SECTION and not _is_value(finding))
    return key in _WHOLE


def _may_mean_one(path: Path) -> bool:
    """Whether an unknown key is one that the wiring depends on: in another place, or misspelt in its own."""
    key, known = str(path[-1]), (*_WHOLE, *_IN_SECTION)
    in_section = len(path) == 2 and path[0] in _SECTIONS
    return key in known or ((len(path) == 1 or in_section) and did_you_mean(key, known) != "")
