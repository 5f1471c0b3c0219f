"""How often there is an object of a provider, in a word; and providers that are only part of an argument."""

from __future__ import annotations

from typing import Any

from dependency_injector import providers

from predictor_kit.config import configured
from predictor_kit.container import AnyProvider
from predictor_kit.graph import OPTIONS
from predictor_kit.values import is_wrapped

__all__ = ["is_part", "scope_of"]

_SCOPES: dict[Any, str] = {
    (*OPTIONS, providers.TypedConfigurationOption): "config",
    providers.BaseResource: "resource",
    providers.ThreadLocalSingleton: "thread-local",
    providers.ContextLocalSingleton: "context-local",
    providers.BaseSingleton: "singleton",
    providers.Factory: "factory",
    (providers.Container, providers.DependenciesContainer): "container",
    providers.Object: "object",
    (
        providers.AttributeGetter,
        providers.ItemGetter,
        providers.MethodCaller,
        providers.ProvidedInstance,
    ): "attribute",
}
_PARTS = (
    providers.AttributeGetter,
    providers.Delegate,
    providers.Dict,
    providers.ItemGetter,
    providers.List,
    providers.MethodCaller,
    providers.ProvidedInstance,
    providers.TypedConfigurationOption,
)


def scope_of(provider: AnyProvider) -> str:
    """``singleton``, ``resource``, ``factory``, ``object``, ``config``; else the provider's kind."""
    for kinds, scope in _SCOPES.items():
        if isinstance(provider, kinds):
            return scope
    return type(provider).__name__.lower()


def is_part(provider: Any) -> bool:
    """Whether a provider without a name is only how an argument was written, and no object of its own."""
    own = isinstance(provider, providers.Callable) and provider.provides is configured
    return own or is_wrapped(provider) or isinstance(provider, _PARTS)
