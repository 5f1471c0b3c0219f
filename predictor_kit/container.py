"""The container: it declares what a predictor's constructor may name.

::

    class IrisContainer(PredictorContainer):
        model = providers.Singleton(train, path="iris.csv")

Providers are dependency-injector's own; what differs from its ``DeclarativeContainer`` are the
instances: a subclass that redefines a name reaches every inherited provider that uses the name,
and objects handed to a provider (a model, a socket) are shared with the instance, never copied.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import new_class
from typing import Any, Self
from weakref import WeakKeyDictionary

from dependency_injector import containers, providers

from predictor_kit.copies import CALLING, AnyProvider, copies_of
from predictor_kit.errors import OverrideError, Problem, ProblemsError, did_you_mean, listed
from predictor_kit.lifecycle import Lifecycle
from predictor_kit.metrics import DogStatsdMetrics, MetricsClient

__all__ = [
    "ABSTRACT",
    "CALLING",
    "AnyProvider",
    "Container",
    "ContainerInstance",
    "PredictorContainer",
    "check_names",
    "container_name",
    "extended",
    "is_container",
    "is_container_class",
    "redefined",
    "stand_in",
]

READABLE = (providers.Configuration, providers.Object)
ABSTRACT = (providers.AbstractCallable, providers.AbstractFactory, providers.AbstractSingleton)
NESTED = (providers.Container, providers.DependenciesContainer)

for kind, lock in ((providers.Provider, "overriding_lock"), (providers.ThreadSafeSingleton, "storage_lock")):
    if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
        # A lock that another thread held at a fork stays locked in the child for ever.
        os.register_at_fork(after_in_child=getattr(kind, lock)._at_fork_reinit)  # noqa: SLF001 - as threading does


class ContainerInstance(containers.DynamicContainer):
    """What calling a `PredictorContainer` class gives: its providers, with their own singletons.

    ``lifecycle`` holds what loading built in it; ``resolvers`` the plans compiled for it, by the
    ``id`` of the callable, which each of them keeps alive; ``overriding`` is what `override` knows
    of it, None before the first one.
    """

    def __init__(self) -> None:
        """An instance without providers; `PredictorContainer` fills it."""
        super().__init__()
        self.lifecycle = Lifecycle()
        self.resolvers: dict[int, Callable[[], Any]] = {}
        self.overriding: Any = None
        self.providers = _Providers(self)


class _Providers(dict[str, AnyProvider]):
    """The providers of an instance by name; a change of them makes the compiled plans void."""

    def __init__(self, owner: ContainerInstance) -> None:
        super().__init__()
        self._owner = owner

    def _void(self) -> None:
        self._owner.resolvers.clear()
        if self._owner.overriding is not None:
            self._owner.overriding.void()

    def __setitem__(self, name: str, provider: AnyProvider) -> None:
        self._void()
        super().__setitem__(name, provider)

    def __delitem__(self, name: str) -> None:
        self._void()
        super().__delitem__(name)


class PredictorContainer(containers.DeclarativeContainer):
    """The base of every container: `config` and `metrics_client`, as in Cortex 0.32.

    Subclass it and declare providers; redefine ``metrics_client`` to swap it for all that name it.
    Calling the class gives a `ContainerInstance` with copies of the providers.
    """

    instance_type = ContainerInstance

    config = providers.Configuration(strict=True)
    metrics_client: providers.Provider[MetricsClient] = providers.Singleton(DogStatsdMetrics)

    def __init_subclass__(cls) -> None:
        """Take over the bases' providers in the order of Python's own look-up, and check the names.

        Raises `ProblemsError` for a name that containers use themselves, and for a provider that
        is redefined as something else, which dependency-injector would pass over.
        """
        super().__init_subclass__()
        for base in reversed(cls.__mro__):
            cls.providers.update(vars(base).get("cls_providers", {}))
        if problems := list(_misdeclared(cls)):
            raise ProblemsError(problems)

    def __new__(cls, **overriding: Any) -> Self:
        """An instance with own copies of the providers; ``overriding`` replaces some by name.

        Returns a `ContainerInstance`, typed as the class so that its providers are known. Raises
        `OverrideError` where a name is not one of the container's.
        """
        check_names(cls, overriding)
        instance: Any = cls.instance_type()
        instance.declarative_parent = cls
        instance.provider_type = cls.provider_type
        instance.wiring_config = copy.deepcopy(cls.wiring_config)
        own, self_provider = copies_of(_as_redefined(cls))
        self_provider.set_container(instance)
        instance.__self__ = self_provider
        for name in self_provider.alt_names:
            instance.set_provider(name, self_provider)
        instance.set_providers(**own)
        # One walk, where dependency-injector takes one for each kind.
        nested = list(instance.traverse(types=[providers.Configuration, providers.Container]))
        for provider in nested if cls.auto_load_config else ():
            if isinstance(provider, providers.Configuration):
                provider.load()
        for name, value in overriding.items():
            provider = instance.providers[name]
            provider.override(value if isinstance(provider, NESTED) else stand_in(name, provider, value))
        for provider in nested:
            if isinstance(provider, providers.Container):
                provider.apply_overridings()
        if instance.is_auto_wiring_enabled():
            instance.wire()
        return instance  # type: ignore[no-any-return] # a ContainerInstance, as documented


Container = type[PredictorContainer] | PredictorContainer
"""A container class, or an instance of one."""


def container_name(container: Any) -> str:
    """The name of the class that a container instance was made from, or of the class itself."""
    declared = getattr(container, "declarative_parent", None) or container
    return str(getattr(declared, "__name__", type(container).__name__))


def check_names(container: Any, names: Iterable[str]) -> None:
    """Raise `OverrideError` for names that are none of the container's providers, with all of them."""
    declared = container.providers
    unknown = [name for name in names if name not in declared]
    if unknown:
        told = ", no ".join(f"{name!r}{did_you_mean(name, declared)}" for name in unknown)
        message = f"{container_name(container)} has no provider {told}"
        raise OverrideError(f"{message}; it has: {listed(declared, unknown[0])}")


