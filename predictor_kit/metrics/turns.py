"""Work that one thread does at a time, where a signal's handler may interrupt it, push, and raise.

The interpreter looks at signals at calls, so that a handler may raise between ``acquire()`` and its
``try``, and leave the lock held for ever; between ``with`` and its block it does not.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["TimedTurn", "Turn"]

_Done = TypeVar("_Done")


class Turn:
    """Short work; who comes while it is done waits, unless it is the thread that does it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.taken = False

    def take(self, work: Callable[[], _Done], instead: _Done) -> _Done:
        """What ``work`` returns; ``instead`` where a handler has interrupted just that."""
        with self._lock:
            if self.taken:
                return instead
            self.taken = True
            try:
                return work()
            finally:
                self.taken = False


class TimedTurn:
    """Work that may take time; who comes waits for so long only."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._taken_by = 0

    @property
    def own(self) -> bool:
        """Whether it is this thread that does it: a handler asks, which has interrupted it."""
        return self._taken_by == threading.get_ident()

    def take(self, seconds: float, work: Callable[[], bool]) -> bool:
        """What ``work`` returns; False where another thread is at it for longer, or this one is already."""
        if self.own:
            return False
        try:
            return self._lock.acquire(timeout=seconds) and self._taken(work)
        finally:
            # It knows itself whether it is held here; a call before would be one more place to raise at.
            try:  # noqa: SIM105 - see above
                self._lock.release()
            except RuntimeError:
                pass

    def _taken(self, work: Callable[[], bool]) -> bool:
        try:
            self._taken_by = threading.get_ident()
            return work()
        finally:
            self._taken_by = 0
