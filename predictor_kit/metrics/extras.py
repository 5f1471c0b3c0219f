"""Packages that only some clients need, each brought by an extra of this distribution."""

from collections.abc import Generator
from contextlib import contextmanager

from predictor_kit.errors import MissingPackageError

__all__ = ["brought_by"]


@contextmanager
def brought_by(extra: str, wanted_by: str) -> Generator[None]:
    """Import in this block what the extra ``extra`` brings for the class ``wanted_by``.

    Raises `MissingPackageError`, with the line that installs it, where it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package, _, _ = str(error.name).partition(".")
        raise MissingPackageError(wanted_by, extra, package) from error
