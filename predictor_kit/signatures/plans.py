"""Plans: a plain class or function read straight from its code object, all else by ``inspect``.

A plan keeps names and flags only; defaults, annotations and the place in the source are looked
up when they are asked for. So a remembered plan keeps no class alive.
"""

from __future__ import annotations

import enum
import functools
import inspect
import re
import reprlib
import weakref
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from predictor_kit.errors import Location
from predictor_kit.signatures.annotations import Unevaluated, resolved, short
from predictor_kit.signatures.callables import location_of, name_of, plain_function, problem, signature_of
from predictor_kit.signatures.keywords import keys_of

__all__ = ["Kind", "Parameter", "Plan", "plan_of"]

_EMPTY = inspect.Parameter.empty
_VARARGS, _VARKEYWORDS = inspect.CO_VARARGS, inspect.CO_VARKEYWORDS


class Kind(enum.Enum):
    """How an argument can be handed to a parameter."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional-or-keyword"
    KEYWORD_ONLY = "keyword-only"


# An enum's members cost a look-up each time, and the first plan of a class counts.
_BY_POSITION, _BY_EITHER = Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that can be filled: never ``self``, ``*args`` or ``**kwargs``.

    One of kind ``Kind.POSITIONAL_ONLY`` must be handed over by position, the others can be
    handed over by keyword. ``source`` gives the callable, None once it is gone. ``within`` is the
    name of the ``**kwargs`` that take it as a key of their TypedDict; "" for any other.
    """

    name: str
    kind: Kind
    required: bool
    source: Callable[[], Any] = field(repr=False, compare=False)
    within: str = ""

    @property
    def default(self) -> Any:
        """The default; ``inspect.Parameter.empty`` where there is none, as for a key that can be left out.

        Raises ``ReferenceError`` when the callable is gone: a plan does not keep it alive.
        """
        if self.within:
            return _EMPTY
        target = self.source()
        if target is None:
            raise ReferenceError("the callable that this parameter belongs to no longer exists")
        return signature_of(target).parameters[self.name].default

    @property
    def annotation(self) -> Any:
        """The annotated type, names in text looked up; ``typing.Any`` where there is none.

        ``Optional`` and ``Annotated`` are kept. A name that is not there (one imported for the
        type checker only, say) counts as ``typing.Any``. Never raises.
        """
        written = self.written
        if type(written) is type and written is not _EMPTY:
            return written
        return resolved(written, self.source())

    @property
    def keys(self) -> dict[str, tuple[Any, bool]] | None:
        """Of ``**kwargs: Unpack[...]`` the keys, each with its type and whether it is required; else None."""
        try:
            return keys_of(self.annotation)
        except Exception:  # noqa: BLE001 - as for an annotation; it takes anything then
            return None

    def text(self) -> str:
        """The parameter as in a signature: ``max_len: int = 128``. Never raises."""
        written = self.written
        annotated = written is not _EMPTY
        start = f"{self.name}: {short(written)}" if annotated else self.name
        if self.required:
            return start
        return f"{start}{' = ' if annotated else '='}{self._short_default()}"

    @property
    def written(self) -> Any:
        """The annotation as it stands; ``inspect.Parameter.empty`` where there is none. Never raises."""
        if self.within:
            keys = Parameter(self.within, Kind.KEYWORD_ONLY, False, self.source).keys
            return keys[self.name][0] if keys else _EMPTY
        target = self.source()
        try:
            if plain := plain_function(target):
                return plain[0].__annotations__.get(self.name, _EMPTY)
            return signature_of(target).parameters[self.name].annotation
        except Exception:  # noqa: BLE001 - an annotation can be any code; without it the rest still stands
            return _EMPTY

    def _short_default(self) -> str:
        if self.within:
            return "..."
        try:
            default = self.default
            named = isinstance(default, (type, FunctionType))
            text = default.__name__ if named else re.sub(" at 0x[0-9a-fA-F]+", "", _REPR.repr(default))
        except Exception:  # noqa: BLE001 - a repr is the user's code, and this is for a message
            return "..."
        return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


