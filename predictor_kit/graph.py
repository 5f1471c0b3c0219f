"""What needs what: the providers of a container as a graph, read without calling any of them.

An edge says when the one at its end is called: *now* (to build the one at its start), *maybe* (a
selector's branch that cannot be known before) or *later* (handed over uncalled, as ``x.provider``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dependency_injector import providers
from dependency_injector.errors import Error as InjectorError

from predictor_kit.container import CALLING, AnyProvider

__all__ = [
    "CACHING",
    "OPTIONS",
    "Edge",
    "Graph",
    "Node",
    "When",
    "drawn_circle",
    "edges",
    "effective",
    "reached",
    "standing",
]

CACHING = (providers.BaseSingleton, providers.BaseResource)
OPTIONS = (providers.Configuration, providers.ConfigurationOption)

_CIRCLE = 20
"""So many of the names in a circle are told."""


class When(IntEnum):
    """When the provider at the end of an edge is called; the later, the greater."""

    NOW = 0
    MAYBE = 1
    LATER = 2


@dataclass(frozen=True, slots=True)
class Edge:
    """``provider`` is needed as ``argument`` (a name, a position, or "" where it stands in)."""

    argument: str
    provider: AnyProvider
    when: When = When.NOW


@dataclass(frozen=True, slots=True)
class Node:
    """A provider that is reached, and the names on the first way to it.

    ``owner`` is the last of these that is a provider's own name in the container.
    """

    provider: AnyProvider
    path: tuple[str, ...]
    owner: str
    when: When


def effective(provider: AnyProvider) -> AnyProvider:
    """The provider whose object ``provider`` gives: itself, or what it hands every call on to."""
    seen: set[int] = set()
    answering: Any = provider
    while answering is not None and id(answering) not in seen:
        seen.add(id(answering))
        provider, answering = answering, _answering(answering)
    return provider


def standing(provider: AnyProvider) -> AnyProvider:
    """The same, but a selector that was not replaced is itself: it chooses."""
    seen: set[int] = set()
    answering: Any = provider
    while answering is not None and id(answering) not in seen:
        seen.add(id(answering))
        provider = answering
        chooses = isinstance(provider, providers.Selector) and provider.last_overriding is None
        answering = None if chooses else _answering(provider)
    return provider


def _answering(provider: Any) -> Any:
    """What ``provider`` hands its calls on to: its override, its chosen branch, its default; else None."""
    if provider.last_overriding is not None:
        return provider.last_overriding
    if isinstance(provider, providers.Selector):
        return _chosen(provider)
    if isinstance(provider, providers.Dependency):
        return provider.default
    handed = provider.provides if isinstance(provider, providers.Callable) else None
    return handed if isinstance(handed, providers.Provider) else None


def reached(provider: AnyProvider) -> set[int]:
    """The ``id`` of each provider that has, or can have, a say in what ``provider`` gives."""
    found: dict[int, AnyProvider] = {}
    ahead = _related(provider)
    while ahead:
        one = ahead.pop()
        if id(one) not in found:
            found[id(one)] = one
            ahead += _related(one)
    return set(found)


def _related(provider: Any) -> list[AnyProvider]:
    if isinstance(provider, providers.Self):
        # Whoever is given the container can ask it for anything.
        return [*provider.related, *getattr(provider(), "providers", {}).values()]
    if isinstance(provider, providers.ConfigurationOption):
        return [*provider.related, provider._get_root()]  # noqa: SLF001 - nothing else tells whose option it is
    return list(provider.related)


def edges(provider: Any) -> Iterator[Edge]:
    """What ``provider`` needs, in the order in which it asks for it."""
    if provider.last_overriding is not None:
        yield Edge("", provider.last_overriding)
    elif isinstance(provider, providers.Selector):
        yield from _selected(provider)
    elif isinstance(provider, (*CALLING, providers.List, providers.Dict)):
        yield from _arguments(provider)
    elif isinstance(provider, (providers.Delegate, providers.Container, providers.DependenciesContainer)):
        yield from (Edge("", related, When.LATER) for related in provider.related)
    elif isinstance(provider, providers.Aggregate):
        yield from (Edge(str(key), item, When.MAYBE) for key, item in provider.providers.items())
    elif not isinstance(provider, (*OPTIONS, providers.Object, providers.Self)):
        yield from (Edge("", related) for related in provider.related)


def _arguments(provider: Any) -> Iterator[Edge]:
    named: dict[str, Any] = {}
    if not isinstance(provider, providers.Dict):
        named |= {str(index): value for index, value in enumerate(provider.args)}
    if not isinstance(provider, providers.List):
        named |= {str(key): value for key, value in provider.kwargs.items()}
    if isinstance(provider, (providers.Factory, providers.BaseSingleton)):
        named |= {f".{key}": value for key, value in provider.attributes.items()}
    if isinstance(provider, CALLING) and isinstance(provider.provides, providers.Provider):
        yield Edge("", provider.provides)
    yield from (_edge(name, value) for name, value in named.items() if isinstance(value, providers.Provider))


def _edge(argument: str, provider: AnyProvider) -> Edge:
    return Edge(argument, provider, When.LATER if providers.is_delegated(provider) else When.NOW)


def _selected(provider: Any) -> Iterator[Edge]:
    selector, branches = provider.selector, provider.providers
    if isinstance(selector, providers.Provider):
        yield Edge("selector", selector)
    chosen = _chosen(provider)
    for key, branch in branches.items():
        if branch is chosen or not isinstance(selector, OPTIONS):
            yield Edge(key, branch, When.NOW if branch is chosen else When.MAYBE)


def _chosen(provider: Any) -> AnyProvider | None:
    """The branch that a selector takes, where the config decides; None where that cannot be known."""
    if not isinstance(provider.selector, OPTIONS):
        return None
    try:
        key = provider.selector()
    except (InjectorError, AttributeError):  # missing; within a value that is no mapping
        return None
    return provider.providers.get(key) if isinstance(key, str) else None


class Graph:
    """The providers that some roots reach, each after all that it needs now.

    ``roots`` are the providers wanted, by the name under which each is wanted; ``names`` are all
    the container's, which stand in a path wherever a provider has one. `circles` holds each way
    on which providers need one another before any of them can be built.
    """

    def __init__(self, roots: Mapping[str, AnyProvider], names: Mapping[str, AnyProvider]) -> None:
        """Walk the graph once, calling nothing but the options that a selector looks at."""
        self._names = {id(provider): name for name, provider in names.items()}
        self._nodes: dict[int, Node] = {}
        self._circular: set[frozenset[int]] = set()
        self.circles: list[tuple[str, ...]] = []
        self.roots = [_edge(name, provider) for name, provider in roots.items()]
        for edge in self.roots:
            self._walk(edge)

    @property
    def nodes(self) -> list[Node]:
        """Every provider reached."""
        return list(self._nodes.values())

    def eager(self) -> list[Node]:
        """The singletons and resources that the roots need now, in an order to build them in."""
        return [node for node in self.nodes if self.is_eager(node.provider)]

    def is_eager(self, provider: AnyProvider) -> bool:
        """Whether ``provider`` is a singleton or a resource that the roots need now."""
        node = self._nodes.get(id(provider))
        return node is not None and node.when is When.NOW and isinstance(provider, CACHING)

    def label(self, edge: Edge) -> tuple[str, ...]:
        """The provider's name in the container, also where a subclass redefined it; else the argument's."""
        provider, over = edge.provider, edge.provider.last_overriding
        name = self._names.get(id(provider)) or self._names.get(id(over)) or edge.argument
        return (name,) if name else ()

    def _walk(self, root: Edge) -> None:
        # Its own stack: a long chain of providers must not reach Python's recursion limit.
        way: list[_Step] = []
        self._enter(way, root)
        while way:
            edge = next(way[-1].ahead, None)
            if edge is None:
                step = way.pop()
                self._nodes.pop(id(step.edge.provider), None)
                self._nodes[id(step.edge.provider)] = Node(
                    step.edge.provider, step.path, step.owner, step.when
                )
            else:
                self._enter(way, edge)

    def _enter(self, way: list[_Step], edge: Edge) -> None:
        standing = [step.edge.provider for step in way]
        if edge.provider in standing:
            self._close(way[standing.index(edge.provider) :], edge)
            return
        when = max(edge.when, way[-1].when) if way else edge.when
        known = self._nodes.get(id(edge.provider))
        if known is None or when < known.when:
            path = (*(way[-1].path if way else ()), *self._step_name(edge, way))
            owner = self._names.get(id(edge.provider)) or (way[-1].owner if way else edge.argument)
            way.append(_Step(edge, path, owner, when, edges(edge.provider)))

    def _close(self, circle: list[_Step], last: Edge) -> None:
        if When.LATER in (last.when, *(step.edge.when for step in circle[1:])):
            return
        members = frozenset(id(step.edge.provider) for step in circle)
        if members not in self._circular:
            self._circular.add(members)
            names = [step.path[-1] for step in circle]
            # A redefinition and what it replaces are two providers of one name.
            once = [name for name, after in zip(names, [*names[1:], names[0]], strict=True) if name != after]
            self.circles.append((*(once or names[:1]), (once or names)[0]))

    def _step_name(self, edge: Edge, way: list[_Step]) -> tuple[str, ...]:
        name = self.label(edge)
        return () if way and way[-1].path[-1:] == name else name


@dataclass(frozen=True, slots=True)
class _Step:
    edge: Edge
    path: tuple[str, ...]
    owner: str
    when: When
    ahead: Iterator[Edge]


def drawn_circle(names: tuple[str, ...]) -> str:
    """The ``names`` in a circle with arrows between them; of a long one both its ends."""
    if len(names) <= _CIRCLE:
        return " -> ".join(names)
    half = _CIRCLE // 2
    left_out = f"({len(names) - _CIRCLE:,} more)"
    return " -> ".join([*names[:half], left_out, *names[-half:]])
