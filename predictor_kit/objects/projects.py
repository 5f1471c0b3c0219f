"""The Python files of one project: loaded by path, found by reference, apart from all others."""

from __future__ import annotations

import importlib
import os
import re
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from predictor_kit.errors import Problem, ProblemsError, did_you_mean
from predictor_kit.objects.allowlist import AllowList, own_names, written_name
from predictor_kit.objects.bare_names import neighbours_of
from predictor_kit.objects.environment import environment
from predictor_kit.objects.failures import Attempt, file_problem
from predictor_kit.objects.lookup import callable_in, class_in, names_in
from predictor_kit.objects.packages import Package, package_of, register
from predictor_kit.objects.places import below, is_folder, is_ordinary_file

__all__ = ["Project", "find"]

# So many parts and no more: to import a name is to go down it by recursion.
_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*){0,50}"
_reference = re.compile(rf"(?P<where>.+\.py|{_DOTTED}):(?P<name>{_DOTTED})")
_dotted = re.compile(_DOTTED)


class Project:
    """A folder with Python files, as a configuration file has one.

    Import statements in its files find their neighbours first, those below ``python_path`` and
    those in the file's own folder, and then what is installed; whenever they run. Two projects can
    have files of the same name. A pickle or ``importlib.import_module`` that names a neighbour
    finds it too, when it is called from the project's code or within ``active``, unless another
    module of that name can be imported.

    Two projects with the same folder, ``python_path`` and ``env`` share their modules, so a file
    runs once in a process, as with ``import``. Once a file that ran has changed, the next
    ``Project`` runs them all anew, under new names; what was made of the old ones goes on working.
    Modules stay in ``sys.modules`` until the process ends. Their objects can be pickled; another
    process can load them after it has made a ``Project`` of the same folder.

    What stays behind when all is done: these modules, the libraries that they imported, and what
    those read from the environment at their import. ``sys.path`` and ``PYTHONPATH`` are left alone,
    so a process that is started anew (by ``spawn``, by joblib) does not find the modules. Where it
    must, put the folder on ``PYTHONPATH`` yourself: a file that Python can import by itself is the
    module that it imports, under its own name, and is then not read again when it has changed.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] = "",
        python_path: str | None = None,
        env: Mapping[str, str] | None = None,
        allow: Sequence[str] | None = None,
    ) -> None:
        """Nothing is imported yet.

        ``directory`` is what paths are relative to, by default the current one; ``python_path`` is
        the folder that modules are imported from, by default the same; ``env`` are environment
        variables that are set while the project's code runs; ``allow`` are the patterns of an
        `AllowList` for ``python_path``, ``find`` and ``find_class``, by default anything. Raises
        ``ProblemsError`` when ``python_path`` is no folder or not allowed, or a variable cannot have
        such a name or value.
        """
        self.directory = Path(directory).resolve()
        self.env = dict(env or {})
        self._allowed = None if allow is None else AllowList(allow)
        if python_path and self._allowed:
            self._allowed.hold_folder(python_path)
        root = below(self.directory, python_path or "")
        if python_path and not is_folder(root):
            raise ProblemsError([Problem(f"there is no folder {python_path!r}", subject="python_path")])
        if problems := list(_unsettable(self.env)):
            raise ProblemsError(problems)
        self._package = _package_for(root, self.env)
        self._beside = self._package.folder(self.directory)
        self._folders = tuple(dict.fromkeys((root, self.directory)))
        self._modules: dict[str, ModuleType] = {}
        self._failed: dict[str, ProblemsError] = {}

    def load(self, path: str) -> ModuleType:
        """The module of the file ``path``, which is relative to the project's folder.

        Raises ``ProblemsError``: there is no such file, it cannot be read, has a syntax error
        (with its place), or raises an exception (which is the ``__cause__``).
        """
        file = below(self.directory, path)
        if problem := file_problem(file):
            raise ProblemsError([problem])
        return self._imported(path, lambda: self._package.file(file))

    def module(self, where: str) -> ModuleType:
        """The module that ``where`` names: a file, as for ``load``, or ``package.module``.

        Where it is there and cannot be run, the same error is raised each time.
        """
        if where in self._failed:
            raise self._failed[where]
        if where not in self._modules:
            try:
                self._modules[where] = self._module(where)
            except ProblemsError as error:
                if not self._is_absent(where, error.__cause__):
                    self._failed[where] = error
                raise
        return self._modules[where]

    def _module(self, where: str) -> ModuleType:
        if self._is_file(where):
            return self.load(where)
        return self._imported(f"module {where!r}", lambda: self._full_name(where))

    def find(self, reference: str) -> Any:
        """The class or function that ``package.module:Name`` or ``file.py:Name`` means.

        Raises ``ProblemsError`` as ``load`` does, when the reference is neither form or means no
        class or function, and when that is not allowed.
        """
        if problem := self._file_alone(reference):
            raise ProblemsError([problem])
        return self._look_up(*_parts(reference), callable_in)

    def find_installed(self, reference: str) -> Any:
        """What ``package.module:Name`` means to Python itself, whatever the project has of that name.

        For what a package registered under a short name: it is allowed in any case. Raises
        ``ProblemsError`` as ``find`` does.
        """
        where, name = _parts(reference)
        called = f"module {where!r}"
        with self._attempt(called, where, environment(self.env)):
            return callable_in(self._installed(where), name, called)

    def _file_alone(self, reference: str) -> Problem | None:
        """What to say of a ``reference`` that names a file and nothing in it; None if it does not."""
        if not reference.endswith(".py") or ":" in reference:
            return None
        names = names_in(self.load(reference)) if self._allowed is None else ""
        has = f"; it has {names}" if names else ""
        return Problem(f"{reference!r} names a file but nothing in it: write {reference}:NAME{has}")

    def find_class(self, where: str, name: str) -> type:
        """The class ``name`` in a file or module: ``find_class("predictor.py", "PythonPredictor")``.

        Where a file has two classes of that name, it is the last one, as Python has it. Raises
        ``ProblemsError`` as ``find`` does, and when it is not a class.
        """
        found: type = self._look_up(where, name, partial(class_in, path=where))
        return found

    @contextmanager
    def active(self) -> Generator[None, None, None]:
        """Within, ``env`` is set, and names in pickles can mean modules of this project.

        For the calls by which the predictor is built. Where the code runs on its own later,
        ``environment`` alone keeps the variables set.
        """
        with environment(self.env), neighbours_of(self._package, self._beside):
            yield

    def _installed(self, name: str) -> ModuleType:
        return importlib.import_module(name)

    def _look_up(self, where: str, name: str, find: Callable[[object, str, str], Any]) -> Any:
        """What ``find`` finds, if it is allowed; what is not by its name alone is not even imported."""
        self._hold_written(where, name)
        module, called = self.module(where), self._called(where)
        with self._attempt(called, module.__name__, self.active()):
            found = find(module, name, called)
            if self._allowed:
                self._hold_found(self._allowed, f"{where}:{name}", module, found)
            return found

    def _hold_written(self, where: str, name: str) -> None:
        if self._allowed:
            self._allowed.hold(f"{where}:{name}", [written_name(where, name)], found=False)

    def _hold_found(self, allowed: AllowList, reference: str, module: ModuleType, found: Any) -> None:
        """Raise `ProblemsError` where what was ``found``, or a module on the way to it, is not allowed."""
        where, _, name = reference.rpartition(":")
        told = own_names(module, name)
        if not told:
            allowed.hold(reference, [], found=True)
        for home, inner in told:
            names = [f"{self._package.plain(f'{home}.')}{inner}"]
            if home == module.__name__:
                names.append(written_name(where, inner))
            if file := self._own_file(home, found):
                names.append(written_name(os.path.relpath(file, self.directory), inner))
            allowed.hold(reference, names, found=True)

    def _own_file(self, module: str, found: Any) -> str | None:  # noqa: ARG002 - without running, that tells it
        """The file of the module of that name, if it is one of the project's own."""
        file = getattr(sys.modules.get(module), "__file__", None)
        return file if file and package_of(module) else None

    def _is_file(self, where: str) -> bool:
        if where.endswith((".py", ".pickle")) or not _dotted.fullmatch(where):
            return True
        return is_ordinary_file(self.directory / where)

    def _is_absent(self, where: str, error: BaseException | None) -> bool:
        """Whether there is no file or module ``where``; else there is, and what it does raised ``error``."""
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        return error is None or f"{where}.".startswith(f"{self._package.plain(name)}." if name else "\0")

    def _called(self, where: str) -> str:
        return where if self._is_file(where) else f"module {where!r}"

    def _full_name(self, name: str) -> str:
        owner = self._package.owner(name.partition(".")[0], self._beside)
        return f"{owner}.{name}" if owner else name

    def _imported(self, what: str, named: Callable[[], str]) -> ModuleType:
        self._package.refresh()
        with self._attempt(what, what, self.active()):
            return importlib.import_module(named())

    @contextmanager
    def _attempt(
        self, what: str, module: str, within: AbstractContextManager[None]
    ) -> Generator[None, None, None]:
        try:
            with within:
                yield
        except ProblemsError:
            raise
        except (Exception, SystemExit) as error:
            attempt = Attempt(what, module, self._package, self._folders)
            raise ProblemsError([attempt.problem(error)]) from error