_WIDTH = 40
_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = _WIDTH


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of one callable, in their order.

    ``name`` is the callable's own name. ``var_positional`` and ``var_keyword`` tell whether it
    takes ``*args`` and ``**kwargs``, which are never filled; of ``**kwargs: Unpack[...]`` each key is
    a parameter, and no other is taken. ``others`` are the ``**kwargs`` that take any name. ``source``
    gives the callable, None once it is gone; ``code`` is what was read.
    """

    name: str
    parameters: tuple[Parameter, ...]
    var_positional: bool
    others: Parameter | None
    source: Callable[[], Any] = field(repr=False, compare=False)
    code: CodeType | None = field(repr=False, compare=False)

    @property
    def location(self) -> Location | None:
        """File and line of the constructor, else of the class; of the function; None if unknown."""
        return location_of(self.source())

    @property
    def var_keyword(self) -> bool:
        """Whether it takes arguments of any name."""
        return self.others is not None

    @property
    def keyword_annotation(self) -> Any:
        """The type of each value that ``**kwargs`` takes; ``typing.Any`` where none is told."""
        return Any if self.others is None else self.others.annotation

    @property
    def unread(self) -> str:
        """The ``**kwargs: Unpack[...]``, where these were read from source and are not known; else ""."""
        written = self.others.written if self.others else None
        known = not isinstance(written, Unevaluated) or "Unpack[" not in repr(written)
        return "" if known or self.others is None else f"**{self.others.name}: {written!r}"

    def text(self) -> str:
        """The call, drawn: ``PythonPredictor(config, tokenizer: str, max_len: int = 128)``."""
        return f"{self.name}({', '.join(self._pieces())})"

    def _pieces(self) -> Iterator[str]:
        texts = [[p.text() for p in self.parameters if p.kind is kind] for kind in Kind]
        by_position, either, by_keyword = texts
        yield from [*by_position, "/"] if by_position else []
        yield from either
        if self.var_positional or by_keyword:
            yield "*args" if self.var_positional else "*"
        yield from by_keyword
        if self.var_keyword:
            yield "**kwargs"


# By identity: a class may define an equality of its own, and this look-up is on every load's path.
_plans: dict[int, Plan] = {}


def plan_of(target: Callable[..., object]) -> Plan:
    """The parameters that calling ``target`` takes.

    ``target`` is a class, a function, a bound method, a ``functools.partial`` (what it binds is
    not asked for), a decorated one of these (what it wraps counts), or an object with
    ``__call__``. Plans of classes and functions are remembered until the class or function goes,
    or has another ``__init__`` or ``__code__``.

    Raises ``ProblemsError`` when ``target`` cannot be called, or does not tell its parameters, as
    some written in C.
    """
    plan = _plans.get(id(target))
    if plan is not None and plan.source() is target and plan.code is _code(target):
        return plan
    if not isinstance(target, (type, FunctionType)):
        return _new_plan(target, lambda: target)
    plan = _new_plan(target, weakref.ref(target, functools.partial(_plans.pop, id(target))))
    _plans[id(target)] = plan
    return plan


def _code(target: Any) -> CodeType | None:
    """What a plan is read from: it tells when a constructor was replaced, by a patch in a test say."""
    function: Any = target
    if isinstance(target, type):
        function = target.__init__  # type: ignore[misc]  # of the class itself, of no instance
    return getattr(function, "__code__", None)


def _new_plan(target: Any, source: Callable[[], Any]) -> Plan:
    if plain := plain_function(target):
        return _plan_by_code(target.__name__, *plain, source)
    if not callable(target):
        raise problem(f"an object of type {type(target).__name__!r} is no class or function")
    return _plan_by_inspect(target, source)


def _plan_by_code(name: str, function: FunctionType, skip: int, source: Callable[[], Any]) -> Plan:
    code, by_position, by_either = function.__code__, _BY_POSITION, _BY_EITHER
    names, count, flags = code.co_varnames, code.co_argcount, code.co_flags
    first, required = code.co_posonlyargcount, count - len(function.__defaults__ or ())
    parameters = [
        Parameter(names[i], by_position if i < first else by_either, i < required, source)
        for i in range(skip, count)
    ]
    if code.co_kwonlyargcount:
        given = function.__kwdefaults__ or {}
        keywords = names[count : count + code.co_kwonlyargcount]
        parameters += [Parameter(word, Kind.KEYWORD_ONLY, word not in given, source) for word in keywords]
    others: Parameter | None = None
    if flags & _VARKEYWORDS:
        word = names[count + code.co_kwonlyargcount + (flags & _VARARGS != 0)]
        keys, others = _keywords(word, names[: count + code.co_kwonlyargcount], source)
        parameters += keys
    return Plan(name, tuple(parameters), flags & _VARARGS != 0, others, source, code)


def _keywords(
    name: str, taken: Container[str], source: Callable[[], Any]
) -> tuple[list[Parameter], Parameter | None]:
    """The parameters that ``**name`` comes to, those of a name ``taken`` left out; else itself."""
    others = Parameter(name, Kind.KEYWORD_ONLY, False, source)
    keys = others.keys
    if keys is None:
        return [], others
    known = [(key, required) for key, (_, required) in keys.items() if key not in taken]
    return [Parameter(key, Kind.KEYWORD_ONLY, required, source, name) for key, required in known], None


def _plan_by_inspect(target: Any, source: Callable[[], Any]) -> Plan:
    parameters = signature_of(target).parameters.values()
    bound = target.keywords if isinstance(target, functools.partial) else {}
    asked = [
        Parameter(parameter.name, Kind[parameter.kind.name], parameter.default is _EMPTY, source)
        for parameter in parameters
        if parameter.kind.name in Kind.__members__ and parameter.name not in bound
    ]
    others: Parameter | None = None
    kinds = {parameter.kind: parameter.name for parameter in parameters}
    if word := kinds.get(inspect.Parameter.VAR_KEYWORD):
        keys, others = _keywords(word, {*bound, *(one.name for one in asked)}, source)
        asked += keys
    varargs = inspect.Parameter.VAR_POSITIONAL in kinds
    return Plan(name_of(target), tuple(asked), varargs, others, source, _code(target))
