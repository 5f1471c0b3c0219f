"""Resolving: a callable with its arguments by name from a container, and what is shared built before.

Singletons and resources are built one by one, each after all that it needs, so that the order of
creation is known and a failure can say on which way it was reached.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from traceback import walk_tb
from types import CodeType
from typing import Any, Generic, TypeVar

from dependency_injector import providers

from predictor_kit.arguments import Arguments
from predictor_kit.checks import problems_of
from predictor_kit.container import CALLING, ContainerInstance, PredictorContainer, is_container_class
from predictor_kit.documents import key_path
from predictor_kit.errors import Problem, ProblemsError, ResolveError
from predictor_kit.graph import Edge, Graph, Node, When, edges, effective
from predictor_kit.lifecycle import Built, Lifecycle
from predictor_kit.signatures.callables import bare, constructor_of

__all__ = ["build", "noted", "resolve"]

T = TypeVar("T")

NO_RESOLVERS: dict[int, Any] = {}
MOST_RESOLVERS = 1024
"""Compiled plans kept for a container: a function made anew for each call must not fill the memory."""


def resolve(target: Callable[..., T], container: PredictorContainer) -> T:
    """Call ``target`` (a class or a function) with its arguments by name from ``container``.

    ``container`` is an instance (``IrisContainer()``). The first call for a ``target`` checks all
    that it reaches and compiles a plan; the next ones use it. What is built belongs to the
    container, and nothing is closed: `load_predictor` is for what has an end.

    Raises `ProblemsError` with everything that keeps ``target`` from being built; what a
    constructor raises comes through, with a note that names the way to it.
    """
    resolver: Callable[[], T] = getattr(container, "resolvers", NO_RESOLVERS).get(id(target)) or _first(
        target, container
    )
    try:
        return resolver()
    except Exception as error:
        arguments = Arguments(target, container.providers)
        graph = Graph(arguments.filled, container.providers)
        _note(error, graph, [arguments.plan.name], graph.roots)
        raise


def _first(target: Callable[..., T], container: Any) -> Callable[[], T]:
    if not isinstance(container, ContainerInstance):
        advice = f": call the class, {container.__name__}()" if is_container_class(container) else ""
        raise ResolveError(
            f"names are resolved from an instance of a PredictorContainer, not from {container!r}{advice}"
        )
    with container.lifecycle.own_lock():
        overriding = container.overriding
        known = overriding.known if overriding is not None else {}
        checked: _Checked[T] | None = known.get(id(target))
        if checked is None:
            checked = _check(target, container)
            build(container, checked.graph, checked.name)
        else:
            checked.renew()
        if len(container.resolvers) >= MOST_RESOLVERS:
            container.resolvers.clear()
            known.clear()
        known[id(target)] = checked
        container.resolvers[id(target)] = checked.call
    return checked.call


@dataclass(frozen=True, slots=True)
class _Checked(Generic[T]):
    """A call that was compiled after all was checked, and what it reaches.

    It can be used again where the same names are replaced by other objects: what is to be built
    anew is then the same, and in the same order.
    """

    name: str
    graph: Graph
    call: Callable[[], T]
    needed: list[Node]

    def renew(self) -> None:
        """Build what is not there, as `build` does the first time."""
        for node in self.needed:
            provider = node.provider
            over = provider.last_overriding
            # A replacement is asked when it is wanted; what stands in for what holds an object, now.
            if over is not None and type(over) is not type(provider):
                continue
            try:
                _refuse_awaitable(provider(), node.path[-1])
            except Exception as error:
                _note(error, self.graph, [self.name, *node.path], edges(over or provider))
                raise


def _check(target: Callable[..., T], container: ContainerInstance) -> _Checked[T]:
    arguments = Arguments(target, container.providers)
    graph = Graph(arguments.filled, container.providers)
    mismatches = arguments.config_mismatches(container.providers["config"]())
    unfit = [Problem(one.message, subject=key_path(("config", *one.path))) for one in mismatches]
    if problems := [*arguments.problems(), *unfit, *problems_of(graph, container)]:
        raise ProblemsError(
            replace(one, location=one.location or arguments.plan.location) for one in problems
        )
    eager = graph.eager() if container.overriding is not None else []
    # The originals: others may stand in for them when this is used again.
    standing = {id(node.provider.last_overriding) for node in eager}
    needed = [node for node in eager if id(node.provider) not in standing]
    return _Checked(arguments.plan.name, graph, arguments.call(), needed)


def build(container: ContainerInstance, graph: Graph, start: str, lifecycle: Lifecycle | None = None) -> None:
    """Build every singleton and resource that ``graph`` needs now and that is not yet there.

    ``start`` names what is being loaded, for the notes. Each thing built is recorded in
    ``lifecycle``, with what closes it. Raises what a constructor raises, with a note.
    """
    for node in graph.eager():
        if node.provider.last_overriding is None:
            with noted(graph, [start, *node.path], edges(node.provider)):
                _build(container, node, lifecycle)


@contextmanager
def noted(graph: Graph, way: Sequence[str], needs: Iterable[Edge]) -> Generator[None]:
    """Give an exception of the block a note that names the way to what failed.

    ``way`` are the names up to what the block builds, ``needs`` what that needs: a factory among
    them that failed is named too.
    """
    try:
        yield
    except Exception as error:
        _note(error, graph, way, needs)
        raise


def _note(error: Exception, graph: Graph, way: Sequence[str], needs: Iterable[Edge]) -> None:
    failed = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    ways = zip(*_ways(graph, needs, failed, set()), strict=False)
    # Where several factories have the code that failed, as far as their ways are one.
    inner = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, ways)]
    error.add_note(f"while building {' -> '.join([*way, *inner])}")


def _ways(
    graph: Graph, needs: Iterable[Edge], failed: set[CodeType], seen: set[int]
) -> Iterator[tuple[str, ...]]:
    for edge in needs:
        if edge.when is When.LATER or graph.is_eager(edge.provider) or id(edge.provider) in seen:
            continue
        seen.add(id(edge.provider))
        below = list(_ways(graph, edges(edge.provider), failed, seen))
        if not below and _code_of(edge.provider) in failed:
            below.append(())
        yield from ((*graph.label(edge), *names) for names in below)


def _code_of(provider: Any) -> CodeType | None:
    """The code that runs when ``provider`` calls what it provides; None if written in C."""
    called = bare(provider.provides) if isinstance(provider, CALLING) else None
    return getattr(constructor_of(called) if isinstance(called, type) else called, "__code__", None)


def _build(container: ContainerInstance, node: Node, lifecycle: Lifecycle | None) -> None:
    made, value = _observed(node.provider, node.path[-1])
    _refuse_awaitable(value, node.path[-1])
    if made and lifecycle is not None:
        lifecycle.record(_built(container, node.provider, made[0]))


def _observed(provider: Any, name: str) -> tuple[list[Any], Any]:
    """What was made just now, nothing if somebody had asked before; and what ``provider`` gives."""
    original, made = provider.provides, []

    def observing(*args: Any, **kwargs: Any) -> Any:
        value = original(*args, **kwargs)
        _refuse_awaitable(value, name)
        entered = isinstance(provider, providers.BaseResource) and isinstance(value, AbstractContextManager)
        made.append(_once(value) if entered else value)
        return made[0]

    try:
        provider.set_provides(observing)
    except TypeError:  # its ``provided_type`` lets only classes in
        new, value = provider.is_async_mode_undefined(), provider()
        return [value] if new else [], value
    try:
        return made, provider()
    finally:
        provider.set_provides(original)


@contextmanager
def _once(manager: AbstractContextManager[Any]) -> Generator[Any]:
    """``manager``, which can be left any number of times."""
    with manager as value:
        yield value


def _built(container: ContainerInstance, provider: Any, made: Any) -> Built:
    def forget() -> None:
        container.resolvers.clear()
        provider.shutdown() if isinstance(provider, providers.BaseResource) else provider.reset()

    def close() -> None:
        if isinstance(provider, providers.BaseResource):
            if isinstance(made, AbstractContextManager):
                made.__exit__(None, None, None)
        elif closes and callable(end := getattr(made, "close", None)):
            end()

    closes = effective(container.providers["metrics_client"]) is provider
    return Built(provider, forget, close)


def _refuse_awaitable(value: Any, name: str) -> None:
    if not hasattr(type(value), "__await__"):
        return
    # Not all that has one: some clients do, and can be used without.
    if inspect.iscoroutine(value) or asyncio.isfuture(value):
        if inspect.iscoroutine(value):
            value.close()
        raise ResolveError(f"{name!r} gave an awaitable, and a constructor cannot wait for it")