def find(reference: str, directory: str | os.PathLike[str] | None = None) -> Any:
    """The class or function that ``package.module:Name`` or ``file.py:Name`` means.

    A file is relative to ``directory``, and modules beside it come before those installed. Without
    a ``directory`` it is the current one; the neighbours of a file are then those in its own folder.
    Raises ``ProblemsError`` as ``Project.find`` does.
    """
    if directory is None and (parts := _reference.fullmatch(reference)) and parts["where"].endswith(".py"):
        file = Path(parts["where"])
        return Project(file.parent).find(f"{file.name}:{parts['name']}")
    return Project(directory or "").find(reference)


_lock = threading.Lock()
_current: dict[tuple[Path, frozenset[tuple[str, str]]], Package] = {}


def _package_for(root: Path, env: Mapping[str, str]) -> Package:
    """The package of this folder and environment, unless its files have changed since they ran."""
    key = (root, frozenset(env.items()))
    with _lock:
        package = _current.get(key)
        if package is None or not package.is_current():
            package = _current[key] = register(root)
        return package


def _unsettable(env: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in env.items():
        if not name or "=" in name or "\0" in name:
            yield Problem(f"{name!r} cannot be the name of an environment variable", subject="env")
        elif "\0" in value:
            yield Problem(f"the value of {name!r} has a null character in it", subject="env")


def _parts(reference: str) -> tuple[str, str]:
    parts = _reference.fullmatch(reference)
    if parts is None:
        raise ProblemsError([_malformed(reference)])
    return parts["where"], parts["name"]


def _malformed(reference: str) -> Problem:
    message = f"{reference!r} names no object: write 'package.module:Name' or 'file.py:Name'"
    module, dot, name = reference.rpartition(".")
    near = did_you_mean(reference, [f"{module}:{name}"]) if dot and _dotted.fullmatch(reference) else ""
    return Problem(message + near)
