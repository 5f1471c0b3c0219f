"""What the statements of a module or class bind, in their order, and by what chance each of them runs."""

from __future__ import annotations

import ast
import enum
import operator
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Binding", "Chance", "bindings_in"]


class Chance(enum.Enum):
    """Whether a statement runs: surely, unless an import above it fails, perhaps, or never."""

    SURE = enum.auto()
    TRIED = enum.auto()
    PERHAPS = enum.auto()
    TYPING = enum.auto()
    """Only a type checker reads it."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One name that a statement binds.

    ``value`` is what it is bound to: an expression, the alias of an import, the definition itself;
    None where that cannot be read (a loop's variable). ``order`` counts the bindings of the block.
    """

    name: str
    statement: ast.stmt
    value: ast.AST | None
    chance: Chance
    order: int


def bindings_in(block: Iterable[ast.stmt]) -> list[Binding]:
    """The bindings of a module's or class's body; those of a star import have the name ``*``."""
    found = _found(block)
    return [
        Binding(name, statement, value, chance, order)
        for order, (name, statement, value, chance) in enumerate(found)
    ]


Found = tuple[str, ast.stmt, ast.AST | None, Chance]


def _found(block: Iterable[ast.stmt]) -> Iterator[Found]:
    # No recursion: each `elif` is nested in the one before it.
    pending = [(statement, Chance.SURE) for statement in block][::-1]
    while pending:
        statement, chance = pending.pop()
        for name, value in _bound(statement):
            yield name, statement, value, chance
        inner = [(one, its) for block, its in _blocks(statement, chance) for one in block]
        pending += reversed(inner)


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.AST | None]]:
    """The names that the statement itself binds, each with what it is bound to."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, statement
        case ast.Import():
            yield from ((alias.asname or alias.name.partition(".")[0], alias) for alias in statement.names)
        case ast.ImportFrom():
            yield from ((alias.asname or alias.name, alias) for alias in statement.names)
        case ast.Assign():
            for target in statement.targets:
                yield from _targets(target, statement.value)
        case ast.AnnAssign(value=ast.expr()):
            yield from _targets(statement.target, statement.value)
        case _:
            for target in _unreadable(statement):
                yield from _targets(target, None)


def _unreadable(statement: ast.stmt) -> Iterator[ast.expr]:
    """The targets that the statement binds to what only running it would tell."""
    match statement:
        case ast.For() | ast.AsyncFor() | ast.AugAssign():
            yield statement.target
        case ast.Delete():
            yield from statement.targets
        case ast.With() | ast.AsyncWith():
            yield from (item.optional_vars for item in statement.items if item.optional_vars)
        case _:
            pass


# A class or function of which one of these is replaced is no longer what its definition says.
_TELLING = {
    "__call__",
    "__init__",
    "__new__",
    "__signature__",
    "__wrapped__",
    "on_job_complete",
    "post_predict",
    "predict",
}


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.attr in _TELLING:
        yield target.value.id, None
    elif isinstance(target, (ast.Tuple, ast.List)):
        values: list[Any] = [None] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            values = value.elts
        for one, its in zip(target.elts, values, strict=True):
            yield from _targets(one, its)


Block = tuple[Iterable[ast.stmt], Chance]


def _blocks(statement: ast.stmt, chance: Chance) -> Iterator[Block]:
    """The blocks within a statement, in their order."""
    perhaps = chance if chance is Chance.TYPING else Chance.PERHAPS
    match statement:
        case ast.If():
            yield from _branches(statement, chance, perhaps)
        case ast.Try() | ast.TryStar():
            tried = Chance.TRIED if chance is Chance.SURE else perhaps
            yield statement.body, tried if statement.handlers else chance
            yield from ((handler.body, perhaps) for handler in statement.handlers)
            yield statement.orelse, tried if statement.handlers else chance
            yield statement.finalbody, chance
        case ast.With() | ast.AsyncWith():
            yield statement.body, chance
        case ast.For() | ast.AsyncFor() | ast.While():
            yield statement.body, perhaps
            yield statement.orelse, perhaps
        case ast.Match():
            yield from ((case.body, perhaps) for case in statement.cases)
        case _:
            pass


def _branches(statement: ast.If, chance: Chance, perhaps: Chance) -> Iterator[Block]:
    holds = _holds(statement.test)
    if isinstance(holds, Chance):
        yield statement.body, holds
        yield statement.orelse, chance
        return
    for branch, runs in ((statement.body, holds), (statement.orelse, None if holds is None else not holds)):
        if runs is not False:
            yield branch, perhaps if runs is None else chance


_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_KNOWN: dict[str, Any] = {
    "os.name": os.name,
    "__name__": "an imported module",
    "sys.platform": sys.platform,
    "sys.version_info": tuple(sys.version_info),
}


def _holds(test: ast.expr) -> bool | Chance | None:
    """Whether the condition holds wherever the module is imported by this Python; None: who knows."""
    match test:
        case ast.Constant():
            return bool(test.value)
        case ast.UnaryOp(op=ast.Not()):
            holds = _holds(test.operand)
            return not holds if isinstance(holds, bool) else None
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return Chance.TYPING
        case ast.Compare(left=left, ops=[op], comparators=[right]) if ast.unparse(left) in _KNOWN:
            return _compared(_KNOWN[ast.unparse(left)], op, right)
        case _:
            return None


def _compared(left: Any, op: ast.cmpop, right: ast.expr) -> bool | None:
    try:
        return _COMPARED[type(op)](left, ast.literal_eval(right))
    except (KeyError, TypeError, ValueError):
        return None
