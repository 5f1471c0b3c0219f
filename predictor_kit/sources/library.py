"""The modules that code imports: read once each, and found without importing any."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from predictor_kit.errors import Problem, ProblemsError, did_you_mean
from predictor_kit.objects.failures import (
    absent_module,
    file_problem,
    modules_below,
    modules_near,
    syntax_problem,
)
from predictor_kit.objects.places import below, shown
from predictor_kit.objects.texts import decoded
from predictor_kit.sources.known import known
from predictor_kit.sources.scopes import Module, Reader, Scope, Source
from predictor_kit.sources.search import Found, find_in, find_installed, is_pythons_own, look_again
from predictor_kit.sources.unread import UnreadModule

__all__ = ["Library"]


class Library:
    """The modules of a project with the folder ``root``, and what is installed."""

    def __init__(self, root: Path, reader: Reader) -> None:
        """Nothing is read yet; ``reader`` makes the values of the modules."""
        look_again(root)
        self._root = root
        self._reader = reader
        self._modules: dict[tuple[Path | tuple[str, ...], Path | None], Module] = {}

    def file(self, path: Path) -> Module:
        """The module of the file ``path`` (absolute); raises ``ProblemsError`` if it cannot be read."""
        if problem := file_problem(path):
            raise ProblemsError([problem])
        return self._module(path.stem, Found(path, ()), path.parent)

    def named(self, name: str, beside: Path) -> ModuleType:
        """The module ``name`` as a reference means it, from the folder ``beside``.

        Raises ``ProblemsError`` where there is none, or its file cannot be read.
        """
        folder = self._home(name, beside)
        if folder is None and (module := known(name)):
            return module
        found = find_in([folder], name) if folder else find_installed(name)
        if found is None:
            return self._elsewhere(name, folder, beside)
        if not found.is_readable:
            return UnreadModule(name, "is not written in Python")
        return self._module(name, found, self._beside(found) if folder else None)

    def imported(self, name: str, importer: Source) -> Any:
        """The module ``name`` for an import statement in ``importer``.

        One outside of the project, and of the importer's own package, is not read, but can be
        looked for. Raises ``ProblemsError`` where a file of the project cannot be read.
        """
        folder = self._home(name, importer.beside) if importer.beside else None
        if folder is None:
            near = name.partition(".")[0] == importer.name.partition(".")[0] and not importer.beside
            return known(name) or (
                self.installed(name) if near else UnreadModule(name, "was not read", (name, ""))
            )
        return self._read(name, find_in([folder], name), in_project=True)

    def relative(self, name: str, level: int, importer: Source) -> Any:
        """The module that ``from ..name`` means in ``importer``, with so many dots (``level``)."""
        full = ".".join(filter(None, (importer.package(level), name)))
        folder = below(Path(str(importer.file)), "/".join([".."] * level))
        init = folder / "__init__.py"
        package = Found(init if init.is_file() else None, (str(folder),))
        found = find_in([folder], name) if name else package
        return self._read(full, found, in_project=importer.beside is not None)

    def submodule(self, package: Source, name: str) -> Any:
        """The module ``name`` in a ``package``; None where there is none."""
        found = find_in(package.folders, name)
        full = f"{package.name}.{name}"
        return self._read(full, found, in_project=package.beside is not None) if found else None

    def installed(self, name: str) -> Any:
        """The module ``name`` that is installed; what was not read where that is not possible."""
        found = find_installed(name)
        missing = UnreadModule(name, "is not installed here") if found is None else None
        return known(name) or missing or self._read(name, found, in_project=False)

    def _read(self, name: str, found: Found | None, *, in_project: bool) -> Any:
        """The module ``found`` by an import; only a mistake in a file of the project counts as one."""
        if found is None:
            return UnreadModule(name, "was not found")
        if not found.is_readable:
            return UnreadModule(name, "is not written in Python")
        try:
            return self._module(name, found, self._beside(found) if in_project else None)
        except ProblemsError:
            if in_project:
                raise
            return UnreadModule(name, "cannot be read")

    def _home(self, name: str, beside: Path) -> Path | None:
        """The folder of the project that the module ``name`` is in; None: it is not one of the project."""
        first = name.partition(".")[0]
        if first == "__future__" or is_pythons_own(first):
            return None
        for folder in dict.fromkeys((self._root, beside)):
            found = find_in([folder], first)
            if found is not None:
                return None if found.is_folder and self._is_installed(first) else folder
        return None

    def _is_installed(self, name: str) -> bool:
        """Whether there is a module ``name`` outside of the project that stands before a mere folder."""
        found = find_installed(name)
        return known(name) is not None or (found is not None and not found.is_folder)

    def _beside(self, found: Found) -> Path:
        """The folder in which a module of the project finds its neighbours."""
        if found.file is None:
            return self._root
        folder = found.file.parent.parent if found.file.stem == "__init__" else found.file.parent
        return self._root if (folder / "__init__.py").is_file() else folder

    def _elsewhere(self, name: str, folder: Path | None, beside: Path) -> ModuleType:
        """A module that may be installed on another machine; raises if it is more likely a mistake."""
        parent, _, last = name.rpartition(".")
        above: Found | None = None
        if parent:
            above = find_in([folder], parent) if folder else find_installed(parent)
            if above is None:
                self._elsewhere(parent, folder, beside)
                return UnreadModule(name, "is not installed here")
        if above and folder is None and not above.folders:
            return UnreadModule(name, "was not found")  # some modules make others, as `six` does
        siblings = list(modules_below(above.folders) if above else modules_near((self._root, beside), last))
        if above or did_you_mean(last, siblings):
            raise ProblemsError([absent_module(name, siblings)])
        return UnreadModule(name, "is not installed here")

    def _module(self, name: str, found: Found, beside: Path | None) -> Module:
        key = (found.file or found.folders, beside)
        if key not in self._modules:
            tree = _parsed(found.file, in_project=beside is not None) if found.file else ast.Module([], [])
            source = Source(name, found.file, tree, found.folders, beside)
            self._modules[key] = Module(Scope(source, tree.body, self._reader))
        return self._modules[key]


def _parsed(file: Path, *, in_project: bool) -> ast.Module:
    """The tree of a file; raises ``ProblemsError`` where it is not one of Python."""
    try:
        if in_project:
            return _compiled(file)
        return _installed(file, file.stat().st_mtime_ns)
    except SyntaxError as error:
        raise ProblemsError([syntax_problem(error)]) from error
    except OSError as error:
        raise ProblemsError([Problem(f"{shown(file)} cannot be read: {error.strerror or error}")]) from error
    except (MemoryError, RecursionError) as error:
        raise ProblemsError([Problem(f"{shown(file)} cannot be read: it is nested too deeply")]) from error


@lru_cache(maxsize=64)
def _installed(file: Path, _changed: int) -> ast.Module:
    """The tree of a file that many projects import."""
    return _tree(decoded(file.read_bytes(), str(file)), file)


def _compiled(file: Path) -> ast.Module:
    """The tree of a file that compiles: this finds some mistakes that parsing does not."""
    source = decoded(file.read_bytes(), str(file))
    tree = _tree(source, file)
    try:
        compile(tree, str(file), "exec", dont_inherit=True)
    except RecursionError:  # Python compiles longer expressions from text than from a tree
        compile(source, str(file), "exec", dont_inherit=True)
    return tree


def _tree(source: str, file: Path) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, str(file))
