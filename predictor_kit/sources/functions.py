"""Functions in the place of those in a source: the same name, parameters and place, and no code."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from predictor_kit.signatures import Unevaluated
from predictor_kit.sources.scopes import Scope

__all__ = [
    "FUNCTIONS",
    "Definition",
    "definition_of",
    "literal",
    "own_nodes",
    "stand_in",
    "text_of",
    "unevaluated",
]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
"""What defines a function with a name."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_EMPTY = inspect.Parameter.empty
_DEFINITION = "__predictor_kit_definition__"

_TEMPLATES: dict[str, FunctionType] = {}
# As a text, since these are never to run: only by what they are does inspect tell them apart.
exec(  # noqa: S102 - a text of our own
    """
def plain(*args, **kwargs): pass
def generator(*args, **kwargs): yield
async def coroutine(*args, **kwargs): pass
async def async_generator(*args, **kwargs): yield
""",
    {},
    _TEMPLATES,
)


def stand_in(node: Definition | ast.Lambda, scope: Scope) -> FunctionType:
    """A function that tells of itself what the one defined by ``node`` would; it does nothing."""
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    template = _TEMPLATES[_sort(node)].__code__
    file = str(scope.source.file)
    code: CodeType = template.replace(co_filename=file, co_firstlineno=node.lineno, co_name=name)
    function: Any = FunctionType(code, {"__name__": scope.source.name}, name)
    function.__qualname__ = scope.qualified(name)
    function.__signature__ = inspect.Signature(list(_parameters(node.args, scope)))
    setattr(function, _DEFINITION, (node, scope))
    return function  # type: ignore[no-any-return] # made above


def definition_of(value: object) -> tuple[Definition | ast.Lambda, Scope] | None:
    """What the function ``value`` was read from, if it is one of ours."""
    found: tuple[Definition | ast.Lambda, Scope] | None = getattr(value, "__dict__", {}).get(_DEFINITION)
    return found


def own_nodes(node: Definition | ast.Lambda) -> Iterator[ast.AST]:
    """Everything in the body of a function, without what is within functions and classes defined in it."""
    pending: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while pending:
        inner = pending.pop()
        yield inner
        if not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(inner)


def unevaluated(node: ast.expr, value: Callable[[], Any] = lambda: Any) -> Unevaluated:
    """An expression as a default or an annotation that reads as it was written."""
    return Unevaluated(functools.partial(text_of, node), value)


def text_of(node: ast.expr) -> str:
    """An expression as it was written; the text itself of an annotation in quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    try:
        return ast.unparse(node)
    except RecursionError:
        return "..."


def literal(node: ast.expr) -> Any:
    """The value of an expression that is one; raises ``ValueError`` for any other."""
    try:
        return ast.literal_eval(node)
    except TypeError as error:
        raise ValueError("a list is no key") from error


def _sort(node: Definition | ast.Lambda) -> str:
    generates = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in own_nodes(node))
    if isinstance(node, ast.AsyncFunctionDef):
        return "async_generator" if generates else "coroutine"
    return "generator" if generates else "plain"


def _parameters(given: ast.arguments, scope: Scope) -> Iterator[inspect.Parameter]:
    kinds = inspect.Parameter
    by_position = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(by_position) - len(given.defaults)) + list(given.defaults)
    for index, (argument, default) in enumerate(zip(by_position, defaults, strict=True)):
        only = index < len(given.posonlyargs)
        kind = kinds.POSITIONAL_ONLY if only else kinds.POSITIONAL_OR_KEYWORD
        yield _parameter(argument, kind, default, scope)
    if given.vararg:
        yield _parameter(given.vararg, kinds.VAR_POSITIONAL, None, scope)
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(argument, kinds.KEYWORD_ONLY, default, scope)
    if given.kwarg:
        yield _parameter(given.kwarg, kinds.VAR_KEYWORD, None, scope)


def _parameter(argument: ast.arg, kind: Any, default: ast.expr | None, scope: Scope) -> inspect.Parameter:
    written = argument.annotation
    annotation = unevaluated(written, lambda: scope.reader.annotation(written, scope)) if written else _EMPTY
    return inspect.Parameter(
        argument.arg, kind, default=_default(default) if default else _EMPTY, annotation=annotation
    )


def _default(node: ast.expr) -> Any:
    try:
        return literal(node)
    except ValueError:
        return unevaluated(node)
