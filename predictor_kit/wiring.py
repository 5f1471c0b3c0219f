"""A spec to a container class: the providers of a file, filled by name, with every mistake in them.

The class is a subclass of the one that ``container:`` names, so a provider of the file reaches
whatever names it there, as in any subclass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dependency_injector import providers

from predictor_kit.arguments import Arguments, drawn
from predictor_kit.casting import Mismatch
from predictor_kit.config import merged
from predictor_kit.container import AnyProvider, Container, PredictorContainer, extended, is_container_class
from predictor_kit.documents import key_path
from predictor_kit.errors import Problem, ProblemsError, did_you_mean
from predictor_kit.objects import Project
from predictor_kit.references import OutsideText, not_shown
from predictor_kit.shortnames import reference_of
from predictor_kit.signatures import Plan, is_async, plan_of, returns_generator
from predictor_kit.sources import unknown_of
from predictor_kit.spec import PredictorSpec, ProviderSpec
from predictor_kit.values import Scope, handed_over, read

__all__ = ["Wiring", "config_problem", "hidden", "section_of"]


class Wiring:
    """The container class that a spec comes to; ``problems`` holds what is wrong with it.

    ``config`` is all that is known of it: the container's own, the spec's, the caller's. ``broken``
    are the names of providers that have a problem of their own already, ``unknown`` sentences on
    what could not be known, where only source was read. ``complete`` is false where
    the spec's container could not be found: nobody knows then which names there are.
    """

    def __init__(
        self,
        spec: PredictorSpec,
        config: Mapping[str, Any],
        project: Project,
        container: Container | None = None,
    ) -> None:
        """Find what ``spec`` refers to (this imports modules of ``project``) and fill arguments.

        Nothing is built. ``container`` stands in for the one that the spec names; ``config`` is
        merged over the spec's.
        """
        self.spec = spec
        self._project = project
        self.problems: list[Problem] = []
        self.unknown: list[str] = []
        self.broken: set[str] = set()
        self._refused: list[ProblemsError] = []
        base = self._find_base(container)
        self.complete = base is not None
        self._base: Container = base or PredictorContainer
        own = self._base.providers["config"]()
        self.config = merged(own if isinstance(own, Mapping) else {}, merged(spec.config, config))
        self._targets: dict[str, Callable[..., Any]] = {}
        self._declared = {name: self._declare(name, item) for name, item in spec.providers.items()}
        if not self.complete:
            self.broken.update(self._declared)
        for name in self._declared if self.complete else ():
            if target := self._targets.get(name):
                self._fill(name, target)
            else:  # what it takes is not known, but its arguments are written all the same
                self._read(name, self._scope(name))

    def container(self) -> Container:
        """A subclass of the container that the spec names with the providers of the file, if it has any."""
        return extended(self._base, self._declared) if isinstance(self._base, type) else self._base

    def _find_base(self, given: Container | None) -> Container | None:
        if given is None:
            return self._named() if self.spec.container is not None else PredictorContainer
        if isinstance(given, type) or not self.spec.providers:
            return given
        message = "the providers of a file are added to a container class, and an instance of one was given"
        self.report([Problem(message, notes=("give the class instead",))], "providers")
        return None

    def _named(self) -> Container | None:
        named = self.spec.container or ""
        try:
            found = self._project.find(named)
        except ProblemsError as error:
            self.refuse(error, named, "container")
            return None
        if self.note(unknown_of(found), named):
            return None
        if not is_container_class(found):
            advice = (f"declare it as `class {found.__name__}(PredictorContainer)`",)
            notes = advice if isinstance(found, type) and not isinstance(named, OutsideText) else ()
            message = f"{named!r} is no subclass of PredictorContainer"
            self.report([Problem(message, notes=notes)], "container")
            return None
        return found  # type: ignore[no-any-return] # a subclass, as just asked

    def _declare(self, name: str, item: ProviderSpec) -> AnyProvider:
        """The provider without its arguments: they may refer to one that comes later."""
        try:
            target = self._target(item.class_)
            plan_of(target)
            declared = _provider(item, target)
            self.note(unknown_of(target), item.class_)
        except ProblemsError as error:
            self.refuse(error, item.class_, "providers", name, "class")
            self.broken.add(name)
            return providers.Object(None)
        self._targets[name] = target
        return declared

    def _target(self, written: str) -> Callable[..., Any]:
        """What ``written`` names; a short name never means a module of the project's own."""
        reference = reference_of(written)
        find = self._project.find if reference == written else self._project.find_installed
        return find(reference)  # type: ignore[no-any-return] # it can be called, says either

    def _fill(self, name: str, target: Callable[..., Any]) -> None:
        """Hand the provider ``name`` what its arguments say, and by name what they leave out."""
        before = len(self.problems)
        written = self.spec.providers[name].args
        scope = self._scope(name)
        arguments = Arguments(target, scope.available, given=written)
        handed = {**arguments.injections(), **self._written(name, arguments.plan, scope)}
        self._report_names(name, arguments)
        for mismatch in arguments.config_mismatches(self.config):
            self.problems.append(config_problem(self.spec, self.config, mismatch))
        if len(self.problems) > before:
            self.broken.add(name)
            return
        provider: Any = self._declared[name]
        provider.set_args(*(handed.pop(p.name, p.default) for p in arguments.by_position(handed)))
        provider.set_kwargs(**handed)

    def _scope(self, name: str) -> Scope:
        """What the provider ``name`` can refer to: by its own name to what it replaces, if it does."""
        replaced = {name: self._base.providers[name]} if name in self._base.providers else {}
        available = {**self._base.providers, **self._declared, **replaced}
        return Scope(available, self.config, self.spec.directory)

    def _written(self, name: str, plan: Plan, scope: Scope) -> dict[str, Any]:
        """The arguments that the file gives the provider ``name``, without those that are wrong."""
        annotations = {parameter.name: parameter.annotation for parameter in plan.parameters}
        others = plan.keyword_annotation if plan.var_keyword else Any
        handed: dict[str, Any] = {}
        for key, value in self._read(name, scope).items():
            handed[key], mistakes = handed_over(value, annotations.get(key, others), scope)
            self._report_values(name, key, mistakes)
        return handed

    def _read(self, name: str, scope: Scope) -> dict[str, Any]:
        """The same, before anything is known of the parameters that they are for."""
        values: dict[str, Any] = {}
        for key, written in self.spec.providers[name].args.items():
            value, mistakes = read(written, scope)
            self._report_values(name, key, mistakes)
            values |= {} if mistakes else {key: value}
        return values

    def _report_values(self, name: str, key: str, mistakes: Iterable[Mismatch]) -> None:
        for mistake in mistakes:
            path = ("providers", name, "args", key, *mistake.path)
            self.report([Problem(mistake.message)], *path, key=mistake.at_key)

    def _report_names(self, name: str, arguments: Arguments[Any]) -> None:
        """Note the arguments that are not taken, and those that are lacking and not just misspelt."""
        plan, args = arguments.plan, ("providers", name, "args")
        written = self.spec.providers[name].class_
        known = [parameter.name for parameter in plan.parameters]
        # No provider of dependency-injector hands on an argument of the name self.
        taken = known if not plan.var_keyword else self.spec.providers[name].args
        unknown = [key for key in self.spec.providers[name].args if key not in taken or key == "self"]
        for key in unknown:
            message = f"{plan.name} takes no argument {key!r}{did_you_mean(key, known)}"
            problem = hidden(Problem(message, notes=(drawn(plan),)), written)
            self.report([problem], *args, key, key=True, subject=key_path(args))
        for parameter, problem in zip(arguments.missing, arguments.problems(), strict=True):
            if not any(did_you_mean(key, [parameter.name]) for key in unknown):
                told = hidden(problem, written)
                self.report([told], "providers", name, "class", subject=f"providers.{name}")

    def note(self, unknown: Iterable[str], written: str) -> bool:
        """Note what could not be known of what ``written`` names; whether there was any such thing."""
        # A sentence names modules, which may have come from the environment.
        found = [] if isinstance(written, OutsideText) else [f"{written}: {one}" for one in unknown]
        self.unknown += found
        return bool(found)

    def refuse(self, error: ProblemsError, written: str, *path: str | int) -> None:
        """Note why what ``written`` names cannot be used; what keeps a whole module from running once."""
        shown = not isinstance(written, OutsideText)
        if not (shown and error in self._refused):
            self.report(_unshown(error.problems, written), *path)
        if shown:
            self._refused.append(error)

    def report(
        self, found: Iterable[Problem], *path: str | int, key: bool = False, subject: str = ""
    ) -> None:
        """Note problems of what stands at ``path``; one that has a place already names ours beside it."""
        place = self.spec.locate(*path, key=key)
        for problem in found:
            if problem.location is None:
                told = replace(problem, location=place)
            else:
                told = replace(problem, notes=(*problem.notes, *([f"named at {place}"] if place else [])))
            self.problems.append(replace(told, subject=subject or key_path(path), api=self.spec.name))


