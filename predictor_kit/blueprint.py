"""What is to be loaded: the class that a target means, and the container that fills it; nothing is built."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeGuard, TypeVar

from predictor_kit.config import merged
from predictor_kit.container import Container, ContainerInstance, PredictorContainer, is_container
from predictor_kit.documents import key_path
from predictor_kit.errors import Problem, ProblemsError, did_you_mean, listed
from predictor_kit.objects import Project, environment, find
from predictor_kit.objects.places import is_folder, is_ordinary_file
from predictor_kit.overrides import apply
from predictor_kit.references import OutsideText, plain
from predictor_kit.sources import unknown_of
from predictor_kit.spec import PredictorSpec, load_specs
from predictor_kit.wiring import Wiring, section_of

__all__ = ["Blueprint", "Container", "Target", "choose", "draw", "file_of", "is_file", "title"]

T = TypeVar("T")

Change = Callable[[type[PredictorContainer]], type[PredictorContainer]]
Target = str | os.PathLike[str] | PredictorSpec | Callable[..., Any]

FILE = "cortex.yaml"
"""The file that a folder stands for."""


@dataclass
class Blueprint(Generic[T]):
    """A class (None: it could not be found) and the container instance that is to fill its constructor.

    ``config`` is what file and caller say, with marks on text from the environment; ``problems`` is
    what is wrong already, ``broken`` the providers that it is about. ``unknown`` says in sentences
    what could not be known, where only source was read: nothing may be built then.
    """

    target: Callable[..., T] | None
    container: ContainerInstance
    spec: PredictorSpec | None = None
    project: Project | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @property
    def section(self) -> str:
        """The section of the file that names the class: ``predictor``, or a task's ``definition``."""
        return section_of(self.spec)

    def marked(self, config: Any) -> Any:
        """``config`` with marks on text from the environment, unless it was overridden since."""
        return self.config if plain(self.config) == config else config

    def placed(self, problem: Problem, *path: str | int, key: bool = False) -> Problem:
        """``problem`` as one of the value at ``path`` of the file; as it is where there is no file."""
        return problem if self.spec is None else _placed(self.spec, problem, *path, key=key)


def draw(
    life: ExitStack,
    target: Target,
    *,
    name: str | None = None,
    env: str | None = None,
    container: Container | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    change: Change | None = None,
    static: bool = False,
) -> Blueprint[Any]:
    """The blueprint of ``target``; for the arguments see `load_predictor`.

    ``life`` gets what is to be undone when the blueprint is used no longer: environment variables,
    config and overrides put into a container instance that was given. ``change`` is applied to the container
    class before an instance is made of it. With ``static`` no module of the predictor's or the
    providers' is imported: a file is checked by their source. Raises `ProblemsError` where
    the target or an argument means nothing, `OverrideError` for a name that is not there.
    """
    if container is not None and not is_container(container):
        message = f"container must be a PredictorContainer class or an instance of one, not {container!r}"
        raise ProblemsError([Problem(message)])
    mappings: dict[str, object] = {"config": config, "overrides": overrides}
    for argument, given in mappings.items():
        if not isinstance(given, Mapping | None):
            message = f"{argument} must be a mapping by name, not {type(given).__name__}"
            raise ProblemsError([Problem(message)])
    made_of = _source_project() if static else Project
    blueprint = _draw(life, target, name, env, container, config or {}, change, made_of)
    life.callback(apply(blueprint.container, overrides or {}))
    return blueprint


def _source_project() -> type[Project]:
    from predictor_kit.sources.projects import SourceProject  # noqa: PLC0415 - loading can do without its 25 ms

    return SourceProject


_FILES_ONLY = {
    "name": "name says which API of a file, and no file was given",
    "env": "env says which overlay of a file, and no file was given",
}


def _draw(
    life: ExitStack,
    target: Target,
    name: str | None,
    env: str | None,
    container: Container | None,
    config: Mapping[str, Any],
    change: Change | None,
    made_of: type[Project],
) -> Blueprint[Any]:
    spec = target if isinstance(target, PredictorSpec) else None
    if is_file(target):
        spec = choose(load_specs(file_of(target), env=env), name, os.fspath(target))
    elif given := {key: value for key, value in (("name", name), ("env", env)) if value is not None}:
        raise ProblemsError(Problem(_FILES_ONLY[key], subject=value) for key, value in given.items())
    if spec is not None:
        return _draw_spec(life, spec, container, config, change, made_of)
    if isinstance(target, str):
        target = find(target)
    if not callable(target):
        message = f"a predictor is loaded from a class, a spec or the path of a file, not from {target!r}"
        raise ProblemsError([Problem(message)])
    instance = _instance(life, container or PredictorContainer, config, change)
    return Blueprint(target, instance, config=instance.config())


