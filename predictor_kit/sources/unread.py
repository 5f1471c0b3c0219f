"""What is not known of a source, because to know it would take running it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from predictor_kit.errors import Location, ProblemsError
from predictor_kit.signatures import PLACE, bare, plan_of

__all__ = ["METHODS", "Unread", "UnreadModule", "mark_unknown", "unknown_of", "unread", "unread_in"]

METHODS = ("__init__", "__call__", "predict", "post_predict", "on_job_complete")
"""What a class that was not read may have, and is asked for."""

_OF_MODULES = {
    "cannot be read",
    "is not installed here",
    "is not written in Python",
    "was not found",
    "was not read",
}
"""Why a module is not known, and so everything in it."""

_UNREAD, _UNKNOWN = "__predictor_kit_unread__", "__predictor_kit_unknown__"


@dataclass(frozen=True, slots=True)
class Unread:
    """Something of which only the name is known: ``what`` it is called and ``why`` that is all.

    ``why`` goes on after a "which": "is decorated with register(...)". ``origin`` are the module
    and the name in it, of what can be looked for. Where it ``spreads``, as a metaclass does, no
    more is known of a class that has this one as a base.
    """

    what: str
    why: str
    origin: tuple[str, str] | None = None
    spreads: bool = False

    def __str__(self) -> str:
        """The name and the reason: ``torch.nn.Module, which was not read``."""
        return f"{self.what}, which {self.why}"

    def attribute(self, name: str) -> type:
        """What stands for the attribute ``name`` of it."""
        origin = (self.origin[0], f"{self.origin[1]}.{name}".lstrip(".")) if self.origin else None
        why = self.why if self.why in _OF_MODULES else f"belongs to {self}"
        return unread(f"{self.what}.{name}", why, origin)


def unread(
    what: str,
    why: str,
    origin: tuple[str, str] | None = None,
    *,
    place: Location | None = None,
    spreads: bool = False,
) -> type:
    """A class in the place of what was not read: it takes anything and may have any of ``METHODS``."""
    info = Unread(what, why, origin, spreads)
    marks = {_UNREAD: info, _UNKNOWN: (f"{what} {why}",), PLACE: place, "__module__": None}
    name = re.match(r"[\w.]*", what)[0].rpartition(".")[2]  # type: ignore[index] # it matches anything
    return type(name, (), {**dict.fromkeys(METHODS, _anything), **marks})


class UnreadModule(ModuleType):
    """A module in the place of one that was not read: it may have anything."""

    def __init__(self, name: str, why: str, origin: tuple[str, str] | None = None) -> None:
        """The arguments are those of `Unread`."""
        super().__init__(name)
        self.__dict__[_UNREAD] = Unread(name, why, origin)

    def __getattr__(self, name: str) -> type:
        """What stands for the attribute ``name``."""
        if name.startswith("__"):
            raise AttributeError(name)
        info: Unread = self.__dict__[_UNREAD]
        return info.attribute(name)


def unread_in(value: object) -> Unread | None:
    """What is not known of a ``value`` in the place of what was not read; None for any other."""
    found: Unread | None = getattr(value, "__dict__", {}).get(_UNREAD)
    return found


def mark_unknown(target: Any, *sentences: str) -> None:
    """Have `unknown_of` say ``sentences`` of the class or function ``target``."""
    setattr(target, _UNKNOWN, sentences)


def unknown_of(target: object, *methods: str) -> tuple[str, ...]:
    """What could not be known, in plain words, of a class or function that a `SourceProject` found.

    ``PythonPredictor inherits its constructor from torch.nn.Module, which was not read``: its
    parameters are then those of one that takes anything. With ``methods`` also what could not be
    known of each of these methods of a class. Empty for anything else.
    """
    called = bare(target)
    found = [*_own(called), *_of_keywords(target)]
    if isinstance(called, type):
        found += [sentence for method in methods for sentence in _of_method(called, method)]
    return tuple(dict.fromkeys(found))


def _of_keywords(target: Any) -> Iterator[str]:
    """What ``**kwargs: Unpack[...]`` take, where the source was read, but not that of the TypedDict."""
    if isinstance(target, type) and PLACE not in target.__dict__:
        return  # the class itself
    with contextlib.suppress(ProblemsError):
        plan = plan_of(target)
        if plan.unread:
            yield f"{plan.name} takes {plan.unread}, which was not read"


def _own(target: object) -> tuple[str, ...]:
    sentences: tuple[str, ...] = getattr(target, "__dict__", {}).get(_UNKNOWN, ())
    return sentences


def _of_method(cls: type, method: str) -> Iterator[str]:
    owner = next((base for base in cls.__mro__ if method in base.__dict__), object)
    if owner is not cls and (info := unread_in(owner)):
        yield f"{cls.__name__} inherits {method!r} from {info}"
    else:
        found = getattr(cls, method, None)
        yield from (*_own(bare(found)), *_of_keywords(found))


def _made() -> FunctionType:
    def anything(self: object, *args: object, **kwargs: object) -> None:
        """Take what was not read, and give nothing."""

    return FunctionType(anything.__code__.replace(co_filename="<unread>"), {}, "anything")


_anything = _made()
