"""Objects by their names in a module, and what to say where there is none."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any

from predictor_kit.errors import Problem, ProblemsError, did_you_mean, listed

__all__ = ["callable_in", "class_in", "names_in"]

_FIXED: Mapping[str, str] = {
    "PythonPredictor": "type: python",
    "TensorFlowPredictor": "type: tensorflow",
    "ONNXPredictor": "type: onnx",
    "Task": "kind: TaskAPI",
}
"""The names that Cortex gives to classes, and what a file says to have each of them."""


def callable_in(module: object, name: str, what: str) -> Any:
    """The class or function that the dotted ``name`` means in ``module``, which is called ``what``.

    Raises ``ProblemsError`` where there is nothing of that name, or nothing that can be called.
    """
    found = _found(module, name, what)
    if holder := _instance_needed(module, name, found):
        kinds = "name a class, a function, a classmethod or a staticmethod"
        raise ProblemsError([Problem(f"{name!r} in {what} needs an instance of {holder}", notes=(kinds,))])
    # An instance can be callable, too; a function that is wrapped or given arguments is one no less.
    if isinstance(found, (type, partial)) or inspect.isroutine(found) or hasattr(found, "__wrapped__"):
        return found
    message = f"{name!r} in {what} is {_described(found)}, not a class or function"
    raise ProblemsError([Problem(message, notes=tuple(_advice(found)))])


def class_in(module: object, name: str, what: str, path: str) -> type:
    """The class that the dotted ``name`` means in ``module``, which is called ``what``.

    ``path`` is what a file's ``path`` says without a class. Raises ``ProblemsError`` where there is
    no such class, with a word on those of Cortex's other names and on those of no such name.
    """
    try:
        found = _found(module, name, what)
    except ProblemsError as error:
        hints = tuple(_hints(module, name, path))
        raise ProblemsError([replace(one, notes=one.notes + hints) for one in error.problems]) from None
    if isinstance(found, type):
        return found
    raise ProblemsError([Problem(f"{name!r} in {what} is {_described(found)}, not a class")])


def names_in(module: object) -> str:
    """The public classes and functions of ``module``, as a message names them; "" where there is none."""
    return listed(_offered(module))


def _instance_needed(module: object, name: str, found: object) -> str:
    """The class whose method ``found`` is, where it has to be called on an instance of it; else ""."""
    holder, _, method = name.rpartition(".")
    if not holder or not inspect.isfunction(found):
        return ""
    owner = attrgetter(holder)(module)
    if not isinstance(owner, type) or not inspect.isfunction(inspect.getattr_static(owner, method)):
        return ""
    lacks = [one for one in inspect.signature(found).parameters.values() if one.default is one.empty]
    return holder if lacks and lacks[0].name == "self" else ""


def _found(module: object, name: str, what: str) -> Any:
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise ProblemsError([_absent(found, part, what)]) from None
        what = f"{part!r} in {what}"
    return found


def _absent(holder: object, name: str, what: str) -> Problem:
    kind = "class" if name[:1].isupper() else "function"
    offered = list(_offered(holder))
    near = did_you_mean(name, (other for other in offered if not {name, other} <= _FIXED.keys()))
    notes = f"it has: {listed(offered, name)}" if offered else "it has no class or function"
    return Problem(f"{what} has no {kind} {name!r}{near}", notes=(notes,))


def _hints(module: object, name: str, path: str) -> Iterator[str]:
    if name not in _FIXED:
        return
    classes = [one for one in _offered(module) if isinstance(getattr(module, one), type)]
    for one in classes:
        if one in _FIXED:
            yield f"{one} is the class for `{_FIXED[one]}`"
    if others := [one for one in classes if one not in _FIXED]:
        chosen = others[0] if len(others) == 1 else "NAME"
        yield f"to have a class of another name, write `path: {path}:{chosen}`"


def _offered(holder: object) -> Iterator[str]:
    """The public classes and functions that were written in ``holder``; all of them, if none was."""
    public = {name: value for name, value in _members(holder) if callable(value) and not name.startswith("_")}
    home = holder.__name__ if inspect.ismodule(holder) else getattr(holder, "__module__", None)
    own = [name for name, value in public.items() if getattr(value, "__module__", None) == home]
    yield from own or public


def _members(holder: object) -> list[tuple[str, Any]]:
    return list(getattr(holder, "__dict__", {}).items())


def _advice(value: object) -> Iterator[str]:
    if inspect.ismodule(value) and (offered := list(_offered(value))):
        yield f"it has: {listed(offered)}"
    elif callable(value):
        yield "name its class, or a function that returns it"


def _described(value: object) -> str:
    if inspect.isfunction(value):
        return "a function"
    return "a module" if inspect.ismodule(value) else f"an object of type {type(value).__name__!r}"
