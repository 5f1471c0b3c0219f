"""Whether something can be a predictor's ``metrics_client``: the methods it lacks, or takes otherwise."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any

from dependency_injector import providers

from predictor_kit.container import CALLING, AnyProvider

__all__ = ["breaches"]

NAMES = ("metric", "value", "tags")
FEWEST = {"increment": 1, "gauge": 2, "histogram": 2}
"""How many of the arguments a method must do with: ``value`` is 1 where ``increment`` is given none."""


def breaches(client: Any) -> list[str]:
    """What keeps ``client`` from being a `MetricsClient`, one clause each; empty where nothing does.

    Of a provider what it provides is judged, if that is an object or a class: what a function
    gives is not known before it is called.
    """
    methods = _methods_of(client)
    return [breach for name in FEWEST if (breach := _breach(name, methods))] if methods is not None else []


def _methods_of(client: Any) -> Mapping[str, Any] | None:
    """The three methods as they would be called, without those that are lacking; None if unknown."""
    if not isinstance(client, providers.Provider):
        return {name: getattr(client, name) for name in FEWEST if hasattr(client, name)}
    given = _given(client)
    if isinstance(client, providers.Object):
        return _methods_of(given)
    # What has a ``__getattr__`` may have any method.
    if not isinstance(given, type) or hasattr(given, "__getattr__"):
        return None
    found = {name: inspect.getattr_static(given, name, None) for name in FEWEST}
    return {name: _bound(method, given) for name, method in found.items() if method is not None}


def _given(provider: AnyProvider) -> Any:
    return provider.provides if isinstance(provider, (*CALLING, providers.Object)) else None


def _bound(method: Any, owner: type) -> Any:
    """``method`` as an instance of ``owner`` has it; of what only an instance can tell nothing is known."""
    if isinstance(method, (FunctionType, classmethod, staticmethod)):
        return method.__get__(object(), owner)
    return _anything if hasattr(method, "__get__") else method


def _anything(*_: Any, **__: Any) -> None:
    """A method about whose arguments nothing is known."""


def _breach(name: str, methods: Mapping[str, Any]) -> str:
    if name not in methods:
        return f"it has no method {name!r}"
    if not callable(methods[name]):
        return f"its {name!r} is no method"
    # By its type: a mock that is made after a function says yes to whatever it is asked.
    plain = issubclass(type(methods[name]), (FunctionType, MethodType))
    if plain and inspect.iscoroutinefunction(methods[name]):
        return f"its {name!r} is asynchronous, and nobody awaits it"
    try:
        signature = inspect.signature(methods[name])
    except (TypeError, ValueError):  # written in C: what it takes is known when it is called
        return ""
    refused = next((form for form in _forms(name) if not _takes(signature, *form)), None)
    return f"its {name}{signature} cannot be called as {_drawn(name, *refused)}" if refused else ""


def _forms(name: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The ways to call a method: which arguments by position, which by keyword."""
    yield NAMES[: FEWEST[name]], ()
    yield NAMES, ()
    yield NAMES[:1], NAMES[1:]
    yield (), NAMES


def _takes(signature: inspect.Signature, by_position: tuple[str, ...], by_keyword: tuple[str, ...]) -> bool:
    try:
        taken = signature.bind(*by_position, **{name: name for name in by_keyword}).arguments
    except TypeError:
        return False
    # Each argument is handed over as its own name, so one that arrives as another is seen.
    return all(taken.get(name, name) == name for name in NAMES)


def _drawn(name: str, by_position: tuple[str, ...], by_keyword: tuple[str, ...]) -> str:
    return f"{name}({', '.join([*by_position, *(f'{word}={word}' for word in by_keyword)])})"
