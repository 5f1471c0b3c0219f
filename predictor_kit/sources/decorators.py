"""Decorators, applied where that runs nobody's code, or where it is plain what they would do."""

from __future__ import annotations

import abc
import ast
import builtins
import contextlib
import dataclasses
import enum
import functools
import typing
from typing import Any

import pydantic.dataclasses
import typing_extensions

from predictor_kit.sources.bodies import Model
from predictor_kit.sources.functions import FUNCTIONS, definition_of, own_nodes, stand_in, text_of
from predictor_kit.sources.scopes import Scope
from predictor_kit.sources.unread import unread_in

__all__ = ["call_text", "decorated"]

# What these make of a function or class takes the same arguments.
_HARMLESS: list[Any] = [
    enum.unique,
    functools.total_ordering,
    typing.dataclass_transform,
    typing.final,
    typing.no_type_check,
    typing.overload,
    typing.runtime_checkable,
    typing_extensions.deprecated,
    typing_extensions.override,
    typing_extensions.runtime_checkable,
]
_WIDTH = 60
_HARMLESS_ELSEWHERE = {"torch.inference_mode", "torch.no_grad"}
_APPLIED: list[Any] = [
    abc.abstractmethod,
    builtins.classmethod,
    builtins.property,
    builtins.staticmethod,
    contextlib.asynccontextmanager,
    contextlib.contextmanager,
    dataclasses.dataclass,
    functools.cache,
    functools.cached_property,
    functools.lru_cache,
    functools.singledispatch,
    functools.wraps,
    pydantic.dataclasses.dataclass,
]


def decorated(target: Any, decorator: ast.expr, scope: Scope, before: int) -> Any:
    """``target`` as ``decorator`` leaves it; None where only running it would tell."""
    head_node = decorator.func if isinstance(decorator, ast.Call) else decorator
    head, called = scope.reader.evaluate(head_node, scope, before), isinstance(decorator, ast.Call)
    if head in _HARMLESS or _is_harmless_elsewhere(head):
        return target
    if head is functools.wraps:
        _forget_parameters(target)
    if head is pydantic.dataclasses.dataclass:
        target.__pydantic_config__ = Model.model_config
    if head in _APPLIED:
        return _applied(target, scope.reader.evaluate(decorator, scope, before) if called else head)
    defined = definition_of(head)
    if defined and isinstance(defined[0], ast.FunctionDef):
        return _left(target, defined[0], defined[1], called=called)
    return None


def call_text(node: ast.expr) -> str:
    """An expression, without the arguments of a call: ``register(...)``."""
    if not isinstance(node, ast.Call):
        return text_of(node)
    function = text_of(node.func)
    return f"{function[:_WIDTH]}({'...' if node.args or node.keywords else ''})"


def _is_harmless_elsewhere(head: object) -> bool:
    info = unread_in(head)
    return info is not None and info.what in _HARMLESS_ELSEWHERE


def _applied(target: Any, decorator: Any) -> Any:
    if unread_in(decorator):
        return None
    try:
        return decorator(target)
    except Exception:  # noqa: BLE001 - whatever it is that it does not take
        return None


def _left(target: Any, node: ast.FunctionDef, scope: Scope, *, called: bool) -> Any:
    """What the decorator defined by ``node`` plainly leaves: ``target``, or what says that it wraps it.

    ``called`` says that it is handed arguments first, and ``target`` goes to what it returns.
    """
    name = _returned(node)
    inner = next((one for one in node.body if isinstance(one, FUNCTIONS) and one.name == name), None)
    if called:
        return _left(target, inner, scope, called=False) if isinstance(inner, ast.FunctionDef) else None
    first = node.args.args[0].arg if node.args.args else None
    if inner is not None and len(inner.decorator_list) == 1 and _wraps(inner.decorator_list[0], first, scope):
        wrapper = stand_in(inner, scope)
        _forget_parameters(wrapper)
        return functools.wraps(target)(wrapper)
    return target if name and name == first and name not in _rebound(node) else None


def _forget_parameters(wrapper: Any) -> None:
    """Have what ``wrapper`` says that it wraps tell the parameters."""
    with contextlib.suppress(AttributeError):
        del wrapper.__signature__


def _returned(node: ast.FunctionDef) -> str | None:
    """The one name that a function returns, if it never returns anything else."""
    values = [inner.value for inner in own_nodes(node) if isinstance(inner, ast.Return)]
    names = {value.id if isinstance(value, ast.Name) else None for value in values}
    return names.pop() if len(names) == 1 and isinstance(node.body[-1], ast.Return) else None


def _rebound(node: ast.FunctionDef) -> set[str]:
    names = (inner for inner in own_nodes(node) if isinstance(inner, ast.Name))
    return {name.id for name in names if not isinstance(name.ctx, ast.Load)}


def _wraps(decorator: ast.expr, name: str | None, scope: Scope) -> bool:
    """Whether ``decorator`` is ``functools.wraps(name)``."""
    if not isinstance(decorator, ast.Call) or not decorator.args:
        return False
    wrapped = decorator.args[0]
    by_name = isinstance(wrapped, ast.Name) and wrapped.id == name
    return by_name and scope.reader.evaluate(decorator.func, scope) is functools.wraps
