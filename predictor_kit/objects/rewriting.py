"""Import statements, compiled as imports from another package."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["redirected"]

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def redirected(source: str, file: str, owner: Callable[[str], str | None]) -> ast.Module | str:
    """The tree of ``source``, with the modules that have an owner imported from it.

    ``owner`` gives for the first part of a module's name the package to import it from, or None
    to leave the statement as it is. With an owner ``pack`` of ``text``, ``import text.words`` binds
    ``text`` to ``pack.text``, as it would have without. Where nothing has an owner the source comes
    back, as Python compiles longer expressions from text than from a tree. Raises ``SyntaxError``.
    """
    tree = ast.parse(source, file)
    changed = False
    # Statements only, and no recursion: an expression can be nested deeper than Python's stack.
    pending: list[Any] = [tree]
    while pending:
        node = pending.pop()
        for block in _BLOCKS:
            if isinstance(children := getattr(node, block, None), list):
                statements = [statement for child in children for statement in _redirect(child, owner)]
                changed = changed or statements != children
                setattr(node, block, statements)
                pending += statements
    return tree if changed else source


def _redirect(node: ast.AST, owner: Callable[[str], str | None]) -> Iterator[ast.AST]:
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        package = owner(node.module.partition(".")[0])
        moved = ast.ImportFrom(f"{package}.{node.module}", node.names, 0)
        yield ast.copy_location(moved, node) if package else node
    elif isinstance(node, ast.Import) and any(map(owner, _first_parts(node))):
        for alias in node.names:
            for statement in _redirect_one(alias, owner(alias.name.partition(".")[0])):
                yield ast.copy_location(statement, node)
    else:
        yield node


def _first_parts(node: ast.Import) -> Iterator[str]:
    yield from (alias.name.partition(".")[0] for alias in node.names)


def _redirect_one(alias: ast.alias, package: str | None) -> Iterator[ast.stmt]:
    first, dot, _ = alias.name.partition(".")
    if package is None:
        yield ast.Import([alias])
        return
    if dot:
        # Bound to the first part's name only until the next statement binds what Python would.
        bound = ast.alias(f"{package}.{alias.name}", alias.asname or first)
        yield ast.Import([ast.copy_location(bound, alias)])
    if not (dot and alias.asname):
        bound = ast.alias(first, alias.asname)
        yield ast.ImportFrom(package, [ast.copy_location(bound, alias)], 0)
