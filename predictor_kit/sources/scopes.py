"""What a name means in a module or class that was read."""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from predictor_kit.errors import Location, ProblemsError
from predictor_kit.objects.places import shown
from predictor_kit.sources.bindings import Binding, Chance, bindings_in
from predictor_kit.sources.shapes import are_alike
from predictor_kit.sources.unread import unread, unread_in

__all__ = ["END", "Module", "NotBoundError", "Reader", "Scope", "Source"]

END = sys.maxsize
"""The order after all bindings of a block."""

STAR = "*"
_CIRCLE = unread("it", "is defined by itself")


class NotBoundError(Exception):
    """A block does not bind a name."""


class Reader(Protocol):
    """What makes values of code, without running any."""

    def evaluate(self, node: ast.expr, scope: Scope, before: int = END) -> Any:
        """What an expression comes to, by the names that are bound ``before`` some point."""

    def annotation(self, node: ast.expr, scope: Scope) -> Any:
        """The type that an annotation means, ``typing.Any`` where that is not known."""

    def bound(self, binding: Binding, scope: Scope) -> Any:
        """What a binding binds its name to."""

    def attribute(self, holder: object, name: str) -> Any:
        """The attribute ``name`` of a value."""

    def looked_for(self, value: Any) -> Any:
        """``value``, or if that was not read what is found when it is looked for where it comes from."""


@dataclass(frozen=True, slots=True)
class Source:
    """A module's text: its ``name``, its ``file`` (None for a folder without ``__init__.py``), its ``tree``.

    ``folders`` are those of its submodules; ``beside`` is the folder in which its imports find
    neighbours, None where it is no project's.
    """

    name: str
    file: Path | None
    tree: ast.Module = field(repr=False)
    folders: tuple[str, ...] = ()
    beside: Path | None = None

    def package(self, level: int) -> str:
        """The package that a relative import with so many dots (``level``) begins from."""
        parts = self.name.split(".")
        is_package = self.file is not None and self.file.stem == "__init__"
        return ".".join(parts[: len(parts) - level + is_package])


