"""Paths of Python files: as a project gives them, and as a message shows them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["below", "is_folder", "is_ordinary_file", "leads_out", "shown"]


def shown(path: str | os.PathLike[str]) -> str:
    """``path`` as a reader finds it: relative when it lies below the working directory."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the working directory is gone, or on another drive
        return os.fspath(path)
    return os.path.normpath(Path(path).absolute()) if relative.startswith(os.pardir) else relative


def below(folder: Path, path: str) -> Path:
    """``path`` from ``folder`` on, with ``..`` as written: a link in the folder stays a link."""
    return Path(os.path.normpath(folder / path))


def leads_out(folder: str | os.PathLike[str], path: str) -> str | None:
    """Where the file ``path`` really is, links followed, if that is not below ``folder``; else None."""
    root = os.path.realpath(folder)
    file = os.path.realpath(Path(root, path))
    return None if Path(file).is_relative_to(root) else file


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a folder; False too where that cannot be known, of a name too long, say."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir() raises there


def is_ordinary_file(path: str | os.PathLike[str]) -> bool:
    """The same of a file."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file() raises there