def stand_in(name: str, provider: AnyProvider, value: Any) -> AnyProvider:
    """The provider that is put in the place of ``provider`` to give ``value``, or what it gives if it is one.

    Raises `OverrideError` where there cannot be one.
    """
    if isinstance(provider, NESTED):
        raise OverrideError(f"{name!r} holds providers of its own: replace those")
    if not isinstance(value, providers.Provider):
        return providers.Object(value)
    if name == "config" and not isinstance(value, READABLE):
        raise OverrideError(UNREADABLE)
    if isinstance(provider, ABSTRACT) or isinstance(value, providers.Configuration):
        return value
    # A provider keeps a reference to all that it overrides: one of our own goes with the container.
    return providers.Callable(value)


def extended(
    container: type[PredictorContainer], members: Mapping[str, AnyProvider]
) -> type[PredictorContainer]:
    """A subclass of ``container``, called the same, with the providers ``members`` added or redefined."""
    body = {**members, "__doc__": container.__doc__, "__module__": container.__module__}
    made: type[PredictorContainer] = new_class(
        container.__name__, (container,), exec_body=lambda ns: ns.update(body)
    )
    return made


def is_container(value: object) -> bool:
    """Whether ``value`` is an instance of a `PredictorContainer`, or such a class."""
    return isinstance(value, ContainerInstance) or is_container_class(value)


def is_container_class(value: object) -> bool:
    """Whether ``value`` is `PredictorContainer` or a subclass of it."""
    return isinstance(value, type) and issubclass(value, PredictorContainer)


UNREADABLE = "config is read before anything is built: it can be providers.Configuration or providers.Object"
RESERVED = {*dir(containers.DeclarativeContainer), *dir(ContainerInstance())}

_redefinitions: WeakKeyDictionary[type, list[tuple[str, AnyProvider]]] = WeakKeyDictionary()


def redefined(cls: type[PredictorContainer]) -> list[tuple[str, AnyProvider]]:
    """The providers that stand in for those of ``cls`` in instances made from now on; to be changed."""
    return _redefinitions.setdefault(cls, [])


def _as_redefined(cls: type[PredictorContainer]) -> type[PredictorContainer]:
    """``cls``, or a subclass with what stands in for its providers, its bases' too."""
    members: dict[str, AnyProvider] = {}
    for base in reversed(cls.__mro__):
        for name in vars(base).get("cls_providers", ()) if members else ():
            members.pop(name, None)
        members.update(_redefinitions.get(base, ()))
    return extended(cls, members) if members else cls


def _misdeclared(cls: type[PredictorContainer]) -> Iterator[Problem]:
    for name, provider in cls.providers.items():
        if name in RESERVED:
            yield _problem(cls, name, "containers have an attribute of this name: choose another one")
        elif not isinstance(vars(cls).get(name, provider), providers.Provider):
            yield _problem(cls, name, "is a provider in a base and none here: write providers.Object(...)")
    if "config" in cls.cls_providers and not isinstance(cls.providers["config"], READABLE):
        yield _problem(cls, "config", UNREADABLE)


def _problem(cls: type, name: str, message: str) -> Problem:
    return Problem(message, subject=f"{cls.__name__}.{name}")
