"""Why a file or module could not be imported, as a problem that a reader can act on."""

from __future__ import annotations

import difflib
import linecache
import pkgutil
import stat
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from predictor_kit.errors import Location, Problem, did_you_mean, listed, near_file
from predictor_kit.objects.packages import Package
from predictor_kit.objects.places import shown

__all__ = ["Attempt", "absent_module", "file_problem", "modules_below", "modules_near", "syntax_problem"]

# What is installed for these modules has another name.
_DISTRIBUTIONS = {
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "jwt": "PyJWT",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}

STATIC = "to check the configuration file without importing anything: predictor-kit check --static"

_NOT_SHOWN = {*sys.stdlib_module_names, "predictor_kit"}
_FRAMES = 4
"""So many of the places on the way to an exception are named, the last ones."""


def file_problem(path: Path) -> Problem | None:
    """Why the absolute ``path`` is no file with Python code; None when it may be one."""
    if path.suffix == ".pickle":
        note = "write a Python file whose class loads what was pickled"
        return Problem(
            f"{shown(path)} is a pickled predictor, and only Python files are loaded", notes=(note,)
        )
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return _absent_file(path)
    except (OSError, ValueError) as error:
        return Problem(f"{shown(path)} cannot be read: {getattr(error, 'strerror', None) or error}")
    if stat.S_ISDIR(mode):
        return Problem(f"{shown(path)} is a folder, and a Python file is wanted", notes=_files_note(path))
    return None if stat.S_ISREG(mode) else Problem(f"{shown(path)} is no ordinary file")


def _absent_file(path: Path) -> Problem:
    if not path.parent.is_dir():
        return Problem(f"there is no file {shown(path)}, nor a folder {shown(path.parent)}")
    near = near_file(path.name, _python_files(path.parent))
    return Problem(f"there is no file {shown(path)}{near}", notes=_files_note(path.parent, path.name))


def _files_note(folder: Path, near: str = "") -> tuple[str, ...]:
    files = _python_files(folder)
    return (f"Python files there: {listed(files, near)}",) if files else ()


def _python_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.py") if path.is_file())


@dataclass(frozen=True, slots=True)
class Attempt:
    """An import that is tried: of ``module``, which the user wrote as ``what``.

    ``package`` holds the project's modules; the user's own code lies below ``folders``.
    """

    what: str
    module: str
    package: Package
    folders: Sequence[Path]

    def problem(self, error: BaseException) -> Problem:
        """Why it failed, with the places in the user's code that led there."""
        trace = list(self._trace(error))
        if isinstance(error, SyntaxError) and Path(error.filename or "").is_file():
            return syntax_problem(error, _drawn(trace))
        if isinstance(error, ModuleNotFoundError) and error.name:
            return self._missing(error.name, trace)
        if isinstance(error, OSError) and not trace:
            return Problem(f"{self.what} cannot be read: {error.strerror or error}")
        said = self.package.plain(_first_line(error))
        advice = (STATIC,) if isinstance(error, ImportError) else ()
        return Problem(f"importing {self.what} failed: {said}", notes=(*_drawn(trace), *advice))

    def _missing(self, module: str, trace: list[tuple[str, int]]) -> Problem:
        name = self.package.plain(module)
        parent, _, last = name.rpartition(".")
        siblings = self._siblings(module, parent)
        if not trace:
            return absent_module(name, siblings, () if parent else (STATIC,))
        near = did_you_mean(last, siblings)
        start = f"{shown(trace[-1][0])} imports {name!r}"
        if parent:
            return Problem(f"{start}, and {parent!r} has no such module{near}", notes=_drawn(trace))
        # Of a name that is misspelt, who knows what one would install.
        remedies = () if near else self._remedies(name)
        return Problem(f"{start}, which is not installed{near}", notes=(*_drawn(trace), *remedies))

    def _siblings(self, module: str, parent: str) -> Iterator[str]:
        """The modules that there are where ``module`` is not."""
        package = sys.modules.get(module.rpartition(".")[0])
        if parent:
            yield from modules_below(getattr(package, "__path__", ()))
        else:
            yield from modules_near(self.folders, module)

    def _remedies(self, name: str) -> Iterator[str]:
        yield f"to install it: pip install {_DISTRIBUTIONS.get(name, name)}"
        for folder in self.folders:
            if (required := folder / "requirements.txt").is_file():
                yield f"to install all that the project asks for: pip install -r {shown(required)}"
        yield STATIC

    def _trace(self, error: BaseException) -> Iterator[tuple[str, int]]:
        """File and line of each step in the user's code; of the last step at all if there is none."""
        steps = [
            (frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if Path(frame.f_code.co_filename).is_file()
            and str(frame.f_globals.get("__name__")).partition(".")[0] not in _NOT_SHOWN
        ]
        yield from [step for step in steps if self._is_users(step[0])] or steps[-1:]

    def _is_users(self, file: str) -> bool:
        return "site-packages" not in file and any(
            Path(file).is_relative_to(folder) for folder in self.folders
        )


def syntax_problem(error: SyntaxError, notes: tuple[str, ...] = ()) -> Problem:
    """A mistake in a file's own text, with its place."""
    return Problem(f"syntax error: {error.msg}", location=_place(error), notes=notes)


def absent_module(name: str, siblings: Iterable[str], advice: tuple[str, ...] = ()) -> Problem:
    """There is no module ``name``; ``siblings`` are those that there are where it would be.

    ``advice`` is given where it resembles none of them.
    """
    parent, _, last = name.rpartition(".")
    near = did_you_mean(last, siblings)
    message = (f"{parent!r} has no module" if parent else "there is no module") + f" {last!r}{near}"
    return Problem(message, notes=() if near else advice)


def modules_near(folders: Iterable[Path], name: str) -> Iterator[str]:
    """The modules in ``folders``, and those installed that have almost this ``name``."""
    yield from modules_below(map(str, folders))
    # Among all that is installed there is something like anything.
    yield from difflib.get_close_matches(name, modules_below(sys.path), cutoff=0.8)


def modules_below(folders: Iterable[str]) -> list[str]:
    """The modules in ``folders``."""
    return [found.name for found in pkgutil.iter_modules(list(folders))]


def _first_line(error: BaseException) -> str:
    if isinstance(error, SyntaxError):  # its own text begins with the line of code
        return f"{type(error).__name__}: {error.msg}"
    return traceback.format_exception_only(error)[0].splitlines()[0]


def _drawn(trace: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Each step with its line: ``predictor.py:1: import torch``."""
    last = trace[-_FRAMES:]
    for file, _ in last:
        linecache.checkcache(file)
    return tuple(f"{shown(file)}:{line}: {linecache.getline(file, line).strip()}" for file, line in last)


def _place(error: SyntaxError) -> Location:
    column, line = max(error.offset or 0, 0), error.lineno or 0
    ends_here = error.end_lineno == line and error.end_offset is not None
    width = max((error.end_offset or 0) - column, 1) if ends_here else 1
    return Location(shown(error.filename or ""), line, column, width, (error.text or "").rstrip("\r\n"))
