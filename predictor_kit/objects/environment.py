"""Environment variables for the time that they are wanted."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager

__all__ = ["environment"]

_lock = threading.Lock()
# For each variable what it was before, then what each block that has not ended wants it to be.
_wishes: dict[str, list[tuple[object, str | None]]] = {}


@contextmanager
def environment(variables: Mapping[str, str]) -> Generator[None, None, None]:
    """Within, ``os.environ`` has these ``variables``; afterwards what it had before.

    The environment is the whole process's: other threads see the variables too, and where blocks
    that overlap want different values of one, the last one entered has its way until it ends.
    Blocks can end in any order. A variable that other code has changed meanwhile is left as it is.
    What was read from the environment meanwhile stays read, by a library at its import for example.
    """
    owner = object()
    try:
        with _lock:
            for name, value in variables.items():
                _want(owner, name, value)
        yield
    finally:
        with _lock:
            for name in variables:
                _release(owner, name)


def _want(owner: object, name: str, value: str) -> None:
    before = os.environ.get(name)
    os.environ[name] = value
    _wishes.setdefault(name, [(None, before)]).append((owner, value))


def _release(owner: object, name: str) -> None:
    wishes = _wishes.get(name, [])
    left = [wish for wish in wishes if wish[0] is not owner]
    if len(left) == len(wishes):  # it could not be set
        return
    is_ours = os.environ.get(name) == wishes[-1][1]
    _wishes[name] = left
    if len(left) == 1:
        del _wishes[name]
    if is_ours:
        _set(name, left[-1][1])


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
