"""Neighbours imported by a bare name that no import statement in their project spells out.

A pickled model names ``preprocessing.Scaler``, and ``importlib.import_module("preprocessing")`` a
text. Where nothing else is found under such a name, the module of the project is, from whose code
the call came; where none of its frames is on the stack, of the project that is being built.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import inspect
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from predictor_kit.objects.packages import STAND_IN, Package, package_of

__all__ = ["neighbours_of"]

_built: ContextVar[tuple[Package, str] | None] = ContextVar("predictor_kit_project", default=None)


@contextmanager
def neighbours_of(package: Package, beside: str) -> Generator[None, None, None]:
    """Within, bare names can mean modules of ``package``, and those in the package ``beside``."""
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
    token = _built.set((package, beside))
    try:
        yield
    finally:
        _built.reset(token)


class _Finder:
    """Asked last: finds for a bare name a module that stands in for the calling project's own."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, _target: object = None
    ) -> ModuleSpec | None:
        if path is not None and not isinstance(sys.modules.get(fullname.rpartition(".")[0]), _StandIn):
            return None
        found = _neighbour(fullname)
        if found is None:
            _forget(fullname)
            return None
        return ModuleSpec(fullname, _Loader(found), origin=STAND_IN, is_package=True)


class _StandIn(ModuleType):
    """Has the attributes of the calling project's own module, and leaves ``sys.modules`` once used.

    So the same name means another module to the next project, and to everyone else none.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # modules below it are for our finder too

    def __getattr__(self, name: str) -> Any:
        _forget(self.__name__)
        found = _neighbour(self.__name__)
        if found is None and not _exists(self.__name__):
            raise AttributeError(f"{self.__name__!r} is no module outside of its own project")
        return getattr(importlib.import_module(found or self.__name__), name)


def _forget(name: str) -> None:
    """Take what stands in for the module ``name``, and for those above it, out of ``sys.modules``."""
    while name:
        if isinstance(sys.modules.get(name), _StandIn):
            del sys.modules[name]
        name = name.rpartition(".")[0]


class _Loader(importlib.abc.Loader):
    def __init__(self, found: str) -> None:
        self._found = found

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:  # noqa: ARG002 - the name is importlib's
        # Now, so that what it raises comes out of the import and not out of a look at an attribute.
        importlib.import_module(self._found)


def _neighbour(name: str) -> str | None:
    """The full name of the calling project's module ``name``; a folder must be a regular package."""
    home = _caller()
    if home is None:
        return None
    package, beside = home
    first = name.partition(".")[0]
    for parent in dict.fromkeys((package.name, beside)):
        found = package.search(parent, first)
        if found is not None and found.origin is not None and _exists(f"{parent}.{name}"):
            return f"{parent}.{name}"
    return None


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the module above it is no package
        return False


def _caller() -> tuple[Package, str] | None:
    frame = inspect.currentframe()
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        package = package_of(module)
        if package is not None:
            return package, package.beside(module)
        frame = frame.f_back
    return _built.get()
