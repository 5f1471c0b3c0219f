"""The types that annotations mean, where they can be known without running anything."""

from __future__ import annotations

import ast
import contextlib
import types
from typing import Annotated, Any, Literal

from predictor_kit.signatures import PLACE
from predictor_kit.sources.scopes import Scope
from predictor_kit.sources.unread import unread_in

__all__ = ["LENIENT", "annotation", "is_special"]

LENIENT = "__predictor_kit_lenient__"
"""Set on a class in the place of one that may take what its fields or members would not let it."""


def annotation(node: ast.expr, scope: Scope) -> Any:
    """The type that ``node`` means; ``typing.Any`` where it is not known. Never raises."""
    with contextlib.suppress(Exception):
        return _read(node, scope)
    return Any


def is_special(value: object) -> bool:
    """Whether ``value`` is no class, but means a type, as ``Optional[int]`` and ``InitVar[int]`` do."""
    return getattr(type(value), "__module__", None) in ("dataclasses", "typing", "typing_extensions")


def _read(node: ast.expr, scope: Scope) -> Any:
    match node:
        case ast.Constant(value=str(text)):
            return _read(ast.parse(text.strip(), mode="eval").body, scope)
        case ast.Constant(value=None):
            return types.NoneType
        case ast.Constant():
            return node.value
        case ast.List():
            return [_read(element, scope) for element in node.elts]
        case ast.BinOp(op=ast.BitOr()):
            return _read(node.left, scope) | _read(node.right, scope)
        case ast.Subscript():
            return _subscripted(_read(node.value, scope), node.slice, scope)
        case _:
            return _known(scope.reader.evaluate(node, scope))


def _subscripted(head: Any, index: ast.expr, scope: Scope) -> Any:
    elements = index.elts if isinstance(index, ast.Tuple) else [index]
    if head is Any:
        return Any
    if head not in (Annotated, Literal):
        arguments = tuple(_read(element, scope) for element in elements)
        return head[arguments[0] if len(arguments) == 1 else arguments]
    kept = 1 if head is Annotated else 0
    values = [scope.reader.evaluate(element, scope) for element in elements[kept:]]
    if any(map(unread_in, values)):
        return Any
    return head[(*(_read(element, scope) for element in elements[:kept]), *values)]


def _known(value: Any) -> Any:
    if not isinstance(value, type):
        return value if is_special(value) or isinstance(value, types.GenericAlias | types.UnionType) else Any
    is_ours = any(PLACE in base.__dict__ for base in value.__mro__)
    lenient = getattr(value, LENIENT, False) or getattr(value, "_is_protocol", False)
    return Any if is_ours and (lenient or any(map(unread_in, value.__mro__))) else value
