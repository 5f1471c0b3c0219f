"""The methods of a predictor's class, checked in the words of Cortex 0.32."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from predictor_kit.arguments import drawn
from predictor_kit.errors import Problem, ProblemsError, did_you_mean
from predictor_kit.predictor import HOOK_ARGUMENTS, PREDICT_ARGUMENTS, TASK_ARGUMENTS
from predictor_kit.signatures import PLACE, Plan, bare, is_async, plan_of
from predictor_kit.sources.unread import unread_in

__all__ = ["abstract_problems", "is_task", "method_problems"]


def method_problems(target: Any, *, task: bool | None, available: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the methods that ``target`` must have, or may have.

    ``task`` says whether it is a task's class (None: as its methods tell); ``available`` are the
    names that a constructor can ask for.
    """
    if not isinstance(target, type):
        if is_async(target):
            yield Problem(
                f"{plan_of(target).name} is asynchronous, and a loaded predictor cannot wait for it"
            )
        return
    yield from abstract_problems(target)
    task = is_task(target) if task is None else task
    required = "__call__" if task else "predict"
    if not _has(target, required):
        yield _without_method(target, required)
    offered = {
        required: TASK_ARGUMENTS if task else PREDICT_ARGUMENTS,
        "post_predict": HOOK_ARGUMENTS,
        "on_job_complete": (),
    }
    constructor: Any = inspect.getattr_static(target, "__init__")
    if inspect.isfunction(constructor) and _lacks_self(plan_of(constructor), available):
        message = f"class {target.__name__}: the first parameter of __init__ must be self"
        yield Problem(message, notes=(drawn(plan_of(constructor)),))
    for method, names in offered.items():
        if _has(target, method):
            yield from _signature_problems(target, method, names)


def abstract_problems(target: Any) -> Iterator[Problem]:
    """That ``target`` is a protocol or an abstract class, of which no object can be made."""
    cls = bare(target, decorators=False)
    if isinstance(cls, type) and getattr(cls, "_is_protocol", False):
        message = f"class {cls.__name__} is a Protocol, and no object can be made of it"
        yield Problem(message, notes=("name a class that has its methods",))
    elif lacking := _open_methods(cls) if isinstance(cls, type) else ():
        noun = "method" if len(lacking) == 1 else "methods"
        message = f"class {cls.__name__} is abstract: it does not define the {noun} {', '.join(lacking)}"
        yield Problem(message, notes=("name a subclass that defines what is missing",))


def _open_methods(cls: Any) -> list[str]:
    """The abstract methods for which making an object of ``cls`` fails."""
    # Code of its own may make one of a subclass; a base that was not read may define anything.
    makes_another = cls.__new__ is not object.__new__ or type(cls).__call__ is not type.__call__
    if makes_another or not inspect.isabstract(cls) or any(map(unread_in, cls.__mro__)):
        return []
    # A class that was read from source has none of its special methods.
    was_read = PLACE in cls.__dict__
    return sorted(one for one in cls.__abstractmethods__ if not (was_read and one.startswith("__")))


def _without_method(cls: type, method: str) -> Problem:
    methods = [name for name, value in vars(cls).items() if callable(value) and not name.startswith("_")]
    near = did_you_mean(method, methods)
    message = f"class {cls.__name__}: required method {method!r} is not defined"
    return Problem(
        message + near, notes=(f"it has: {', '.join(methods)}" if methods else "it has no method",)
    )


def is_task(cls: type) -> bool:
    """Whether ``cls`` is a task's class: it is called, and does not predict."""
    return not _has(cls, "predict") and _has(cls, "__call__")


def _has(cls: type, method: str) -> bool:
    # Not by hasattr: every class has a __call__, that of type.
    return any(method in base.__dict__ for base in cls.__mro__)


def _signature_problems(cls: type, method: str, offered: tuple[str, ...]) -> Iterator[Problem]:
    function = getattr(cls, method)
    if not callable(function):
        yield Problem(f"class {cls.__name__}: {method!r} is defined, but is not a method")
        return
    try:
        plan = plan_of(function)
    except ProblemsError as error:
        yield from (replace(one, message=f"class {cls.__name__}: {one.message}") for one in error.problems)
        return
    bound = _is_bound(cls, method)
    if not bound and _lacks_self(plan, offered):
        yield Problem(
            f"class {cls.__name__}: the first parameter of {method} must be self", notes=(drawn(plan),)
        )
        return
    for parameter in plan.parameters[0 if bound else 1 :]:
        if parameter.required and parameter.name not in offered:
            yield Problem(
                f"class {cls.__name__}: {method} asks for {parameter.name!r}, which nobody hands it"
                f"{did_you_mean(parameter.name, offered)}",
                notes=(f"{method} can name: {', '.join(offered) or 'nothing'}", drawn(plan)),
            )


def _lacks_self(plan: Plan, offered: Collection[str]) -> bool:
    if not plan.parameters:
        return not plan.var_positional
    return plan.parameters[0].name in offered


def _is_bound(cls: type, method: str) -> bool:
    """Whether the method as the class has it takes no ``self``."""
    found = inspect.getattr_static(cls, method)
    # Python 3.13 gives partial objects a ``__get__`` that warns, and leaves them as they were.
    return isinstance(found, (staticmethod, classmethod, partial)) or not hasattr(found, "__get__")
