"""A client that works beside its caller: its thread, and its part when a process forks or ends."""

import atexit
import math
import os
import sys
import weakref
from abc import abstractmethod
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from predictor_kit.metrics.guard import TIMEOUT, GuardedMetrics
from predictor_kit.metrics.worker import Worker

__all__ = ["BackgroundMetrics"]

_LONGEST_INTERVAL = 3600.0
_SHORT_INTERVAL = 0.2
_FORK_SECONDS = 0.003
_MOMENT = 0.001
_LAST_PUSH_SECONDS = 0.1
_LOOK_SECONDS = 0.01


class BackgroundMetrics(GuardedMetrics):
    """A `MetricsClient` that keeps what is pushed, and hands it on every ``flush_interval`` seconds.

    That is done by a daemon thread, which is started by the first push. With an interval of 0
    pushes are handed on at once, by the thread that pushes. A subclass says in ``_drain`` how.

    What is kept when a process forks is handed on by the parent only. At the end of the interpreter
    and of a child of `multiprocessing` what is kept is handed on, within five seconds for all clients
    together; from then on pushes are handed on at once. What cannot be is dropped and counted.
    """

    def __init__(self, flush_interval: float) -> None:
        if not 0 <= flush_interval <= _LONGEST_INTERVAL:
            raise ValueError(f"flush_interval is no number of seconds from 0 to {_LONGEST_INTERVAL:.0f}")
        self._flush_interval = flush_interval
        self._closed = False
        self._begin()
        super().__init__()
        _clients[id(self)] = self

    def _begin(self) -> None:
        """Make what is not shared with a parent process."""
        self._at_once = self._flush_interval == 0
        self._ended = False
        interval = self._flush_interval or _SHORT_INTERVAL
        self._worker = Worker(self._drain_in_turn, interval, _finish_with_multiprocessing)

    def __del__(self) -> None:
        # At the very end of the interpreter anything may be missing.
        with suppress(Exception):
            self.close(0)

    @property
    def flush_interval(self) -> float:
        """How many seconds a push is kept at most before it is handed on."""
        return self._flush_interval

    def flush(self, timeout: float = TIMEOUT) -> None:
        """Hand on what was pushed before; waits until that can be done, at most ``timeout`` seconds."""
        self._flush(monotonic() + timeout, math.inf)

    def close(self, timeout: float = TIMEOUT) -> None:
        """Hand on what was pushed, within ``timeout`` seconds, and let go of everything.

        What is not handed on by then is dropped and counted as ``send``, later pushes as
        ``closed``. A second call does nothing.
        """
        deadline = monotonic() + timeout
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._worker.stop()
            self._stop_taking()
            self._hand_on_at_once()
            self._flush(deadline, deadline)
            # Another thread may be in the middle of its last push; so may this one, below a signal's handler.
            patience = min(deadline, monotonic() + _LAST_PUSH_SECONDS)
            while self._pending() and monotonic() < patience:
                sleep(_MOMENT)
                self._drain(deadline, deadline)
            self._worker.join(deadline)
            self._ended = True
            self._release(deadline)

    @abstractmethod
    def _drain(self, deadline: float, until: float = math.inf) -> bool:
        """Hand on what is kept; False if that cannot be done before ``deadline``. Raises nothing.

        What is not handed on at ``until`` is dropped.
        """

    def _drain_in_turn(self) -> None:
        self._drain(monotonic() + _LONGEST_INTERVAL)

    def _await_readiness(self, deadline: float) -> None:
        """Wait until `_drain` can do its work, if it cannot."""

    @abstractmethod
    def _pause(self) -> None:
        """See to it that the next push starts the thread."""

    @abstractmethod
    def _stop_taking(self) -> None:
        """Refuse what is pushed from now on."""

    @abstractmethod
    def _pending(self) -> bool:
        """Whether anything is kept."""

    @abstractmethod
    def _give_up(self, why: str) -> None:
        """Drop and count what is kept."""

    @abstractmethod
    def _release(self, deadline: float) -> None:
        """Give up what is kept, and what it is handed on by; wait for nothing after ``deadline``."""

    def _hand_on_at_once(self) -> None:
        """Let no push wait for the thread from now on."""
        self._at_once = True
        self._pause()

    def _end(self) -> None:
        """Keep nothing: what cannot be handed on now is not handed on by anybody."""
        self._ended = True
        self._drain(_soon(), monotonic())
        self._give_up("the process ended before")

    def _flush(self, deadline: float, until: float) -> None:
        if not self._drain(deadline, until):
            self._await_readiness(deadline)
            self._drain(deadline, until)

    def _after_fork_in_parent(self) -> None:
        if self._pending():
            self._worker.start()

    def _after_fork(self) -> None:
        super()._after_fork()
        self._begin()

    def _before_fork(self) -> None:
        if self._worker.running:
            self._pause()
            self._worker.stop()


def _soon() -> float:
    # Another thread may be sending.
    return monotonic() + _LOOK_SECONDS


_clients: weakref.WeakValueDictionary[int, BackgroundMetrics] = weakref.WeakValueDictionary()
_finishing: dict[str, int] = {}


def _living() -> list[BackgroundMetrics]:
    # A list of references is made in one step, whatever other threads do.
    return [client for reference in _clients.valuerefs() if (client := reference()) is not None]


def _before_fork() -> None:
    # No thread of ours runs while the process is copied: it may hold a lock that the child needs.
    deadline = monotonic() + _FORK_SECONDS
    clients = _living()
    for client in clients:
        client._before_fork()  # noqa: SLF001 - of this module's own class
    for client in clients:
        client._worker.join(deadline)  # noqa: SLF001 - see above


def _after_fork_in_parent() -> None:
    for client in _living():
        client._after_fork_in_parent()  # noqa: SLF001 - of this module's own class


@atexit.register
def _finish() -> None:
    deadline = monotonic() + TIMEOUT
    clients = late = _living()
    for client in clients:
        client._hand_on_at_once()  # noqa: SLF001 - of this module's own class
    # Whoever can hand on does, however long another one waits for its host.
    while late := [client for client in late if not client._drain(_soon(), deadline)]:  # noqa: SLF001 - see above
        if monotonic() >= deadline:
            break
        sleep(_LOOK_SECONDS)
    for client in clients:
        client._end()  # noqa: SLF001 - see above


def _finish_with_multiprocessing() -> None:
    """Register what a child of multiprocessing calls at its end; it skips what `atexit` has."""
    util = sys.modules.get("multiprocessing.util")
    if util and _finishing.get("process") != os.getpid():
        _finishing["process"] = os.getpid()
        _register(util)
        # When a child begins it forgets all that was registered, be it by its parent or by itself before.
        util.register_after_fork(_finish, lambda _: _register(util))


def _register(util: Any) -> None:
    util.Finalize(None, _finish, exitpriority=-100)


if hasattr(os, "register_at_fork"):  # pragma: no branch - where there is no fork, nothing is to be done
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent)
