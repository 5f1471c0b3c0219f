"""Where the source of a module is, found without importing it or the packages above it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import (
    SOURCE_SUFFIXES,
    BuiltinImporter,
    FileFinder,
    FrozenImporter,
    ModuleSpec,
    PathFinder,
)
from pathlib import Path

__all__ = ["Found", "find_in", "find_installed", "is_pythons_own", "look_again"]


@dataclass(frozen=True, slots=True)
class Found:
    """A module: its Python ``file`` (None: it has none), and the ``folders`` of its submodules."""

    file: Path | None
    folders: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        """Whether there is something to read: a file, or a package that is only a folder."""
        return self.file is not None or self.is_folder

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder without an ``__init__.py``."""
        return self.file is None and bool(self.folders)


def is_pythons_own(name: str) -> bool:
    """Whether Python has the top-level module ``name`` built in, so that no file can replace it."""
    return bool(BuiltinImporter.find_spec(name) or FrozenImporter.find_spec(name))


def find_in(folders: Iterable[str | Path], name: str) -> Found | None:
    """The module ``name``, which can be dotted, in ``folders``."""
    found: Found | None = Found(None, tuple(map(str, folders)))
    for part in name.split("."):
        if found is None:
            return None
        # By its last name alone: for a folder Python would look at its parent in sys.modules.
        found = _found(PathFinder.find_spec(part, list(found.folders)))
    return found


def find_installed(name: str) -> Found | None:
    """The module ``name``, which can be dotted, where ``import`` would find it."""
    first, _, rest = name.partition(".")
    found = _found(_specification(first))
    return find_in(found.folders, rest) if found and rest else found


def look_again(root: Path) -> None:
    """Forget what Python remembers to be in the folder ``root``, and in those below it."""
    for folder, finder in list(sys.path_importer_cache.items()):
        if folder.startswith(str(root)) and isinstance(finder, FileFinder):
            finder.invalidate_caches()


def _specification(name: str) -> ModuleSpec | None:
    """What Python's finders say, those of editable installs too, but not our own for projects."""
    for finder in sys.meta_path:
        search = getattr(finder, "find_spec", None)
        if search is None or str(getattr(finder, "__module__", "")).startswith("predictor_kit."):
            continue
        spec: ModuleSpec | None = search(name, None)
        if spec is not None:
            return spec
    return None


def _found(spec: ModuleSpec | None) -> Found | None:
    if spec is None:
        return None
    # The modules that Python itself starts with are compiled into it, and have a file all the same.
    origin = getattr(spec.loader_state, "filename", None) or spec.origin
    is_source = origin is not None and origin.endswith(tuple(SOURCE_SUFFIXES))
    file = Path(origin) if origin is not None and is_source and Path(origin).is_file() else None
    return Found(file, tuple(spec.submodule_search_locations or ()))
