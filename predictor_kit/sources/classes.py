"""Classes in the place of those in a source: the same name, bases, parameters, methods and place."""

from __future__ import annotations

import ast
import types
import warnings
from collections.abc import Iterator
from typing import Any

import pydantic
from dependency_injector import containers

from predictor_kit.signatures import PLACE
from predictor_kit.sources.annotations import LENIENT
from predictor_kit.sources.bodies import (
    DATACLASSES,
    Model,
    body_of,
    derives,
    has_fields,
    has_own_input,
    is_lenient,
    unknown_providers,
)
from predictor_kit.sources.functions import text_of
from predictor_kit.sources.scopes import END, Scope
from predictor_kit.sources.unread import Unread, mark_unknown, unread, unread_in

__all__ = ["stand_in_class"]

_CONSTRUCTORS = frozenset({"__init__", "__new__"})


def stand_in_class(node: ast.ClassDef, scope: Scope, before: int = END) -> type:
    """A class that tells of itself what the one defined by ``node`` would, as far as that can be known."""
    body = scope.within(node)
    bases = list(_bases(node, body, scope, before))
    fields = has_fields(bases) or _is_dataclass(node, scope, before)
    if reason := _metaclass(node, bases, scope, before):
        return unread(node.name, reason, place=scope.place(node), spreads=True)
    if reason := _unreadable(node, body, bases, fields=fields):
        return unread(node.name, reason, place=scope.place(node))
    given = node.keywords if has_fields(bases) else []
    keywords = {one.arg: scope.reader.evaluate(one.value, scope, before) for one in given if one.arg}
    attributes = {**_marks(node, body, scope, fields=fields), **body_of(node, body, bases, fields=fields)}
    try:
        made = _made(node.name, bases, keywords, attributes)
    except Exception:  # noqa: BLE001 - a base's own code looks at what is made of it
        place = scope.place(node)
        return unread(node.name, f"is known only when {place} runs", place=place)
    if sentences := list(_sentences(made, body, bases)):
        mark_unknown(made, *sentences)
    return made


def _bases(node: ast.ClassDef, body: Scope, scope: Scope, before: int) -> Iterator[Any]:
    """The base classes; those that were not read are looked for if they are to have the constructor."""
    for base in node.bases:
        value = scope.reader.evaluate(base, scope, before)
        if _CONSTRUCTORS.isdisjoint(body.bindings):
            value = scope.reader.looked_for(value)
        if isinstance(value, type) or hasattr(value, "__mro_entries__"):
            yield Model if value is pydantic.BaseModel else value
        else:
            yield unread(text_of(base), "is known only when it runs")


def _is_dataclass(node: ast.ClassDef, scope: Scope, before: int) -> bool:
    heads = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return any(scope.reader.evaluate(head, scope, before) in DATACLASSES for head in heads)


def _metaclass(node: ast.ClassDef, bases: list[Any], scope: Scope, before: int) -> str | None:
    """Why a metaclass, its own or that of a base, keeps the class from being known."""
    for keyword in node.keywords:
        if keyword.arg == "metaclass":
            value = scope.reader.evaluate(keyword.value, scope, before)
            ours = [base for base in getattr(value, "__mro__", (object,)) if PLACE in base.__dict__]
            if any(unread_in(base) or "__call__" in base.__dict__ for base in ours):
                return f"has the metaclass {text_of(keyword.value)}"
    spreading = (info for info in _unread_in(bases) if info.spreads)
    return next((f"inherits from {info}" for info in spreading), None)


def _unreadable(node: ast.ClassDef, body: Scope, bases: list[Any], *, fields: bool) -> str | None:
    if not fields:
        return None
    if has_own_input(node, body):
        return "has a validator that runs before its fields are looked at"
    return next((f"inherits fields from {info}" for info in _unread_in(bases)), None)


def _unread_in(bases: list[Any]) -> Iterator[Unread]:
    """What was not read among all that a class with these ``bases`` derives from."""
    for ancestor in (ancestor for base in bases for ancestor in getattr(base, "__mro__", ())):
        if info := unread_in(ancestor):
            yield info


def _marks(node: ast.ClassDef, body: Scope, scope: Scope, *, fields: bool) -> dict[str, Any]:
    marks = {
        "__module__": scope.source.name,
        "__qualname__": scope.qualified(node.name),
        PLACE: scope.place(node),
    }
    return {**marks, LENIENT: True} if is_lenient(node, body, fields=fields) else marks


def _made(name: str, bases: list[Any], keywords: dict[str, Any], attributes: dict[str, Any]) -> type:
    def fill(namespace: dict[str, Any]) -> None:
        for attribute, value in attributes.items():
            namespace[attribute] = value  # noqa: PERF403 - as the namespace of an enum wants it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return types.new_class(name, tuple(bases), keywords, fill)


def _sentences(made: type, body: Scope, bases: list[Any]) -> Iterator[str]:
    """What is not known of a class that was made."""
    owner = next(base for base in made.__mro__ if not _CONSTRUCTORS.isdisjoint(base.__dict__))
    if info := unread_in(owner):
        yield f"{made.__name__} inherits its constructor from {info}"
    for name in _CONSTRUCTORS:
        if info := unread_in(owner.__dict__.get(name)):
            yield f"the constructor of {made.__name__} {info.why}"
    if derives(bases, containers.DeclarativeContainer):
        for name, info in unknown_providers(body):
            yield f"the provider {name!r} of {made.__name__} {info.why}"
