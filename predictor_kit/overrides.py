"""Overrides: providers replaced by name for a while, all or none, and restored exactly.

What was built with the old object is built anew on both edges: on entering, so that it meets the
replacement, and on leaving, so that nothing keeps it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from dependency_injector import providers
from dependency_injector.errors import Error as InjectorError

from predictor_kit.container import (
    AnyProvider,
    ContainerInstance,
    check_names,
    is_container,
    is_container_class,
    redefined,
    stand_in,
)
from predictor_kit.errors import OverrideError, TeardownError
from predictor_kit.graph import CACHING, reached
from predictor_kit.lifecycle import run_all

__all__ = ["apply", "override", "restore"]

Applied = list[tuple[Any, AnyProvider]]
"""A provider of an instance, or the name of one in a class, each with what stands in for it."""


@contextmanager
def override(container: Any, /, **replacements: Any) -> Generator[None]:
    """Replace providers of ``container`` by name inside the block; restored however it ends.

    ``container`` is a container instance, or a container class: then the replacement holds for
    the instances of it, and of its subclasses that do not redefine the name, that are made inside
    the block. A replacement is handed over as it is; a provider is called. Singletons that need a
    replaced name are built anew, inside the block and after it. So are resources: one that a
    loaded predictor uses stays open for it, any other is shut down.

    Raises `OverrideError`, and overrides nothing, where a name is not one of the container's or
    cannot be replaced; `TeardownError` where a resource cannot be shut down.
    """
    applied = apply(container, replacements)
    try:
        yield
    finally:
        restore(container, applied)


def apply(container: Any, replacements: Mapping[str, Any]) -> Applied:
    """Override by name, all or none; returns what `restore` takes back."""
    if not is_container(container):
        loaded = is_container(getattr(container, "container", None))
        advice = "; override its container, and load it again" if loaded else ""
        message = "only a PredictorContainer or an instance of one has names to override"
        raise OverrideError(f"{message}, not {container!r}{advice}")
    check_names(container, replacements)
    applied: Applied = []
    if not replacements:
        return applied
    try:
        for name, value in replacements.items():
            applied.append(_replace(container, name, value))
        _renew(container, applied)
    except BaseException:
        restore(container, applied)
        raise
    return applied


def restore(container: Any, applied: Applied) -> None:
    """Take back what `apply` did; whatever was overridden since stays overridden.

    Raises `TeardownError` where a resource cannot be shut down.
    """
    if not applied:
        return
    for entry in applied:
        if is_container_class(container):
            redefined(container)[:] = [one for one in redefined(container) if one is not entry]
        else:
            _take_back(*entry)
    _renew(container, applied)


def _replace(container: Any, name: str, value: Any) -> tuple[Any, AnyProvider]:
    provider = container.providers[name]
    standing = stand_in(name, provider, value)
    if is_container_class(container):
        redefined(container).append(entry := (name, standing))
        return entry
    try:
        provider.override(standing)
    except InjectorError as error:
        raise OverrideError(f"{name!r} cannot be replaced by {type(value).__name__}: {error}") from error
    return provider, standing


def _take_back(provider: AnyProvider, standing: AnyProvider) -> None:
    later: list[AnyProvider] = []
    while (last := provider.last_overriding) is not None:
        provider.reset_last_overriding()
        if last is standing:
            break
        later.append(last)
    for kept in reversed(later):
        provider.override(kept)


def _renew(container: Any, applied: Applied) -> None:
    """Have everything that needs an overridden provider built anew."""
    if is_container_class(container) or not applied:
        return
    container.resolvers.clear()
    changed = {id(provider) for provider, _ in applied}
    needs = {cached: reached(cached) for cached in container.traverse(types=CACHING)}
    stale = [cached for cached in needs if id(cached) not in changed and needs[cached] & changed]
    # What needs another one reaches more than that one, so it is taken down before it.
    stale.sort(key=lambda cached: len(needs[cached]), reverse=True)
    if failures := run_all(partial(_forget, container, cached) for cached in stale):
        raise TeardownError("what needs a replaced provider could not be taken down", failures)


def _forget(container: ContainerInstance, cached: Any) -> None:
    kept = container.lifecycle.keep(cached)
    if isinstance(cached, providers.BaseResource):
        cached.reset_state() if kept else cached.shutdown()  # type: ignore[attr-defined] # not in the stubs
    elif not isinstance(cached, providers.AbstractSingleton):  # which holds nothing itself
        cached.reset()
