"""What is wrong with a wiring, found before anything of it is built; all of it at once.

Checked: every name that a constructor asks for, circles, arguments that a provider's callable does
not take or lacks, config values that are missing, dependencies that were not supplied, what cannot
be handed over (coroutines), the config's model, and what ``predict`` names. Not checked: what
constructors and factories do when they run, and types of objects that providers give.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from dependency_injector import providers
from dependency_injector.errors import Error as InjectorError

from predictor_kit.arguments import Arguments, drawn
from predictor_kit.blueprint import Blueprint, Target, choose, draw, file_of, is_file
from predictor_kit.casting import Mismatch, cast
from predictor_kit.config import value_at
from predictor_kit.container import ABSTRACT, CALLING, Container, ContainerInstance, container_name
from predictor_kit.errors import OverrideError, Problem, ProblemsError, did_you_mean, listed
from predictor_kit.graph import OPTIONS, Graph, Node, When, drawn_circle
from predictor_kit.methods import abstract_problems, is_task, method_problems
from predictor_kit.predictor import task_model
from predictor_kit.references import is_known, not_shown, origins_in
from predictor_kit.signatures import Kind, Plan, is_async, plan_of, returns_generator
from predictor_kit.spec import Survey, survey
from predictor_kit.wiring import config_problem, hidden

__all__ = ["Plans", "check", "plans_of", "problems_of"]

T = TypeVar("T")


def check(
    target: Target,
    *,
    name: str | None = None,
    env: str | None = None,
    container: Container | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    static: bool = False,
) -> list[Problem]:
    """Everything that keeps ``target`` from being loaded, sorted by place; empty when all is well.

    The arguments are those of `load_predictor`, of which this is the first half: modules are
    imported, nothing is built. Without a ``name`` all APIs of a file are checked. With ``static``
    signatures of a file's classes are read from source, and nothing of theirs is imported.
    """
    found: list[Problem] = []
    try:
        targets: list[Target] = [target]
        if is_file(target):
            surveyed = survey(file_of(target), env=env)
            found, targets = surveyed.problems, _targets(surveyed, name, os.fspath(target))
            name = env = None
        options = {"container": container, "config": config, "overrides": overrides, "static": static}
        for each in targets:
            found += _check_one(each, name=name, env=env, **options)
    except ProblemsError as error:
        found = [*found, *error.problems]
    return list(ProblemsError(found).problems)


def _targets(surveyed: Survey, name: str | None, file: str) -> list[Target]:
    """The APIs to check: all that have code, or the one of that ``name``, as far as it is well."""
    if name is None:
        return [*(spec for spec in surveyed.specs.values() if spec.code is not None), *surveyed.partial]
    if name not in surveyed.names:
        return [choose(surveyed.specs, name, file)]
    return [spec for spec in (*surveyed.specs.values(), *surveyed.partial) if spec.name == name]


def _check_one(target: Target, **options: Any) -> list[Problem]:
    with ExitStack() as life:
        try:
            plans_of(draw(life, target, **options))
        except ProblemsError as error:
            return list(error.problems)
        except OverrideError as error:
            return [Problem(str(error))]
        return []


@dataclass(frozen=True, slots=True)
class Plans(Generic[T]):
    """What is left to do once all is checked: fill ``arguments`` after building what ``graph`` reaches."""

    arguments: Arguments[T]
    graph: Graph


def plans_of(blueprint: Blueprint[T]) -> Plans[T]:
    """Check all of ``blueprint``; raises `ProblemsError` with everything that is wrong."""
    available = blueprint.container.providers
    declared = {name: available[name] for name in (blueprint.spec.providers if blueprint.spec else ())}
    problems = list(blueprint.problems)
    plans = graph = None
    if blueprint.target is not None:
        try:
            arguments = Arguments(blueprint.target, available)
        except ProblemsError as error:
            problems += (blueprint.placed(one, blueprint.section, "path") for one in error.problems)
        else:
            graph = Graph(arguments.filled, available)
            plans = Plans(arguments, graph)
            problems += _target_problems(blueprint, arguments)
            declared = {**arguments.filled, **declared} if declared else {}
    if declared or graph is None:
        graph = Graph(declared, available)
    problems += _provider_problems(blueprint, graph)
    if problems or plans is None:
        raise ProblemsError(dict.fromkeys(problems))
    return plans


def _target_problems(blueprint: Blueprint[Any], arguments: Arguments[Any]) -> Iterator[Problem]:
    section = blueprint.section
    task = blueprint.spec.kind == "TaskAPI" if blueprint.spec else None
    methods = method_problems(arguments.target, task=task, available=arguments.available)
    for problem in (*arguments.problems(), *methods):
        code = blueprint.spec.code if blueprint.spec else None
        placed = blueprint.placed(hidden(problem, code.path if code else ""), section, "path")
        location = placed.location or arguments.plan.location
        yield replace(placed, location=location, subject=section if blueprint.spec else "")
    config = blueprint.marked(blueprint.container.providers["config"]())
    for mismatch in (*arguments.config_mismatches(config), *_task_mismatches(arguments.target, config)):
        yield config_problem(blueprint.spec, config, mismatch)


def _task_mismatches(target: Any, config: Any) -> Iterator[Mismatch]:
    """What of ``config`` a task cannot be called with; what is absent may come with the call."""
    if isinstance(target, type) and is_task(target) and (model := task_model(target)):
        yield from (one for one in cast(config, model)[1] if not one.absent)


def _provider_problems(blueprint: Blueprint[Any], graph: Graph) -> Iterator[Problem]:
    config = blueprint.marked(blueprint.container.providers["config"]())
    for problem in problems_of(graph, blueprint.container, config):
        name = problem.subject
        if name in blueprint.broken:
            continue
        if blueprint.spec is not None and name in blueprint.spec.providers:
            told = hidden(problem, blueprint.spec.providers[name].class_)
            place = blueprint.placed(told, "providers", name, "class")
            yield replace(place, subject=f"providers.{name}")
        else:
            api = blueprint.spec.name if blueprint.spec is not None else ""
            yield replace(problem, subject=f"{container_name(blueprint.container)}.{name}", api=api)


def problems_of(graph: Graph, container: ContainerInstance, config: Any = None) -> Iterator[Problem]:
    """Everything that keeps the providers of ``graph`` from being built; a subject is a provider's name.

    ``config`` is the container's with marks on text from the environment, where there are any.
    """
    config = container.providers["config"]() if config is None else config
    for circle in graph.circles:
        yield Problem(f"providers need one another in a circle: {drawn_circle(circle)}", subject=circle[0])
    for node in graph.nodes:
        for problem in _node_problems(node, config):
            yield replace(problem, subject=node.owner)


def _node_problems(node: Node, config: Any) -> Iterator[Problem]:
    provider: Any = node.provider
    if provider.last_overriding is not None:
        return
    if isinstance(provider, providers.ConfigurationOption):
        yield from _option_problems(provider, config)
    elif isinstance(provider, providers.Dependency):
        if not provider.is_defined:
            yield Problem(f"{_label(node)} is a Dependency that nothing supplies", notes=(SUPPLY,))
    elif isinstance(provider, ABSTRACT):
        if node.when is not When.LATER:
            yield Problem(f"{_label(node)} is abstract, and nothing overrides it", notes=(SUPPLY,))
    elif isinstance(provider, providers.Selector):
        yield from _selector_problems(node, provider, config)
    elif isinstance(provider, CALLING):
        yield from _nested_problems(node, provider)
        yield from _calling_problems(node, provider)


SUPPLY = "redefine it in a subclass of the container, or pass it where the container is made"


def _label(node: Node) -> str:
    return repr(node.path[-1])


def _selector_problems(node: Node, selector: Any, config: Any) -> Iterator[Problem]:
    """A config value that chooses nothing; a missing one is the option's own problem."""
    if not isinstance(selector.selector, OPTIONS):
        return
    with suppress(InjectorError, AttributeError):
        chosen = selector.selector()
        if chosen not in list(selector.providers):
            written = _at_option(selector.selector, config)
            if not is_known(written):
                return
            secret = not_shown(origins_in(written))
            near, there = did_you_mean(str(chosen), selector.providers), listed(selector.providers)
            said = f"such choice{secret}" if secret else f"choice {chosen!r}{near}"
            yield Problem(f"{_label(node)} has no {said}; it has: {there}")