class Scope:
    """The names that a block binds: that of a module, or of a class in it."""

    def __init__(
        self,
        source: Source,
        block: Iterable[ast.stmt],
        reader: Reader,
        name: str = "",
        module: Scope | None = None,
    ) -> None:
        """Nothing is evaluated yet.

        For a class ``name`` is its name, ``module`` the names around it.
        """
        self.source = source
        self.reader = reader
        self.bindings: dict[str, list[Binding]] = {}
        for binding in bindings_in(block):
            self.bindings.setdefault(binding.name, []).append(binding)
        self._name = name
        self._module = module
        self._values: dict[tuple[str, int], Any] = {}
        self._searches = False

    def within(self, node: ast.ClassDef) -> Scope:
        """The names of a class that is defined in the block; those of a class around it are not seen."""
        return Scope(self.source, node.body, self.reader, self.qualified(node.name), self._module or self)

    def qualified(self, name: str) -> str:
        """The name of what the block defines as ``name``, with that of the class around it."""
        return f"{self._name}.{name}" if self._name else name

    def place(self, node: ast.stmt | ast.expr) -> Location:
        """File and line of ``node``."""
        return Location(shown(str(self.source.file)), node.lineno)

    def value(self, name: str, before: int = END) -> Any:
        """What ``name`` means to an expression that stands in the block."""
        with contextlib.suppress(NotBoundError):
            return self.own(name, before, guess=False)
        if self._module is not None:
            return self._module.value(name)
        if hasattr(builtins, name):
            return getattr(builtins, name)
        with contextlib.suppress(NotBoundError):
            return self.own(name, before)
        return unread(name, "is not defined")

    def own(self, name: str, before: int = END, *, guess: bool = True) -> Any:
        """What the block itself binds ``name`` to; raises `NotBoundError` if it does not.

        Without ``guess`` a star import of a module that was not read counts for nothing.
        """
        candidates = list(self._candidates(name, before))[::-1]
        return self._chosen(name, candidates) if candidates else self._starred(name, before, guess)

    def names(self) -> Iterator[str]:
        """The names that the block itself binds, but for those of star imports."""
        for name in self.bindings:
            if name != STAR and next(self._candidates(name, END), None):
                yield name

    def unseen(self, name: str) -> Any:
        """What a module may have under a ``name`` that no statement of it binds; None if nothing."""
        if "__getattr__" in self.bindings:
            for binding in self.bindings.get(name, ()):
                return self._valued(binding)  # it is there for type checkers
            return unread(name, "is made when it is asked for")
        if any(_binds_unseen(node, name) for node in ast.walk(self.source.tree)):
            return unread(name, f"may be made when {shown(str(self.source.file))} runs")
        return None

    def _candidates(self, name: str, before: int) -> Iterator[Binding]:
        """The bindings that may be what counts, the last one first."""
        for binding in reversed(self.bindings.get(name, ())):
            if binding.order < before and binding.chance is not Chance.TYPING:
                yield binding
                if binding.chance is Chance.SURE:
                    return

    def _chosen(self, name: str, candidates: list[Binding]) -> Any:
        values = [self._valued(binding) for binding in candidates]
        for binding, value in zip(candidates, values, strict=True):
            succeeds = isinstance(binding.value, ast.alias) and binding.chance is Chance.TRIED
            if len(values) == 1 or (succeeds and not unread_in(value)):
                return value
        if are_alike(values):
            return values[0]
        *lines, last = (str(binding.statement.lineno) for binding in candidates)
        return unread(name, f"is defined on lines {', '.join(lines)} and {last}, and one of them counts")

    def _valued(self, binding: Binding) -> Any:
        key = (binding.name, binding.order)
        if key not in self._values:
            self._values[key] = _CIRCLE
            try:
                self._values[key] = self.reader.bound(binding, self)
            except RecursionError:
                self._values[key] = unread(binding.name, "is nested too deeply")
            except ProblemsError:
                del self._values[key]
                raise
        return self._values[key]

    def _starred(self, name: str, before: int, guess: bool) -> Any:
        stars = [binding for binding in self.bindings.get(STAR, ()) if binding.order < before]
        if not stars or self._searches:
            raise NotBoundError(name)
        self._searches = True
        try:
            return self._brought(name, [self._valued(star) for star in stars], guess)
        finally:
            self._searches = False

    def _brought(self, name: str, holders: list[Any], guess: bool) -> Any:
        """What star imports of ``holders`` bring as ``name``, the last of them first."""
        for holder in reversed(holders):
            if not unread_in(holder) and _exports(holder, name):
                with contextlib.suppress(NotBoundError):
                    return _had(holder, name, guess)
        for holder in filter(unread_in, holders if guess else ()):
            return self.reader.attribute(holder, name)
        raise NotBoundError(name)


class Module(ModuleType):
    """A module that was read: it has what its file defines, made when it is asked for."""

    def __init__(self, scope: Scope) -> None:
        """Nothing in it is evaluated yet; what it has itself begins with two underscores."""
        super().__init__(scope.source.name)
        self.__scope__ = scope

    def __getattr__(self, name: str) -> Any:
        """What the file binds ``name`` to, kept as an attribute."""
        if name.startswith("__"):
            raise AttributeError(name)
        scope = self.__scope__
        try:
            value = scope.own(name)
        except NotBoundError:
            value = scope.unseen(name)
            if value is None:
                # So that whoever reports this finds all that there is.
                self.__dict__.update((one, scope.own(one)) for one in scope.names())
                raise AttributeError(name) from None
        self.__dict__[name] = value = scope.reader.looked_for(value)
        return value


def _had(holder: Any, name: str, guess: bool) -> Any:
    return holder.__scope__.own(name, guess=guess) if isinstance(holder, Module) else getattr(holder, name)


def _exports(holder: Any, name: str) -> bool:
    """Whether a star import of ``holder`` would bring a ``name`` that it has."""
    listed = getattr(holder, "__all__", None)
    if isinstance(holder, Module):
        with contextlib.suppress(NotBoundError):
            listed = holder.__scope__.own("__all__")
    if isinstance(listed, (list, tuple)):
        return name in listed
    return not name.startswith("_") and (isinstance(holder, Module) or name in vars(holder))


def _binds_unseen(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id="exec" | "globals") | ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return True
        case ast.Global():
            return name in node.names
        case _:
            return False
