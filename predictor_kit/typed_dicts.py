"""``typing.TypedDict`` before Python 3.12, made anew so that pydantic reads it."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from contextlib import suppress
from types import UnionType
from typing import (
    Any,
    Literal,
    NewType,
    NotRequired,
    Required,
    Union,  # pyright: ignore[reportDeprecated] # `|` cannot join two texts
)

import typing_extensions

__all__ = ["readable"]

# Before, typing's own keeps too little for pydantic, which takes that of typing_extensions only.
_ALL_READ = sys.version_info >= (3, 12)


def readable(annotation: Any) -> Any:
    """``annotation`` with each ``typing.TypedDict`` in it as one of ``typing_extensions``.

    Also those within lists, unions, ``NewType`` and one another; not those in a dataclass or model.
    """
    return annotation if _ALL_READ else _readable(annotation, {})


def _readable(annotation: Any, made: dict[Any, Any]) -> Any:  # pragma: no cover - before Python 3.12 only
    if isinstance(annotation, NewType):
        return _readable(annotation.__supertype__, made)
    origin = typing.get_origin(annotation)
    record = annotation if origin is None else origin
    if typing.is_typeddict(record) and type(record).__module__ == "typing":
        return made[record] if record in made else _made(record, made)
    if origin in (None, Literal, Callable):
        return annotation
    arguments = typing.get_args(annotation)
    changed = tuple(_readable(one, made) for one in arguments)
    if changed == arguments:
        return annotation
    head: Any = Union if origin is UnionType else origin  # pyright: ignore[reportDeprecated] # see above
    return head[changed[0] if len(changed) == 1 else changed]


def _made(cls: Any, made: dict[Any, Any]) -> Any:  # pragma: no cover - before Python 3.12 only
    """The twin of ``cls``; what is a parameter of it takes any value, as does a name that is not there."""
    keys = dict.fromkeys(cls.__required_keys__, Required[Any])
    keys |= dict.fromkeys(cls.__optional_keys__, NotRequired[Any])
    make: Any = typing_extensions.TypedDict
    twin = make(cls.__name__, keys)
    made[cls] = twin
    twin.__module__ = cls.__module__
    with suppress(NameError):
        for key, hint in typing.get_type_hints(cls, include_extras=True).items():
            twin.__annotations__[key] = _readable(hint, made)
    return twin
