"""Loading: a class or a spec, with a container, to a predictor that is ready to predict.

All that can be wrong is found before anything is built; only what the predictor reaches is built;
a start that fails takes down what it had started.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import Any, TypeVar, overload

from predictor_kit.blueprint import Blueprint, class_title, draw
from predictor_kit.builds import Build, failures_of
from predictor_kit.checks import Plans, plans_of
from predictor_kit.container import Container
from predictor_kit.errors import TeardownError
from predictor_kit.lifecycle import Lifecycle, Teardown
from predictor_kit.predictor import LoadedPredictor
from predictor_kit.raised import summary
from predictor_kit.resolver import build, noted
from predictor_kit.spec import PredictorSpec

__all__ = ["load", "load_predictor"]

T = TypeVar("T")

Located = str | os.PathLike[str] | PredictorSpec


@overload
def load_predictor(
    target: Callable[..., T],
    *,
    name: None = None,
    env: None = None,
    container: Container | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedPredictor[T]: ...


@overload
def load_predictor(
    target: Located,
    *,
    name: str | None = None,
    env: str | None = None,
    container: Container | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedPredictor[Any]: ...


def load_predictor(
    target: Callable[..., Any] | Located,
    *,
    name: str | None = None,
    env: str | None = None,
    container: Container | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedPredictor[Any]:
    """Load a predictor: its constructor's arguments by name from a container.

    ``target`` is a class, ``"package.module:Class"``, ``"path/file.py:Class"``, a
    `PredictorSpec`, or the path of a configuration file or of a folder with a ``cortex.yaml``;
    ``name`` says which API of a file, where it has several; ``env`` which overlay beside it is
    applied, by default the one that ``PREDICTOR_ENV`` names.

    ``container`` is a `PredictorContainer` class, of which an instance is made for this predictor
    alone, or an instance, whose singletons are shared; a file's ``providers`` are added to the
    class. ``config`` is merged over the container's and the file's; ``overrides`` replaces
    providers by name. In an instance that was given both hold for all that use it, until the
    predictor is closed.

    Raises `ProblemsError` with all that is wrong before anything is built, `OverrideError` for an
    override of a name that is not there; what a constructor raises comes through, with a note
    that names the way to it, after all that was started is closed again.
    """
    with ExitStack() as life:
        drawn = draw(
            life, target, name=name, env=env, container=container, config=config, overrides=overrides
        )
        return load(life, drawn)


def load(life: ExitStack, blueprint: Blueprint[T]) -> LoadedPredictor[T]:
    """Build what ``blueprint`` describes; the loaded predictor takes over what is in ``life``."""
    kept = ExitStack()
    first = _build(blueprint, kept)
    try:
        loaded = LoadedPredictor(first, partial(_build, blueprint), blueprint.container, blueprint.spec)
    except BaseException as error:
        _note(error, first.end())
        raise
    kept.push(life.pop_all())
    return loaded


def _build(blueprint: Blueprint[T], life: ExitStack | None = None) -> Build[T]:
    """Check, build, construct. With ``life``, which it ends, it is the first; else it is one for a while."""
    lifecycle = blueprint.container.lifecycle
    plans = plans_of(blueprint)
    with lifecycle.building():
        mark = lifecycle.mark()
        try:
            instance = _construct(blueprint, plans)
        except BaseException as error:
            _note(error, lifecycle.rollback(mark))
            raise
        user = lifecycle.acquire()
    release = partial(_release, lifecycle, user, None if life is not None else mark)
    ends: list[Teardown] = [partial(_close, instance), release, *([life.close] if life is not None else [])]
    return Build(instance, partial(failures_of, ends))


def _release(lifecycle: Lifecycle, user: int, since: int | None) -> None:
    if failures := lifecycle.release(user, since):
        raise TeardownError("what was built for the predictor could not be taken down", failures)


def _note(error: BaseException, failures: list[Exception]) -> None:
    for failure in failures:
        error.add_note(f"and then closing what had been started failed: {summary(failure)}")


def _construct(blueprint: Blueprint[T], plans: Plans[T]) -> T:
    arguments, graph = plans.arguments, plans.graph
    name = class_title(blueprint.spec, arguments.plan.name)
    with blueprint.project.active() if blueprint.project else nullcontext():
        build(blueprint.container, graph, name, blueprint.container.lifecycle)
        with noted(graph, [name], graph.roots):
            return arguments.call()()


def _close(instance: object) -> None:
    close = getattr(instance, "close", None)
    result = close() if callable(close) else None
    if inspect.iscoroutine(result):
        try:
            # Raises where a loop runs already, in which nobody could wait for it here.
            asyncio.run(result)
        finally:
            result.close()
