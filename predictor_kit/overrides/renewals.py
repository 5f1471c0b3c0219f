"""What holds an object and needs a replaced provider: it is stood in for, so that another one is built.

The one that was held before waits below, untouched, and is back when the block ends. What was built
in the block goes with it, so that nothing keeps a replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial
from typing import Any

from dependency_injector import providers

from predictor_kit.container import AnyProvider, ContainerInstance
from predictor_kit.graph import CACHING, reached
from predictor_kit.lifecycle import Lifecycle

__all__ = ["Renewal", "Survey", "remove"]

REUSABLE = {providers.Singleton, providers.ThreadSafeSingleton}
"""Kinds of which a ``reset`` is the end for every thread and task."""


class Survey:
    """What reaches what in a container instance, as long as nobody changes how it is wired."""

    def __init__(self, container: ContainerInstance, passing: Container[int]) -> None:
        """Walk all of it; ``passing`` has the ``id`` of what stands in for another, and is wired as that."""
        self._all: list[AnyProvider] = list(container.traverse())
        own = [one for one in self._all if holds_objects(one) and id(one) not in passing]
        self._reach = {one: reached(one) for one in own}
        self._found: dict[tuple[AnyProvider, ...], list[AnyProvider]] = {}
        self.note()

    def note(self) -> None:
        """Take what stands over each provider for known."""
        self._over = [one.last_overriding for one in self._all]

    def holds(self) -> bool:
        """Whether nothing was overridden since `note`, or given back."""
        return self._over == [one.last_overriding for one in self._all]

    def settle(self) -> None:
        """Let each provider find out anew whether it is asynchronous: its first call decides for good."""
        for one in self._all:
            if one.is_async_mode_enabled():
                one.reset_async_mode()

    def stale(self, changed: tuple[AnyProvider, ...]) -> list[AnyProvider]:
        """What holds an object that can depend on one of ``changed``: after all that needs it itself."""
        found = self._found.get(changed)
        if found is None:
            ids = set(map(id, changed))
            found = [one for one, reach in self._reach.items() if one not in changed and reach & ids]
            found.sort(key=lambda one: len(self._reach[one]), reverse=True)
            self._found[changed] = found
        return found


def holds_objects(provider: AnyProvider) -> bool:
    """Whether ``provider`` keeps what it made; one that is abstract makes nothing itself."""
    return isinstance(provider, CACHING) and not isinstance(provider, providers.AbstractSingleton)


class Renewal:
    """A singleton or a resource, and what stands in for it: a stand-in for each owner, the latest on top."""

    def __init__(self, original: Any, lifecycle: Lifecycle) -> None:
        """No stand-in yet."""
        self.original, self._lifecycle = original, lifecycle
        self._owners: list[object] = []
        self.levels: list[Any] = []
        self._spare: list[Any] = []

    def enter(self, owner: object) -> None:
        """From now on another object is built, for ``owner``; what is overridden otherwise stays so."""
        if self._spare:
            level = self._spare.pop()
            # Another thread may have been building in it while it was taken away.
            level.reset()
        else:
            level = _like(self.original)
        _insert(self.original, self.levels[-1] if self.levels else None, level)
        self.levels.append(level)
        self._owners.append(owner)

    def leave(self, owner: object) -> list[Callable[[], object]]:
        """Take the stand-in of ``owner`` away; returns what takes down all that was built with it in place.

        Only the topmost one is taken off, and the owners move down by one: what stands below the
        others, the original at last, is never asked before it is its turn.
        """
        at = self._owners.index(owner)
        self._owners.pop(at)
        touched = self.levels[at:]
        remove(self.original, gone := self.levels.pop())
        gone.reset_async_mode()
        if type(gone) in REUSABLE:
            self._spare.append(gone)
        return [partial(forget, self._lifecycle, level) for level in reversed(touched)]


def forget(lifecycle: Lifecycle, cached: Any) -> None:
    """Have ``cached`` build another object. What a loaded predictor may still use stays open for it."""
    resource = issubclass(type(cached), providers.BaseResource)
    if lifecycle.keep(cached):
        cached.reset_state() if resource else cached.reset()
    elif taken := lifecycle.take(cached):
        for built in taken:
            built.end()
    elif resource:
        cached.shutdown()
    else:
        cached.reset()


def remove(provider: AnyProvider, standing: AnyProvider) -> None:
    """Take ``standing`` off ``provider``; what was put over it since stays."""
    if provider.last_overriding is standing:
        provider.reset_last_overriding()
        return
    later: list[AnyProvider] = []
    while (last := provider.last_overriding) is not None:
        provider.reset_last_overriding()
        if last is standing:
            break
        later.append(last)
    _put(provider, reversed(later))


def _insert(provider: AnyProvider, below: AnyProvider | None, standing: AnyProvider) -> None:
    """Put ``standing`` right over ``below``, or over ``provider`` itself; under all else."""
    later: list[AnyProvider] = []
    while (last := provider.last_overriding) is not below and last is not None:
        provider.reset_last_overriding()
        later.append(last)
    _put(provider, [standing, *reversed(later)])


def _put(provider: AnyProvider, over: Iterable[AnyProvider]) -> None:
    for one in over:
        provider.override(one)


def _like(provider: Any) -> Any:
    """One of the same kind with the same arguments, that holds nothing."""
    made: Any = type(provider)()
    made.set_provides(provider.provides)
    made.set_args(*provider.args)
    made.set_kwargs(**provider.kwargs)
    if isinstance(provider, providers.BaseSingleton):
        made.set_attributes(**provider.attributes)
    return made
