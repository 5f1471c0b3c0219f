"""The modules of one folder under a name of their own, so that two of one name never meet.

A folder ``iris`` becomes a package ``iris_1f3a9c02`` in ``sys.modules``, and a file in it a module
of that package. Import statements in its files that name a neighbour are compiled as imports from
the package, wherever they stand and whenever they run. So nothing is added to ``sys.path``, and
pickle, typing and ``importlib.reload`` find the modules as they find any other.

A module that Python itself would import from the very same file is that module: where the folder
is on ``sys.path``, ``import predictor`` in a test and a loaded predictor share it.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import re
import sys
import zlib
from collections.abc import Sequence
from importlib.machinery import (
    BuiltinImporter,
    FileFinder,
    FrozenImporter,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType

from predictor_kit.objects.rewriting import redirected
from predictor_kit.objects.texts import decoded

__all__ = ["STAND_IN", "Package", "package_of", "register"]

STAND_IN = "<the neighbour of that name>"
"""The origin of a spec that only stands in for a module of a package: it is nobody's own."""


class Package:
    """The modules below ``root``, and of other folders that files are loaded from."""

    def __init__(self, name: str, root: Path) -> None:
        """``name`` is the package's in ``sys.modules``."""
        self.name = name
        self._root = root
        self._folders = {name: str(root)}
        self._files: dict[str, str] = {}
        self._sources: dict[str, bytes] = {}

    def is_current(self) -> bool:
        """Whether every file that was imported still has the content it had then."""
        return all(_content(file) == source for file, source in self._sources.items())

    def refresh(self) -> None:
        """Have Python look again at folders that it has listed before."""
        for folder in self._folders.values():
            finder = sys.path_importer_cache.get(folder)
            if isinstance(finder, FileFinder):
                finder.invalidate_caches()

    def folder(self, path: Path) -> str:
        """The name of the package that the modules in the folder ``path`` belong to."""
        if path == self._root:
            return self.name
        parts = path.relative_to(self._root).parts if path.is_relative_to(self._root) else ("",)
        if all(part and "." not in part for part in parts):
            return ".".join((self.name, *parts))
        name = f"{self.name}.{_unique(path)}"
        self._folders[name] = str(path)
        return name

    def file(self, path: Path) -> str:
        """The name under which to import the file ``path`` (absolute)."""
        folder, stem = self.folder(path.parent), path.stem
        if "." in stem or path.suffix != ".py":
            stem = _unique(path)
        name = f"{folder}.{stem}"
        public = stem if folder in self._folders else name.removeprefix(f"{self.name}.")
        if self._is_pythons(public, path):
            return public
        self._files[name] = str(path)
        return name

    def _is_pythons(self, name: str, path: Path) -> bool:
        # Asking Python for a submodule imports the package above it: never another's by chance.
        first, dot, _ = name.partition(".")
        return not (dot and self.owner(first, self.name)) and _is_file(_specification(name), path)

    def specification(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """The spec of the module ``name`` of this package, whose parent has the search path ``path``."""
        if name in self._folders:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [self._folders[name]]
            return spec
        if name in self._files:
            loader = _Loader(name, self._files[name], self)
            return importlib.util.spec_from_file_location(name, self._files[name], loader=loader)
        found = PathFinder.find_spec(name, path)
        if found is not None and isinstance(found.loader, SourceFileLoader):
            found.loader = _Loader(name, found.loader.path, self)
        return found

    def owner(self, name: str, beside: str) -> str | None:
        """The package to import the module ``name`` (its first part) from; None: not one of ours.

        ``beside`` is the package of the folder in which the import stands.
        """
        if name == "__future__" or BuiltinImporter.find_spec(name) or FrozenImporter.find_spec(name):
            return None
        for parent in dict.fromkeys((self.name, beside)):
            found = self.search(parent, name)
            if found is not None:
                return None if _is_left_to_python(_specification(name), found) else parent
        return None

    def search(self, parent: str, name: str) -> ModuleSpec | None:
        """The spec of the module ``name`` in the package ``parent``, if there is one."""
        return self.specification(f"{parent}.{name}", importlib.import_module(parent).__path__)

    def beside(self, module: str) -> str:
        """The package in whose folder the module ``module`` finds its neighbours.

        That is its own folder for a file that was loaded by its path and in a folder of loose
        files; in a regular package an import means the outermost one, as ever.
        """
        parent = module.rpartition(".")[0]
        loose = module in self._files or getattr(sys.modules.get(parent), "__file__", None) is None
        return parent if loose else self.name

    def plain(self, text: str) -> str:
        """``text`` with the names of modules as their files have them."""
        for name in sorted(self._folders, key=len, reverse=True):
            text = text.replace(f"{name}.", "")
        return text

    def compiled(self, module: str, file: str, source: bytes) -> CodeType:
        """The code of ``module``, which imports its neighbours from this package."""
        self._sources[file] = source
        beside = self.beside(module)
        owner = functools.cache(lambda name: self.owner(name, beside))
        tree = redirected(decoded(source, file), file, owner)
        return compile(tree, file, "exec", dont_inherit=True)


class _Loader(SourceFileLoader):
    """Loads a file of a package; bytecode is not kept, as what it imports depends on the package."""

    def __init__(self, name: str, path: str, package: Package) -> None:
        super().__init__(name, path)
        self._package = package

    def get_code(self, fullname: str) -> CodeType:
        return self._package.compiled(fullname, self.path, self.get_data(self.path))


class _Finder:
    """Finds the modules of registered packages, and no others."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, _target: object = None
    ) -> ModuleSpec | None:
        package = package_of(fullname)
        return package.specification(fullname, path) if package else None


_packages: dict[str, Package] = {}


def register(folder: Path) -> Package:
    """A new package for ``folder``, named after it.

    The first one for a folder has the same name in every process; later ones are numbered.
    """
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
    first = name = _unique(folder)
    number = 1
    while name in _packages:
        number += 1
        name = f"{first}_{number}"
    _packages[name] = Package(name, folder)
    return _packages[name]


def package_of(module: str) -> Package | None:
    """The registered package that a module of this name belongs to."""
    return _packages.get(module.partition(".")[0])


def _unique(path: Path) -> str:
    word = re.sub(r"\W+", "_", path.name).strip("_") or "project"
    return f"{word}_{zlib.crc32(os.fsencode(path)):08x}"


def _content(file: str) -> bytes | None:
    try:
        return Path(file).read_bytes()
    except OSError:
        return None


def _specification(name: str) -> ModuleSpec | None:
    """The spec of what Python itself imports by this name."""
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # noqa: BLE001 - a parent package's code can raise anything; there is no spec then
        return None
    return None if spec is None or spec.origin == STAND_IN else spec


def _is_file(spec: ModuleSpec | None, path: str | Path) -> bool:
    return (
        spec is not None
        and spec.origin is not None
        and os.path.realpath(spec.origin) == os.path.realpath(path)
    )


def _is_left_to_python(host: ModuleSpec | None, found: ModuleSpec) -> bool:
    """Whether to leave a name to Python, though there is a module or folder of that name beside."""
    if host is None:
        return False
    if found.origin is not None:
        return _is_file(host, found.origin)
    ours, theirs = found.submodule_search_locations or (), host.submodule_search_locations or ()
    return host.origin is not None or set(map(os.path.realpath, ours)) <= set(map(os.path.realpath, theirs))
