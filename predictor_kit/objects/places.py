"""Paths of Python files: as a project gives them, and as a message shows them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["below", "shown"]


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
