"""What the source of a container or a function has written: an expression with its place, never its value.

A value in code may have come from the environment, which is never shown; the code that asks for it may be.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import dataclass

from predictor_kit.errors import Location
from predictor_kit.objects.places import shown

__all__ = ["Sources", "Written"]

_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Written:
    """An expression in the source ``file``; ``is_changed`` where statements after it change what it made."""

    file: str
    expression: ast.expr
    is_changed: bool = False

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.expression.lineno}"

    @property
    def is_call(self) -> bool:
        """Whether something is called there: a provider is declared, not referred to."""
        return isinstance(self.expression, ast.Call)

    @property
    def text(self) -> str:
        """The code in one line, cut where it is long."""
        text = ast.unparse(self.expression)
        return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."

    def keyword(self, name: str) -> Written | None:
        """The argument ``name`` of this call; None if it is not seen."""
        call = self._call()
        keywords = call.keywords if call else []
        return next((Written(self.file, one.value) for one in keywords if one.arg == name), None)

    def positional(self, index: int, count: int) -> Written | None:
        """That at ``index`` of ``count`` arguments by position after the first one, which is the class."""
        call = self._call()
        arguments = call.args[1:] if call else []
        # More or fewer, or starred: what stands there is not what was handed over.
        if len(arguments) != count or any(isinstance(one, ast.Starred) for one in arguments):
            return None
        return Written(self.file, arguments[index])

    def _call(self) -> ast.Call | None:
        return self.expression if isinstance(self.expression, ast.Call) and not self.is_changed else None


class Sources:
    """Python files, each read once."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._trees: dict[str, ast.Module] = {}

    def declaration(self, cls: type, name: str) -> Written | None:
        """What the body of the class ``cls`` assigns to ``name``."""
        try:
            file = inspect.getsourcefile(cls) or ""
        except (OSError, TypeError):  # made by a program, in no file
            return None
        bodies = [node.body for path, node in _classes(self._tree(file)) if path == cls.__qualname__]
        assigned = [
            Written(shown(file), value, _changes(body, name))
            for body in bodies
            for value in _assigned(body, name)
        ]
        return assigned[-1] if assigned else None

    def default(self, location: Location | None, name: str) -> str:
        """The default of the parameter ``name`` of what is defined there; "" if it is not seen."""
        for node in ast.walk(self._tree(location.file)) if location else ():
            if (
                isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and location
                and node.lineno == location.line
            ):
                found = _defaults(node).get(name)
                return Written(location.file, found).text if found else ""
        return ""

    def _tree(self, file: str) -> ast.Module:
        if file not in self._trees:
            linecache.checkcache(file)
            try:
                self._trees[file] = ast.parse("".join(linecache.getlines(file)))
            except (SyntaxError, ValueError):  # it was changed since, or is no Python
                self._trees[file] = ast.Module([], [])
        return self._trees[file]


def _classes(node: ast.AST, path: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """Each class below ``node`` with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield f"{path}{child.name}", child
            yield from _classes(child, f"{path}{child.name}.")
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _classes(child, f"{path}{child.name}.<locals>.")
        elif not isinstance(child, ast.expr):
            yield from _classes(child, path)


def _assigned(body: list[ast.stmt], name: str) -> Iterator[ast.expr]:
    for statement in body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                yield statement.value


def _changes(body: list[ast.stmt], name: str) -> bool:
    """Whether a statement calls a method of ``name``: ``name.add_kwargs(...)``."""
    calls = [one.value for one in body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    called = [call.func.value for call in calls if isinstance(call.func, ast.Attribute)]
    return any(isinstance(one, ast.Name) and one.id == name for one in called)


def _defaults(node: ast.FunctionDef | ast.ClassDef) -> dict[str, ast.expr]:
    if isinstance(node, ast.ClassDef):  # of a dataclass or a model
        fields = [field for field in node.body if isinstance(field, ast.AnnAssign) and field.value]
        return {
            field.target.id: field.value
            for field in fields
            if isinstance(field.target, ast.Name) and field.value
        }
    taken = node.args
    by_position = [*taken.posonlyargs, *taken.args]
    last = by_position[len(by_position) - len(taken.defaults) :]
    defaults = dict(zip((argument.arg for argument in last), taken.defaults, strict=True))
    keyed = zip(taken.kwonlyargs, taken.kw_defaults, strict=True)
    return defaults | {argument.arg: default for argument, default in keyed if default}
