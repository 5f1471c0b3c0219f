"""Calls in a source that are made, since they run nobody's code: ``Field(...)``, ``partial(...)``."""

from __future__ import annotations

import ast
import collections
import dataclasses
import enum
import functools
import typing
from typing import Any

import pydantic
import pydantic.dataclasses
from dependency_injector import providers

from predictor_kit.sources.decorators import call_text, decorated
from predictor_kit.sources.scopes import Scope
from predictor_kit.sources.unread import unread, unread_in

__all__ = ["called"]

_MADE: list[Any] = [
    collections.namedtuple,  # noqa: PYI024 - to be called as it is in a source
    dataclasses.dataclass,
    dataclasses.field,
    enum.auto,
    functools.lru_cache,
    functools.partial,
    functools.wraps,
    pydantic.AliasChoices,
    pydantic.AliasPath,
    pydantic.ConfigDict,
    pydantic.Field,
    pydantic.PrivateAttr,
    pydantic.StringConstraints,
    pydantic.dataclasses.dataclass,
    typing.NamedTuple,
    typing.NewType,
    typing.ParamSpec,
    typing.TypeVar,
]
_TYPES: list[Any] = [collections.namedtuple, typing.NamedTuple, typing.NewType]  # noqa: PYI024 - see above
_CALLING = (providers.BaseResource, providers.BaseSingleton, providers.Callable, providers.Factory)


def called(node: ast.Call, scope: Scope, before: int) -> Any:
    """What a call gives; what was not read, where only running it would tell."""
    head = scope.reader.evaluate(node.func, scope, before)
    if all(one.arg for one in node.keywords) and not any(isinstance(one, ast.Starred) for one in node.args):
        args = [scope.reader.evaluate(one, scope, before) for one in node.args]
        named = {str(one.arg): scope.reader.evaluate(one.value, scope, before) for one in node.keywords}
        if head is functools.partial:
            args[:1] = map(scope.reader.looked_for, args[:1])
        made = _made(head, args, named)
        if head in _TYPES and made is not None:
            made.__module__ = scope.source.name
        if made is None and len(args) == 1 and not named and callable(args[0]):
            made = decorated(args[0], node.func, scope, before)
        if made is not None:
            return made
    return unread(call_text(node), "is known only when it runs")


def _made(head: Any, args: list[Any], named: dict[str, Any]) -> Any:
    """What calling ``head`` gives; None where that is not to be done, or fails."""
    if _is_provider(head):
        first = _target if issubclass(head, _CALLING) else _provided
        args = [*map(first, args[:1]), *map(_provided, args[1:])]
        named = {name: _provided(value) for name, value in named.items()}
    elif not (head in _MADE or _is_metadata(head, [*args, *named.values()])):
        return None
    try:
        return head(*args, **named)
    except Exception:  # noqa: BLE001 - whatever it is that it does not take
        return None


def _is_provider(head: Any) -> bool:
    """Whether ``head`` is one of dependency-injector's own classes of providers."""
    is_theirs = str(getattr(head, "__module__", "")).startswith("dependency_injector.")
    return is_theirs and isinstance(head, type) and issubclass(head, providers.Provider)


def _target(value: Any) -> Any:
    """What a provider is to call; a text in its place would be imported."""
    return unread(value, "was not read") if isinstance(value, str) else value


def _provided(value: Any) -> Any:
    return providers.Object(None) if unread_in(value) else value


def _is_metadata(head: Any, given: list[Any]) -> bool:
    """Whether ``head`` makes metadata of an annotation that no function is part of."""
    return getattr(head, "__module__", None) == "annotated_types" and not any(map(callable, given))
