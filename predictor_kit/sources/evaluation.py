"""What expressions and statements come to without running: a reader of code."""

from __future__ import annotations

import ast
import contextlib
import linecache
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from dependency_injector import providers

from predictor_kit.errors import ProblemsError
from predictor_kit.sources.annotations import annotation, is_special
from predictor_kit.sources.bindings import Binding
from predictor_kit.sources.calls import called
from predictor_kit.sources.classes import stand_in_class
from predictor_kit.sources.decorators import call_text, decorated
from predictor_kit.sources.functions import literal, stand_in, text_of
from predictor_kit.sources.library import Library
from predictor_kit.sources.scopes import END, Module, NotBoundError, Scope, Source
from predictor_kit.sources.unread import unread, unread_in

__all__ = ["SourceReader"]

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_HOPS = 20
"""So many imports are followed from one installed package to the next."""


class SourceReader:
    """Makes values of the code of a project with the folder ``root``, and of what that imports.

    What it defines becomes a class or function of the same parameters, with none of its code. What
    takes running to know is a class that takes anything, see ``unread``.
    """

    def __init__(self, root: Path) -> None:
        """Nothing is read yet."""
        self.library = Library(root, self)

    def evaluate(self, node: ast.expr, scope: Scope, before: int = END) -> Any:
        """What an expression comes to, by the names that are bound ``before`` some point."""
        match node:
            case ast.Name():
                return scope.value(node.id, before)
            case ast.Attribute():
                return self.attribute(self.evaluate(node.value, scope, before), node.attr)
            case ast.Call():
                return called(node, scope, before)
            case ast.Lambda():
                return stand_in(node, scope)
            case ast.Subscript():
                return self._subscripted(node, scope, before)
            case ast.BinOp(op=ast.BitOr()):
                return self.annotation(node, scope)
            case _:
                return self._displayed(node, scope, before)

    def annotation(self, node: ast.expr, scope: Scope) -> Any:
        """The type that an annotation means, ``typing.Any`` where that is not known."""
        return annotation(node, scope)

    def attribute(self, holder: Any, name: str) -> Any:
        """The attribute ``name`` of a value."""
        if info := unread_in(holder):
            return info.attribute(name)
        if isinstance(holder, Module):
            return self._member(holder.__scope__, name)
        if isinstance(holder, (ModuleType, type, providers.Provider)):
            with contextlib.suppress(Exception):
                return getattr(holder, name)
        return unread(name, "is known only when it runs")

    def looked_for(self, value: Any) -> Any:
        """``value``, or if that was not read what is found when it is looked for where it comes from."""
        info = unread_in(value)
        if info is None or info.origin is None:
            return value
        found: Any = value
        for _ in range(_HOPS):
            now = unread_in(found)
            if now is None or now.origin is None:
                break
            origin = now.origin
            found = self.library.installed(origin[0])
            for part in filter(None, origin[1].split(".")):
                found = self.attribute(found, part)
        reason = unread_in(found)
        return unread(info.what, reason.why) if reason else found

    def bound(self, binding: Binding, scope: Scope) -> Any:
        """What a binding binds its name to."""
        match binding.value:
            case ast.alias() as alias:
                return self._followed(binding.statement, alias, scope)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                return self._defined(node, scope, binding.order)
            case ast.expr() as node:
                return self._assigned(binding.name, node, scope, binding.order)
            case _:
                return unread(binding.name, f"is known only when {scope.place(binding.statement)} runs")

    def _subscripted(self, node: ast.Subscript, scope: Scope, before: int) -> Any:
        head = self.evaluate(node.value, scope, before)
        if not (isinstance(head, type) or is_special(head)):
            return unread(text_of(node), "is known only when it runs")
        made = self.annotation(node, scope)
        return head if made is Any else made

    def _displayed(self, node: ast.expr, scope: Scope, before: int) -> Any:
        """A literal, or a list or mapping of other things."""
        with contextlib.suppress(ValueError):
            return literal(node)
        match node:
            case ast.List() | ast.Tuple():
                return [self.evaluate(element, scope, before) for element in node.elts]
            case ast.Dict():
                keys = [self.evaluate(key, scope, before) for key in node.keys if key]
                values = [self.evaluate(value, scope, before) for value in node.values]
                with contextlib.suppress(TypeError, ValueError):
                    return dict(zip(keys, values, strict=True))
            case _:
                pass
        return unread(text_of(node), "is known only when it runs")

    def _member(self, scope: Scope, name: str) -> Any:
        """What a module has: what it binds, else a module below it."""
        try:
            return scope.own(name)
        except NotBoundError:
            below = self.library.submodule(scope.source, name)
        return below or scope.unseen(name) or unread(f"{scope.source.name}.{name}", "was not found")

    def _followed(self, statement: ast.stmt, alias: ast.alias, scope: Scope) -> Any:
        """What an import binds; a mistake in a file that it leads to is told with the way there."""
        try:
            return self._imported(statement, alias, scope.source)
        except ProblemsError as error:
            line = linecache.getline(str(scope.source.file), statement.lineno).strip()
            step = f"{scope.place(statement)}: {line}"
            raise ProblemsError(replace(one, notes=(step, *one.notes)) for one in error.problems) from error

    def _imported(self, statement: ast.stmt, alias: ast.alias, importer: Source) -> Any:
        if isinstance(statement, ast.ImportFrom):
            return self._imported_from(statement, alias, importer)
        module = self.library.imported(alias.name.partition(".")[0], importer)
        if alias.asname:
            for part in alias.name.split(".")[1:]:
                module = self.attribute(module, part)
        return module

    def _imported_from(self, statement: ast.ImportFrom, alias: ast.alias, importer: Source) -> Any:
        name = statement.module or ""
        if statement.level:
            module = self.library.relative(name, statement.level, importer)
        else:
            module = self.library.imported(name, importer)
        return module if alias.name == "*" else self.attribute(module, alias.name)

    def _defined(self, node: _Definition, scope: Scope, before: int) -> Any:
        value: Any
        value = (
            stand_in_class(node, scope, before) if isinstance(node, ast.ClassDef) else stand_in(node, scope)
        )
        for decorator in reversed(node.decorator_list):
            if unread_in(value):
                break
            value = decorated(value, decorator, scope, before)
            if value is None:
                return unread(node.name, f"is decorated with {call_text(decorator)}", place=scope.place(node))
        return value

    def _assigned(self, name: str, node: ast.expr, scope: Scope, before: int) -> Any:
        value = self.evaluate(node, scope, before)
        info = unread_in(value)
        if info is None or info.origin or isinstance(node, (ast.Name, ast.Attribute)):
            return value
        if isinstance(node, ast.Call):
            return unread(name, f"is what {call_text(node)} gives")
        return unread(name, f"is known only when {scope.place(node)} runs")