def section_of(spec: PredictorSpec | None) -> str:
    """The section of the file that names the class: ``predictor``, or a task's ``definition``."""
    return "definition" if spec is not None and spec.kind == "TaskAPI" else "predictor"


def config_problem(spec: PredictorSpec | None, config: Any, mismatch: Mismatch) -> Problem:
    """What is wrong in ``config``, at its place in the file unless it came from elsewhere."""
    path = mismatch.path
    api = spec.name if spec is not None else ""
    if spec is None or not _is_of(spec.config, config, mismatch):
        return Problem(mismatch.message, key_path(("config", *path)), api=api)
    whole = (section_of(spec), "config", *path)
    return Problem(mismatch.message, key_path(whole), spec.locate(*whole, key=mismatch.at_key), api=api)


def _is_of(file: Any, config: Any, mismatch: Mismatch) -> bool:
    """Whether what is wrong in ``config`` stands in the ``file``'s, and not in what was merged over it."""
    try:
        for step in mismatch.path:
            file, config = file[step], config[step]
    except (LookupError, TypeError):
        return False
    if isinstance(file, Mapping) and isinstance(config, Mapping):
        return file.keys() <= config.keys()  # all of it was replaced otherwise
    return mismatch.at_key or file is config or bool(file == config)  # what is no number equals nothing


