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

USUAL = {providers.Singleton, providers.Factory}
PLAIN = (str, bytes, int, float, complex, bool, type(None), providers.Provider)


def copies_of(cls: Any) -> tuple[dict[str, AnyProvider], Any]:
    """Copies of the providers of the container class ``cls`` by name, and of its ``Self``.

    Redefinitions are carried over to what the bases declare.
    """
    own_self: Any = providers.Self()
    own_self.set_alt_names(cls.__self__.alt_names)
    memo = {id(vars(base)["__self__"]): own_self for base in cls.__mro__ if "__self__" in vars(base)}
    copier = _Copier(cls.providers.values(), memo)
    own = {name: copier.copied(provider) for name, provider in cls.providers.items()}
    for name, olds in _replaced(cls).items():
        reached = [old for old in olds if id(old) in memo]
        if any(old in olds for old in cls.providers[name].traverse()):
            own[name] = _wrapping(cls, name, olds, memo)
        for old in reached:
            memo[id(old)].override(own[name])
    return own, own_self


class _Copier:
    """Copies providers, each once, into ``memo``; the users' own objects in them are shared.

    The usual kinds are made anew from their parts, which takes a third of the time of
    dependency-injector's ``deepcopy`` and gives the same; that copies all others.
    """

    def __init__(self, declared: Iterable[AnyProvider], memo: dict[int, Any]) -> None:
        self._declared, self._memo, self._shares = declared, memo, False
        # Filled one after the other: a long chain of providers must not reach Python's recursion limit.
        self._unfilled: list[tuple[Any, Any]] = []

    def copied(self, provider: Any) -> Any:
        """The copy of ``provider``, made now if there is none."""
        made = self._made(provider)
        while self._unfilled:
            self._fill(*self._unfilled.pop())
        return made

    def _made(self, provider: Any) -> Any:
        if (known := self._memo.get(id(provider))) is not None:
            return known
        kind: Any = type(provider)
        if kind is providers.Configuration and _is_unused(provider):
            made = self._memo[id(provider)] = kind(
                provider.get_name(), provider.get_default(), strict=provider.get_strict()
            )
            return made
        if kind not in USUAL or provider.last_overriding is not None or provider.attributes:
            return self._deep(provider)
        made = self._memo[id(provider)] = kind()
        self._unfilled.append((provider, made))
        return made

    def _fill(self, provider: Any, made: Any) -> None:
        made.set_provides(self._value(provider.provides))
        if args := provider.args:
            made.set_args(*map(self._value, args))
        if kwargs := provider.kwargs:
            made.set_kwargs(**{name: self._value(value) for name, value in kwargs.items()})

    def _value(self, value: Any) -> Any:
        if isinstance(value, providers.Provider):
            return self._made(value)
        return self._deep(value) if type(value) in (dict, list, tuple, set) else value

    def _deep(self, value: Any) -> Any:
        if not self._shares:
            self._memo |= {k: leaf for k, leaf in _shared(self._declared).items() if k not in self._memo}
            self._shares = True
        return providers.deepcopy(value, self._memo)


def _is_unused(config: Any) -> bool:
    files = config.get_ini_files() or config.get_yaml_files() or config.get_json_files()
    settings = config.get_pydantic_settings()
    return not (files or settings or config.get_children()) and config.last_overriding is None


def _wrapping(cls: Any, name: str, olds: list[AnyProvider], memo: dict[int, Any]) -> AnyProvider:
    """A copy of the provider ``name`` that keeps a private copy of what it replaces and wraps.

    The first copy of it, which others may hold already, hands over to this one.
    """
    provider, known = cls.providers[name], list(cls.providers.values())
    between = [
        one for one in provider.traverse() if one not in known and any(old in olds for old in one.traverse())
    ]
    private = {id(one) for one in (provider, *olds, *between)}
    public = {key: value for key, value in memo.items() if key not in private}
    wrapper: AnyProvider = providers.deepcopy(provider, _shared([provider]) | public)
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
