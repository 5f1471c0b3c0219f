"""The same wiring in every library: a predictor of two arguments, each made once and kept."""

# Annotations stay objects here (no ``from __future__``): as text they would cost the peers time.

from collections.abc import Callable
from itertools import count
from types import new_class
from typing import Any

from dependency_injector import containers, providers

from predictor_kit import PredictorContainer

__all__ = [
    "A",
    "B",
    "Bare",
    "Ours",
    "Predictor",
    "declared",
    "dishka_provider",
    "new_predictor",
    "renamed",
    "subclass",
    "svcs_factory",
    "svcs_registry",
]


class A:
    """The first thing that the predictor asks for."""


class B:
    """The second."""


class Predictor:
    """A predictor of two arguments; peers that go by type find them by the annotations."""

    def __init__(self, a: A, b: B) -> None:
        self.a = a
        self.b = b


class Ours(PredictorContainer):
    """A declared container; like every one of ours it has ``config`` and ``metrics_client`` too."""

    a = providers.Singleton(A)
    b = providers.Singleton(B)


class Bare(containers.DeclarativeContainer):
    """The least that a user of dependency-injector declares for the same."""

    a = providers.Singleton(A)
    b = providers.Singleton(B)
    predictor = providers.Factory(Predictor, a=a, b=b)


def new_predictor() -> Any:
    """A class like `Predictor` that nobody has seen."""

    class Fresh:
        def __init__(self, a: A, b: B) -> None:
            self.a = a
            self.b = b

        def predict(self, payload: object) -> object:
            return payload

    return Fresh


def declared(cls: Any, **others: Any) -> Any:
    """A new container class of dependency-injector with a Factory of ``cls``, and ``others``."""
    a, b = providers.Singleton(A), providers.Singleton(B)
    members = {"a": a, "b": b, "predictor": providers.Factory(cls, a=a, b=b), **others}
    return subclass(containers.DeclarativeContainer, members)


def subclass(base: Any, members: dict[str, Any]) -> Any:
    """A container class with ``members``."""
    return new_class("Declared", (base,), exec_body=lambda namespace: namespace.update(members))


_numbers = count()


def renamed(base: Any) -> tuple[Any, Any]:
    """A predictor whose two arguments have names that no other had, and a container class with them."""
    number = next(_numbers)
    one, other = f"a{number}", f"b{number}"
    names: dict[str, Any] = {}
    exec(f"def __init__(self, {one}, {other}): self.a = {one}; self.b = {other}", names)
    cls = type("Renamed", (), {"__init__": names["__init__"]})
    members: dict[str, Any] = {one: providers.Singleton(A), other: providers.Singleton(B)}
    if base is containers.DeclarativeContainer:
        members["predictor"] = providers.Factory(cls, **members)
    return cls, subclass(base, members)


def dishka_provider(module: Any, cls: Any) -> Any:
    """A provider that makes ``cls`` anew each time, and keeps its arguments."""
    provider = module.Provider(scope=module.Scope.APP)
    provider.provide(A)
    provider.provide(B)
    provider.provide(cls, cache=False)
    return provider


def svcs_registry(module: Any, cls: Any) -> Any:
    """A registry of ``cls`` and its arguments."""
    registry = module.Registry()
    registry.register_factory(A, A)
    registry.register_factory(B, B)
    registry.register_factory(cls, svcs_factory(cls))
    return registry


def svcs_factory(cls: Any) -> Callable[[Any], Any]:
    """A factory that fetches the arguments of ``cls`` from the container and calls it."""
    return lambda svcs_container: cls(*svcs_container.get(A, B))
