"""What stands behind a callable: the function that is called in the end, its name and its place."""

from __future__ import annotations

import contextlib
import functools
import inspect
import linecache
import re
import typing
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from predictor_kit.errors import Location, Problem, ProblemsError
from predictor_kit.objects.places import shown

__all__ = [
    "PLACE",
    "bare",
    "constructor_of",
    "is_async",
    "location_of",
    "name_of",
    "plain_function",
    "problem",
    "returns_generator",
    "signature_of",
]


PLACE = "__predictor_kit_place__"
"""The attribute by which a class that Python does not know the source of has its `Location`, or None."""


def returns_generator(target: Callable[..., object]) -> bool:
    """Whether calling ``target`` gives a generator, or the context manager made of one.

    True for generator functions and those under ``contextlib.contextmanager``, also within
    ``functools.partial``. A function under a decorator made with ``functools.wraps`` counts as
    what it wraps.
    """
    return inspect.isgeneratorfunction(bare(target))


def is_async(target: Callable[..., object]) -> bool:
    """Whether calling ``target`` gives an awaitable, an asynchronous generator or context manager.

    Sees through partials and ``contextlib.asynccontextmanager``, but through no other decorator:
    there are those that make a plain function of an asynchronous one.
    """
    if isinstance(target, type):
        return False
    called = bare(target, decorators=False)
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)


def bare(target: Any, *, decorators: bool = True) -> Any:
    """The function or class behind what is called: partials, bound methods, ``Generic[int]``, ``__call__``.

    Behind decorators too, or else only those of contextlib.
    """
    seen: set[int] = set()
    while id(target) not in seen:
        seen.add(id(target))
        if isinstance(target, functools.partial):
            target = target.func
        elif isinstance(target, MethodType):
            target = target.__func__
        elif _is_decorated(target) and (decorators or _is_of_contextlib(target)):
            target = target.__dict__["__wrapped__"]
        elif isinstance(origin := typing.get_origin(target), type):
            target = origin
        elif not isinstance(target, (type, FunctionType)) and isinstance(type(target).__call__, FunctionType):
            target = type(target).__call__
    return target


def _is_decorated(target: Any) -> bool:
    return "__wrapped__" in getattr(target, "__dict__", ())


def _is_of_contextlib(target: Any) -> bool:
    return getattr(target, "__globals__", None) is contextlib.__dict__


def name_of(target: Any) -> str:
    """The name of the class or function that ``target`` leads to; of its class for an object."""
    called = bare(target)
    name = str(getattr(called, "__name__", type(called).__name__))
    return str(called.__qualname__).split(".")[-2] if name == "__call__" else name


def plain_function(target: Any) -> tuple[FunctionType, int] | None:
    """The function whose code object tells all, and how many arguments Python itself hands it.

    None where something else has a say: ``__new__``, a metaclass, ``__signature__``, a decorator.
    """
    if type(target) is FunctionType:
        return None if target.__dict__ else (target, 0)
    if type(target) is MethodType:
        return _plain_method(target)
    if not isinstance(target, type) or not _is_plain_class(target):
        return None
    function: Any = target.__init__  # type: ignore[misc]  # of the class itself, of no instance
    if type(function) is not FunctionType or function.__dict__ or not function.__code__.co_argcount:
        return None
    return function, 1


def _plain_method(method: MethodType) -> tuple[FunctionType, int] | None:
    function: Any = method.__func__
    plain = type(function) is FunctionType and not function.__dict__ and function.__code__.co_argcount
    return (function, 1) if plain else None


def _is_plain_class(cls: Any) -> bool:
    if type(cls).__call__ is not type.__call__ or cls.__new__ is not object.__new__:
        return False
    return getattr(cls, "__signature__", None) is None and not _is_decorated(cls)


def signature_of(target: Any) -> inspect.Signature:
    """The signature by ``inspect``; for ``Repository[User]`` that of ``Repository``.

    Raises ``ProblemsError`` where there is none.
    """
    origin = typing.get_origin(target)
    try:
        return inspect.signature(origin if isinstance(origin, type) else target)
    except Exception as error:
        message = f"the parameters of {name_of(target)!r} cannot be read ({error})"
        raise problem(message, "wrap it in a function of your own that names its parameters") from error


def problem(message: str, *notes: str) -> ProblemsError:
    """An error with this one problem."""
    return ProblemsError([Problem(message, notes=notes)])


def constructor_of(cls: type) -> FunctionType | None:
    """The constructor that somebody wrote for ``cls`` in Python; None for a class without."""
    if getattr(cls, "__signature__", None) is not None:
        return None
    for name in ("__init__", "__new__"):
        called = bare(getattr(cls, name))
        if isinstance(called, FunctionType):
            return called
    return None


def location_of(target: Any) -> Location | None:
    """The line of the ``def`` of a function or constructor, of the ``class`` if it has none."""
    called = bare(target)
    function = constructor_of(called) if isinstance(called, type) else called
    if isinstance(function, FunctionType) and not function.__code__.co_filename.startswith("<"):
        file, first = function.__code__.co_filename, function.__code__.co_firstlineno
        return Location(shown(file), _definition(file, first))
    if isinstance(called, type) and PLACE in called.__dict__:
        place: Location | None = called.__dict__[PLACE]
        return place
    try:
        file = inspect.getsourcefile(called) or inspect.getfile(called)
        first = inspect.findsource(called)[1] + 1
    except Exception:  # noqa: BLE001 - a class can say anything of itself; its place is only an aid
        return None
    return Location(shown(file), _definition(file, first))


def _definition(file: str, first: int) -> int:
    """The line of the ``def`` or ``class`` itself, where decorators stand before it."""
    linecache.checkcache(file)
    for line in range(first, first + 50):
        if re.match(r"\s*(async\s+)?(def|class)\b", linecache.getline(file, line)):
            return line
    return first
