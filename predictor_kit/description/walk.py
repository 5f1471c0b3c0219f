"""From what is to be loaded to its description: every provider of the container, calling none."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from dependency_injector import providers

from predictor_kit.arguments import Arguments
from predictor_kit.blueprint import Blueprint, draw, title
from predictor_kit.checks import plans_of
from predictor_kit.container import CALLING, AnyProvider
from predictor_kit.description.model import BY_NAME, CALLER, DEFAULT, Argument, Description, Link, Node
from predictor_kit.description.origins import Origins, shown_value
from predictor_kit.description.scopes import is_part, scope_of
from predictor_kit.description.source import Written
from predictor_kit.errors import Location, ProblemsError
from predictor_kit.graph import OPTIONS, When, edges, standing
from predictor_kit.references import OutsideText
from predictor_kit.signatures import Plan, plan_of
from predictor_kit.spec import PredictorSpec
from predictor_kit.values import config_read

__all__ = ["describe"]


def describe(spec: PredictorSpec) -> Description:
    """What the predictor of ``spec`` and each provider of its container get, and where that comes from.

    Modules are imported, nothing is built. Raises `ProblemsError` with everything that is wrong.
    """
    with ExitStack() as life:
        drawn = draw(life, spec)
        return _Walk(spec, drawn).description(plans_of(drawn).arguments)


@dataclass(frozen=True, slots=True)
class _Found:
    """A provider to be described as the node ``id``; ``written`` is the code that declares it, if seen."""

    id: str
    provider: AnyProvider
    origin: str = ""
    written: Written | None = None


class _Walk:
    def __init__(self, spec: PredictorSpec, drawn: Blueprint[Any]) -> None:
        container: Any = drawn.container
        self._spec = spec
        self._origins = Origins(spec, container.declarative_parent, drawn.config)
        self._ahead = deque(self._declared(container))
        self._ids = _ids(self._ahead)
        self._names = {found.id: self._ids[id(standing(found.provider))] for found in self._ahead}
        self._nodes: dict[str, Node] = {}

    def description(self, arguments: Arguments[Any]) -> Description:
        root = self._root(arguments)
        while self._ahead:
            found = self._ahead.popleft()
            if self._names.get(found.id, found.id) == found.id:
                self._nodes[found.id] = self._node(found)
        nodes = {root.id: root, **self._nodes}
        return Description(title(self._spec.name), root.id, nodes, tuple(self._spec.providers), self._names)

    def _declared(self, container: Any, within: str = "") -> Iterator[_Found]:
        """The providers of ``container`` by name, and those of the containers in it."""
        for name, provider in container.providers.items():
            if not within and name in self._spec.providers:
                origin, written = self._origins.at("providers", name, "class"), None
            else:
                origin, written = self._origins.declaration(container.declarative_parent, name)
            yield _Found(f"{within}{name}", provider, origin, written)
            if isinstance(provider, providers.Container):
                yield from self._declared(provider.container, f"{within}{name}.")

    def _root(self, arguments: Arguments[Any]) -> Node:
        path = self._spec.code.path if self._spec.code else ""
        name = shown_value(path) if isinstance(path, OutsideText) else arguments.plan.name
        root = self._free(name)
        given = [
            Argument(p.name, "", BY_NAME, tuple(self._links(arguments.filled[p.name], _at(root, p.name))))
            if p.name in arguments.filled
            else self._default(arguments.plan.location, p.name)
            for p in arguments.plan.parameters
        ]
        defined = self._origins.defined(arguments.plan.location, path)
        origin = self._origins.at(self._origins.section, "path")
        return Node(root, "predictor", name, defined, origin, arguments=tuple(given))

    def _node(self, found: _Found) -> Node:
        provider: Any = standing(found.provider)
        if provider is not found.provider:  # what stands in for it was declared elsewhere
            over = ", overridden" if found.provider.last_overriding is not None else ""
            found = _Found(found.id, provider, f"{found.origin}{over}")
        if found.id == "config":
            written, origin, values = self._origins.config_value(())
            return Node("config", "config", origin=origin, written=written, arguments=values)
        if isinstance(provider, CALLING):
            return self._calling(found, provider)
        scope, asked = scope_of(provider), tuple(self._asked(found.id, provider))
        target = type(provider()).__name__ if scope == "object" else ""
        return Node(found.id, scope, target, origin=found.origin, arguments=asked)

    def _asked(self, at: str, provider: Any) -> Iterator[Argument]:
        """What a provider needs that calls nothing itself."""
        if isinstance(provider, providers.ConfigurationOption):
            yield Argument("", links=tuple(self._option(provider, at)))
        for edge in edges(provider):
            name = _step(provider, edge.argument) or edge.argument
            yield Argument(name, links=tuple(self._links(edge.provider, _at(at, name), when=edge.when)))

    def _calling(self, found: _Found, provider: Any) -> Node:
        plan = _plan(provider.provides)
        item = self._spec.providers.get(found.id)
        named = item.class_ if item else self._spec.container or ""
        name = _called(provider.provides) or (plan.name if plan else "")
        if item and isinstance(named, OutsideText):
            name = shown_value(named)
        place = self._origins.defined(plan.location if plan else None, named)
        arguments = tuple(self._arguments(found, provider, plan))
        return Node(found.id, scope_of(provider), name, place, found.origin, arguments=arguments)

    def _arguments(self, found: _Found, provider: Any, plan: Plan | None) -> Iterator[Argument]:
        """The parameters in their order, then what the callable takes besides them."""
        parameters = plan.parameters if plan else ()
        given = _given(provider, [parameter.name for parameter in parameters])
        for parameter in parameters:
            if parameter.name in given:
                yield self._argument(found, parameter.name, given.pop(parameter.name))
            elif parameter.required:
                yield Argument(parameter.name, "", CALLER)
            else:
                yield self._default(plan.location if plan else None, parameter.name)
        for name, argument in given.items():
            yield self._argument(found, name, argument)

    def _argument(self, found: _Found, name: str, argument: _Given) -> Argument:
        written, origin, code = self._written(found, name, argument)
        made = code if code and code.is_call else None
        links = self._links(argument.value, _at(found.id, name), written=made)
        return Argument(name, written, origin, tuple(links))

    def _written(self, found: _Found, name: str, argument: _Given) -> tuple[str, str, Written | None]:
        """An argument as file or source have it, where, and its code."""
        if found.id in self._spec.providers:
            args = self._spec.providers[found.id].args
            if name not in args:
                return "", BY_NAME, None
            return shown_value(args[name]), self._origins.at("providers", found.id, "args", name), None
        code = argument.code(found.written) if found.written else None
        return (code.text, code.place, code) if code else ("", "", None)

    def _default(self, location: Location | None, name: str) -> Argument:
        return Argument(name, self._origins.sources.default(location, name), DEFAULT)

    def _links(
        self, value: Any, at: str, step: str = "", when: When = When.NOW, written: Written | None = None
    ) -> Iterator[Link]:
        """What ``value``, at ``step`` of the argument ``at`` (its node's id and its name), leads to."""
        provider: Any = standing(value) if isinstance(value, providers.Provider) else None
        when = max(when, When.LATER if providers.is_delegated(value) else When.NOW)
        if provider is None:
            return
        if id(provider) in self._ids:
            yield Link(self._ids[id(provider)], step, when)
        elif isinstance(provider, OPTIONS):
            yield from self._option(provider, at, step, when)
        elif is_part(provider):
            for edge in edges(provider):
                further = step + _step(provider, edge.argument)
                yield from self._links(edge.provider, at, further, max(when, edge.when))
        elif read := list(config_read(provider)):
            for path, keys in read:
                yield Link(self._config("config", keys), step + _steps(path), when)
        else:
            yield Link(self._unnamed(f"{at}{step}", provider, written), step, when)

    def _option(self, option: Any, at: str, step: str = "", when: When = When.NOW) -> Iterator[Link]:
        """The value of an option; where a provider gives a key of it, the value above, and that provider."""
        is_whole = isinstance(option, providers.Configuration)
        root = option if is_whole else option._get_root()  # noqa: SLF001 - nothing else tells whose option it is
        keys: list[str] = []
        for segment in () if is_whole else option.get_name_segments():
            if isinstance(segment, providers.Provider):
                yield from self._links(segment, at, step, when)
                break
            keys.append(segment)
        yield Link(self._config(self._ids.get(id(standing(root)), root.get_name()), tuple(keys)), step, when)

    def _config(self, config: str, keys: tuple[str, ...]) -> str:
        """The id of the node for the value at ``keys``."""
        name = ".".join((config, *keys))
        if name not in self._nodes and name not in self._names:
            found = self._origins.config_value(keys) if config == "config" else ("", "", ())
            self._nodes[name] = Node(name, "config", origin=found[1], written=found[0], arguments=found[2])
        return name

    def _unnamed(self, at: str, provider: AnyProvider, written: Written | None) -> str:
        """The id of a provider that has no name, by where it was first met."""
        replaced = at.partition(".")[0]
        if (
            replaced in self._spec.providers
        ):  # a file's refers to named ones, and to the one in whose place it is
            origin, written = self._origins.replaced(replaced)
        else:
            origin = written.place if written else ""
        name = self._free(at)
        self._ids[id(provider)] = name
        self._ahead.append(_Found(name, provider, origin, written))
        return name

    def _free(self, name: str) -> str:
        taken = {*self._ids.values(), *self._nodes}
        while name in taken:
            name = f"{name}'"
        return name


@dataclass(frozen=True, slots=True)
class _Given:
    """A ``value`` that a provider hands over by the keyword ``key``, or as one of ``count`` by position."""

    value: Any
    key: str | int
    count: int = 0

    def code(self, declaration: Written) -> Written | None:
        """What the declaration of the provider has written for it."""
        if isinstance(self.key, str):
            return declaration.keyword(self.key)
        return declaration.positional(self.key, self.count)


def _given(provider: Any, parameters: list[str]) -> dict[str, _Given]:
    """What ``provider`` hands over, by parameter; what is by position and has no parameter by number."""
    given: dict[str, _Given] = {}
    if isinstance(provider.provides, providers.Provider):
        given[""] = _Given(provider.provides, "")
    for index, value in enumerate(provider.args):
        name = parameters[index] if index < len(parameters) else f"[{index}]"
        given[name] = _Given(value, index, len(provider.args))
    given |= {name: _Given(value, name) for name, value in provider.kwargs.items()}
    if isinstance(provider, (providers.Factory, providers.BaseSingleton)):
        given |= {f".{name}": _Given(value, name) for name, value in provider.attributes.items()}
    return given


def _ids(found: Any) -> dict[int, str]:
    """Each provider's name; of two names for one the first, of a provider that stands in for it its own."""
    own = {id(one.provider): one.id for one in reversed(found) if standing(one.provider) is one.provider}
    return {id(standing(one.provider)): one.id for one in reversed(found)} | own


def _at(node: str, argument: str) -> str:
    return f"{node}{argument}" if argument.startswith((".", "[")) else f"{node}.{argument}".rstrip(".")


def _plan(target: Any) -> Plan | None:
    if isinstance(target, providers.Provider):
        return None
    try:
        return plan_of(target)
    except ProblemsError:
        return None  # written in C


def _called(target: Any) -> str:
    """The name of a callable, with its class if it is a method of one; "" where it has none."""
    name = getattr(target, "__name__", "")
    if inspect.ismethod(target) and isinstance(target.__self__, type):
        return f"{target.__self__.__name__}.{name}"
    if inspect.isfunction(target) and name.isidentifier():
        return target.__qualname__.rpartition("<locals>.")[2]
    return name


def _step(provider: Any, argument: str) -> str:
    if isinstance(provider, providers.List):
        return f"[{argument}]"
    return f".{argument}" if isinstance(provider, providers.Dict) else ""


def _steps(path: tuple[str | int, ...]) -> str:
    """``[0].key``, as `_step` writes each."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