def _at_option(option: Any, config: Any) -> Any:
    """What ``option`` stands for in ``config``; all of it where only a provider knows the key."""
    is_option = isinstance(option, providers.ConfigurationOption)
    segments: Any = option.get_name_segments() if is_option else ()
    try:
        return config if any(map(_is_provider, segments)) else value_at(config, segments)
    except LookupError:  # an option of another configuration
        return None


def _option_problems(option: Any, config: Any) -> Iterator[Problem]:
    segments = option.get_name_segments()
    # A key that a provider gives is not known before that is called.
    if not any(map(_is_provider, segments)):
        try:
            option()
        except (InjectorError, AttributeError):  # missing; within a value that is no mapping
            yield from _missing_value(config, segments)


def _is_provider(value: object) -> bool:
    return isinstance(value, providers.Provider)


def _missing_value(config: Any, segments: tuple[str, ...]) -> Iterator[Problem]:
    try:
        value_at(config, segments)
    except LookupError as error:
        yield Problem(str(error))


def _nested_problems(node: Node, provider: Any) -> Iterator[Problem]:
    """Providers within plain lists and mappings, which would arrive as they are, uncalled."""
    named = {**dict(enumerate(provider.args)), **provider.kwargs}
    for name, value in named.items():
        for kind, items in ((dict, "Dict"), (list, "List"), (tuple, "List")):
            if type(value) is kind and any(isinstance(x, providers.Provider) for x in _items(value)):
                yield Problem(
                    f"{_label(node)} would get the provider inside its {kind.__name__} {name!r} uncalled",
                    notes=(f"write providers.{items}(...)",),
                )


