"""Who builds, closes: what was built in a container, and how it is torn down again.

One `Lifecycle` belongs to one container instance. Loaded predictors that share the instance
share it: what one of them built is closed when the last of them is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Built", "Lifecycle", "run_all"]

Teardown = Callable[[], object]


@dataclass(slots=True)
class Built:
    """One object that was built: the provider that holds it (None: no longer), and what closes it.

    ``forget`` makes the provider build another one when it is asked again.
    """

    provider: object
    forget: Teardown
    close: Teardown

    def end(self) -> None:
        """Close it; nobody is given it any more, even if closing fails."""
        if self.provider is not None:
            self.forget()
        self.close()


class Lifecycle:
    """The objects built in one container instance, in the order of their creation."""

    def __init__(self) -> None:
        """Nothing built, nobody using it."""
        self._built: list[Built] = []
        self._users = 0
        self._lock = threading.RLock()
        self._process = os.getpid()

    @contextmanager
    def building(self) -> Generator[None]:
        """Hold while building: one thread at a time builds in one container instance."""
        with self._own_lock():
            yield

    def record(self, built: Built) -> None:
        """Note what was built just now."""
        self._built.append(built)

    def keep(self, provider: object) -> bool:
        """Whether ``provider`` holds something built here; if so, it stays open and is held here alone."""
        kept = [built for built in self._built if built.provider is provider]
        for built in kept:
            built.provider = None
        return bool(kept)

    def mark(self) -> int:
        """How much is built; `rollback` takes down what came after."""
        return len(self._built)

    def rollback(self, mark: int) -> list[Exception]:
        """Take down all that was built since ``mark``, the latest first; returns the failures."""
        late, self._built[mark:] = self._built[mark:], []
        return run_all(built.end for built in reversed(late))

    def acquire(self) -> None:
        """One more loaded predictor uses what is built here."""
        with self._own_lock():
            self._users += 1

    def release(self) -> list[Exception]:
        """One fewer uses it; the last one takes everything down. Returns the failures."""
        with self._own_lock():
            self._users -= 1
            return [] if self._users else self.rollback(0)

    def _own_lock(self) -> threading.RLock:
        # A lock that another thread held at a fork stays locked in the child for ever.
        if self._process != os.getpid():
            self._lock, self._process = threading.RLock(), os.getpid()
        return self._lock


def run_all(teardowns: Iterable[Teardown]) -> list[Exception]:
    """Run every one of ``teardowns``; returns what they raised, in order.

    What ends a program (``KeyboardInterrupt``) is raised after all of them have run.
    """
    failures: list[Exception] = []
    endings: list[BaseException] = []
    for teardown in teardowns:
        try:
            teardown()
        except Exception as failure:  # noqa: BLE001 - reported together by the caller
            failures.append(failure)
        except BaseException as ending:  # noqa: BLE001 - raised below
            endings.append(ending)
    if endings:
        raise endings[0]
    return failures