def _unshown(problems: Iterable[Problem], written: str) -> Iterable[Problem]:
    """``problems`` with what ``written`` names; one without its value if it came from the environment."""
    if not isinstance(written, OutsideText):
        return problems
    return [Problem(f"what it names cannot be used{not_shown(written.origins)}")]


def hidden(problem: Problem, written: str) -> Problem:
    """``problem`` of what ``written`` names; where that came from outside, without its name and place."""
    if not isinstance(written, OutsideText):
        return problem
    name = written.rpartition(":")[2].rpartition(".")[2] if ":" in written else ""
    # What is said of a class begins with its name, and that word may mean something else further on.
    begins = re.compile(rf"(class )?{re.escape(name)}\b") if name else re.compile("(?!)")

    def told(text: str) -> str:
        alone = text.partition("  [")[0]
        found = begins.match(alone)
        return f"{found[1] or ''}{written.template}{alone[found.end() :]}" if found else alone

    return replace(problem, message=told(problem.message), notes=tuple(map(told, problem.notes)))


def _provider(item: ProviderSpec, target: Callable[..., Any]) -> AnyProvider:
    if is_async(target):
        raise ProblemsError([Problem("it is asynchronous, and a constructor cannot wait for what it gives")])
    if not returns_generator(target):
        return providers.Singleton(target) if item.scope == "singleton" else providers.Factory(target)
    if item.scope == "factory":
        raise ProblemsError([Problem("a generator is torn down once: its scope can only be singleton")])
    return providers.Resource(target)
