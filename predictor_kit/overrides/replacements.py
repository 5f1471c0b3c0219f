"""Replacements: what stands in for a provider, and what is refused because it would surprise.

A plain object is handed over as it is, a function too; a provider is called. A class where objects
were made is refused: it may be meant either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dependency_injector import providers

from predictor_kit.container import CALLING, AnyProvider, check_names, stand_in
from predictor_kit.errors import OverrideError
from predictor_kit.overrides.contract import breaches

__all__ = ["stand_ins"]


def stand_ins(container: Any, replacements: Mapping[str, Any], *, strict: bool) -> dict[str, AnyProvider]:
    """A provider for each of ``replacements``, to be put in the place of the container's.

    Raises `OverrideError` with all that is wrong: first the names; then, with ``strict``, a class
    in the place of an object, and a ``metrics_client`` that has not what `MetricsClient` has.
    """
    check_names(container, replacements)
    declared = container.providers
    if strict and (refused := [*_refused(declared, replacements)]):
        raise OverrideError("\n".join(refused))
    return {name: stand_in(name, declared[name], value) for name, value in replacements.items()}


def _refused(declared: Mapping[str, AnyProvider], replacements: Mapping[str, Any]) -> Iterator[str]:
    for name, value in replacements.items():
        if isinstance(value, type) and isinstance(declared[name], CALLING):
            yield _uncalled(name, value)
        elif name == "metrics_client" and (found := breaches(value)):
            yield _unfit(value, found)


def _uncalled(name: str, cls: type) -> str:
    return (
        f"{name!r} would be the class {cls.__name__} itself, and what it replaces is an object: "
        f"give an object, {cls.__name__}(...), or what makes it, providers.Singleton({cls.__name__}, ...); "
        f"to hand over the class: providers.Object({cls.__name__})"
    )


def _unfit(client: Any, found: list[str]) -> str:
    called = getattr(client, "provides", None) if isinstance(client, providers.Provider) else client
    kind = called.__name__ if isinstance(called, type) else type(called).__name__
    return (
        f"'metrics_client' cannot be replaced by {kind}: {'; '.join(found)} "
        "(override(..., strict=False) lets it pass)"
    )
