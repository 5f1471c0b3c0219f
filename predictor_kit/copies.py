"""Copies of a container class's providers, for an instance of it.

A subclass that redefines a name reaches every inherited provider that uses the name, and objects
handed to a provider (a model, a socket) are shared with the copy, never copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dependency_injector import providers

__all__ = ["CALLING", "AnyProvider", "copies_of"]

AnyProvider = providers.Provider[Any]
CALLING = (providers.Callable, providers.Factory, providers.BaseSingleton, providers.BaseResource)
INJECTED = {
    (*CALLING, providers.MethodCaller): ("args", "kwargs"),
    (providers.Factory, providers.BaseSingleton): ("attributes",),
    (providers.List,): ("args",),
    (providers.Dict,): ("kwargs",),
}
"""Where providers keep what they hand over."""

PLAIN = (str, bytes, int, float, complex, bool, type(None), providers.Provider)


def copies_of(cls: Any) -> tuple[dict[str, AnyProvider], Any]:
    """Copies of the providers of the container class ``cls`` by name, and of its ``Self``.

    Redefinitions are carried over to what the bases declare.
    """
    memo = _shared(cls.providers.values())
    own_self = providers.deepcopy(cls.__self__, memo)
    memo |= {id(vars(base)["__self__"]): own_self for base in cls.__mro__ if "__self__" in vars(base)}
    own: dict[str, AnyProvider] = providers.deepcopy(dict(cls.providers), memo)
    for name, olds in _replaced(cls).items():
        reached = [old for old in olds if id(old) in memo]
        if any(old in olds for old in cls.providers[name].traverse()):
            own[name] = _wrapping(cls, name, olds, memo)
        for old in reached:
            memo[id(old)].override(own[name])
    return own, own_self


def _wrapping(cls: Any, name: str, olds: list[AnyProvider], memo: dict[int, Any]) -> AnyProvider:
    """A copy of the provider ``name`` that keeps a private copy of what it replaces and wraps.

    The first copy of it, which others may hold already, hands over to this one.
    """
    provider, known = cls.providers[name], list(cls.providers.values())
    between = [
        one for one in provider.traverse() if one not in known and any(old in olds for old in one.traverse())
    ]
    private = {id(one) for one in (provider, *olds, *between)}
    wrapper: AnyProvider = providers.deepcopy(
        provider, {key: value for key, value in memo.items() if key not in private}
    )
    memo[id(provider)].override(wrapper)
    return wrapper


def _replaced(cls: Any) -> dict[str, list[AnyProvider]]:
    """For each name of ``cls`` the providers of its bases that it no longer stands for."""
    replaced: dict[str, list[AnyProvider]] = {}
    for base in cls.__mro__[1:]:
        inherited: Mapping[str, AnyProvider] = getattr(base, "providers", {})
        for name, old in inherited.items():
            if cls.providers.get(name, old) is not old and old not in replaced.get(name, ()):
                replaced.setdefault(name, []).append(old)
    return replaced


def _shared(declared: Iterable[AnyProvider]) -> dict[int, Any]:
    """A memo for deepcopy by which the users' own objects are handed over as they are."""
    return {
        id(leaf): leaf
        for provider in providers.traverse(*declared)
        for injected in _injected(provider)
        for leaf in _leaves(injected)
    }


def _injected(provider: Any) -> Iterator[Any]:
    # By type: asking a Configuration for its ``args`` would make an option of that name.
    for kinds, members in INJECTED.items():
        for member in members if isinstance(provider, kinds) else ():
            injected = getattr(provider, member)
            yield from injected.values() if isinstance(injected, dict) else injected
    if isinstance(provider, providers.Selector):
        yield provider.selector


def _leaves(value: Any) -> Iterator[Any]:
    """The objects in ``value`` that are neither plain data nor providers."""
    if type(value) is dict:
        yield from _leaves(list(value.items()))
    elif type(value) in (list, tuple, set):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, PLAIN):
        yield value
