"""``${env:NAME}`` in an API as written: its text put in, before the values are validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predictor_kit.references import substitute
from predictor_kit.spec.findings import Finding, Path

__all__ = ["fill"]


def fill(item: Any, environ: Mapping[str, str]) -> tuple[Any, list[Finding]]:
    """A copy of the plain data ``item`` with texts from ``environ``, and what is wrong with references.

    The arguments of providers stay as written: their references are resolved with the container.
    """
    found: list[Finding] = []
    return _filled(item, (), environ, found), found


def _filled(value: Any, path: Path, environ: Mapping[str, str], found: list[Finding]) -> Any:
    if isinstance(value, str):
        text, mistakes = substitute(value, environ)
        found += [Finding(path, mistake) for mistake in mistakes]
        return text
    if path[:1] == ("providers",) and path[2:] == ("args",):
        return value
    if isinstance(value, dict):
        return {key: _filled(inner, (*path, key), environ, found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, (*path, index), environ, found) for index, inner in enumerate(value)]
    return value
