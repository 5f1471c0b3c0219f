"""Text from the environment and from files, or why there is none; what is found is never shown."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from predictor_kit.errors import did_you_mean, near_file
from predictor_kit.references.kinds import EnvReference, FileReference
from predictor_kit.references.outside import OutsideText

__all__ = ["MAX_BYTES", "look_up"]

MAX_BYTES: Final = 1024 * 1024
"""The longest file that a reference brings in."""


def look_up(
    reference: EnvReference | FileReference, environ: Mapping[str, str], directory: str, written: str
) -> OutsideText:
    """The text of ``reference``, which is part of the text ``written``.

    A file's path is relative to ``directory``. Raises `LookupError`, which says why there is none.
    """
    if isinstance(reference, FileReference):
        return OutsideText(_content(reference.path, directory), [reference], written)
    value = environ.get(reference.name)
    # Empty counts as not set, as a shell reads ``:-``.
    if not value and reference.default is not None:
        return OutsideText(reference.default, [reference], written)
    return OutsideText(_variable(reference, environ), [EnvReference(reference.name)], written)


def _variable(reference: EnvReference, environ: Mapping[str, str]) -> str:
    value = environ.get(reference.name)
    if value is None:
        name = reference.name
        near = did_you_mean(name, environ)
        raise LookupError(
            f"environment variable {name!r} is not set{near}: set it, or write ${{env:{name}:-...}}"
        )
    return value


def _content(written: str, directory: str) -> str:
    """The text of the file ``written``, without the line end that closes its last line."""
    path = _relative(Path(directory, written))
    try:
        content = _bytes(path)
    except (OSError, ValueError) as error:
        raise LookupError(_unreadable(path, error)) from None
    if len(content) > MAX_BYTES:
        raise LookupError(f"file {str(path)!r} is longer than {MAX_BYTES // 2**20} MiB")
    text = _decoded(content)
    if text is None:
        raise LookupError(f"file {str(path)!r} is not UTF-8")
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _relative(path: Path) -> Path:
    """``path`` from the working directory on, where it lies below that: so it is shown."""
    try:
        return path.relative_to(Path.cwd())
    except (OSError, ValueError):  # the working directory is gone; it lies elsewhere
        return path


def _bytes(path: Path) -> bytes:
    """What a file or a pipe holds, up to a byte more than is allowed."""
    with path.open("rb") as stream:
        kind = os.fstat(stream.fileno()).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):  # reading a terminal would wait for it
            raise OSError(errno.EINVAL, "it is neither a file nor a pipe")
        return stream.read(MAX_BYTES + 1)


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:  # it holds the content, so nothing is raised from within
        return None


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    name = repr(str(path))
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no file {name}{near_file(path.name, _names(path.parent))}"
    if isinstance(error, IsADirectoryError):
        return f"{name} is a directory, not a file"
    if isinstance(error, OSError):
        return f"file {name} cannot be read: {error.strerror}"
    return f"{name} cannot be the name of a file"


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []  # there are no names to propose