def file_of(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The configuration file that ``path`` means; raises `ProblemsError` for Python code."""
    file = os.fspath(path)
    if file.endswith(".py") or not is_file(path):
        named = file if ":" in Path(file).name else f"{file}:NAME"
        notes = (
            "give the configuration file that names it",
            f"from Python its class can be loaded: load_predictor({named!r})",
        )
        raise ProblemsError([Problem("this is Python code, not a configuration file", file, notes=notes)])
    return Path(path, FILE) if is_folder(path) else path


def choose(specs: Mapping[str, PredictorSpec], name: str | None, file: str) -> PredictorSpec:
    """The API ``name``, or without a name the only one that has code; raises `ProblemsError`."""
    if name is not None:
        if name in specs:
            return specs[name]
        message = f"no api is named {name!r} in {file}{did_you_mean(name, map(title, specs))}"
    else:
        coded = [spec for spec in specs.values() if spec.code is not None]
        if len(coded) == 1:
            return coded[0]
        message = (
            f"{file} has several apis: say which one by its name" if coded else f"{file} has no api with code"
        )
    raise ProblemsError([Problem(message, notes=(_names(specs, name or ""),) if specs else ())])


def _placed(spec: PredictorSpec, problem: Problem, *path: str | int, key: bool = False) -> Problem:
    place = spec.locate(*path, key=key)
    return replace(problem, location=place or problem.location, subject=key_path(path), api=spec.name)


def _names(specs: Mapping[str, PredictorSpec], near: str) -> str:
    return f"apis: {listed([f'{title(name)} ({spec.kind})' for name, spec in specs.items()], near)}"


def title(name: str) -> str:
    """The name of an API as messages show it: as written, where it came from the environment."""
    return name.template if isinstance(name, OutsideText) else name


def class_title(spec: PredictorSpec | None, name: str) -> str:
    """The ``name`` of the class of ``spec`` as messages show it: where it came from outside, as written."""
    code = spec.code if spec is not None else None
    return title(code.path) if code is not None and isinstance(code.path, OutsideText) else name


def is_file(target: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether ``target`` is the path of a configuration file or folder, and not ``module:Class``."""
    if isinstance(target, os.PathLike):
        return True
    if not isinstance(target, str):
        return False
    return ":" not in Path(target).name or is_folder(target) or is_ordinary_file(target)


def _draw_spec(
    life: ExitStack,
    spec: PredictorSpec,
    container: Container | None,
    config: Mapping[str, Any],
    change: Change | None,
    made_of: type[Project],
) -> Blueprint[Any]:
    if spec.code is None:
        message = f"{spec.name!r} is a {spec.kind}: it shares requests among other apis and has no predictor"
        raise ProblemsError([Problem(message, "kind", spec.locate("kind"), api=spec.name)])
    try:
        project = made_of(spec.directory, spec.python_path, plain(spec.env), spec.allow)
    except ProblemsError as error:
        raise ProblemsError(
            _placed(spec, one, section_of(spec), one.subject) for one in error.problems
        ) from None
    life.enter_context(environment(project.env))
    wiring = Wiring(spec, config, project, container)
    instance = _instance(life, wiring.container(), wiring.config, change)
    target: Callable[..., Any] | None = None
    try:
        target = project.find_class(spec.path, spec.class_name)
        wiring.note(unknown_of(target, "__call__" if spec.kind == "TaskAPI" else "predict"), spec.code.path)
    except ProblemsError as error:
        wiring.refuse(error, spec.code.path, section_of(spec), "path")
    # Of a container that was not found nobody knows the names, so nothing is said of those asked for.
    target = target if wiring.complete else None
    found = (wiring.problems, wiring.unknown, wiring.broken)
    return Blueprint(target, instance, spec, project, wiring.config, *found)


def _instance(
    life: ExitStack, container: Container, config: Mapping[str, Any], change: Change | None
) -> ContainerInstance:
    """An instance of a class, or the one given, with ``config`` merged over its own."""
    shared = not isinstance(container, type)
    if isinstance(container, type):
        container = (change(container) if change else container)()
    instance: Any = container
    if config:
        own = instance.providers["config"]()
        whole = plain(merged(own if isinstance(own, Mapping) else {}, config))
        if shared:
            life.callback(apply(instance, {"config": whole}))
        else:  # nothing is built in it yet, and nobody else will have it
            instance.providers["config"].override(whole)
    return instance  # type: ignore[no-any-return] # made by calling a container class
