"""What is left of an API with mistakes, so that its wiring can be checked in the same go."""

from __future__ import annotations

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
    config is not known, so that nothing is said of what refers to them.
    """
    if any(map(_bears_on_wiring, findings)):
        return None
    rest: dict[Any, Any] = {key: item[key] for key in ("name", *_WHOLE) if key in item}
    for finding in findings:
        key, *inner = finding.path
        if key == "name":
            rest["name"] = "api"
        elif key == "providers":
            rest[key] = {**rest[key], inner[0]: _STAND_IN}
        elif key in _SECTIONS and inner[0] == "config":
            rest[key] = _without(rest[key], inner)
        elif key in _SECTIONS:
            rest[key] = {name: value for name, value in rest[key].items() if name != inner[0]}
    return rest


def _without(data: Any, path: Sequence[str | int]) -> Any:
    """A copy of ``data`` in which the value at ``path`` is not known."""
    if not path or data is NOT_KNOWN:
        return NOT_KNOWN
    inner = _without(data[path[0]], path[1:])
    if isinstance(data, list):
        return [inner if index == path[0] else item for index, item in enumerate(data)]
    return {**data, path[0]: inner}


def _bears_on_wiring(finding: Finding) -> bool:
    key, *inner = finding.path or ("kind",)
    if key == "providers":
        return len(inner) < 2 and (finding.key or not inner)
    if finding.unknown and _may_mean_one(finding.path):
        return True
    if key in _SECTIONS and inner[:1] == ["config"]:
        return finding.key or len(inner) == 1
    if key in _SECTIONS:
        return not inner or inner[0] in _IN_SECTION
    return key in _WHOLE


def _may_mean_one(path: Path) -> bool:
    """Whether an unknown key is one that the wiring depends on: in another place, or misspelt in its own."""
    key, known = str(path[-1]), (*_WHOLE, *_IN_SECTION)
    in_section = len(path) == 2 and path[0] in _SECTIONS
    return key in known or ((len(path) == 1 or in_section) and did_you_mean(key, known) != "")