def _items(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _calling_problems(node: Node, provider: Any) -> Iterator[Problem]:
    target = provider.provides
    if target is None or isinstance(target, providers.Provider):
        return
    if is_async(target) or isinstance(provider, providers.Coroutine):
        yield Problem(
            f"{_label(node)} is asynchronous, and what it gives cannot be awaited while a predictor is built"
        )
        return
    yield from abstract_problems(target)
    try:
        plan = plan_of(target)
    except ProblemsError:
        return  # written in C: what it takes is known when it is called
    if returns_generator(target) and not isinstance(provider, providers.BaseResource):
        advice = f"to have it opened, and closed at the end, write providers.Resource({plan.name}, ...)"
        yield Problem(f"{_label(node)} would be a generator that nobody runs", notes=(advice,))
    yield from _argument_problems(node, provider, plan)


def _argument_problems(node: Node, provider: Any, plan: Plan) -> Iterator[Problem]:
    by_position = [parameter for parameter in plan.parameters if parameter.kind is not Kind.KEYWORD_ONLY]
    given = {parameter.name for parameter in by_position[: len(provider.args)]} | set(provider.kwargs)
    names = [parameter.name for parameter in plan.parameters]
    if len(provider.args) > len(by_position) and not plan.var_positional:
        most = f"{plan.name} takes {len(by_position)} arguments by position, and gets {len(provider.args)}"
        yield Problem(most, notes=(drawn(plan),))
    for name in provider.kwargs:
        if name not in names and not plan.var_keyword and "__" not in name:
            near = did_you_mean(name, names)
            yield Problem(f"{plan.name} takes no argument {name!r}{near}", notes=(drawn(plan),))
    lacking = [p.name for p in plan.parameters if p.required and p.name not in given]
    if lacking and node.when is When.NOW:
        told = " and ".join(map(repr, lacking))
        yield Problem(f"{plan.name} lacks {told}", notes=(drawn(plan),))
