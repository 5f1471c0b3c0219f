"""What an annotation says of the parts of a list or mapping: the type of each, and of the whole."""

from __future__ import annotations

import typing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

import typing_extensions
from pydantic import BaseModel

from predictor_kit.casting import UNIONS, model_of

__all__ = ["kind_of_list", "parts_of", "record_of"]

_PYTHONS_OWN: Final = {"builtins", "collections", "collections.abc"}
_MADE: Final = (deque, frozenset, set, tuple)


def parts_of(annotation: Any, value: list[Any] | dict[str, Any]) -> dict[Any, Any]:
    """The type that ``annotation`` has for each item of ``value``, by index or key, where it has one."""
    if isinstance(value, dict) and (record := record_of(annotation)):
        return _fields(record)
    whole = _collection(annotation, by_key=isinstance(value, dict))
    arguments = get_args(whole)
    if get_origin(whole) is tuple and arguments[-1:] != (...,):
        return dict(enumerate(arguments))
    steps = value if isinstance(value, dict) else range(len(value))
    index = 1 if isinstance(value, dict) else 0
    return dict.fromkeys(steps, arguments[index]) if len(arguments) > index else {}


def kind_of_list(annotation: Any) -> Callable[[list[Any]], Any]:
    """What makes of a list the collection that ``annotation`` asks for."""
    whole = _collection(annotation, by_key=False)
    kind = get_origin(whole) or whole
    return kind if kind in _MADE else list


def record_of(annotation: Any) -> Any:
    """The model, dataclass or ``TypedDict`` that ``annotation`` is, itself or beside None; else None."""
    found = [one for one in _members(annotation) if typing_extensions.is_typeddict(get_origin(one) or one)]
    return found[0] if len(found) == 1 else model_of(annotation)


def _collection(annotation: Any, *, by_key: bool) -> Any:
    """The one collection of Python's own in ``annotation`` (a mapping if ``by_key``), else None."""
    members = list(_members(annotation))
    found = [one for one in members if _holds(one, by_key=by_key)]
    return found[0] if len(found) == 1 and Any not in members and object not in members else None


def _members(annotation: Any) -> Iterator[Any]:
    """The types of a union; ``annotation`` itself where it is none."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _members(arguments[0])
    elif origin in UNIONS:
        for one in arguments:
            yield from _members(one)
    else:
        yield annotation


def _holds(annotation: Any, *, by_key: bool) -> bool:
    kind = get_origin(annotation) or annotation
    if not isinstance(kind, type) or kind.__module__ not in _PYTHONS_OWN or kind in (bytes, bytearray, str):
        return False
    return (
        issubclass(kind, Mapping) if by_key else issubclass(kind, Iterable) and not issubclass(kind, Mapping)
    )


def _fields(record: Any) -> dict[str, Any]:
    if isinstance(record, type) and issubclass(record, BaseModel):
        fields = record.model_fields.items()
        return {key: field.annotation for name, field in fields for key in (name, field.alias or name)}
    try:
        return typing.get_type_hints(get_origin(record) or record)
    except Exception:  # noqa: BLE001 - an annotation in text is the user's code
        return {}
