"""Annotations: text looked up where it was written, and drawn short for a message."""

from __future__ import annotations

import builtins
import inspect
import re
import sys
import typing
from collections import ChainMap
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from predictor_kit.signatures.callables import bare, constructor_of

__all__ = ["Unevaluated", "resolved", "short"]


class Unevaluated:
    """Stands in a signature that was read from source for an annotation or a default.

    ``written`` gives its text, ``value`` what an annotation comes to.
    """

    def __init__(self, written: Callable[[], str], value: Callable[[], Any] = lambda: Any) -> None:
        """Neither is called until it is asked for."""
        self._written = written
        self.value = value

    def __repr__(self) -> str:
        """The text as written."""
        return self._written()


def resolved(written: Any, target: Any) -> Any:
    """The annotation ``written`` on a parameter of ``target``, with the names in its texts looked up.

    Where there is none, or it is not one, it is ``typing.Any``. Never raises.
    """
    if written is inspect.Parameter.empty:
        return Any
    holder = SimpleNamespace(__annotations__={"it": written})
    try:
        if isinstance(written, Unevaluated):
            return written.value()
        return typing.get_type_hints(holder, {}, _Names(*_scopes(target)), include_extras=True)["it"]
    except Exception:  # noqa: BLE001 - an annotation in text is the user's code
        return Any


class _Names(ChainMap[str, Any]):
    """The names that an annotation in text can use; one that is not there is ``typing.Any``."""

    def __missing__(self, key: str) -> Any:
        return Any


def _scopes(target: Any) -> Iterator[dict[str, Any]]:
    """Where names are looked up. The class's own come last, for the sake of ``date: date = None``."""
    called = bare(target)
    cls = called if isinstance(called, type) else None
    yield getattr(constructor_of(cls) if cls else called, "__globals__", {})
    yield getattr(sys.modules.get(getattr(called, "__module__", "")), "__dict__", {})
    yield builtins.__dict__
    yield dict(cls.__dict__) if cls else {}


def short(annotation: Any) -> str:
    """An annotation with the last part of each module only, ``text.Vocabulary``, and ``typing`` left out.

    A private module is none to a reader: ``pathlib._local.Path`` of Python 3.13 is ``pathlib.Path``.
    """
    written = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    private, outer = r"(?<=\w)\._[a-z]\w*(?=\.\w)", r"(?:\w+\.)+(?=(?!_[a-z])\w+\.\w)"
    dotted = rf"""'[^']*'|"[^"]*"|\b(?:__main__|typing|collections\.abc)\.|{private}|{outer}"""
    return re.sub(dotted, lambda found: found[0] if found[0][0] in "'\"" else "", written)
