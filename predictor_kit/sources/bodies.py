"""What a class in the place of another is made of: methods, fields, members of an enum, providers."""

from __future__ import annotations

import ast
import dataclasses
import enum
import typing
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

import pydantic
import pydantic.dataclasses
import typing_extensions
from dependency_injector import containers, providers

from predictor_kit.sources.functions import FUNCTIONS, unevaluated
from predictor_kit.sources.scopes import Scope
from predictor_kit.sources.unread import Unread, unread_in

__all__ = [
    "DATACLASSES",
    "Model",
    "body_of",
    "derives",
    "has_fields",
    "has_own_input",
    "is_lenient",
    "unknown_providers",
]

DATACLASSES: list[Any] = [dataclasses.dataclass, pydantic.dataclasses.dataclass]
"""The decorators that make fields of a class's annotations."""

_KEPT = {"__init__", "__new__", "__call__"}
_METHODS = (FunctionType, classmethod, property, staticmethod)
_RECORDS: list[Any] = [
    typing.NamedTuple,
    typing.TypedDict,
    typing_extensions.NamedTuple,
    typing_extensions.TypedDict,
]
# By these a class has a say in how values become its instances.
_HOOKS = {
    "__get_pydantic_core_schema__",
    "__get_validators__",
    "__new__",
    "_generate_next_value_",
    "_missing_",
}


class Model(pydantic.BaseModel):
    """A model of which a field can have any class as its type, also one that takes the place of another."""

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)


def derives(bases: Sequence[Any], ancestor: type) -> bool:
    """Whether a class with these ``bases`` derives from ``ancestor``."""
    return any(isinstance(base, type) and issubclass(base, ancestor) for base in bases)


def has_fields(bases: Sequence[Any]) -> bool:
    """Whether these ``bases`` make fields of a class's annotations."""
    return derives(bases, pydantic.BaseModel) or any(base in _RECORDS for base in bases)


def body_of(node: ast.ClassDef, scope: Scope, bases: Sequence[Any], *, fields: bool) -> dict[str, Any]:
    """The attributes of a class; ``scope`` is that of its block, ``fields`` whether annotations count."""
    if derives(bases, enum.Enum):
        return _members(scope)
    if derives(bases, containers.DeclarativeContainer):
        return _providers(scope)
    if fields:
        return _with_fields(node, scope, is_model=derives(bases, pydantic.BaseModel))
    return {name: scope.own(name) for name in scope.names() if _is_kept(name)}


def is_lenient(node: ast.ClassDef, scope: Scope, *, fields: bool) -> bool:
    """Whether values may become an instance of the class that its fields or members do not tell of."""
    if not _HOOKS.isdisjoint(scope.bindings):
        return True
    early = (mode for _, mode in _validators(node, scope) if mode != "after")
    return fields and ("__init__" in scope.bindings or any(early))


def has_own_input(node: ast.ClassDef, scope: Scope) -> bool:
    """Whether a validator of the whole model decides what its constructor takes."""
    return any(of_model and mode != "after" for of_model, mode in _validators(node, scope))


def unknown_providers(scope: Scope) -> Iterator[tuple[str, Unread]]:
    """The names in a container's block of which it is not known what they provide, and why."""
    for name in scope.names():
        if info := unread_in(scope.own(name)):
            yield name, info


def _is_kept(name: str) -> bool:
    return name in _KEPT or not name.startswith("__")


def _with_fields(node: ast.ClassDef, scope: Scope, *, is_model: bool) -> dict[str, Any]:
    declared = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    named = {one.target.id: one for one in declared if isinstance(one.target, ast.Name)}
    annotations = {name: scope.reader.annotation(one.annotation, scope) for name, one in named.items()}
    body: dict[str, Any] = {"__annotations__": annotations}
    for name in filter(_is_kept, scope.names()):
        value = scope.own(name)
        if name in named:
            default = named[name].value
            body[name] = unevaluated(default) if default and unread_in(value) else value
        elif not is_model or isinstance(value, _METHODS) or name in ("model_config", "Config"):
            body[name] = value
    return body


def _members(scope: Scope) -> dict[str, Any]:
    """The members of an enum; one whose value is not known has one of its own."""
    values = {name: scope.own(name) for name in scope.names() if not name.startswith("_")}
    return {name: object() if unread_in(value) else value for name, value in values.items()}


def _providers(scope: Scope) -> dict[str, Any]:
    """The providers of a container; what is not known may be one."""
    values = {name: scope.own(name) for name in scope.names()}
    known = {name: value for name, value in values.items() if isinstance(value, providers.Provider)}
    return known | {name: providers.Object(None) for name, value in values.items() if unread_in(value)}


def _validators(node: ast.ClassDef, scope: Scope) -> Iterator[tuple[bool, str]]:
    """For each validator of pydantic's whether it is the whole model's, and when it runs."""
    functions = [one for one in node.body if isinstance(one, FUNCTIONS)]
    for decorator in (decorator for function in functions for decorator in function.decorator_list):
        if isinstance(decorator, ast.Call):
            head = scope.reader.evaluate(decorator.func, scope)
            name = getattr(head, "__name__", "")
            if name.endswith("validator") and str(getattr(head, "__module__", "")).startswith("pydantic."):
                yield name in ("model_validator", "root_validator"), _mode(decorator)


def _mode(decorator: ast.Call) -> str:
    """When a validator runs: ``after`` the types were looked at, unless it says otherwise."""
    given = {one.arg: ast.unparse(one.value) for one in decorator.keywords}
    return "before" if given.get("pre", "False") != "False" else given.get("mode", "'after'").strip("'")
