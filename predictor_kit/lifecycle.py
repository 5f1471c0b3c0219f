"""Who builds, closes: what was built in a container, and how it is torn down again.

One `Lifecycle` belongs to one container instance. Loaded predictors that share the instance
share it: what one of them built is closed when the last of them is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Built", "Lifecycle", "Teardown", "run_all"]

Teardown = Callable[[], object]


@dataclass(slots=True)
class Built:
    """One object that was built: the provider that holds it (None: no longer), and what closes it.

    ``forget`` makes the provider build another one when it is asked again. ``moment`` tells what
    came before and after it.
    """

    provider: object
    forget: Teardown
    close: Teardown
    moment: int = field(default=0, init=False)

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
        self._users: set[int] = set()
        self._moment = 0
        self._lock = threading.RLock()
        self._process = os.getpid()

    @contextmanager
    def building(self) -> Generator[None]:
        """Hold while building: one thread at a time builds in one container instance."""
        with self.own_lock():
            yield

    def record(self, built: Built) -> None:
        """Note what was built just now."""
        built.moment = self._next()
        self._built.append(built)

    def keep(self, provider: object) -> bool:
        """Whether a user came after what ``provider`` holds was built, and may have it.

        If so, that stays open, and is held here alone. If not, `take` gives it.
        """
        kept = [built for built in self._built if built.provider is provider and self._in_use(built)]
        for built in kept:
            built.provider = None
        return bool(kept)

    def take(self, provider: object) -> list[Built]:
        """What ``provider`` holds and was recorded, which is recorded no longer: the caller ends it."""
        taken = [built for built in self._built if built.provider is provider]
        if taken:
            self._built = [built for built in self._built if built.provider is not provider]
        return taken

    def mark(self) -> int:
        """This moment; `rollback` takes down what came after."""
        return self._moment

    def rollback(self, mark: int) -> list[Exception]:
        """Take down all that was built since ``mark``, the latest first; returns the failures."""
        return self._take_down([built for built in self._built if built.moment > mark])

    def acquire(self) -> int:
        """One more loaded predictor uses what is built here; returns what `release` wants."""
        with self.own_lock():
            self._users.add(user := self._next())
            return user

    def release(self, user: int, since: int | None = None) -> list[Exception]:
        """One fewer uses it; the last one takes everything down. Returns the failures.

        With ``since``, a `mark`, what was built after it is taken down although others remain,
        except what those who came later may have.
        """
        with self.own_lock():
            self._users.discard(user)
            if not self._users:
                return self.rollback(0)
            if since is None:
                return []
            late = [built for built in self._built if built.moment > since and not self._in_use(built)]
            return self._take_down(late)

    def own_lock(self) -> threading.RLock:
        """The lock of this process: one that another thread held at a fork stays locked in the child."""
        if self._process != os.getpid():
            self._lock, self._process = threading.RLock(), os.getpid()
        return self._lock

    def _next(self) -> int:
        self._moment += 1
        return self._moment

    def _in_use(self, built: Built) -> bool:
        return any(user > built.moment for user in self._users)

    def _take_down(self, taken: list[Built]) -> list[Exception]:
        moments = {built.moment for built in taken}
        self._built = [built for built in self._built if built.moment not in moments]
        return run_all(built.end for built in reversed(taken))


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
